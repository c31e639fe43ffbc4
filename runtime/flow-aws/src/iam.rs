//! Roles, policies and tags, as the provider needs them.
//!
//! Verbs only: which names and documents are right is the provider's business. The SDK's standard
//! retries are on, with more tries than usual: IAM throttles early, and each of these calls may be
//! repeated.

mod account;
mod inline;
mod managed;
mod role;

use std::collections::BTreeMap;
use std::error::Error;

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::types::Tag;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::config::Aws;
use crate::failure::Failure;
pub use account::{Quotas, Stock};
pub use inline::Holder;
pub use managed::ManagedPolicy;
pub use role::{NewRole, Role};

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// Identity and access management of the region's partition.
#[derive(Debug, Clone)]
pub struct Iam(aws_sdk_iam::Client);

impl Iam {
    /// A client; makes no request.
    #[must_use]
    pub fn new(aws: &Aws) -> Self {
        let mut config = aws_sdk_iam::config::Builder::from(&aws.sdk)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX));
        if let Some(url) = &aws.endpoints.iam {
            config = config.endpoint_url(url);
        }
        Self(aws_sdk_iam::Client::from_conf(config.build()))
    }
}

/// With the SDK's pauses this is about two minutes of throttling.
const ATTEMPTS_MAX: u32 = 10;

fn read<T, E>(answer: Result<T, SdkError<E, HttpResponse>>) -> Result<T, Failure>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    answer.map_err(|error| Failure::of(&error))
}

fn sdk_tags(tags: &Tags) -> Result<Option<Vec<Tag>>, Failure> {
    let tags: Result<Vec<Tag>, _> =
        tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let tags = tags.map_err(|error| Failure::invalid(error.to_string()))?;
    Ok(Some(tags).filter(|tags| !tags.is_empty()))
}

/// IAM hands documents out percent-encoded.
fn decoded(document: &str) -> String {
    let mut bytes = Vec::with_capacity(document.len());
    let mut rest = document.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        // Digits only: the number parser would take a sign, too.
        let code = tail.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let code = code.and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| byte == b'%') {
            Some(decoded) => {
                bytes.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn documents_are_decoded() {
        for (encoded, plain) in [
            ("%7B%22a%22%3A%20%22b%22%7D", r#"{"a": "b"}"#),
            ("plain", "plain"),
            ("%C3%A9", "é"),
            ("100%", "100%"),
            ("%+1", "%+1"),
        ] {
            assert_eq!(super::decoded(encoded), plain);
        }
    }
}
