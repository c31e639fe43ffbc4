//! One log-in that is under way. The browser keeps one secret of it in a cookie; what goes over the
//! provider is derived from that, so the daemon keeps nothing, and any node may finish it.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::store::StoreError;

/// One log-in that is under way.
pub struct Attempt(String);

impl Attempt {
    /// A new one.
    ///
    /// # Errors
    /// The system gave no randomness.
    pub fn begin() -> Result<Self, StoreError> {
        let mut bits = [0_u8; 32];
        SystemRandom::new()
            .fill(&mut bits)
            .map_err(|_| StoreError::Stopped("the system gave no randomness".to_owned()))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bits)))
    }

    /// The one whose secret a browser kept.
    #[must_use]
    pub fn of(cookie: &str) -> Option<Self> {
        let whole = cookie.len() == 43 && URL_SAFE_NO_PAD.decode(cookie).is_ok();
        whole.then(|| Self(cookie.to_owned()))
    }

    /// What the browser keeps.
    #[must_use]
    pub fn cookie(&self) -> &str {
        &self.0
    }

    /// Comes back with the code: it is this browser that began.
    #[must_use]
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// Stands in the id token: it was made for this log-in.
    #[must_use]
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// Shown when the code is turned in (RFC 7636): whoever catches the code has no use of it.
    #[must_use]
    pub fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// What the provider is shown of that before.
    #[must_use]
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier().as_bytes()))
    }

    fn derived(&self, what: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("flow.login.{what}\0{}", self.0));
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}
