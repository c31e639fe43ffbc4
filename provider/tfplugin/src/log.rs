//! Lines that the host shows under `TF_LOG`: one JSON object each, on standard error.
//!
//! The host filters by level, so everything is written.

use std::io::Write;

use serde_json::json;

/// For those who look for a fault.
pub fn debug(message: &str) {
    line("debug", message);
}

/// What went wrong though nobody was told otherwise.
pub fn warn(message: &str) {
    line("warn", message);
}

fn line(level: &str, message: &str) {
    let line = json!({
        "@level": level,
        "@message": message,
        "@module": "provider",
        // Without it the host shows the year 1.
        "@timestamp": format!("{:.6}", jiff::Timestamp::now()),
    });
    // When standard error is gone there is nobody left to tell.
    drop(writeln!(std::io::stderr(), "{line}"));
}
