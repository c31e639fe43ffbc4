//! `flowctl request FLOW --field k=v …`: ask, and wait if told to.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value as Json;

use super::{Answer, body, dry_run, form, show, words};
use crate::client::{Client, segment};
use crate::fault::Fault;
use crate::wire::{self, Flow};

/// Between two looks at a request that is waited for.
const PAUSE: Duration = Duration::from_millis(500);

/// Arguments of `request`.
#[derive(Debug, clap::Args)]
pub struct Request {
    /// The flow's name; `flowctl flows` lists them
    flow: String,
    /// A value of the form, `name=value`; give it again for a list
    #[arg(short, long = "field", value_name = "NAME=VALUE")]
    fields: Vec<String>,
    /// What you need access to (the field `target`)
    #[arg(long)]
    target: Option<String>,
    /// For how long, `30m`, `2h` (the field `duration`)
    #[arg(long)]
    duration: Option<String>,
    /// Ask in this person's name: e-mail address, username or id
    #[arg(long = "for", value_name = "PERSON")]
    requester: Option<String>,
    /// What a program adds for the flow to read, as JSON
    #[arg(long, value_name = "JSON")]
    context: Option<String>,
    /// Only show the form, with what is given so far: what can be chosen, what is wrong
    #[arg(long, conflicts_with_all = ["dry_run", "wait", "idempotency_key"])]
    form: bool,
    /// Only say what would happen: who is asked, what is called, when it ends. Nothing is done
    #[arg(long, conflicts_with_all = ["wait", "idempotency_key"])]
    dry_run: bool,
    /// With `--dry-run`: what a step is answered, as JSON
    #[arg(long = "answer", value_name = "STEP=JSON", requires = "dry_run")]
    answers: Vec<String>,
    /// With `--dry-run`: what people say whose word counts
    #[arg(long, value_name = "WORD", requires = "dry_run", value_parser = ["approve", "deny", "nobody"])]
    decision: Option<String>,
    /// Wait until the request is there (or has ended)
    #[arg(long, value_name = "PHASE", value_parser = PHASES)]
    wait: Option<String>,
    /// Stop waiting after so many seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    wait_s: u64,
    /// The same key asks only once, however often it is sent within a day
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

/// The order in which a request goes through them.
const PHASES: [&str; 7] =
    ["requested", "pending", "approved", "escalating", "active", "deescalating", "ended"];

/// Asks.
pub fn run(client: &Client, args: &Request) -> Result<Answer, Fault> {
    let mut given = split(&args.fields)?;
    for (name, value) in [("target", &args.target), ("duration", &args.duration)] {
        if let Some(value) = value
            && given.insert(name.to_owned(), vec![value.clone()]).is_some()
        {
            return Err(Fault::Usage(format!("`{name}` is given twice")));
        }
    }
    let flow: Flow = wire::read(&client.get(&format!("/v1/flows/{}", segment(&args.flow)), &[])?)?;
    let context = match &args.context {
        Some(text) => Some(
            serde_json::from_str(text)
                .map_err(|e| Fault::Usage(format!("--context is no JSON: {e}")))?,
        ),
        None => None,
    };
    let mut fields = convert(given, &flow)?;
    if args.form {
        return form::run(client, &args.flow, &fields);
    }
    if form::can_ask() {
        fields = form::fill(client, &args.flow, fields)?;
    }
    let body = body([
        ("flow", words(Some(&args.flow))),
        ("fields", Some(fields)),
        ("requester", words(args.requester.as_deref())),
        ("context", context),
        ("assume", args.dry_run.then(|| assumed(args)).transpose()?),
    ]);
    if args.dry_run {
        return dry_run::run(client, &body);
    }
    let key = args.idempotency_key.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let mut request = client.send_once(Method::POST, "/v1/requests", &body, &key)?;
    if let Some(phase) = &args.wait {
        request = wait(client, request, phase, Duration::from_secs(args.wait_s))?;
    }
    show::answer(request)
}

fn assumed(args: &Request) -> Result<Json, Fault> {
    let mut answers = serde_json::Map::new();
    for answer in &args.answers {
        let (name, json) = answer
            .split_once('=')
            .ok_or_else(|| Fault::Usage(format!("--answer `{answer}`: write it as `step=JSON`")))?;
        let json = serde_json::from_str(json)
            .map_err(|e| Fault::Usage(format!("--answer `{name}` is no JSON: {e}")))?;
        answers.insert(name.to_owned(), json);
    }
    let decision = args.decision.as_deref().unwrap_or("approve");
    Ok(serde_json::json!({ "answers": answers, "decision": decision }))
}

fn split(fields: &[String]) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for field in fields {
        let (name, value) = field
            .split_once('=')
            .ok_or_else(|| Fault::Usage(format!("--field `{field}`: write it as `name=value`")))?;
        given.entry(name.to_owned()).or_default().push(value.to_owned());
    }
    Ok(given)
}

/// Text to the JSON that the field's type wants. Numbers and durations stay text: the daemon reads
/// them exactly. A name that the form lacks goes on too, so that the daemon answers for all at once.
fn convert(given: BTreeMap<String, Vec<String>>, flow: &Flow) -> Result<Json, Fault> {
    let mut fields = serde_json::Map::new();
    for (name, values) in given {
        let kind = flow.fields.iter().find(|f| f.name == name).map_or("", |f| f.kind.as_str());
        let kind = kind.trim_end_matches('?');
        let value = if kind.starts_with("list(") {
            Json::from(values)
        } else {
            let [value] = values.as_slice() else {
                return Err(Fault::Usage(format!("`{name}` takes one value and is given twice")));
            };
            match (kind, value.as_str()) {
                ("bool", "true") => Json::Bool(true),
                ("bool", "false") => Json::Bool(false),
                _ => Json::from(value.clone()),
            }
        };
        fields.insert(name, value);
    }
    Ok(Json::Object(fields))
}

fn wait(client: &Client, first: Json, phase: &str, at_most: Duration) -> Result<Json, Fault> {
    let rank = |p: &str| PHASES.iter().position(|known| *known == p).unwrap_or(0);
    let started = Instant::now();
    let mut request = first;
    loop {
        let seen: wire::Summary = wire::read(&request)?;
        if rank(&seen.phase) >= rank(phase) {
            return Ok(request);
        }
        if started.elapsed() > at_most {
            return Err(Fault::Late(format!(
                "{} is still {}, not {phase}; `flowctl show {}` says who is waited for",
                seen.id, seen.phase, seen.id
            )));
        }
        sleep(PAUSE);
        request = client.get(&format!("/v1/requests/{}", segment(&seen.id)), &[])?;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_become_what_their_types_want() {
        let flow: Flow = serde_json::from_value(json!({
            "name": "f", "label": "F", "enabled": true, "fields": [
                { "name": "amount", "type": "number" }, { "name": "urgent", "type": "bool?" },
                { "name": "groups", "type": "list(string)" }
            ]
        }))
        .unwrap();
        let words = |w: &[&str]| w.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let given = split(&words(&["amount=0.1", "urgent=true", "groups=a", "x=a=b"])).unwrap();
        assert_eq!(
            convert(given, &flow).unwrap(),
            json!({ "amount": "0.1", "urgent": true, "groups": ["a"], "x": "a=b" })
        );
        assert!(split(&words(&["amount"])).is_err());
        assert!(convert(split(&words(&["amount=1", "amount=2"])).unwrap(), &flow).is_err());
    }
}
