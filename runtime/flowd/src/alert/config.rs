//! Where alerts go: `[[alerts]]` of the configuration.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{bail, ensure};
use serde::Deserialize;

use super::about::Topic;
use crate::config::SecretSource;
use crate::export::config::{ensure_named, ensure_private};

/// PagerDuty's own address; accounts of its European region use another.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// One place that alerts go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerts {
    /// Unique; a new name begins with what is true when it is new.
    pub name: String,
    /// How it is told there.
    pub way: Way,
    /// Where.
    pub url: String,
    /// The name of the secret: PagerDuty's routing key, or what signs a webhook.
    pub secret: String,
    /// About what.
    pub on: BTreeSet<Topic>,
}

/// How an alert is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// PagerDuty, Events API v2.
    PagerDuty,
    /// `POST` with a signature.
    Webhook,
}

/// As it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertsFile {
    name: String,
    kind: Way,
    url: Option<String>,
    secret: String,
    on: Option<BTreeSet<Topic>>,
}

/// Checks all of them.
///
/// # Errors
/// A sentence that says which is wrong and what would be right.
pub fn read(
    files: Vec<AlertsFile>,
    secrets: &BTreeMap<String, SecretSource>,
) -> anyhow::Result<Vec<Alerts>> {
    let mut names = BTreeSet::new();
    for file in &files {
        ensure_named("alerts", &file.name, &mut names)?;
    }
    files.into_iter().map(|file| one(file, secrets)).collect()
}

fn one(file: AlertsFile, secrets: &BTreeMap<String, SecretSource>) -> anyhow::Result<Alerts> {
    let AlertsFile { name, kind: way, url, secret, on } = file;
    let at = format!("alerts `{name}`");
    let what = match way {
        Way::PagerDuty => "is the routing key of the integration",
        Way::Webhook => "signs what is sent",
    };
    ensure!(
        secrets.contains_key(&secret),
        "{at}: there is no `[secrets.{secret}]`, whose value {what}"
    );
    let url = match (way, url) {
        (_, Some(url)) => url,
        (Way::PagerDuty, None) => PAGERDUTY.to_owned(),
        (Way::Webhook, None) => bail!("{at}: `kind = \"webhook\"` takes `url` and `secret`"),
    };
    ensure_private(&at, &url, "alerts")?;
    let on = on.unwrap_or_else(|| Topic::ALL.into());
    ensure!(!on.is_empty(), "{at}: `on = []` tells of nothing: leave it out to hear of everything");
    Ok(Alerts { name, way, url, secret, on })
}
