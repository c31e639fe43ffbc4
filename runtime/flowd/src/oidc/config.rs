//! `[oidc]` of the configuration: which provider says who somebody is.

use std::collections::BTreeMap;

use anyhow::{bail, ensure};
use serde::Deserialize;

use super::keys::Algorithm;
use crate::config::SecretSource;
use crate::export::config::ensure_private;
use crate::people::token::HUMAN_HOURS_MAX;

/// Which provider says who somebody is, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oidc {
    /// The provider, as it calls itself.
    pub issuer: String,
    /// What this daemon is called there.
    pub client_id: String,
    /// The name of the secret that it shares with the provider; absent: PKCE alone.
    pub client_secret: Option<String>,
    /// Where people reach this daemon, without a final slash.
    pub public_url: String,
    /// Domains whose verified e-mail addresses say whose an account is, for asking only.
    pub link_by_email: Vec<String>,
    /// For whom a machine's token must be made; absent: no machine logs in this way.
    pub machine_audience: Option<String>,
    /// How long a session lives.
    pub session_hours: u32,
    /// How tokens may be signed.
    pub algorithms: Vec<Algorithm>,
}

/// As it stands in the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcFile {
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    public_url: String,
    #[serde(default)]
    link_by_email: Vec<String>,
    machine_audience: Option<String>,
    session_hours: Option<u32>,
    algorithms: Option<Vec<String>>,
}

/// Checks it.
///
/// # Errors
/// A sentence that says what is wrong and what would be right.
pub fn read(file: OidcFile, secrets: &BTreeMap<String, SecretSource>) -> anyhow::Result<Oidc> {
    ensure_private("oidc.issuer", &file.issuer, "who logs in")?;
    ensure_private("oidc.public_url", &file.public_url, "sessions")?;
    ensure!(
        !file.issuer.contains(['?', '#']),
        "`oidc.issuer = \"{}\"`: an issuer has no `?` and no `#`",
        file.issuer
    );
    let public_url = file.public_url.trim_end_matches('/').to_owned();
    let plain =
        public_url.split_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?', '#']));
    ensure!(
        plain,
        "`oidc.public_url = \"{}\"`: scheme and host only, because the pages stand at `/`",
        file.public_url
    );
    ensure!(!file.client_id.trim().is_empty(), "`oidc.client_id = \"\"` names no client");
    if let Some(name) = &file.client_secret {
        ensure!(
            secrets.contains_key(name),
            "oidc: there is no `[secrets.{name}]`, whose value is the client's secret at the provider"
        );
    }
    for domain in &file.link_by_email {
        let fits = !domain.is_empty() && !domain.contains(['@', '*', ' ']);
        ensure!(fits, "`oidc.link_by_email`: `{domain}` is no domain: write `acme.example`");
    }
    ensure!(
        file.machine_audience.as_ref() != Some(&file.client_id),
        "`oidc.machine_audience` is `client_id`: then the token of a person would pass for one of a machine; \
         name another audience"
    );
    let session_hours = file.session_hours.unwrap_or(HUMAN_HOURS_MAX);
    ensure!(
        (1..=HUMAN_HOURS_MAX).contains(&session_hours),
        "`oidc.session_hours = {session_hours}`: 1 to {HUMAN_HOURS_MAX}"
    );
    Ok(Oidc {
        issuer: file.issuer,
        client_id: file.client_id,
        client_secret: file.client_secret,
        public_url,
        link_by_email: file.link_by_email.iter().map(|d| d.to_lowercase()).collect(),
        machine_audience: file.machine_audience,
        session_hours,
        algorithms: algorithms(file.algorithms)?,
    })
}

fn algorithms(given: Option<Vec<String>>) -> anyhow::Result<Vec<Algorithm>> {
    let Some(given) = given else { return Ok(vec![Algorithm::Rs256]) };
    ensure!(!given.is_empty(), "`oidc.algorithms = []`: nobody could log in");
    let mut kept = Vec::new();
    for word in given {
        let Some(algorithm) = Algorithm::ALL.into_iter().find(|a| a.word() == word) else {
            let all = Algorithm::ALL.map(Algorithm::word).join(", ");
            bail!("`oidc.algorithms`: `{word}` is not among {all}");
        };
        kept.push(algorithm);
    }
    Ok(kept)
}

impl Oidc {
    /// Where the provider sends people back.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("{}/auth/callback", self.public_url)
    }

    /// Whether addresses of this domain say whose an account is.
    #[must_use]
    pub fn links(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.link_by_email.iter().any(|d| d == domain)
    }
}
