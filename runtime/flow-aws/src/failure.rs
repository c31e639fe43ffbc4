//! What a call to STS or IAM failed with.
//!
//! The SDK wraps a refused `AssumeRole` of its own credential chain in a dispatch failure, as if
//! the network were down. So the whole chain of sources is walked before anything is believed.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What it means.
    pub kind: Kind,
    /// The service's own word for it, `AccessDenied`.
    pub code: Option<String>,
    /// What is wrong, in the service's words where it had any.
    pub message: String,
    /// For AWS support.
    pub request_id: Option<String>,
}

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The principal may not do this: trying again changes nothing until a policy changes.
    AccessDenied,
    /// No credentials were found, or they are unknown, wrong or expired.
    Credentials,
    /// What the call speaks of is not there.
    NotFound,
    /// What the call makes is there already.
    AlreadyExists,
    /// The thing is in use, or is being changed by somebody else.
    Conflict,
    /// A quota is used up.
    Quota,
    /// Too many calls at once.
    Throttled,
    /// The service refused the request as malformed.
    Invalid,
    /// The connection failed before the request was written.
    Connect,
    /// No answer, or half of one: it may have happened.
    Unknown,
}

impl Failure {
    /// Reads what an SDK error says.
    pub(crate) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        if let Some(service) = error.as_service_error() {
            return Self::said(service.meta(), error.raw_response().map(|r| r.status().as_u16()));
        }
        if let Some(inner) = metadata_below(error) {
            return Self::said(inner, None);
        }
        let kind = if connect_failed(error) {
            Kind::Connect
        } else if source_of::<CredentialsError>(error).is_some() {
            Kind::Credentials
        } else if matches!(error, SdkError::ConstructionFailure(_)) {
            Kind::Invalid
        } else {
            Kind::Unknown
        };
        Self { kind, code: None, message: chain_text(error), request_id: None }
    }

    fn said(meta: &ErrorMetadata, status: Option<u16>) -> Self {
        let code = meta.code().map(str::to_owned);
        let message = match (meta.message(), code.as_deref(), status) {
            (Some(message), ..) => message.to_owned(),
            (None, Some(code), _) => format!("the service answered {code}"),
            (None, None, Some(status)) => format!("the service answered with status {status}"),
            (None, None, None) => "the service gave no reason".to_owned(),
        };
        let kind = kind_of(code.as_deref().unwrap_or_default(), status.unwrap_or_default());
        let request_id = meta.extra("aws_request_id").map(str::to_owned);
        Self { kind, code, message, request_id }
    }

    pub(crate) fn invalid(message: String) -> Self {
        Self { kind: Kind::Invalid, code: None, message, request_id: None }
    }

    pub(crate) fn unknown(message: String) -> Self {
        Self { kind: Kind::Unknown, code: None, message, request_id: None }
    }

    /// Whether the call failed because the thing is not there.
    #[must_use]
    pub fn not_found(&self) -> bool {
        self.kind == Kind::NotFound
    }
}

fn kind_of(code: &str, status: u16) -> Kind {
    match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => Kind::AccessDenied,
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationToken" => Kind::Credentials,
        "NoSuchEntity" | "ResourceNotFoundException" => Kind::NotFound,
        "EntityAlreadyExists" => Kind::AlreadyExists,
        "DeleteConflict" | "ConcurrentModification" | "EntityTemporarilyUnmodifiable" => {
            Kind::Conflict
        }
        "LimitExceeded" => Kind::Quota,
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" => Kind::Throttled,
        _ if status == 403 => Kind::AccessDenied,
        _ if status == 429 => Kind::Throttled,
        _ if (400..500).contains(&status) => Kind::Invalid,
        _ => Kind::Unknown,
    }
}

/// The answer that a service gave somewhere below, to a call that the credential chain made.
fn metadata_below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a ErrorMetadata> {
    use aws_sdk_sts::operation::{
        assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
    };
    source_of::<AssumeRoleError>(error).map(ProvideErrorMetadata::meta).or_else(|| {
        source_of::<AssumeRoleWithWebIdentityError>(error).map(ProvideErrorMetadata::meta)
    })
}

/// Whether the connection itself failed: name, TCP or TLS. Nothing was written then.
pub(crate) fn connect_failed(error: &(dyn Error + 'static)) -> bool {
    source_of::<hyper_util::client::legacy::Error>(error)
        .is_some_and(hyper_util::client::legacy::Error::is_connect)
}

/// The first error of a type in the chain of sources, the error itself included.
pub(crate) fn source_of<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |&error| error.source())
        .find_map(|error| error.downcast_ref())
}

/// The chain of sources in one line: the top alone says only "dispatch failure".
pub(crate) fn chain_text(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let line = error.to_string();
        if !text.contains(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        next = error.source();
    }
    text
}
