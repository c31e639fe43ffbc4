//! `flowctl list`: requests, the newest first.

use jiff::Timestamp;

use super::{Answer, Paging, listed, more};
use crate::args::Global;
use crate::client::Client;
use crate::fault::Fault;
use crate::text::{Table, distance, or_dash};
use crate::wire::{self, Page, Summary};

/// Arguments of `list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Of this flow only
    #[arg(long)]
    flow: Option<String>,
    /// In this phase only
    #[arg(long)]
    phase: Option<String>,
    /// Asked for by this person: e-mail address, username or id
    #[arg(long, value_name = "PERSON")]
    requester: Option<String>,
    /// Only what waits for your decision
    #[arg(long)]
    to_decide: bool,
    /// Only what is not ended
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    paging: Paging,
}

/// Lists requests.
pub fn run(client: &Client, global: &Global, args: &List) -> Result<Answer, Fault> {
    let mut query = args.paging.query();
    let filters = [("flow", &args.flow), ("phase", &args.phase), ("requester", &args.requester)];
    query.extend(filters.into_iter().filter_map(|(k, v)| v.clone().map(|v| (k, v))));
    for (name, on) in [("to_decide", args.to_decide), ("open", args.open)] {
        if on {
            query.push((name, "true".to_owned()));
        }
    }
    let json = listed(client, global, "/v1/requests", query)?;
    let page: Page<Summary> = wire::read(&json)?;
    let now = Timestamp::now();
    let mut table = Table::new(["id", "flow", "state", "requester", "target", "asked", "ends"]);
    for r in &page.items {
        table.row([
            r.id.clone(),
            r.flow.clone(),
            state(r),
            r.requester.username.clone(),
            or_dash(Some(r.targets.join(", "))),
            distance(r.created_at, now),
            or_dash(r.ends_at.map(|at| distance(at, now))),
        ]);
    }
    let text = more(table.to_text("no requests"), page.next.as_deref());
    Ok(Answer { json, text })
}

/// `pending: release`, `ended: denied`, `deescalating STUCK`.
pub fn state(request: &Summary) -> String {
    let mut state = request.phase.clone();
    if let Some(outcome) = &request.outcome {
        state = format!("{state}: {outcome}");
    } else if !request.waiting.is_empty() {
        state = format!("{state}: {}", request.waiting.join(", "));
    }
    if request.stuck {
        state.push_str(" STUCK");
    }
    state
}
