//! Reads and verifies a signed token (RFC 7519, OpenID Connect Core 3.1.3.7). Pure: keys and time
//! are arguments.
//!
//! The signature is checked before anything is believed; the way of signing is chosen here and not
//! by the token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::keys::{Algorithm, Keys, NoKey};

/// How far the clocks of two machines may be apart, in seconds.
const LEEWAY_S: i64 = 60;
/// Longest token.
const LENGTH_MAX: usize = 16 << 10;

/// What a token must be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who made it.
    pub issuer: &'a str,
    /// For whom.
    pub audience: &'a str,
    /// Signed in one of these ways.
    pub algorithms: &'a [Algorithm],
    /// Of this log-in; absent: of none, as those of machines are.
    pub nonce: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
}

/// What a verified token says.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    /// Who made it.
    pub iss: String,
    /// Who somebody is there, for ever.
    pub sub: String,
    /// For whom.
    aud: OneOrMany,
    /// Until when, in seconds since 1970.
    pub exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
    azp: Option<String>,
    nonce: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
}

impl Claims {
    /// The address, in lower case, where the provider says that it is really theirs.
    #[must_use]
    pub fn verified_email(&self) -> Option<String> {
        let email = self.email.as_deref()?.trim().to_lowercase();
        (self.email_verified == Some(true)).then_some(email)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// Why a token is not believed. Said to whoever brought it; it holds no secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is none.
    #[error("it is no signed token")]
    Malformed,
    /// A way of signing that is not taken.
    #[error("it is signed with `{0}`, and `oidc.algorithms` does not name that")]
    Algorithm(String),
    /// A key that the provider does not publish, as far as is known.
    #[error("it is signed with a key that the provider does not publish")]
    UnknownKey,
    /// By somebody else.
    #[error("its signature is not the provider's")]
    Signature,
    /// A claim is wrong.
    #[error("{0}")]
    Claim(String),
}

/// What a token says, if it is what is expected.
///
/// # Errors
/// [`Fault`].
pub fn verify(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Claims, Fault> {
    let mut parts = token.split('.');
    let (Some(head), Some(body), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Fault::Malformed);
    };
    if token.len() > LENGTH_MAX {
        return Err(Fault::Malformed);
    }
    let header: Header = part(head)?;
    // What must be understood and is not, makes a token worthless (RFC 7515, 4.1.11).
    if header.crit.is_some() {
        return Err(Fault::Malformed);
    }
    let mut algorithms = expected.algorithms.iter().copied();
    let Some(algorithm) = algorithms.find(|a| a.word() == header.alg) else {
        return Err(Fault::Algorithm(header.alg.chars().take(20).collect()));
    };
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Fault::Malformed)?;
    let signed = token.get(..head.len() + 1 + body.len()).ok_or(Fault::Malformed)?;
    keys.verify(header.kid.as_deref(), algorithm, signed.as_bytes(), &signature).map_err(|no| {
        match no {
            NoKey::Unknown => Fault::UnknownKey,
            NoKey::Wrong => Fault::Signature,
        }
    })?;
    let claims: Claims = part(body)?;
    examine(&claims, expected).map_err(Fault::Claim)?;
    Ok(claims)
}

fn examine(claims: &Claims, expected: &Expected<'_>) -> Result<(), String> {
    let now = expected.at.as_second();
    let short = |text: &str| text.chars().take(100).collect::<String>();
    if claims.iss != expected.issuer {
        return Err(format!("its issuer is `{}`, not `{}`", short(&claims.iss), expected.issuer));
    }
    let many = match &claims.aud {
        OneOrMany::One(aud) if aud == expected.audience => false,
        OneOrMany::Many(all) if all.iter().any(|aud| aud == expected.audience) => all.len() > 1,
        OneOrMany::One(_) | OneOrMany::Many(_) => {
            return Err(format!("it is made for somebody else than `{}`", expected.audience));
        }
    };
    let party = claims.azp.as_deref();
    if expected.nonce.is_some() && (many || party.is_some()) && party != Some(expected.audience) {
        return Err("it was given to another program".to_owned());
    }
    if claims.exp.saturating_add(LEEWAY_S) <= now {
        return Err("it has expired".to_owned());
    }
    let ahead = now.saturating_add(LEEWAY_S);
    if claims.nbf.is_some_and(|nbf| nbf > ahead) || claims.iat.is_some_and(|iat| iat > ahead) {
        return Err("it is of a time to come: compare the clocks".to_owned());
    }
    if expected.nonce.is_some() && claims.nonce.as_deref() != expected.nonce {
        return Err("it belongs to another log-in".to_owned());
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return Err("it names nobody".to_owned());
    }
    Ok(())
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Fault::Malformed)
}
