//! How a batch of records is handed over.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use aws_lc_rs::hmac;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::config::{Destination, Form, To};
use super::ocsf::{self, Holder};
use super::{Reads, Taking};
use crate::api::audit_json;
use crate::app::App;
use crate::secret::Secrets;
use crate::store::{AuditRow, StoreError};

/// Longest wait for a webhook's answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// The header with the signature: `t=<seconds>,v1=<hex>`, HMAC-SHA256 over `<seconds>.<body>`.
const SIGNATURE: &str = "flow-signature";

/// A destination that is ready to take records.
pub struct Sink {
    name: String,
    form: Form,
    to: Ready,
}

enum Ready {
    File(std::path::PathBuf),
    Stdout,
    Webhook(Box<Webhook>),
}

/// A place that takes signed JSON.
pub struct Webhook {
    url: String,
    key: hmac::Key,
    client: reqwest::Client,
}

impl Sink {
    /// Makes it ready; nothing is sent yet.
    ///
    /// # Errors
    /// Its secret has no value.
    pub fn open(destination: Destination, secrets: &Secrets) -> anyhow::Result<Self> {
        let Destination { name, to, form } = destination;
        let to = match to {
            To::File(path) => Ready::File(path),
            To::Stdout => Ready::Stdout,
            To::Webhook { url, secret } => {
                Ready::Webhook(Box::new(Webhook::open(url, &secret, secrets)?))
            }
        };
        Ok(Self { name, form, to })
    }

    /// Hands records over. Returns when the other side has taken all of them.
    ///
    /// # Errors
    /// It did not: some may have come all the same.
    async fn send(&self, records: Vec<Json>, at: Timestamp) -> anyhow::Result<()> {
        match &self.to {
            Ready::File(path) => {
                let (path, lines) = (path.clone(), lines(&records));
                tokio::task::spawn_blocking(move || append(&path, &lines)).await?
            }
            Ready::Stdout => {
                let lines = lines(&records);
                tokio::task::spawn_blocking(move || {
                    let mut out = std::io::stdout().lock();
                    out.write_all(lines.as_bytes()).and_then(|()| out.flush())
                })
                .await?
                .context("standard output took nothing")
            }
            Ready::Webhook(webhook) => webhook.post(&json!({ "records": records }), at).await,
        }
    }
}

/// What posts, whoever is asked: no proxy, no redirect, a limit.
///
/// # Errors
/// There is no TLS.
pub fn client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ANSWER_MAX)
        .build()
        .context("no HTTP client")
}

impl Reads for Sink {
    fn key(&self) -> String {
        key(&self.name)
    }

    fn take<'a>(&'a self, app: &'a Arc<App>, rows: Vec<AuditRow>) -> Taking<'a> {
        Box::pin(async move {
            let form = self.form;
            let records = app.block(move |app| in_form(app, form, rows)).await?;
            self.send(records, app.clock.now()).await
        })
    }
}

/// The records as they are handed over.
fn in_form(app: &App, form: Form, rows: Vec<AuditRow>) -> Result<Vec<Json>, StoreError> {
    match form {
        Form::Flow => Ok(rows.into_iter().map(audit_json).collect()),
        Form::Ocsf => rows
            .into_iter()
            .map(|row| {
                let holder = holder(app, &row)?;
                Ok(ocsf::event(&row, audit_json(row.clone()), holder.as_ref()))
            })
            .collect(),
    }
}

/// Whose access begins or ends with a record.
fn holder(app: &App, row: &AuditRow) -> Result<Option<Holder>, StoreError> {
    let kind = row.body.as_ref().and_then(|body| body.get("kind")).and_then(Json::as_str);
    let is_access = matches!(kind, Some("grant.active" | "grant.ended"));
    let Some(request) = row.request.as_deref().filter(|_| is_access) else { return Ok(None) };
    let Some(request) = app.store.request(request)? else { return Ok(None) };
    let state: Json = serde_json::from_str(&request.state).unwrap_or_default();
    let username = state.pointer("/requester/username").and_then(Json::as_str);
    Ok(Some(Holder { id: request.requester, username: username.unwrap_or_default().to_owned() }))
}

/// Under which name the database keeps how far a destination is.
pub fn key(name: &str) -> String {
    format!("audit_sent:{name}")
}

impl Webhook {
    /// Makes it ready; nothing is sent yet.
    ///
    /// # Errors
    /// Its secret has no value.
    pub fn open(url: String, secret: &str, secrets: &Secrets) -> anyhow::Result<Self> {
        let value =
            secrets.value(secret).with_context(|| format!("secret `{secret}` has no value"))?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, value.as_bytes());
        Ok(Self { url, key, client: client()? })
    }

    /// Posts a body with its signature. Returns when the other side has taken it.
    ///
    /// # Errors
    /// It did not; it may have come all the same.
    pub async fn post(&self, body: &Json, at: Timestamp) -> anyhow::Result<()> {
        let body = body.to_string();
        let answer = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header(SIGNATURE, signature(&self.key, &body, at))
            .body(body)
            .send()
            .await
            .map_err(reqwest::Error::without_url)
            .context("no answer")?;
        ensure!(answer.status().is_success(), "it answered with {}", answer.status());
        Ok(())
    }
}

fn signature(key: &hmac::Key, body: &str, at: Timestamp) -> String {
    let seconds = at.as_second();
    let tag = hmac::sign(key, format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},v1={}", hex::encode(tag.as_ref()))
}

fn lines(records: &[Json]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// Opened anew for each batch, so that it can be moved away and begun again by others.
fn append(path: &Path, lines: &str) -> anyhow::Result<()> {
    let shown = path.display();
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot open `{shown}`"))?;
    let before = file.metadata().with_context(|| format!("cannot look at `{shown}`"))?.len();
    if let Err(error) = file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()) {
        // No half of a line stays: the batch comes again as a whole.
        let _cut = file.set_len(before);
        bail!("cannot write `{shown}`: {error}");
    }
    Ok(())
}
