//! The signed envelope of a bundle: who may put which bundle into which deployment.
//!
//! The bundle's file stays as it is, for everything that reads it; the envelope and its signature
//! stand in a file beside it. What is signed says the exact bytes, one deployment and a number that
//! only grows, so that a bundle can be put neither elsewhere nor, once replaced, back again.
//!
//! Signing and checking need a key and stand where keys are: `flowc sign`, and the daemon.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::digest::Digest;

/// What every signed text begins with, so that it can mean nothing else.
const TAG: &[u8] = b"flow.bundle.v1\0";
/// The only form of an envelope.
pub const VERSION: u32 = 1;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The form of the envelope, [`VERSION`].
    pub v: u32,
    /// The bundle's content hash.
    #[schemars(with = "String")]
    pub bundle: Digest,
    /// The hash of the bundle's file, byte by byte.
    #[schemars(with = "String")]
    pub file_sha256: Digest,
    /// The deployment that may serve it.
    pub audience: String,
    /// Higher than that of every bundle that the deployment served before.
    pub sequence: u64,
    /// Which key signed, [`key_id`].
    pub key_id: String,
    /// When.
    #[schemars(with = "String")]
    pub signed_at: Timestamp,
}

/// An envelope with its signature, as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// What is signed.
    pub envelope: Envelope,
    /// Ed25519 over [`Envelope::signed_bytes`], base64.
    pub signature: String,
}

impl Envelope {
    /// The bytes under the signature: the tag and the canonical JSON.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let json = serde_json::to_value(self).unwrap_or_default();
        [TAG, canonical::to_string(&json).as_bytes()].concat()
    }
}

/// Where the envelope of a bundle's file lies: `friday.json.sig` beside `friday.json`.
#[must_use]
pub fn beside(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// How a public key is called: the first 16 hex digits of its SHA-256.
#[must_use]
pub fn key_id(public_key: &[u8]) -> String {
    Digest::of(public_key).hex().chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_under_the_signature() {
        let envelope = Envelope {
            v: VERSION,
            bundle: Digest::of(b"bundle"),
            file_sha256: Digest::of(b"file"),
            audience: "acme-production".to_owned(),
            sequence: 7,
            key_id: key_id(b"key"),
            signed_at: "2026-01-05T09:00:00Z".parse().unwrap(),
        };
        let text = String::from_utf8(envelope.signed_bytes()).unwrap();
        assert_eq!(
            text,
            format!(
                "flow.bundle.v1\0{{\"audience\":\"acme-production\",\"bundle\":\"{}\",\"file_sha256\":\"{}\",\
                 \"key_id\":\"2c70e12b7a0646f9\",\"sequence\":7,\"signed_at\":\"2026-01-05T09:00:00Z\",\"v\":1}}",
                Digest::of(b"bundle"),
                Digest::of(b"file"),
            )
        );
        let json =
            serde_json::to_string(&Signed { envelope, signature: "AA==".to_owned() }).unwrap();
        assert!(serde_json::from_str::<Signed>(&json).is_ok());
        let more = json.replace("\"v\":1", "\"v\":1,\"x\":1");
        assert!(serde_json::from_str::<Signed>(&more).is_err(), "what nobody signed is refused");
    }
}
