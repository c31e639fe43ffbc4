//! `flowctl deploy BUNDLE`: takes a bundle into service, or says what would happen.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Answer, body};
use crate::client::Client;
use crate::fault::Fault;
use crate::text::one_line;
use crate::wire;

/// Arguments of `deploy`.
#[derive(Debug, clap::Args)]
pub struct Deploy {
    /// The bundle that `flowc build` wrote; the signature is read from the file beside it
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The signature, where it lies elsewhere
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// Say what would happen, and do nothing; exit code 1 where it would be refused
    #[arg(long)]
    plan: bool,
    /// Refuse it where a flow allows what it refused before
    #[arg(long)]
    deny_weaker: bool,
    /// Take it even where a grant that stands would lose its way back
    #[arg(long)]
    force: bool,
}

#[derive(Deserialize)]
struct Plan {
    content_hash: String,
    served: bool,
    refusals: Vec<String>,
    stranded: Vec<String>,
    notes: Vec<String>,
    signed: Option<Signed>,
    weaker: bool,
    flows: Vec<Flow>,
    pinned: Vec<Pinned>,
    cancelled: Vec<String>,
}

#[derive(Deserialize)]
struct Signed {
    key_id: String,
    sequence: u64,
}

#[derive(Deserialize)]
struct Flow {
    address: String,
    verdict: String,
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    way: String,
    text: String,
}

#[derive(Deserialize)]
struct Pinned {
    flow: String,
    content_hash: String,
    requests: usize,
}

#[derive(Deserialize)]
struct Deployed {
    content_hash: String,
    notes: Vec<String>,
    cancelled: Vec<String>,
}

/// Takes it into service, or plans.
pub fn run(client: &Client, args: &Deploy) -> Result<Answer, Fault> {
    let body = read(args)?;
    if args.plan || args.deny_weaker {
        let json = client.send(Method::POST, "/v1/bundles?dry_run=true", &body)?;
        let plan: Plan = wire::read(&json)?;
        let refused = !plan.refusals.is_empty()
            || (!args.force && !plan.stranded.is_empty())
            || (args.deny_weaker && plan.weaker);
        if args.plan || refused {
            let text = screen(&plan, args);
            return if refused {
                Err(Fault::Told { text, json })
            } else {
                Ok(Answer { json, text })
            };
        }
    }
    let json = client.send(Method::POST, "/v1/bundles", &body)?;
    let done: Deployed = wire::read(&json)?;
    let mut text = format!("served now: {}\n", done.content_hash);
    for id in &done.cancelled {
        text.push_str(&format!("cancelled: request {id}, whose flow or target is gone\n"));
    }
    for note in &done.notes {
        text.push_str(&format!("note: {}\n", one_line(note)));
    }
    Ok(Answer { json, text })
}

fn read(args: &Deploy) -> Result<Json, Fault> {
    let bundle = fs::read_to_string(&args.bundle).map_err(|e| unread(&args.bundle, &e))?;
    let signature = match &args.signature {
        Some(path) => Some(signature(path, fs::read(path).map_err(|e| unread(path, &e))?)?),
        None => {
            let path = beside(&args.bundle);
            match fs::read(&path) {
                Ok(bytes) => Some(signature(&path, bytes)?),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(unread(&path, &error)),
            }
        }
    };
    Ok(body([
        ("bundle", Some(bundle.into())),
        ("signature", signature),
        ("force", args.force.then_some(true.into())),
    ]))
}

/// `friday.json` to `friday.json.sig`.
fn beside(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn signature(path: &Path, bytes: Vec<u8>) -> Result<Json, Fault> {
    serde_json::from_slice(&bytes).map_err(|e| {
        let shown = path.display();
        Fault::Usage(format!("`{shown}` is no signature as `flowc sign` writes it: {e}"))
    })
}

fn unread(path: &Path, why: &std::io::Error) -> Fault {
    Fault::Usage(format!("cannot read `{}`: {why}", path.display()))
}

fn screen(plan: &Plan, args: &Deploy) -> String {
    let mut text = format!("bundle {}\n", plan.content_hash);
    let mut line = |label: &str, what: &str| {
        text.push_str(&format!("  {label:<10}{}\n", one_line(what)));
    };
    if plan.served {
        line("served", "it is the one that new requests use already");
    }
    if let Some(signed) = &plan.signed {
        line("signed", &format!("by key {}, sequence {}", signed.key_id, signed.sequence));
    }
    for flow in plan.flows.iter().filter(|flow| flow.verdict != "equal") {
        line(&flow.verdict, &format!("flow `{}`", flow.address));
        for change in &flow.changes {
            line("", &format!("{}: {}", change.way, change.text));
        }
    }
    let equal = plan.flows.iter().filter(|flow| flow.verdict == "equal").count();
    if equal > 0 {
        line("equal", &format!("{equal} of {} flows", plan.flows.len()));
    }
    for pinned in &plan.pinned {
        let of = if pinned.requests == 1 { "request goes" } else { "requests go" };
        let Pinned { flow, content_hash, requests } = pinned;
        line("stays", &format!("{requests} {of} on under {content_hash}, flow `{flow}`"));
    }
    for id in &plan.cancelled {
        line("cancelled", &format!("request {id}: its flow or target is gone or disabled"));
    }
    for note in &plan.notes {
        line("note", note);
    }
    for why in &plan.stranded {
        let force =
            if args.force { "taken all the same" } else { "`--force` takes it all the same" };
        line("stranded", &format!("{why} ({force})"));
    }
    for why in &plan.refusals {
        line("refused", why);
    }
    if args.deny_weaker && plan.weaker {
        line("refused", "a flow allows what it refused before, and `--deny-weaker` asks for none");
    }
    text.push_str("Nothing was changed.\n");
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_fits_on_a_screen() {
        let plan: Plan = serde_json::from_value(json!({
            "content_hash": "sha256:ab", "served": false, "weaker": true,
            "refusals": ["secret `x` is not mapped"], "stranded": ["request `r` needs `f`"],
            "notes": ["flow `f` names `x`"], "signed": { "key_id": "k", "sequence": 7 },
            "flows": [
                { "address": "deploy", "verdict": "weaker",
                  "changes": [{ "way": "weaker", "text": "stage `lead` is gone" }] },
                { "address": "other", "verdict": "equal", "changes": [] },
            ],
            "pinned": [{ "flow": "deploy", "content_hash": "sha256:cd", "requests": 1 }],
            "cancelled": ["01"],
        }))
        .unwrap();
        let args = Deploy {
            bundle: "b.json".into(),
            signature: None,
            plan: true,
            deny_weaker: true,
            force: false,
        };
        assert_eq!(
            screen(&plan, &args),
            "bundle sha256:ab\n\
             \x20 signed    by key k, sequence 7\n\
             \x20 weaker    flow `deploy`\n\
             \x20           weaker: stage `lead` is gone\n\
             \x20 equal     1 of 2 flows\n\
             \x20 stays     1 request goes on under sha256:cd, flow `deploy`\n\
             \x20 cancelled request 01: its flow or target is gone or disabled\n\
             \x20 note      flow `f` names `x`\n\
             \x20 stranded  request `r` needs `f` (`--force` takes it all the same)\n\
             \x20 refused   secret `x` is not mapped\n\
             \x20 refused   a flow allows what it refused before, and `--deny-weaker` asks for none\n\
             Nothing was changed.\n"
        );
    }
}
