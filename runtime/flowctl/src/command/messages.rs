//! `flowctl messages`: what the daemon told people and channels.

use super::{Answer, Paging, listed, more, show};
use crate::args::Global;
use crate::client::Client;
use crate::fault::Fault;
use crate::text::{Card, clock};
use crate::wire::{self, Message, Page};

/// Arguments of `messages`.
#[derive(Debug, clap::Args)]
pub struct Messages {
    /// To this channel (`#deploys`) or person; your own where nothing is said
    #[arg(long)]
    to: Option<String>,
    /// About this request
    #[arg(long)]
    request: Option<String>,
    /// To everybody (admins)
    #[arg(long, conflicts_with = "to")]
    all: bool,
    #[command(flatten)]
    paging: Paging,
}

/// Lists messages, the oldest first, as a conversation is read.
pub fn run(client: &Client, global: &Global, args: &Messages) -> Result<Answer, Fault> {
    let mut query = args.paging.query();
    query.extend(args.to.clone().map(|to| ("to", to)));
    query.extend(args.request.clone().map(|id| ("request", id)));
    if args.all {
        query.push(("all", "true".to_owned()));
    }
    let json = listed(client, global, "/v1/messages", query)?;
    let page: Page<Message> = wire::read(&json)?;
    let mut text = String::new();
    for message in &page.items {
        if !text.is_empty() {
            text.push('\n');
        }
        let mut card = Card::default();
        card.line("to", format!("{} at {}", message.to, clock(message.at)));
        if message.dev {
            card.line("", show::DEV.trim_end());
        }
        card.line("text", &message.text);
        for fact in &message.facts {
            card.line(&fact.label, &fact.value);
        }
        card.maybe("request", message.request.clone());
        text.push_str(&card.to_text());
    }
    if text.is_empty() {
        text.push_str("no messages\n");
    }
    Ok(Answer { json, text: more(text, page.next.as_deref()) })
}
