//! `POST /v1/flows/{flow}/prompt`: the form, with what was filled in so far.
//!
//! It is asked of the newest bundle, again for each change of a field. Nothing of it is kept: what its
//! steps were answered is used for this look, or for as long as the flow says that a form may use it
//! (`cache`). A request is checked against answers of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use flow_bundle::bundle::{HookEvent, Limits};
use flow_engine::event::{self, Settled};
use flow_engine::form::{After, Asked, Choice, Form, FormField, Prompted};
use flow_engine::{Context, Event, EventKind, Outcome, Pinned, RequestId, after_prompt, prompt};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::body::{self, Fields};
use super::openapi::schema;
use super::problem::Problem;
use super::requests::named_people;
use super::route::{Access, Answer, Call, Route, Verb};
use crate::app::App;
use crate::connector::Connectors;
use crate::people::token::Scope;

/// Looking at a form.
pub const ROUTES: &[Route] = &[Route::act(
    Verb::Post,
    "/v1/flows/{flow}/prompt",
    Access::Token(Scope::Ask, look),
    "the form of a flow, with what is filled in so far: what can be chosen, what is wrong",
    schema::<Look>,
    schema::<FormView>,
)
.reading()];

/// Calls that one look may make.
const CALLS_MAX: usize = 100;
/// Answers that are kept for other looks.
const KEPT_MAX: usize = 1_000;

/// Somebody looks at a form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// What is filled in so far, as in a request.
    #[serde(default)]
    fields: Fields,
}

/// A form.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FormView {
    /// What stands above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// What can be filled in now, in order.
    fields: Vec<FormFieldView>,
}

