//! How an alert is told: PagerDuty's Events API v2, or a signed webhook.
//!
//! PagerDuty puts events of one `dedup_key` into one incident, so telling one twice wakes nobody
//! twice; a `resolve` of a key that it does not know does nothing.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use flow_engine::Phase;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::about::{self, Alert, Topic, Turn};
use super::config::{Alerts, Way};
use crate::app::App;
use crate::export::sink::{Webhook, client};
use crate::export::{Reads, Taking};
use crate::secret::Secrets;
use crate::store::{AuditFilter, AuditRow, RequestRow, StoreError};

/// What is older is history where nothing says whether it is still so: a place that is new is not
/// told of it.
const NEWS: SignedDuration = SignedDuration::from_hours(24);
/// PagerDuty's limit of a summary, in characters.
const SUMMARY_MAX: usize = 1024;
/// Records of one request that are looked through.
const RECORDS_MAX: usize = 10_000;
/// How much of a refusal is shown, in characters.
const REFUSAL_MAX: usize = 300;

/// A place that is ready to be told.
pub struct Place {
    alerts: Alerts,
    /// Who tells: the deployment.
    source: String,
    telling: Telling,
}

enum Telling {
    PagerDuty { key: String, client: reqwest::Client },
    Webhook(Box<Webhook>),
}

/// Under which name the database keeps how far a place is.
pub fn key(name: &str) -> String {
    format!("alerts_told:{name}")
}

impl Place {
    /// Makes it ready; nothing is told yet.
    ///
    /// # Errors
    /// Its secret has no value.
    pub fn open(alerts: Alerts, app: &App, secrets: &Secrets) -> anyhow::Result<Self> {
        let secret = &alerts.secret;
        let telling = match alerts.way {
            Way::PagerDuty => {
                let key = secrets.value(secret);
                let key = key.with_context(|| format!("secret `{secret}` has no value"))?;
                Telling::PagerDuty { key: key.to_owned(), client: client()? }
            }
            Way::Webhook => {
                let webhook = Webhook::open(alerts.url.clone(), secret, secrets)?;
                Telling::Webhook(Box::new(webhook))
            }
        };
        let source = app.config.deployment.clone().unwrap_or_else(|| app.config.org.clone());
        Ok(Self { alerts, source, telling })
    }

    async fn tell_all(&self, app: &Arc<App>, rows: Vec<AuditRow>) -> anyhow::Result<()> {
        for row in rows {
            let alert = about::of(&row).filter(|alert| self.alerts.on.contains(&alert.topic));
            let Some(alert) = alert else { continue };
            let (topic, turn) = (alert.topic, alert.turn);
            if app.block(move |app| is_so(app, &row, topic, turn)).await? {
                self.tell(app, &alert).await?;
            }
        }
        Ok(())
    }

    async fn tell(&self, app: &App, alert: &Alert) -> anyhow::Result<()> {
        match &self.telling {
            Telling::Webhook(webhook) => {
                webhook.post(&json!({ "alert": self.plain(alert) }), app.clock.now()).await
            }
            Telling::PagerDuty { key, client } => {
                let body = self.event(key, alert);
                let sent = client.post(&self.alerts.url).json(&body).send().await;
                let answer = sent.map_err(reqwest::Error::without_url).context("no answer")?;
                let status = answer.status();
                if status.is_success() {
                    return Ok(());
                }
                let said = answer.text().await.unwrap_or_default();
                let said: String = app.secrets.redact(&said).chars().take(REFUSAL_MAX).collect();
                bail!("PagerDuty answered with {status}: {said}")
            }
        }
    }

    /// As a webhook is told.
    fn plain(&self, alert: &Alert) -> Json {
        json!({
            "source": self.source,
            "topic": alert.topic.word(),
            "turn": match alert.turn { Turn::Begins => "begins", Turn::Over => "over" },
            "key": alert.key,
            "severity": alert.topic.severity(),
            "summary": alert.summary,
            "details": alert.details,
        })
    }

    /// As PagerDuty is told.
    fn event(&self, routing_key: &str, alert: &Alert) -> Json {
        let source = &self.source;
        let summary: String =
            format!("{source}: {}", alert.summary).chars().take(SUMMARY_MAX).collect();
        let mut event = json!({
            "routing_key": routing_key,
            "event_action": alert.turn.word(),
            "dedup_key": format!("flow/{source}/{}", alert.key),
        });
        if let (Turn::Begins, Some(event)) = (alert.turn, event.as_object_mut()) {
            let payload = json!({
                "summary": summary,
                "source": source,
                "severity": alert.topic.severity(),
                "timestamp": alert.details.get("at"),
                "component": "flowd",
                "class": alert.topic.word(),
                "custom_details": alert.details,
            });
            event.insert("payload".to_owned(), payload);
        }
        event
    }
}

impl Reads for Place {
    fn key(&self) -> String {
        key(&self.alerts.name)
    }

    fn take<'a>(&'a self, app: &'a Arc<App>, rows: Vec<AuditRow>) -> Taking<'a> {
        Box::pin(self.tell_all(app, rows))
    }
}

/// Whether what a record says is still so, and worth telling.
fn is_so(app: &App, row: &AuditRow, topic: Topic, turn: Turn) -> Result<bool, StoreError> {
    let Some(request) = row.request.as_deref().filter(|_| topic == Topic::Stuck) else {
        return Ok(is_news(row.at, app.clock.now()));
    };
    match turn {
        Turn::Begins => {
            let still = |row: RequestRow| row.phase == Phase::Deescalating.word();
            Ok(app.store.request(request)?.is_some_and(still))
        }
        // Most requests end without having been stuck: there is nothing to take back then.
        Turn::Over => {
            let request = Some(request.to_owned());
            let filter = AuditFilter { request, after: 0, limit: RECORDS_MAX };
            Ok(app.store.page_audit(&filter)?.iter().any(|before| {
                let kind = before.body.as_ref().and_then(|body| body.get("kind"));
                kind.and_then(Json::as_str) == Some("grant.stuck")
            }))
        }
    }
}

fn is_news(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) <= NEWS
}
