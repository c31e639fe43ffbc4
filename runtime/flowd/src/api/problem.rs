//! What the API says when it says no: problem answers (RFC 9457).
//!
//! `title` is what is wrong, `detail` which thing and what to do about it, `refusal` the engine's
//! reason where there is one (`language.md` C.13), `errors` the fields of the body at fault.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use flow_engine::{Reason, Refusal};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::drive::DriveError;
use crate::people::PeopleError;
use crate::store::StoreError;

/// What is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// A name that does not change: `urn:flow:problem:…`.
    #[serde(rename = "type", serialize_with = "as_urn")]
    pub kind: &'static str,
    /// What is wrong, in general.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong here, and what to do.
    pub detail: String,
    /// Why the flow's rules refuse it, out of a closed set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<&'static str>,
    /// Which fields of the body are at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldProblem {
    /// JSON pointer (RFC 6901) into the body.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

/// Said where `errors` says the rest.
const NOTHING_CHANGED: &str = "nothing was changed; correct what is named and send it again";

/// Status, title and what to do, for each reason of the engine.
const REFUSALS: [(Reason, u16, &str, &str); 22] = [
    (Reason::NotPermitted, 403, "you may not do this", "the flow's permissions say who may"),
    (Reason::SourceNotAllowed, 403, "not from here", "ask where the flow takes requests"),
    (Reason::FlowDisabled, 409, "the flow is disabled", "ask its owners when it opens"),
    (Reason::Frozen, 409, "everything new is frozen", "an admin has to unfreeze it first"),
    (Reason::OverLimit, 409, "too many open requests", "wait for one to end, or cancel one"),
    (Reason::BadField, 422, "a field is missing or wrong", "correct it and send it again"),
    (Reason::HookFailed, 503, "a check of the flow failed", "try again in a minute"),
    (Reason::Ignored, 409, "the flow does not take this", "nothing changed"),
    (Reason::NotFound, 404, "not found", "check the name or the id"),
    (Reason::Expired, 409, "too late to decide", "the requester may ask again"),
    (Reason::NotPending, 409, "nothing waits for a decision", "look at the request again"),
    (Reason::StageNotOpen, 409, "this stage is not open", "decide about an open stage"),
    (Reason::OwnRequest, 403, "this is your own request", "somebody else has to decide"),
    (Reason::NotAnApprover, 403, "you are no approver here", "the stage says who decides"),
    (Reason::AlreadyDecided, 409, "decided already", "look at the request again"),
    (
        Reason::DigestChanged,
        409,
        "not what you were shown",
        "look at the request again, then decide",
    ),
    (Reason::CommentRequired, 422, "a comment is missing", "say why, and send it again"),
    (Reason::AlreadyEnded, 409, "the request has ended", "nothing is left to do"),
    (Reason::NotActive, 409, "nothing is granted", "look at the request again"),
    (Reason::TooLate, 409, "too late for this", "revoke it instead, if access stands"),
    (
        Reason::NotRevocable,
        409,
        "this grant ends by itself only",
        "an admin may end it in an emergency",
    ),
    (Reason::ExtendLimit, 409, "it cannot be made longer", "ask again when it has ended"),
];