/// A field that is shown.
#[derive(Debug, Serialize, JsonSchema)]
struct FormFieldView {
    /// Its name.
    name: String,
    /// `string`, `list(user)`, `one of "a", "b"` …
    #[serde(rename = "type")]
    ty: String,
    /// What people see.
    label: String,
    /// What stands beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// Whether it must be filled in.
    required: bool,
    /// What was filled in, else the default as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Json>,
    /// What can be chosen; absent: anything of its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Vec<ChoiceView>>,
    /// What its value must keep to.
    limits: Limits,
    /// Something worth knowing: that not everything is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Why a request with this value would be refused, as far as it is known now.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// One of several values.
#[derive(Debug, Serialize, JsonSchema)]
struct ChoiceView {
    /// What a request holds.
    value: Json,
    /// What people see.
    label: String,
}

fn look(call: &Call<'_>) -> Result<Answer, Problem> {
    let look: Look = body::read(call.body)?;
    let name = call.part("flow");
    let app = &call.api.app;
    let not_found = || Problem::not_found("flow", name);
    let entry = app.shelf.newest().ok_or_else(not_found)?;
    let pinned = entry.pinned(name).ok_or_else(not_found)?;
    let asked = event::Ask {
        request: RequestId(call.unique),
        requester: None,
        fields: named_people(call, name, look.fields.exact()?)?,
        context: Json::Null,
    };
    let ask = Event {
        id: format!("prompt:{}", call.unique),
        at: call.at,
        by: Some(call.person.clone()),
        source: call.source,
        kind: EventKind::Ask(asked),
    };
    let context = app.context(&pinned, None, &ask)?;
    let form = shown(call, &pinned, &ask, &context)?;
    if pinned.flow.hooks.contains_key(&HookEvent::AfterPrompt) {
        let (app, connectors) = (Arc::clone(app), call.api.connectors.clone());
        let (entry, name) = (Arc::clone(&entry), name.to_owned());
        // Nobody waits for it, and no request hangs on it.
        call.api.runtime.spawn(async move {
            if let Some(pinned) = entry.pinned(&name) {
                after(&app, &connectors, &pinned, &ask, &context).await;
            }
        });
    }
    Answer::ok(&view(form))
}

/// The form; a problem where they may not ask.
fn shown(
    call: &Call<'_>,
    pinned: &Pinned<'_>,
    ask: &Event,
    context: &Context,
) -> Result<Form, Problem> {
    let app = &call.api.app;
    let mut answers = Vec::new();
    for _ in 0..CALLS_MAX {
        match prompt(pinned, ask, context, &answers) {
            Prompted::Asks(asked) => answers.push(answer(call, pinned, &asked)),
            Prompted::Refused { refusal, told } => {
                app.keep_told(&told.messages)?;
                return Err(Problem::refused(&refusal));
            }
            Prompted::Shown { form, told } => {
                app.keep_told(&told.messages)?;
                return Ok(form);
            }
        }
    }
    let detail = format!("it makes more than {CALLS_MAX} calls; its author must ask for less");
    Err(Problem::new(409, "form_too_large", "the form asks too much", detail))
}

/// What a step is answered: as it was for somebody else a moment ago, where the flow allows that.
fn answer(call: &Call<'_>, pinned: &Pinned<'_>, asked: &Asked) -> Settled {
    let app = &call.api.app;
    let effect = &asked.effect;
    let key = key(pinned, asked);
    let kept = (asked.cache_s > 0).then(|| call.api.answers.find(&key, app.clock.now())).flatten();
    let started_at = app.clock.now();
    let outcome = kept.unwrap_or_else(|| {
        let outcome = call.api.runtime.block_on(call.api.connectors.perform(effect));
        if let (Outcome::Answered(_), 1..) = (&outcome, asked.cache_s) {
            call.api.answers.keep(key, app.clock.now(), asked.cache_s, &outcome);
        }
        outcome
    });
    let ended_at = app.clock.now();
    Settled { effect: effect.id, attempt: effect.attempt, started_at, ended_at, outcome }
}

/// The same call of the same bundle has the same answer.
fn key(pinned: &Pinned<'_>, asked: &Asked) -> Key {
    let what = serde_json::to_vec(&asked.effect.kind).unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(pinned.content_hash.to_string());
    hash.update(what);
    hash.finalize().into()
}

type Key = [u8; 32];

/// Answers that other looks at a form may use.
#[derive(Debug, Default)]
pub struct Answers(Mutex<BTreeMap<Key, (Timestamp, Outcome)>>);

impl Answers {
    fn find(&self, key: &Key, now: Timestamp) -> Option<Outcome> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(until, _)| *until > now).map(|(_, outcome)| outcome.clone())
    }

    fn keep(&self, key: Key, now: Timestamp, cache_s: u64, outcome: &Outcome) {
        let seconds = SignedDuration::from_secs(i64::try_from(cache_s).unwrap_or(i64::MAX));
        let Ok(until) = now.checked_add(seconds) else { return };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (until, _)| *until > now);
        if kept.len() < KEPT_MAX {
            kept.insert(key, (until, outcome.clone()));
        }
    }
}

/// Runs `after_prompt`. What it calls is lost where the daemon stops: nothing hangs on it.
async fn after(
    app: &Arc<App>,
    connectors: &Connectors,
    pinned: &Pinned<'_>,
    ask: &Event,
    context: &Context,
) {
    let mut answers = Vec::new();
    for _ in 0..CALLS_MAX {
        match after_prompt(pinned, ask, context, &answers) {
            After::Asks(asked) => {
                let effect = &asked.effect;
                let started_at = app.clock.now();
                let outcome = connectors.perform(effect).await;
                let (ended_at, attempt) = (app.clock.now(), effect.attempt);
                answers.push(Settled { effect: effect.id, attempt, started_at, ended_at, outcome });
            }
            After::Done(told) => {
                let kept = app.block(move |app| app.keep_told(&told.messages)).await;
                if let Err(error) = kept {
                    tracing::error!(%error, "what `after_prompt` says was not kept");
                }
                return;
            }
        }
    }
    tracing::error!(flow = pinned.address, "`after_prompt` makes too many calls");
}

fn view(form: Form) -> FormView {
    let choice = |Choice { value, label }| ChoiceView { value, label };
    let field = |field: FormField| FormFieldView {
        ty: field.ty.to_string(),
        name: field.name,
        label: field.label,
        help: field.help,
        required: field.required,
        value: field.value,
        options: field.options.map(|all| all.into_iter().map(choice).collect()),
        limits: field.limits,
        note: field.note,
        problem: field.problem,
    };
    FormView { header: form.header, fields: form.fields.into_iter().map(field).collect() }
}
