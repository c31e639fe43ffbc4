//! What came of trying something out, so that it is known before somebody needs it.

use schemars::JsonSchema;
use serde::Serialize;

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tried {
    /// What was tried: a function's ARN, `the configuration`.
    pub about: String,
    /// Whether it works.
    pub verdict: Verdict,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do about it; absent where it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// Whether it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It works.
    Ok,
    /// It works, and somebody should know something.
    Warning,
    /// A request that needs it would fail.
    Failed,
}

impl Tried {
    /// It works.
    pub fn ok(about: impl Into<String>, found: impl Into<String>) -> Self {
        Self { about: about.into(), verdict: Verdict::Ok, found: found.into(), advice: None }
    }

    /// It works, and somebody should know.
    pub fn warning(
        about: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let advice = Some(advice.into());
        Self { verdict: Verdict::Warning, advice, ..Self::ok(about, found) }
    }

    /// It does not work.
    pub fn failed(
        about: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { verdict: Verdict::Failed, ..Self::warning(about, found, advice) }
    }
}
