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
    let mut card = Card::default();
    card.line("daemon", client.server());
    card.line(
        "ready",
        if ready.ready {
            "yes".to_owned()
        } else {
            format!("no: {}", ready.reasons.join("\nno: "))
        },
    );
    people::lines(&mut card, &me.person);
    card.line("token", format!("scope {}, {}", me.token.scope, me.token.state));
    card.line("expires", instant(me.token.expires_at, Timestamp::now()));
    let text = card.to_text();
    Ok(Answer { json: json!({ "ready": ready_json, "me": me_json }), text })
}
