//! The provider's keys (RFC 7517), and the few ways of signing that are taken (RFC 7518).
//!
//! What signs with a shared secret (`HS256`) or not at all (`none`) cannot be written down here.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// A way of signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Ps256,
    Es256,
    EdDsa,
}

impl Algorithm {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// The word in `alg`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A set of keys, as the provider publishes it.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<Key>);

#[derive(Debug, Clone)]
struct Key {
    kid: Option<String>,
    alg: Option<String>,
    public: Public,
}

#[derive(Debug, Clone)]
enum Public {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Debug, Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct KeyFile {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    use_for: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// Why no key verifies a token.
#[derive(Debug, PartialEq, Eq)]
pub enum NoKey {
    /// The provider publishes none of this name: it may have a new one.
    Unknown,
    /// The signature is not of that key.
    Wrong,
}

impl Keys {
    /// Reads a set. Keys that are of no use here are left out, as RFC 7517 says.
    ///
    /// # Errors
    /// It is no set of keys.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let set: KeySet = serde_json::from_slice(bytes)?;
        Ok(Self(set.keys.into_iter().filter_map(key).collect()))
    }

    /// Whether `signature` of `message` is by the key `kid`, in this way.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn verify(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), NoKey> {
        let fits = |key: &&Key| key.fits(algorithm) && (kid.is_none() || key.kid.as_deref() == kid);
        let mut fitting = self.0.iter().filter(fits);
        let key = fitting.next().ok_or(NoKey::Unknown)?;
        // Without a name it must be clear which key is meant.
        if kid.is_none() && fitting.next().is_some() {
            return Err(NoKey::Wrong);
        }
        if key.verifies(algorithm, message, signature) { Ok(()) } else { Err(NoKey::Wrong) }
    }
}

impl Key {
    fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = matches!(
            (&self.public, algorithm),
            (Public::Rsa { .. }, Algorithm::Rs256 | Algorithm::Ps256)
                | (Public::P256(_), Algorithm::Es256)
                | (Public::Ed25519(_), Algorithm::EdDsa)
        );
        kind && self.alg.as_deref().is_none_or(|alg| alg == algorithm.word())
    }

    fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let done = match &self.public {
            Public::Rsa { n, e } => {
                let how = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.verify(how, message, signature)
            }
            Public::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            Public::Ed25519(key) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature)
            }
        };
        done.is_ok()
    }
}

fn key(json: serde_json::Value) -> Option<Key> {
    let file: KeyFile = serde_json::from_value(json).ok()?;
    if file.use_for.as_deref().is_some_and(|u| u != "sig") {
        return None;
    }
    let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
    let public = match (file.kty.as_str(), file.crv.as_deref()) {
        ("RSA", _) => Public::Rsa { n: bytes(&file.n)?, e: bytes(&file.e)? },
        ("EC", Some("P-256")) => {
            let (x, y) = (bytes(&file.x)?, bytes(&file.y)?);
            Public::P256([&[4_u8][..], &x, &y].concat())
        }
        ("OKP", Some("Ed25519")) => Public::Ed25519(bytes(&file.x)?),
        _ => return None,
    };
    Some(Key { kid: file.kid, alg: file.alg, public })
}
