//! `POST /v1/requests?dry_run=true`: what would happen, and nothing of it.
//!
//! It is asked of the newest bundle and of everybody and everything as they are now. Nothing is
//! committed, called or written down.

use std::collections::BTreeMap;

use flow_bundle::bundle::ErrorKind;
use flow_engine::dry_run::{Assumed, Decision, Entry, Finish, Said, dry_run};
use flow_engine::{Event, EventKind, EventSource, Person};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::problem::Problem;
use super::route::{Answer, Call};
use crate::shelf::Entry as Loaded;

/// People who are looked at when it is said who could decide.
const PEOPLE_MAX: usize = 10_000;

/// What is taken for granted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assume {
    /// What people say whose word counts; absent: they approve.
    #[serde(default)]
    decision: Option<AssumedDecision>,
    /// What calls are answered, by the step's name; `escalate` and `deescalate` are the strategy's.
    #[serde(default)]
    answers: BTreeMap<String, Json>,
    /// Calls that go wrong, by name, and how: `timeout`, `auth` …
    #[serde(default)]
    failures: BTreeMap<String, String>,
}

/// What people say whose word counts.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum AssumedDecision {
    Approve,
    Deny,
    Nobody,
}

/// What would happen.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DryRunView {
    /// In order.
    way: Vec<EntryView>,
    /// Where it ends.
    end: EndView,
}

/// One thing that would happen.
#[derive(Debug, Serialize, JsonSchema)]
struct EntryView {
    /// How long after the asking, in seconds.
    after_s: u64,
    /// `asked`, `planned`, `called`, `told`, `waits`, `decided`, `access`, `failed`, `ended`.
    what: Json,
    /// In one sentence.
    text: String,
    /// The part of the bundle that decides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    /// Where that is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceView>,
    /// Arguments of a call, who may decide, values of fields.
    #[serde(skip_serializing_if = "Json::is_null")]
    details: Json,
}

/// A piece of a source file.
#[derive(Debug, Serialize, JsonSchema)]
struct PlaceView {
    /// The file, in its module.
    file: String,
    /// First byte.
    start: u32,
    /// The byte after the last.
    end: u32,
}

/// Where it ends.
#[derive(Debug, Serialize, JsonSchema)]
struct EndView {
    /// `refused`, `ended`, `stands` (until somebody ends it), `needs_answer` (give one in
    /// `assume.answers`), `goes_on`.
    end: Json,
    /// Why it is refused; how it ends; which call needs an answer, with an example.
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

/// Says what would happen.
///
/// # Errors
/// The flow is not there, an assumption makes no sense, or the database failed.
pub fn answer(
    call: &Call<'_>,
    flow: &str,
    kind: EventKind,
    assume: Option<&Assume>,
) -> Result<Answer, Problem> {
    let app = &call.api.app;
    let not_found = || Problem::not_found("flow", flow);
    let entry = app.shelf.newest().ok_or_else(not_found)?;
    let pinned = entry.pinned(flow).ok_or_else(not_found)?;
    let ask = Event {
        id: format!("dry_run:{}", call.unique),
        at: call.at,
        by: Some(call.person.clone()),
        source: EventSource::Api,
        kind,
    };
    let context = app.context(&pinned, None, &ask)?;
    let assumed = assumed(assume, people(call)?)?;
    let run = dry_run(&pinned, &ask, &context, &assumed);
    Answer::ok(&DryRunView {
        way: run.way.into_iter().map(|step| view(&entry, step)).collect(),
        end: end(&run.end)?,
    })
}

fn people(call: &Call<'_>) -> Result<Vec<Person>, Problem> {
    let mut people: Vec<Person> = Vec::new();
    loop {
        let after = people.last().map(|p| p.username.clone());
        let page = call.api.directory.page(after.as_deref(), false, 500)?;
        let is_last = page.len() < 500;
        people.extend(page);
        if is_last || people.len() >= PEOPLE_MAX {
            return Ok(people);
        }
    }
}

fn assumed(assume: Option<&Assume>, people: Vec<Person>) -> Result<Assumed, Problem> {
    let Some(assume) = assume else { return Ok(Assumed { people, ..Assumed::default() }) };
    let decision = match assume.decision {
        None | Some(AssumedDecision::Approve) => Decision::Approve,
        Some(AssumedDecision::Deny) => Decision::Deny,
        Some(AssumedDecision::Nobody) => Decision::Nobody,
    };
    let answers = assume.answers.iter();
    let mut answers: BTreeMap<String, Said> =
        answers.map(|(name, json)| (name.clone(), Said::Output(json.clone()))).collect();
    for (name, word) in &assume.failures {
        let pointer = format!("/assume/failures/{name}");
        let kind: ErrorKind = serde_json::from_value(Json::from(word.as_str())).map_err(|_| {
            Problem::field(&pointer, format!("`{word}` is no kind of error: `timeout`, `auth` …"))
        })?;
        if answers.insert(name.clone(), Said::Failed(kind)).is_some() {
            return Err(Problem::field(&pointer, format!("`{name}` is answered, and fails")));
        }
    }
    Ok(Assumed { people, decision, answers })
}

fn view(entry: &Loaded, step: Entry) -> EntryView {
    let place = step.because.as_deref().and_then(|path| entry.file.sources.place_of(path));
    EntryView {
        after_s: step.after_s,
        what: serde_json::json!(step.what),
        text: step.text,
        place: place.map(|(file, bytes)| PlaceView {
            file: file.path.clone(),
            start: bytes.start,
            end: bytes.end,
        }),
        because: step.because,
        details: step.details,
    }
}

fn end(end: &Finish) -> Result<EndView, Problem> {
    let json = serde_json::to_value(end).map_err(|e| Problem::internal(&e))?;
    let Json::Object(mut rest) = json else { return Ok(EndView { end: json, rest: [].into() }) };
    let end = rest.remove("end").unwrap_or_default();
    Ok(EndView { end, rest: rest.into_iter().collect() })
}
