//! `flowctl grants`: who has access now, and who had.

use jiff::Timestamp;

use super::{Answer, Paging, listed, more};
use crate::args::Global;
use crate::client::Client;
use crate::fault::Fault;
use crate::text::{Table, distance, or_dash};
use crate::wire::{self, Grant, Page};

/// Arguments of `grants`.
#[derive(Debug, clap::Args)]
pub struct Grants {
    /// Those that are over, too
    #[arg(long)]
    past: bool,
    /// What stood at that instant, or may have: 2026-01-05T09:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "past")]
    at: Option<Timestamp>,
    /// Of this person: e-mail address, username or id
    #[arg(long)]
    person: Option<String>,
    /// On this target
    #[arg(long)]
    target: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

/// Lists grants.
pub fn run(client: &Client, global: &Global, args: &Grants) -> Result<Answer, Fault> {
    let mut query = args.paging.query();
    query.push(("past", args.past.to_string()));
    query.extend(args.person.clone().map(|p| ("person", p)));
    query.extend(args.target.clone().map(|t| ("target", t)));
    query.extend(args.at.map(|at| ("at", at.to_string())));
    let json = listed(client, global, "/v1/grants", query)?;
    let page: Page<Grant> = wire::read(&json)?;
    let now = Timestamp::now();
    let mut table =
        Table::new(["person", "target", "state", "since", "ends", "approved by", "request"]);
    for grant in &page.items {
        table.row([
            grant.person.username.clone(),
            grant.target.clone(),
            grant.state.clone(),
            or_dash(grant.started_at.map(|at| distance(at, now))),
            or_dash(grant.ended_at.or(grant.expires_at).map(|at| distance(at, now))),
            approvers(grant),
            grant.request.clone(),
        ]);
    }
    let text = more(table.to_text("nobody holds access through us"), page.next.as_deref());
    Ok(Answer { json, text })
}

fn approvers(grant: &Grant) -> String {
    let names: Vec<&str> = grant.approved_by.iter().map(|p| p.username.as_str()).collect();
    match (&grant.automatic, names.is_empty()) {
        (Some(rule), _) => format!("automatic: {rule}"),
        (None, true) => "-".to_owned(),
        (None, false) => names.join(", "),
    }
}
