//! What is asked of the provider: where things are, its keys, and a token for a code.
//!
//! What it published is used for an hour, and asked again where a token names a key that is not among
//! it. Where it does not answer, nobody logs in; sessions that stand go on.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::attempt::Attempt;
use super::config::Oidc;
use super::jwt::{self, Claims, Expected, Fault};
use super::keys::Keys;
use crate::export::config::ensure_private;
use crate::export::sink::client;
use crate::secret::Secrets;

/// How long what was published is used.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);
/// Shortest time between two looks for a new key: anybody can name one that does not exist.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// Largest answer.
const ANSWER_MAX: usize = 1 << 20;

/// A provider.
pub struct Provider {
    /// What the daemon was told of it.
    pub config: Oidc,
    secret: Option<String>,
    client: reqwest::Client,
    known: Mutex<Option<Arc<Known>>>,
}

/// What it published.
struct Known {
    about: Discovery,
    keys: Keys,
    at: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

/// Why nobody could be logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The provider does not answer as it should: theirs to mend, or ours.
    #[error("the identity provider: {0}")]
    Provider(String),
    /// The token is no good.
    #[error("the token is not believed: {0}")]
    Token(#[from] Fault),
}

impl Provider {
    /// The provider of the configuration, not asked yet.
    ///
    /// # Errors
    /// There is no TLS.
    pub fn open(config: Oidc, secrets: &Secrets) -> anyhow::Result<Self> {
        let secret = config.client_secret.as_deref().and_then(|name| secrets.value(name));
        let secret = secret.map(str::to_owned);
        Ok(Self { config, secret, client: client()?, known: Mutex::default() })
    }

    /// Where somebody goes to log in.
    ///
    /// # Errors
    /// [`LoginError::Provider`].
    pub async fn begin(&self, attempt: &Attempt, at: Timestamp) -> Result<String, LoginError> {
        let known = self.known(at, KNOWN_FOR).await?;
        let mut url = reqwest::Url::parse(&known.about.authorization_endpoint)
            .map_err(|e| LoginError::Provider(format!("`authorization_endpoint`: {e}")))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.config.redirect_uri())
            .append_pair("scope", "openid email profile")
            .append_pair("state", &attempt.state())
            .append_pair("nonce", &attempt.nonce())
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url.to_string())
    }

    /// Who came back with this code.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn finish(
        &self,
        attempt: &Attempt,
        code: &str,
        at: Timestamp,
    ) -> Result<Claims, LoginError> {
        let known = self.known(at, KNOWN_FOR).await?;
        let answer: TokenAnswer = self.turn_in(&known.about, attempt, code).await?;
        let nonce = attempt.nonce();
        self.believe(&answer.id_token, &self.config.client_id, Some(&nonce), at).await
    }

    /// Which machine a token speaks for.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn machine(
        &self,
        token: &str,
        audience: &str,
        at: Timestamp,
    ) -> Result<Claims, LoginError> {
        self.believe(token, audience, None, at).await
    }

    async fn believe(
        &self,
        token: &str,
        audience: &str,
        nonce: Option<&str>,
        at: Timestamp,
    ) -> Result<Claims, LoginError> {
        let expected = Expected {
            issuer: &self.config.issuer,
            audience,
            algorithms: &self.config.algorithms,
            nonce,
            at,
        };
        let known = self.known(at, KNOWN_FOR).await?;
        match jwt::verify(token, &known.keys, &expected) {
            // It may have new keys.
            Err(Fault::UnknownKey) => {
                let known = self.known(at, LOOK_AGAIN).await?;
                Ok(jwt::verify(token, &known.keys, &expected)?)
            }
            other => Ok(other?),
        }
    }

    async fn known(&self, at: Timestamp, age: SignedDuration) -> Result<Arc<Known>, LoginError> {
        let kept = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = kept.filter(|known| at.duration_since(known.at).abs() < age) {
            return Ok(known);
        }
        let issuer = self.config.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let about: Discovery = parse(&url, &self.read(&url).await?)?;
        if about.issuer != self.config.issuer {
            let why = format!(
                "`{url}` is of the issuer `{}`, and `oidc.issuer` is `{}`: write it exactly so",
                about.issuer, self.config.issuer
            );
            return Err(LoginError::Provider(why));
        }
        for endpoint in [&about.authorization_endpoint, &about.token_endpoint, &about.jwks_uri] {
            ensure_private(&url, endpoint, "log-ins")
                .map_err(|error| LoginError::Provider(error.to_string()))?;
        }
        let keys = self.read(&about.jwks_uri).await?;
        let keys = Keys::read(&keys)
            .map_err(|e| LoginError::Provider(format!("`{}`: {e}", about.jwks_uri)))?;
        let known = Arc::new(Known { about, keys, at });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&known));
        Ok(known)
    }

    async fn turn_in(
        &self,
        about: &Discovery,
        attempt: &Attempt,
        code: &str,
    ) -> Result<TokenAnswer, LoginError> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.config.redirect_uri())
            .append_pair("code_verifier", &attempt.verifier())
            .append_pair("client_id", &self.config.client_id);
        let url = &about.token_endpoint;
        let mut asked = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        if let Some(secret) = &self.secret {
            let methods = about.token_endpoint_auth_methods_supported.as_deref();
            // Basic is what stands where nothing is said (OpenID Connect Discovery, 3).
            if methods.is_none_or(|all| all.iter().any(|m| m == "client_secret_basic")) {
                let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", part(&self.config.client_id), part(secret));
                let pair = base64::Engine::encode(
                    &base64::engine::general_purpose::STANDARD,
                    pair.as_bytes(),
                );
                asked = asked.header(AUTHORIZATION, format!("Basic {pair}"));
            } else {
                form.append_pair("client_secret", secret);
            }
        }
        let answer = body(url, asked.body(form.finish())).await?;
        parse(url, &answer)
    }

    async fn read(&self, url: &str) -> Result<Vec<u8>, LoginError> {
        body(url, self.client.get(url).header(ACCEPT, "application/json")).await
    }
}

async fn body(url: &str, asked: reqwest::RequestBuilder) -> Result<Vec<u8>, LoginError> {
    let fault = |why: String| LoginError::Provider(format!("`{url}`: {why}"));
    let failed = |e: reqwest::Error| fault(format!("no answer: {}", e.without_url()));
    let mut answer = asked.send().await.map_err(failed)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_MAX {
            return Err(fault(format!("it answers with more than {ANSWER_MAX} bytes")));
        }
    }
    if answer.status() != reqwest::StatusCode::OK {
        // `invalid_grant`, `invalid_client`: a word of RFC 6749, and never a secret.
        let word = serde_json::from_slice::<serde_json::Value>(&bytes).ok();
        let word = word.as_ref().and_then(|json| json.get("error")?.as_str());
        let word: String = word.unwrap_or("no reason").chars().take(60).collect();
        return Err(fault(format!("it answers {} ({word})", answer.status())));
    }
    Ok(bytes)
}

fn parse<T: serde::de::DeserializeOwned>(url: &str, bytes: &[u8]) -> Result<T, LoginError> {
    serde_json::from_slice(bytes)
        .map_err(|e| LoginError::Provider(format!("`{url}` does not answer as it should: {e}")))
}
