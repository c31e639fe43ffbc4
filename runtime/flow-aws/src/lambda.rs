//! One invocation, one request.
//!
//! The SDK's own retries are off: with them one `invoke` may run a function three times. A failure
//! says whether the request can have reached the function; trying again is the caller's decision.
//! One client serves every region and role, so that all calls share one pool of connections.

mod cap;
mod outcome;
#[cfg(test)]
mod tests;

use std::time::Duration;

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{IdentityCache, Region, StalledStreamProtectionConfig};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use crate::config::Aws;
use crate::credentials::Credentials;
pub use outcome::{InvokeError, InvokeErrorKind, Invoked};

/// Lambda, in whichever region a function lives.
#[derive(Debug, Clone)]
pub struct Lambda(aws_sdk_lambda::Client);

/// What to call, as whom, and within which limits.
#[derive(Debug, Clone)]
pub struct Invoke<'a> {
    /// Keys of the role that may call the function.
    pub credentials: &'a Credentials,
    /// The function, exactly as granted: with its qualifier, or without. Its region is called.
    pub function_arn: &'a str,
    /// The event, JSON.
    pub payload: Vec<u8>,
    /// Whether to wait for the answer.
    pub mode: Mode,
    /// The whole call, connecting included. Lambda itself waits up to 900 s for a function.
    pub timeout: Duration,
    /// Most bytes of an answer.
    pub response_max: usize,
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Waits for the function's answer.
    Sync,
    /// Lambda queues the event and answers at once.
    Async,
    /// Checks parameters and permission; the function does not run.
    DryRun,
}

impl Lambda {
    /// A client; makes no request.
    #[must_use]
    pub fn new(aws: &Aws) -> Self {
        // Functions may be silent for minutes, so no watch on stalled streams and no read timeout:
        // the caller's own limit is set around the call. A limit inside the SDK would also open a
        // new pool of connections for each distinct value.
        let mut config = aws_sdk_lambda::config::Builder::from(&aws.sdk)
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).build());
        if let Some(url) = &aws.endpoints.lambda {
            config = config.endpoint_url(url);
        }
        Self(aws_sdk_lambda::Client::from_conf(config.build()))
    }

    /// Calls a function once.
    ///
    /// # Errors
    /// See [`InvokeErrorKind`]. A function that raised is no error here: see
    /// [`Invoked::function_error`].
    pub async fn invoke(&self, call: Invoke<'_>) -> Result<Invoked, InvokeError> {
        let region = region_of(call.function_arn)?;
        let session = aws_sdk_lambda::config::Builder::new()
            .credentials_provider(call.credentials.sdk().clone())
            // The keys are there already; a cache would keep an entry for every call for ever.
            .identity_cache(IdentityCache::no_cache())
            .region(Region::new(region.to_owned()))
            .interceptor(cap::Cap(call.response_max));
        let send = self
            .0
            .invoke()
            .function_name(call.function_arn)
            .invocation_type(call.mode.into())
            .payload(Blob::new(call.payload))
            .customize()
            .config_override(session)
            .send();
        match tokio::time::timeout(call.timeout, send).await {
            Ok(Ok(answer)) => Ok(Invoked::read(answer, call.mode)),
            Ok(Err(error)) => Err(InvokeError::of(&error)),
            Err(_) => Err(InvokeError::timed_out(call.timeout)),
        }
    }
}

/// Long enough for a lost first packet to be sent again.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);

impl From<Mode> for InvocationType {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Sync => Self::RequestResponse,
            Mode::Async => Self::Event,
            Mode::DryRun => Self::DryRun,
        }
    }
}

/// `arn:<partition>:lambda:<region>:<account>:function:…`
fn region_of(function_arn: &str) -> Result<&str, InvokeError> {
    let mut parts = function_arn.split(':');
    match (parts.next(), parts.nth(1), parts.next()) {
        (Some("arn"), Some("lambda"), Some(region)) if !region.is_empty() => Ok(region),
        _ => Err(InvokeError::not_sent(format!("`{function_arn}` is not the ARN of a function"))),
    }
}
