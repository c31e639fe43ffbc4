//! `flowctl token …`: issue, list, confirm and revoke tokens. A token is shown once, when it is
//! made, and never again.

use std::io::Write as _;
use std::path::Path;

use clap::ValueEnum;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Answer, Paging, body, listed, more, words};
use crate::args::Global;
use crate::client::{Client, segment};
use crate::fault::Fault;
use crate::text::{Card, Table, distance, instant, or_dash};
use crate::wire::{self, FreshToken, Page, Token as Known};

/// Subcommands of `token`.
#[derive(Debug, clap::Subcommand)]
pub enum Token {
    /// Make a token, for yourself or (admins) for another
    Issue(Issue),
    /// Tokens that may be used now
    List(List),
    /// Swap a token that somebody else made for you against one that only you have seen
    Confirm(Confirm),
    /// Make a token worthless at once
    Revoke(Revoke),
}

/// Arguments of `token issue`.
#[derive(Debug, clap::Args)]
pub struct Issue {
    /// For this person: e-mail address, username or id
    #[arg(long = "for", value_name = "PERSON")]
    person: Option<String>,
    /// What it may be used for; each includes those before it
    #[arg(long, value_enum, default_value = "decide")]
    scope: Scope,
    /// For how long; people 12 hours at most, bots 90 days (2160)
    #[arg(long, value_name = "HOURS")]
    hours: Option<u32>,
}

/// Arguments of `token list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Of this person (admins); yours where nothing is said
    #[arg(long = "for", value_name = "PERSON")]
    person: Option<String>,
    /// Expired and revoked ones, too
    #[arg(long)]
    past: bool,
    #[command(flatten)]
    paging: Paging,
}

/// Arguments of `token confirm`.
#[derive(Debug, clap::Args)]
pub struct Confirm {
    /// Write the new token into the token file instead of showing it
    #[arg(long)]
    save: bool,
}

/// Arguments of `token revoke`.
#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// The token's id, not the token; `flowctl token list` shows it
    id: String,
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Scope {
    /// Ask, look, cancel, revoke
    Ask,
    /// Approve, deny, resolve, too
    Decide,
    /// Whatever the person's role allows
    Admin,
}

/// Runs a subcommand.
pub fn run(client: &Client, global: &Global, command: &Token) -> Result<Answer, Fault> {
    match command {
        Token::Issue(args) => issue(client, args),
        Token::List(args) => list(client, global, args),
        Token::Confirm(args) => confirm(client, global, args),
        Token::Revoke(args) => {
            let path = format!("/v1/tokens/{}", segment(&args.id));
            let json = client.send(Method::DELETE, &path, &json!({}))?;
            Ok(Answer { json, text: format!("revoked: {}\n", args.id) })
        }
    }
}

fn issue(client: &Client, args: &Issue) -> Result<Answer, Fault> {
    let scope = match args.scope {
        Scope::Ask => "ask",
        Scope::Decide => "decide",
        Scope::Admin => "admin",
    };
    let body = body([("scope", words(Some(scope))), ("hours", args.hours.map(Json::from))]);
    fresh(client.send(Method::POST, &tokens_of(args.person.as_deref()), &body)?)
}

fn list(client: &Client, global: &Global, args: &List) -> Result<Answer, Fault> {
    let mut query = args.paging.query();
    query.push(("past", args.past.to_string()));
    let json = listed(client, global, &tokens_of(args.person.as_deref()), query)?;
    let page: Page<Known> = wire::read(&json)?;
    let now = Timestamp::now();
    let mut table =
        Table::new(["id", "person", "scope", "state", "expires", "last used", "made by"]);
    for token in &page.items {
        table.row([
            token.id.clone(),
            token.person.username.clone(),
            token.scope.clone(),
            token.state.clone(),
            distance(token.expires_at, now),
            or_dash(token.last_used_at.map(|at| distance(at, now))),
            or_dash(token.issued_by.as_ref().map(|p| p.username.clone())),
        ]);
    }
    let text = more(table.to_text("no token may be used now"), page.next.as_deref());
    Ok(Answer { json, text })
}

fn confirm(client: &Client, global: &Global, args: &Confirm) -> Result<Answer, Fault> {
    let file = match (args.save, &global.token_file) {
        (true, None) => {
            return Err(Fault::Usage("--save needs --token-file: where to write it".to_owned()));
        }
        (true, Some(path)) => Some(path),
        (false, _) => None,
    };
    let mut json = client.send(Method::POST, "/v1/tokens/confirm", &json!({}))?;
    let Some(path) = file else {
        return fresh(json);
    };
    let made: FreshToken = wire::read(&json)?;
    if let Err(why) = save(path, &made.token) {
        // The old token is gone already: losing the new one would shut its owner out.
        let mut answer = fresh(json)?;
        answer.text = format!("`{}` could not be written: {why}\n{}", path.display(), answer.text);
        return Ok(answer);
    }
    if let Some(object) = json.as_object_mut() {
        object.remove("token");
    }
    let text = format!("confirmed; the new token stands in {}\n", path.display());
    Ok(Answer { json, text })
}

/// Where somebody's tokens are: one's own, or another's.
fn tokens_of(person: Option<&str>) -> String {
    person.map_or_else(|| "/v1/tokens".to_owned(), |p| format!("/v1/people/{}/tokens", segment(p)))
}

fn fresh(json: Json) -> Result<Answer, Fault> {
    let made: FreshToken = wire::read(&json)?;
    let mut card = Card::default();
    card.line("token", &made.token);
    card.line("for", format!("{}, scope {}", made.about.person.username, made.about.scope));
    card.line("expires", instant(made.about.expires_at, Timestamp::now()));
    card.line("id", &made.about.id);
    let mut text = card.to_text();
    text.push_str("\nit is shown this once; keep it in a file that only its owner can read\n");
    if made.about.state == "unconfirmed" {
        text.push_str(
            "it may only ask until its owner has swapped it: flowctl token confirm --save\n",
        );
    }
    Ok(Answer { json, text })
}

/// Replaces the file in one step, readable by its owner alone.
fn save(path: &Path, token: &str) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    writeln!(file, "{token}")?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
