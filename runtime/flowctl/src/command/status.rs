//! `flowctl status`: whom the token speaks for, and whether the daemon is ready.

use jiff::Timestamp;
use serde_json::json;

use super::{Answer, people};
use crate::client::Client;
use crate::fault::Fault;
use crate::text::{Card, instant};
use crate::wire::{self, Me, Ready};

/// Looks at both.
pub fn run(client: &Client) -> Result<Answer, Fault> {
    let ready_json = client.look("/readyz")?;
    let me_json = client.get("/v1/me", &[])?;
    let ready: Ready = wire::read(&ready_json)?;
    let me: Me = wire::read(&me_json)?;
    let mut text = if ready.ready {
        "the daemon is ready\n".to_owned()
    } else {
        "the daemon answers, but is not ready for production:\n".to_owned()
    };
    for reason in &ready.reasons {
        text.push_str(&format!("  {reason}\n"));
    }
    let mut card = Card::default();
    card.line("token", format!("scope {}, {}", me.token.scope, me.token.state));
    card.line("expires", instant(me.token.expires_at, Timestamp::now()));
    text = format!("{text}\n{}{}", people::card(&me.person), card.to_text());
    Ok(Answer { json: json!({ "ready": ready_json, "me": me_json }), text })
}
