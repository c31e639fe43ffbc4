//! `flowctl audit`: who did what, and why it was allowed or refused.

use super::{Answer, Paging, listed, more};
use crate::args::Global;
use crate::client::{Client, segment};
use crate::fault::Fault;
use crate::text::{Table, clock, or_dash};
use crate::wire::{self, AuditRecord, Page};

/// Arguments of `audit`.
#[derive(Debug, clap::Args)]
pub struct Audit {
    /// Of this request; everything (admins) where nothing is said
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

/// Lists audit records in the order in which they were written.
pub fn run(client: &Client, global: &Global, args: &Audit) -> Result<Answer, Fault> {
    let path = match &args.request {
        Some(id) => format!("/v1/requests/{}/audit", segment(id)),
        None => "/v1/audit".to_owned(),
    };
    let json = listed(client, global, &path, args.paging.query())?;
    let page: Page<AuditRecord> = wire::read(&json)?;
    let mut table = Table::new(["#", "at", "who", "what", "why"]);
    let mut whole = Table::new(["#", "at", "who", "what", "why", "request"]);
    for record in page.items {
        let row = [
            record.sequence.to_string(),
            clock(record.at),
            record.actor,
            record.what,
            or_dash(record.why),
        ];
        let [number, at, who, what, why] = row.clone();
        whole.row([number, at, who, what, why, or_dash(record.request)]);
        table.row(row);
    }
    // Of one request the last column would be the same in every line.
    let table = if args.request.is_some() { table } else { whole };
    let text = more(table.to_text("nothing is recorded"), page.next.as_deref());
    Ok(Answer { json, text })
}
