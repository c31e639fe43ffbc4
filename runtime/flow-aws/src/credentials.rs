//! The keys of one session.
//!
//! A wrapper of the SDK's type, so that no other crate links the SDK. `Debug` shows the key's id
//! and end, never the secret or the token.

use std::time::SystemTime;

/// Keys that sign requests.
#[derive(Clone)]
pub struct Credentials(aws_credential_types::Credentials);

impl Credentials {
    /// Long-lived keys, as an emulator's root has them.
    #[must_use]
    pub fn from_keys(access_key_id: &str, secret_access_key: &str) -> Self {
        Self(aws_credential_types::Credentials::new(
            access_key_id,
            secret_access_key,
            None,
            None,
            "flow",
        ))
    }

    pub(crate) fn session(
        access_key_id: &str,
        secret_access_key: &str,
        session_token: &str,
        expires_at: SystemTime,
    ) -> Self {
        Self(aws_credential_types::Credentials::new(
            access_key_id,
            secret_access_key,
            Some(session_token.to_owned()),
            Some(expires_at),
            "flow",
        ))
    }

    /// When the session ends; `None`: never.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expiry()
    }

    pub(crate) fn sdk(&self) -> &aws_credential_types::Credentials {
        &self.0
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.0.access_key_id())
            .field("expires_at", &self.0.expiry())
            .finish_non_exhaustive()
    }
}
