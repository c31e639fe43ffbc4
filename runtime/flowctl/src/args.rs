//! What the command line may say. The arguments of a command stand in its own file.
//!
//! There is no option that takes a token itself: arguments are seen by everybody on the host.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::command;

/// Ask for access, decide about it, take it back.
#[derive(Debug, Parser)]
#[command(name = "flowctl", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// The daemon: `http://…`, `https://…` or `unix:/path/of/the/socket`
    #[arg(long, env = "FLOW_SERVER", default_value = "http://127.0.0.1:7100", global = true)]
    pub server: String,
    /// File that holds the token; else the token is read from FLOW_TOKEN
    #[arg(long, env = "FLOW_TOKEN_FILE", global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// How the answer is written
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub format: Format,
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// The API's own JSON.
    Json,
    /// Lists as comma-separated values (RFC 4180), all pages of them.
    Csv,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask for what a flow gives
    Request(command::request::Request),
    /// Requests that you may see, the newest first
    List(command::list::List),
    /// One request on one screen
    Show(command::show::Show),
    /// Say yes to what the request shows
    Approve(command::decide::Decide),
    /// Say no to what the request shows
    Deny(command::decide::Decide),
    /// Withdraw your own request before it is granted
    Cancel(command::end::Cancel),
    /// Take access back before its time is up
    Revoke(command::end::Revoke),
    /// Ask that your access lasts longer
    Extend(command::end::Extend),
    /// Close a request whose end cannot be confirmed; two people are needed
    Resolve(command::end::Resolve),
    /// Take a bundle into service, or say what would happen
    Deploy(command::deploy::Deploy),
    /// Stop new requests and new grants; ends go on
    Freeze(command::freeze::Freeze),
    /// Allow requests and grants again
    Unfreeze(command::freeze::Unfreeze),
    /// After a restore: take requests and approvals again
    Resume(command::resume::Resume),
    /// Who has access now, or had
    Grants(command::grants::Grants),
    /// What the daemon told people and channels
    Messages(command::messages::Messages),
    /// Who did what, and why it was allowed
    Audit(command::audit::Audit),
    /// Flows that you may ask for, or the form of one
    Flows(command::flows::Flows),
    /// People: add, list, change, deactivate
    #[command(subcommand)]
    People(command::people::People),
    /// Tokens: issue, list, confirm, revoke
    #[command(subcommand)]
    Token(command::token::Token),
    /// Whom the token speaks for, and whether the daemon is ready
    Status,
    /// Try every function and integration without running one, and say what is missing
    Doctor,
}
