//! `flowctl freeze` and `flowctl unfreeze`: the big switch, for all flows or for one. Ends go on.

use reqwest::Method;

use super::{Answer, body, words};
use crate::client::Client;
use crate::fault::Fault;

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
    Ok(Answer { json, text: format!("open again: {}\n", scope(args.flow.as_deref())) })
}

fn scope(flow: Option<&str>) -> &str {
    flow.unwrap_or("every flow")
}
