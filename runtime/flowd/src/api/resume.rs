//! Going on after a restore. What paused means is in `crate::pause`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body;
use super::openapi::schema;
use super::problem::Problem;
use super::route::{Access, Answer, Call, Route, Verb};
use crate::pause::ResumeError;

/// Resume.
pub const ROUTES: &[Route] = &[Route::act(
    Verb::Post,
    "/v1/resume",
    Access::Admin(resume),
    "after a restore: take requests and approvals again",
    schema::<Resume>,
    schema::<Resumed>,
)];

/// That a restored daemon goes on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// Why it may; kept in the audit trail.
    reason: String,
    /// Also where access may stand that nobody takes back.
    #[serde(default)]
    force: bool,
}

/// That it goes on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Resumed {
    /// Access that may stand and that people have to take back by hand.
    left: Vec<String>,
}

fn resume(call: &Call<'_>) -> Result<Answer, Problem> {
    let Resume { reason, force } = body::read(call.body)?;
    if reason.trim().is_empty() {
        return Err(Problem::field("/reason", "say why it may go on: it is kept"));
    }
    body::words("/reason", &reason)?;
    match call.api.app.resume(&call.person, &reason, force) {
        Ok(left) => Answer::ok(&Resumed { left }),
        Err(error @ ResumeError::NotPaused) => {
            Err(Problem::new(409, "not_paused", "it is not paused", error.to_string()))
        }
        Err(error @ ResumeError::Left(_)) => Err(Problem::new(
            409,
            "still_standing",
            "access may stand that nobody takes back",
            format!("{error}\n  see to it, or say `force`: then it is left to people"),
        )),
        Err(ResumeError::Store(error)) => Err(error.into()),
    }
}
