//! One file per command: its arguments, the calls it makes and what it shows.
//!
//! To add a command: a file here with its arguments and a `run`; a line in [`crate::args::Command`];
//! an arm in [`run`]; what it reads in [`crate::wire`]; a line in the README's list.

pub mod audit;
pub mod decide;
pub mod deploy;
pub mod doctor;
mod dry_run;
pub mod end;
pub mod flows;
mod form;
pub mod freeze;
pub mod grants;
pub mod list;
pub mod messages;
pub mod people;
pub mod request;
pub mod resume;
pub mod show;
pub mod status;
pub mod token;

use serde_json::Value as Json;

use crate::args::{Command, Format, Global};
use crate::client::Client;
use crate::fault::Fault;

/// What a command has to say, for programs and for people.
pub struct Answer {
    /// The API's answer.
    pub json: Json,
    /// The same for people, with its last line break.
    pub text: String,
}

/// Runs one command.
///
/// # Errors
/// See [`Fault`].
pub fn run(client: &Client, global: &Global, command: &Command) -> Result<Answer, Fault> {
    match command {
        Command::Request(args) => request::run(client, args),
        Command::List(args) => list::run(client, global, args),
        Command::Show(args) => show::run(client, args),
        Command::Approve(args) => decide::run(client, global, args, decide::Verdict::Approve),
        Command::Deny(args) => decide::run(client, global, args, decide::Verdict::Deny),
        Command::Cancel(args) => end::cancel(client, args),
        Command::Revoke(args) => end::revoke(client, args),
        Command::Extend(args) => end::extend(client, args),
        Command::Resolve(args) => end::resolve(client, args),
        Command::Deploy(args) => deploy::run(client, args),
        Command::Freeze(args) => freeze::freeze(client, args),
        Command::Unfreeze(args) => freeze::unfreeze(client, args),
        Command::Resume(args) => resume::run(client, args),
        Command::Grants(args) => grants::run(client, global, args),
        Command::Messages(args) => messages::run(client, global, args),
        Command::Audit(args) => audit::run(client, global, args),
        Command::Flows(args) => flows::run(client, args),
        Command::People(command) => people::run(client, global, command),
        Command::Token(command) => token::run(client, global, command),
        Command::Status => status::run(client),
        Command::Doctor => doctor::run(client),
    }
}

/// A JSON object of what was given; what is absent is left out.
fn body<const N: usize>(parts: [(&str, Option<Json>); N]) -> Json {
    parts.into_iter().filter_map(|(k, v)| v.map(|v| (k.to_owned(), v))).collect()
}

/// A string that may be absent, as JSON.
fn words(text: Option<&str>) -> Option<Json> {
    text.map(Json::from)
}

/// The list, and how to see more where there is more.
fn more(text: String, next: Option<&str>) -> String {
    match next {
        Some(cursor) => format!("{text}more: --cursor {cursor}\n"),
        None => text,
    }
}

/// Pages of a list.
#[derive(Debug, clap::Args)]
pub struct Paging {
    /// At most so many
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
    /// Go on where an earlier list stopped
    #[arg(long)]
    pub cursor: Option<String>,
}

/// The list at `path`. As comma-separated values it is the whole list, because a table that ends
/// somewhere looks like one that ends there.
fn listed(
    client: &Client,
    global: &Global,
    path: &str,
    mut query: Vec<(&'static str, String)>,
) -> Result<Json, Fault> {
    let mut json = client.get(path, &query)?;
    while global.format == Format::Csv
        && let Some(next) = json.get("next").and_then(Json::as_str).map(str::to_owned)
    {
        query.retain(|(name, _)| *name != "cursor");
        query.push(("cursor", next));
        let mut page = client.get(path, &query)?;
        if let (Some(Json::Array(all)), Some(Json::Array(more))) =
            (json.get_mut("items"), page.get_mut("items"))
        {
            all.append(more);
        }
        let after = page.get_mut("next").map(Json::take).unwrap_or_default();
        if let Json::Object(list) = &mut json {
            list.insert("next".to_owned(), after);
        }
    }
    Ok(json)
}

impl Paging {
    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![("limit", self.limit.to_string())];
        query.extend(self.cursor.clone().map(|c| ("cursor", c)));
        query
    }
}