impl Problem {
    /// A problem of a kind of its own.
    pub fn new(
        status: u16,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            title,
            status,
            detail: detail.into(),
            refusal: None,
            errors: Vec::new(),
            retry_after_s: None,
        }
    }

    /// The token is missing or no good.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(401, "unauthenticated", "no valid token", detail)
    }

    /// The token is good and does not reach so far.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(403, "forbidden", "the token does not allow this", detail)
    }

    /// There is no such thing, or it is not to be seen.
    pub fn not_found(what: &str, name: &str) -> Self {
        Self::refused(&Refusal::because(
            Reason::NotFound,
            format!("there is no {what} `{name}` that you may see"),
        ))
    }

    /// The request cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(400, "malformed", "the request cannot be read", detail)
    }

    /// Fields of the body are wrong.
    pub fn fields(errors: Vec<FieldProblem>) -> Self {
        let problem = Self::new(422, "bad_field", "a field is missing or wrong", NOTHING_CHANGED);
        Self { errors, ..problem }
    }

    /// One field of the body is wrong.
    pub fn field(pointer: &str, detail: impl Into<String>) -> Self {
        Self::fields(vec![FieldProblem { pointer: pointer.to_owned(), detail: detail.into() }])
    }

    /// A bundle that is not taken into service, with every reason.
    pub fn bundle_refused(why: Vec<String>) -> Self {
        let detail = "the bundle before it is served on; mend what is named and send it again";
        let problem = Self::new(422, "bundle_refused", "the bundle is refused", detail);
        let errors = why
            .into_iter()
            .map(|detail| FieldProblem { pointer: "/bundle".to_owned(), detail })
            .collect();
        Self { errors, ..problem }
    }

    /// Too many calls.
    pub fn too_fast(retry_after_s: u32) -> Self {
        let detail = format!("you call too often; go on in {retry_after_s} s");
        let problem = Self::new(429, "too_fast", "too many calls", detail);
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }

    /// The same call is under way.
    pub fn under_way() -> Self {
        let detail = "a call with this Idempotency-Key is under way; send it again in a second";
        let problem = Self::new(409, "under_way", "the same call is under way", detail);
        Self { retry_after_s: Some(1), ..problem }
    }

    /// The engine refused.
    pub fn refused(refusal: &Refusal) -> Self {
        let (status, title, todo) = REFUSALS
            .iter()
            .find(|(reason, ..)| *reason == refusal.reason)
            .map_or((409, "refused", "nothing changed"), |(_, s, t, d)| (*s, *t, *d));
        let word = refusal.reason.word();
        let errors = refusal.field.iter().map(|name| FieldProblem {
            pointer: format!("/fields/{}", name.replace('~', "~0").replace('/', "~1")),
            detail: refusal.sentence.clone(),
        });
        let detail = if refusal.field.is_some() {
            NOTHING_CHANGED.to_owned()
        } else if refusal.sentence == refusal.reason.sentence() && refusal.sentence.contains(": ") {
            // These say what to do themselves.
            refusal.sentence.clone()
        } else {
            format!("{}; {todo}", refusal.sentence)
        };
        Self {
            refusal: Some(word),
            errors: errors.collect(),
            ..Self::new(status, word, title, detail)
        }
    }

    /// A fault of ours: what it was goes to the log, not to the caller.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            chain.push_str(": ");
            chain.push_str(&inner.to_string());
            source = inner.source();
        }
        tracing::error!(error = %chain, "a call failed");
        let detail = "the daemon's log says why; send it again with the same Idempotency-Key";
        Self::new(500, "internal", "the daemon failed", detail)
    }

    /// The answer as HTTP.
    pub fn response(&self) -> Response<Body> {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<DriveError> for Problem {
    fn from(error: DriveError) -> Self {
        match error {
            DriveError::Busy => {
                let problem = Self::new(503, "busy", "too many at once", error.to_string());
                Self { retry_after_s: Some(1), ..problem }
            }
            DriveError::Store(_) | DriveError::NoBundle(_) | DriveError::Json(_) => {
                Self::internal(&error)
            }
        }
    }
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        let detail = error.to_string();
        match error {
            PeopleError::Bad { field, .. } => Self::field(&format!("/{field}"), detail),
            PeopleError::Taken { field, .. } => {
                let errors = vec![FieldProblem {
                    pointer: format!("/{field}"),
                    detail: format!("{detail}; a name or address belongs to one person"),
                }];
                let problem = Self::new(409, "taken", "it belongs to somebody else", detail);
                Self { errors, ..problem }
            }
            PeopleError::Unknown { what, name } => Self::not_found(what, &name),
            PeopleError::LastAdmin(_) | PeopleError::NotEmpty => {
                Self::new(409, "last_admin", "nobody would be left to run this", detail)
            }
            PeopleError::Store(error) => Self::internal(&error),
        }
    }
}

fn as_urn<S: Serializer>(kind: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("urn:flow:problem:{kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_status() {
        for (reason, word, sentence) in Reason::ALL {
            let row = REFUSALS.iter().filter(|(r, ..)| *r == reason).count();
            assert_eq!(row, 1, "{word}");
            let problem = Problem::refused(&Refusal::of(reason));
            assert!(problem.detail.starts_with(sentence), "{word}");
            assert!((400..600).contains(&problem.status));
        }
    }

    #[test]
    fn a_pointer_cannot_be_broken_out_of() {
        let problem = Problem::refused(&Refusal::field("a/b~c", "it is wrong"));
        assert_eq!(problem.errors[0].pointer, "/fields/a~1b~0c");
        assert_eq!(problem.refusal, Some("bad_field"));
    }
}
