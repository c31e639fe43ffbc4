//! `flowctl approve ID` and `flowctl deny ID`: shows the request and sends the digest of what was
//! shown. If it changed in between, the daemon refuses.

use std::io::{IsTerminal as _, Write as _};

use jiff::Timestamp;
use reqwest::Method;

use super::{Answer, body, show, words};
use crate::args::{Format, Global};
use crate::client::{Client, segment};
use crate::fault::Fault;
use crate::wire::{self, Request, Stage};

/// Arguments of `approve` and `deny`.
#[derive(Debug, clap::Args)]
pub struct Decide {
    /// The request's id
    id: String,
    /// The stage, where several are open
    #[arg(long)]
    stage: Option<String>,
    /// Said with the decision; the requester sees it
    #[arg(long)]
    comment: Option<String>,
    /// What you have seen elsewhere: the whole digest, or its first 16 hex digits
    #[arg(long)]
    digest: Option<String>,
    /// Do not ask at the terminal
    #[arg(short, long)]
    yes: bool,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

impl Verdict {
    const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }
}

/// Decides.
pub fn run(
    client: &Client,
    global: &Global,
    args: &Decide,
    verdict: Verdict,
) -> Result<Answer, Fault> {
    let path = format!("/v1/requests/{}", segment(&args.id));
    let request: Request = wire::read(&client.get(&path, &[])?)?;
    let stage = choose(&request, args.stage.as_deref())?;
    let digest = match &args.digest {
        Some(digest) => digest.clone(),
        None => stage.digest.clone().unwrap_or_default(),
    };
    // A stage that is not open is sent all the same: the daemon says why it is too late.
    let shown = global.format == Format::Text && stage.is_open();
    if shown {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", show::card(&request, Timestamp::now()))?;
        if !stage.shown.is_empty() {
            writeln!(out, "{}", show::said(stage))?;
        }
        writeln!(out, "{} stage {} of what stands above", verdict.word(), stage.name)?;
        writeln!(out, "digest {}\n", show::short(&digest))?;
    }
    if shown && !args.yes && std::io::stdin().is_terminal() && !agreed(verdict)? {
        return Err(Fault::Declined);
    }
    let body = body([
        ("stage", words(Some(&stage.name))),
        ("digest", words(Some(&digest))),
        ("comment", words(args.comment.as_deref())),
    ]);
    let json = client.send(Method::POST, &format!("{path}/{}", verdict.word()), &body)?;
    let after: Request = wire::read(&json)?;
    let text = format!("done: {} is {}\n", after.summary.id, super::list::state(&after.summary));
    Ok(Answer { json, text })
}

/// The named stage, or the only open one. Whether this person may decide is the daemon's to say, so
/// a closed stage is sent too: the answer tells why not.
fn choose<'a>(request: &'a Request, name: Option<&str>) -> Result<&'a Stage, Fault> {
    let open: Vec<&Stage> = request.stages.iter().filter(|s| s.is_open()).collect();
    let stages = || request.stages.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, open.as_slice()) {
        // The last of that name is the one of the newest extension.
        (Some(name), _) => request.stages.iter().rfind(|s| s.name == name).ok_or_else(|| {
            Fault::Usage(format!("there is no stage `{name}`; the stages are: {}", stages()))
        }),
        (None, [one]) => Ok(one),
        (None, []) => request.stages.last().ok_or_else(|| {
            Fault::Usage(format!("{} has no stage: nobody is asked", request.summary.id))
        }),
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|s| s.name.as_str()).collect();
            Err(Fault::Usage(format!(
                "several stages are open; choose one with --stage: {}",
                names.join(", ")
            )))
        }
    }
}

fn agreed(verdict: Verdict) -> Result<bool, Fault> {
    let mut out = std::io::stdout().lock();
    write!(out, "{}? type yes: ", verdict.word())?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(matches!(line.trim(), "y" | "yes"))
}
