//! `flowctl people …`: who is known to the daemon. For admins.

use clap::ValueEnum;
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Answer, Paging, body, listed, more, words};
use crate::args::Global;
use crate::client::{Client, segment};
use crate::fault::Fault;
use crate::text::{Card, Table};
use crate::wire::{self, Page, Person};

/// Subcommands of `people`.
#[derive(Debug, clap::Subcommand)]
pub enum People {
    /// Make somebody known
    Add(Add),
    /// Everybody who is known
    List(List),
    /// Change what somebody is
    SetRole(SetRole),
    /// Say that an account elsewhere is somebody's: whoever logs in with it may decide
    Link(Account),
    /// Take such an account away: the person's sessions and tokens end at once
    Unlink(Account),
    /// Shut somebody out: requests are cancelled, grants end, tokens stop at once
    Deactivate(Deactivate),
}

/// Arguments of `people add`.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// E-mail address; give it again for further ones
    #[arg(long = "email", required = true)]
    emails: Vec<String>,
    /// The first address where nothing is said
    #[arg(long)]
    username: Option<String>,
    /// For people to read
    #[arg(long)]
    name: Option<String>,
    #[arg(long, value_enum, default_value = "member")]
    role: Role,
    /// A program, not a human: it is in no set of people
    #[arg(long)]
    bot: bool,
}

/// Arguments of `people list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Those who were shut out, too
    #[arg(long)]
    inactive: bool,
    #[command(flatten)]
    paging: Paging,
}

/// Arguments of `people set-role`.
#[derive(Debug, clap::Args)]
pub struct SetRole {
    /// E-mail address, username or id
    person: String,
    #[arg(value_enum)]
    role: Role,
}

/// Arguments of `people link` and `people unlink`.
#[derive(Debug, clap::Args)]
pub struct Account {
    /// E-mail address, username or id
    person: String,
    /// `oidc`, `slack` …
    #[arg(long)]
    service: String,
    /// The issuer of `oidc`, the team of `slack` …
    #[arg(long)]
    tenant: String,
    /// The account's id there: the subject of `oidc`
    #[arg(long)]
    id: String,
}

/// Arguments of `people deactivate`.
#[derive(Debug, clap::Args)]
pub struct Deactivate {
    /// E-mail address, username or id
    person: String,
    /// Why, for the audit trail
    #[arg(long)]
    reason: Option<String>,
}

/// What somebody may be.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Role {
    /// Runs the system; decides nothing by that
    Admin,
    /// Belongs here
    Member,
    /// Stands outside
    Guest,
}

impl Role {
    const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Guest => "guest",
        }
    }
}

/// Runs a subcommand.
pub fn run(client: &Client, global: &Global, command: &People) -> Result<Answer, Fault> {
    match command {
        People::Add(args) => {
            let kind = if args.bot { "bot" } else { "human" };
            let body = body([
                ("emails", Some(Json::from(args.emails.clone()))),
                ("role", words(Some(args.role.word()))),
                ("kind", words(Some(kind))),
                ("username", words(args.username.as_deref())),
                ("name", words(args.name.as_deref())),
            ]);
            one(client.send(Method::POST, "/v1/people", &body)?)
        }
        People::List(args) => list(client, global, args),
        People::SetRole(args) => {
            let path = format!("/v1/people/{}", segment(&args.person));
            one(client.send(Method::PATCH, &path, &json!({ "role": args.role.word() }))?)
        }
        People::Link(args) => account(client, Method::POST, args),
        People::Unlink(args) => account(client, Method::DELETE, args),
        People::Deactivate(args) => {
            let path = format!("/v1/people/{}/deactivate", segment(&args.person));
            let body = body([("reason", words(args.reason.as_deref()))]);
            one(client.send(Method::POST, &path, &body)?)
        }
    }
}

fn account(client: &Client, method: Method, args: &Account) -> Result<Answer, Fault> {
    let path = format!("/v1/people/{}/links", segment(&args.person));
    let body = json!({ "service": args.service, "tenant": args.tenant, "external_id": args.id });
    one(client.send(method, &path, &body)?)
}

fn list(client: &Client, global: &Global, args: &List) -> Result<Answer, Fault> {
    let mut query = args.paging.query();
    query.push(("inactive", args.inactive.to_string()));
    let json = listed(client, global, "/v1/people", query)?;
    let page: Page<Person> = wire::read(&json)?;
    let mut table = Table::new(["username", "name", "role", "kind", "active", "e-mail"]);
    for person in &page.items {
        table.row([
            person.username.clone(),
            person.name.clone(),
            person.role.clone(),
            person.kind.clone(),
            if person.active { "yes" } else { "no" }.to_owned(),
            person.emails.join(", "),
        ]);
    }
    let text = more(table.to_text("nobody is known"), page.next.as_deref());
    Ok(Answer { json, text })
}

fn one(json: Json) -> Result<Answer, Fault> {
    let mut card = Card::default();
    lines(&mut card, &wire::read(&json)?);
    Ok(Answer { json, text: card.to_text() })
}

/// What is known of a person, as lines of a card.
pub fn lines(card: &mut Card, person: &Person) {
    card.line("username", &person.username);
    card.line("name", &person.name);
    card.line("e-mail", person.emails.join(", "));
    card.line("role", format!("{}, {}", person.role, person.kind));
    for link in &person.links {
        let reach = if link.how == "email" { ", which only asks" } else { "" };
        card.line(
            "account",
            format!("{} {} {}{reach}", link.service, link.tenant, link.external_id),
        );
    }
    card.line("active", if person.active { "yes" } else { "no" });
    card.line("id", &person.id);
}
