//! What a function saw: the file in which it records every call, outside of the daemon.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// One recorded call.
#[derive(Debug, Clone, Deserialize)]
pub struct Call {
    /// When it was answered, in seconds since 1970.
    pub at: f64,
    /// The payload.
    pub event: Value,
    /// The answer.
    pub answer: Value,
}

impl Call {
    /// `escalate` or `deescalate`; nothing for a hook's call.
    pub fn kind(&self) -> Option<&str> {
        self.event.pointer("/event/type")?.as_str()
    }

    /// The run that the call is about: the last part of `run.srn`.
    pub fn run(&self) -> Option<&str> {
        self.event.pointer("/run/srn")?.as_str()?.rsplit(':').next()
    }

    /// The errors that the function answered with.
    pub fn errors(&self) -> Option<&Vec<Value>> {
        self.answer.get("errors")?.as_array()
    }
}

/// The calls of a file, in order. A file that does not exist yet holds none.
///
/// # Errors
/// When a line is not a recorded call.
pub fn calls(file: &Path) -> Result<Vec<Call>> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("not a recorded call: {line}"))
        })
        .collect()
}

/// The calls of one kind for one run.
pub fn of_run<'c>(calls: &'c [Call], run: &str, kind: &str) -> Vec<&'c Call> {
    calls.iter().filter(|call| call.run() == Some(run) && call.kind() == Some(kind)).collect()
}
