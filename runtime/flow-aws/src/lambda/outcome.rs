//! What became of an invocation.
//!
//! The kinds are those of `steps.x.error.kind` that a Lambda call can have. The dividing line is
//! whether the function can have run: an answer with a 4xx status, or a connection that was never
//! made, says no; everything else says perhaps.

use std::time::Duration;

use aws_sdk_lambda::operation::RequestId;
use aws_sdk_lambda::operation::invoke::{InvokeError as Said, InvokeOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use http_body_util::LengthLimitError;

use super::Mode;
use crate::failure::{chain_text, connect_failed, source_of};

/// Lambda took the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoked {
    /// 200 for a sync call, 202 for an async one, 204 for a dry run.
    pub status: u16,
    /// Set when the function raised, exited or ran out of time; the payload tells how.
    pub function_error: Option<String>,
    /// What the function answered.
    pub payload: Vec<u8>,
    /// The version that ran, for the audit record.
    pub executed_version: Option<String>,
    /// For AWS support.
    pub request_id: Option<String>,
}

/// Lambda did not take the call, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvokeError {
    /// What it means.
    pub kind: InvokeErrorKind,
    /// What is wrong, in the service's words where it had any.
    pub message: String,
    /// The service's own word for it, `TooManyRequestsException`.
    pub code: Option<String>,
    /// The answer's status, where there was an answer.
    pub status: Option<u16>,
    /// For AWS support.
    pub request_id: Option<String>,
}

/// What a failed call means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvokeErrorKind {
    /// 429; the function did not run.
    Throttled {
        /// The service's own hint.
        retry_after: Option<Duration>,
    },
    /// The connection failed before the request was written; the function did not run.
    Connect,
    /// 401 or 403; the function did not run.
    Auth,
    /// 404; the function did not run.
    NotFound,
    /// Any other 3xx or 4xx; the function did not run.
    HttpStatus(u16),
    /// No answer in time; the function may have run, or still does.
    Timeout,
    /// The connection was lost after the request was written; the function may have run.
    Network,
    /// 5xx; the function may have run.
    ServerError,
    /// The answer is larger than the caller allows; the function ran.
    TooLarge,
    /// A fault of our own.
    Internal,
}

impl Invoked {
    pub(super) fn read(answer: InvokeOutput, mode: Mode) -> Self {
        let request_id = answer.request_id().map(str::to_owned);
        let expected = match mode {
            Mode::Sync => 200,
            Mode::Async => 202,
            Mode::DryRun => 204,
        };
        Self {
            status: u16::try_from(answer.status_code).ok().filter(|s| *s != 0).unwrap_or(expected),
            function_error: answer.function_error,
            payload: answer.payload.map(|blob| blob.into_inner()).unwrap_or_default(),
            executed_version: answer.executed_version,
            request_id,
        }
    }
}

impl InvokeError {
    pub(super) fn of(error: &SdkError<Said, HttpResponse>) -> Self {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let said = error.as_service_error();
        let kind = match (said, status) {
            (Some(said), Some(status)) => kind_of_status(status, said),
            _ => kind_without_answer(error),
        };
        let message = said
            .and_then(|said| said.meta().message().map(str::to_owned))
            .unwrap_or_else(|| chain_text(error));
        Self {
            kind,
            message,
            code: said.and_then(|said| said.meta().code().map(str::to_owned)),
            status,
            request_id: said.and_then(|said| said.request_id().map(str::to_owned)),
        }
    }

    pub(super) fn timed_out(after: Duration) -> Self {
        let message = format!("no answer within {} s", after.as_secs_f64());
        Self::plain(InvokeErrorKind::Timeout, message)
    }

    pub(super) fn not_sent(message: String) -> Self {
        Self::plain(InvokeErrorKind::Internal, message)
    }

    fn plain(kind: InvokeErrorKind, message: String) -> Self {
        Self { kind, message, code: None, status: None, request_id: None }
    }
}

fn kind_of_status(status: u16, said: &Said) -> InvokeErrorKind {
    match status {
        429 => InvokeErrorKind::Throttled { retry_after: retry_after(said) },
        401 | 403 => InvokeErrorKind::Auth,
        404 => InvokeErrorKind::NotFound,
        300..=499 => InvokeErrorKind::HttpStatus(status),
        500..=599 => InvokeErrorKind::ServerError,
        _ => InvokeErrorKind::Internal,
    }
}

fn kind_without_answer(error: &SdkError<Said, HttpResponse>) -> InvokeErrorKind {
    // First: a connect that timed out is also a timeout, but nothing was written.
    if connect_failed(error) {
        return InvokeErrorKind::Connect;
    }
    if source_of::<LengthLimitError>(error).is_some() {
        return InvokeErrorKind::TooLarge;
    }
    match error {
        SdkError::TimeoutError(_) => InvokeErrorKind::Timeout,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => InvokeErrorKind::Timeout,
        SdkError::DispatchFailure(failure) if failure.is_user() => InvokeErrorKind::Internal,
        SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => InvokeErrorKind::Network,
        SdkError::ConstructionFailure(_) | SdkError::ServiceError(_) | _ => {
            InvokeErrorKind::Internal
        }
    }
}

fn retry_after(said: &Said) -> Option<Duration> {
    let Said::TooManyRequestsException(throttled) = said else { return None };
    let seconds: f64 = throttled.retry_after_seconds()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
