//! What went wrong, in words, and the exit code. Problem answers of the API (RFC 9457) are shown
//! with their title, their detail and the fields that they point at.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Fault {
    /// The command line, a file or the environment is wrong; nothing was sent.
    Usage(String),
    /// No answer came.
    Unreachable {
        /// The server's address, as given.
        server: String,
        /// What the network said.
        why: String,
    },
    /// The API said no.
    Refused(Box<Problem>),
    /// The answer was not one of this API.
    Strange(String),
    /// The wait was over before the request came where it should.
    Late(String),
    /// What was told speaks against it: a plan that would be refused, something that does not work.
    Told {
        /// For people.
        text: String,
        /// The API's answer.
        json: Json,
    },
    /// The person at the terminal said no.
    Declined,
    /// The answer could not be written.
    Output(std::io::Error),
}

/// A problem answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Problem {
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub status: u16,
    #[serde(default)]
    pub detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldFault>,
}

/// One wrong field of a body.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FieldFault {
    /// JSON pointer into the body.
    #[serde(default)]
    pub pointer: String,
    #[serde(default)]
    pub detail: String,
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl Fault {
    /// 2 for wrong usage, else 1.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Unreachable { .. }
            | Self::Refused(_)
            | Self::Strange(_)
            | Self::Late(_)
            | Self::Told { .. }
            | Self::Declined
            | Self::Output(_) => 1,
        }
    }

    /// For people: what is wrong, then what to do.
    pub fn to_text(&self) -> String {
        match self {
            Self::Usage(why) => format!("usage: {why}"),
            Self::Unreachable { server, why } => format!(
                "no answer from {server}\n  {why}\n  is `flowd serve` running there? --server or FLOW_SERVER names another place"
            ),
            Self::Refused(problem) => problem.to_text(),
            Self::Strange(why) => format!(
                "the answer is not one of the flow API: {why}\n  check that --server points at flowd"
            ),
            Self::Late(why) => format!("gave up waiting: {why}"),
            Self::Told { text, .. } => text.trim_end().to_owned(),
            Self::Declined => "nothing was sent".to_owned(),
            Self::Output(why) => format!("the answer could not be written: {why}"),
        }
    }

    /// For programs: a problem answer, ours where the API gave none.
    pub fn to_json(&self) -> String {
        let problem = match self {
            Self::Refused(problem) => serde_json::to_value(problem).unwrap_or(Json::Null),
            Self::Told { json, .. } => json.clone(),
            Self::Usage(_)
            | Self::Unreachable { .. }
            | Self::Strange(_)
            | Self::Late(_)
            | Self::Declined
            | Self::Output(_) => serde_json::json!({
                "type": "about:blank",
                "title": "flowctl could not do this",
                "detail": self.to_text(),
            }),
        };
        format!("{problem:#}")
    }
}

impl Problem {
    fn to_text(&self) -> String {
        let mut text = match &self.refusal {
            Some(refusal) => format!("refused: {} ({refusal})", self.title),
            None => format!("refused: {} (HTTP {})", self.title, self.status),
        };
        for line in self.detail.lines() {
            let _ = write!(text, "\n  {line}");
        }
        for fault in &self.errors {
            let _ = write!(text, "\n  {}: {}", fault.pointer.trim_start_matches('/'), fault.detail);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_why_and_which_field() {
        let problem: Problem = serde_json::from_value(serde_json::json!({
            "type": "https://flow.invalid/problems/bad-field", "title": "a field is wrong",
            "status": 422, "detail": "nothing was asked for; correct the field and ask again",
            "refusal": "bad_field",
            "errors": [{ "pointer": "/fields/duration", "detail": "`9h` is over the longest, 2h" }]
        }))
        .unwrap();
        let fault = Fault::Refused(Box::new(problem));
        assert_eq!(
            fault.to_text(),
            "refused: a field is wrong (bad_field)\n  \
             nothing was asked for; correct the field and ask again\n  \
             fields/duration: `9h` is over the longest, 2h"
        );
        assert_eq!(fault.exit_code(), 1);
        assert_eq!(Fault::Usage("x".to_owned()).exit_code(), 2);
    }
}
