//! `flowctl resume`: goes on after a restore.

use reqwest::Method;
use serde_json::json;

use super::Answer;
use crate::client::Client;
use crate::fault::Fault;
use crate::text::one_line;
use crate::wire::{self, Resumed};

/// Arguments of `resume`.
#[derive(Debug, clap::Args)]
pub struct Resume {
    /// Why it may; kept in the audit trail
    #[arg(long)]
    reason: String,
    /// Also where access may stand that nobody takes back
    #[arg(long)]
    force: bool,
}

/// Lets a restored daemon take requests and approvals again.
pub fn run(client: &Client, args: &Resume) -> Result<Answer, Fault> {
    let body = json!({ "reason": args.reason, "force": args.force });
    let json = client.send(Method::POST, "/v1/resume", &body)?;
    let Resumed { left } = wire::read(&json)?;
    let mut text = "resumed: requests and approvals are taken again\n".to_owned();
    for sentence in left {
        text.push_str(&format!("by hand: {}\n", one_line(&sentence)));
    }
    Ok(Answer { json, text })
}
