//! `flowc simulate DIR|BUNDLE --as EMAIL`: what would happen if this person asked for this now.
//!
//! The engine's own dry run, over people who are named in the flow or on the command line. The
//! daemon answers the same question of the people and grants that it knows (`flowctl request
//! --dry-run`).

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use flow_bundle::Type;
use flow_bundle::bundle::{BundleFile, ErrorKind, Flow, Source};
use flow_engine::dry_run::{Assumed, Decision, DryRun, Finish, Said, dry_run};
use flow_engine::event::Ask;
use flow_engine::{Context, Event, EventKind, EventSource, Pinned, RequestId};
use serde_json::Value as Json;

use super::{Answer, bundle, flow_named, flow_names};
use crate::args::{Simulate, TextFormat};

mod people;
mod told;

/// Says what would happen. Ends with 1 where it would be refused, or an answer is missing.
///
/// # Errors
/// What cannot be read, a flow that is not there, and options that make no sense.
pub fn run(asked: &Simulate) -> Result<Answer> {
    let file = match bundle(&asked.built)? {
        Ok(file) => file,
        Err(found) => return Ok(found),
    };
    let (address, flow) = chosen(&file, asked.flow.as_deref())?;
    let pinned = Pinned { bundle: &file.bundle, content_hash: file.content_hash, address, flow };
    let requester = people::person(&asked.requester, &asked.role)?;
    let ask = Event {
        id: "simulate".to_owned(),
        at: asked.at.unwrap_or_else(jiff::Timestamp::now),
        by: Some(requester.clone()),
        source: source(flow, asked.source.as_deref()),
        kind: EventKind::Ask(Ask {
            request: RequestId(uuid::Uuid::nil()),
            requester: None,
            fields: fields(flow, &asked.fields)?,
            context: match &asked.context {
                Some(text) => serde_json::from_str(text).context("`--context` is no JSON")?,
                None => Json::Null,
            },
        }),
    };
    let cast = people::cast(&file.bundle, flow, asked, &requester, ask.at)?;
    let context = Context { groups: cast.groups, ..Context::plain("simulate", Some(requester)) };
    let assumed = Assumed {
        people: cast.people,
        decision: match asked.decision.as_str() {
            "deny" => Decision::Deny,
            "nobody" => Decision::Nobody,
            _ => Decision::Approve,
        },
        answers: answers(asked)?,
    };
    let run = dry_run(&pinned, &ask, &context, &assumed);
    let text = match asked.format {
        TextFormat::Human => told::human(&file, asked, &run, &cast.notes),
        TextFormat::Json => told::json(&file, asked, &run, &cast.notes)?,
    };
    Ok(Answer { text, code: u8::from(!comes_to_an_end(&run)) })
}

fn comes_to_an_end(run: &DryRun) -> bool {
    matches!(run.end, Finish::Ended { .. } | Finish::Stands)
}

fn chosen<'f>(file: &'f BundleFile, name: Option<&str>) -> Result<(&'f str, &'f Flow)> {
    if let Some(name) = name {
        return flow_named(&file.bundle, name);
    }
    let mut flows = file.bundle.flows.iter();
    match (flows.next(), flows.next()) {
        (Some((address, flow)), None) => Ok((address, flow)),
        (None, _) => bail!("there is no flow to ask for"),
        (Some(_), Some(_)) => {
            let names = flow_names(&file.bundle);
            bail!("there are several flows: say which with `--flow`: {names}")
        }
    }
}

fn source(flow: &Flow, wanted: Option<&str>) -> EventSource {
    let of = |source: Source| match source {
        Source::Slack => EventSource::Slack,
        Source::Api => EventSource::Api,
        Source::Web => EventSource::Web,
    };
    match wanted {
        Some("api") => EventSource::Api,
        Some("web") => EventSource::Web,
        Some(_) => EventSource::Slack,
        None => flow.sources.first().map_or(EventSource::Slack, |s| of(*s)),
    }
}

/// Text to the JSON that a field's type wants. A name that the form lacks goes on, for the engine to
/// refuse in its own words.
fn fields(flow: &Flow, given: &[String]) -> Result<BTreeMap<String, Json>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for field in given {
        let Some((name, value)) = field.split_once('=') else {
            bail!("`--field {field}`: write it as `name=value`");
        };
        all.entry(name).or_default().push(value);
    }
    let mut fields = BTreeMap::new();
    for (name, values) in all {
        let ty = flow.fields.iter().find(|f| f.name == name).map(|f| plain(&f.ty));
        let value = match (ty, values.as_slice()) {
            (Some(Type::List(_)), values) => Json::from(values.to_vec()),
            (Some(Type::Bool), ["true"]) => Json::Bool(true),
            (Some(Type::Bool), ["false"]) => Json::Bool(false),
            (_, [value]) => Json::from(*value),
            _ => bail!("`{name}` takes one value, and is given {}", values.len()),
        };
        fields.insert(name.to_owned(), value);
    }
    Ok(fields)
}

fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(inner) => plain(inner),
        other => other,
    }
}

fn answers(asked: &Simulate) -> Result<BTreeMap<String, Said>> {
    let mut answers = BTreeMap::new();
    for answer in &asked.answers {
        let Some((name, json)) = answer.split_once('=') else {
            bail!("`--answer {answer}`: write it as `step=JSON`");
        };
        let json = serde_json::from_str(json)
            .with_context(|| format!("what `--answer` says of `{name}` is no JSON"))?;
        answers.insert(name.to_owned(), Said::Output(json));
    }
    for failure in &asked.failures {
        let Some((name, word)) = failure.split_once('=') else {
            bail!("`--fail {failure}`: write it as `step=kind`, such as `{failure}=timeout`");
        };
        let kind: std::result::Result<ErrorKind, _> = serde_json::from_value(Json::from(word));
        let Ok(kind) = kind else {
            bail!(
                "`{word}` is no kind of error; there is timeout, throttled, connect, auth, not_found, http_status, network, server_error, bad_response, too_large, function_error, errors, identity"
            );
        };
        if answers.insert(name.to_owned(), Said::Failed(kind)).is_some() {
            bail!("`{name}` is answered and fails: say one of the two");
        }
    }
    Ok(answers)
}
