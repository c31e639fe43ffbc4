//! `flowctl freeze` and `flowctl unfreeze`: the big switch, for all flows or for one. Ends go on.

use reqwest::Method;

use super::{Answer, body, words};
use crate::client::Client;
use crate::fault::Fault;
use crate::text::one_line;
use crate::wire::{self, Freezing, Page};

/// Arguments of `freeze`.
#[derive(Debug, clap::Args)]
pub struct Freeze {
    /// This flow only
    #[arg(long)]
    flow: Option<String>,
    /// Why; people who ask are told
    #[arg(long)]
    reason: String,
}

/// Arguments of `unfreeze`.
#[derive(Debug, clap::Args)]
pub struct Unfreeze {
    /// This flow only
    #[arg(long)]
    flow: Option<String>,
}

/// Stops new requests and new grants.
pub fn freeze(client: &Client, args: &Freeze) -> Result<Answer, Fault> {
    let body = body([("flow", words(args.flow.as_deref())), ("reason", words(Some(&args.reason)))]);
    let json = client.send(Method::POST, "/v1/freeze", &body)?;
    let text =
        format!("frozen: {}; access that exists still ends on time\n", scope(args.flow.as_deref()));
    Ok(Answer { json, text })
}

/// Allows them again.
pub fn unfreeze(client: &Client, args: &Unfreeze) -> Result<Answer, Fault> {
    let body = body([("flow", words(args.flow.as_deref()))]);
    let json = client.send(Method::POST, "/v1/unfreeze", &body)?;
    let text = thawed(args.flow.as_deref(), &json)?;
    Ok(Answer { json, text })
}

/// A flow may be frozen by itself and with all others: lifting one leaves the other.
fn thawed(flow: Option<&str>, left: &serde_json::Value) -> Result<String, Fault> {
    let left: Page<Freezing> = wire::read(left)?;
    if left.items.is_empty() {
        return Ok(format!("open again: {}\n", scope(flow)));
    }
    let mut text = format!("lifted: the freeze of {}\n", scope(flow));
    for freeze in left.items {
        let (what, why) = (scope(freeze.flow.as_deref()), one_line(&freeze.reason));
        text.push_str(&format!("still frozen: {what}, {why}\n"));
    }
    Ok(text)
}

fn scope(flow: Option<&str>) -> &str {
    flow.unwrap_or("every flow")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_frozen_is_not_said_to_be_open() {
        let left = serde_json::json!({ "items": [{ "flow": null, "reason": "incident 7" }] });
        for (flow, items, want) in [
            (None, serde_json::json!({ "items": [] }), "open again: every flow\n"),
            (
                Some("deploy"),
                left,
                "lifted: the freeze of deploy\nstill frozen: every flow, incident 7\n",
            ),
            (
                None,
                serde_json::json!({ "items": [{ "flow": "deploy", "reason": "x" }] }),
                "lifted: the freeze of every flow\nstill frozen: deploy, x\n",
            ),
        ] {
            assert_eq!(thawed(flow, &items).unwrap(), want);
        }
    }
}
