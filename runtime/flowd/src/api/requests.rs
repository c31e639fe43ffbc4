//! Asking, and looking at what was asked.

use std::collections::BTreeMap;

use flow_bundle::Type;
use flow_engine::event::Ask as Asked;
use flow_engine::{EventKind, Reply, Request, RequestId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::body::{self, Fields};
use super::dry_run::{self, Assume, DryRunView};
use super::openapi::schema;
use super::page::{CURSOR_PARAM, LIMIT_PARAM, Page};
use super::problem::Problem;
use super::route::{Access, Answer, Call, DRY_RUN, Param, Route, Verb};
use super::view::{RequestView, Summary};
use crate::drive::{About, EventDraft};
use crate::people::token::Scope;
use crate::store::RequestFilter;

/// Asking, listing, showing.
pub const ROUTES: &[Route] = &[
    Route::act(
        Verb::Post,
        "/v1/requests",
        Access::Token(Scope::Ask, ask),
        "ask for what a flow gives",
        schema::<Ask>,
        schema::<RequestView>,
    )
    .with_status(201)
    .with_dry_run(schema::<DryRunView>),
    Route::read(
        "/v1/requests",
        Access::Token(Scope::Ask, list),
        "requests that you may see, the newest first",
        &[
            Param { name: "flow", about: "of this flow only" },
            Param { name: "phase", about: "in this phase only" },
            Param { name: "requester", about: "of this person only: e-mail, username or id" },
            Param { name: "open", about: "`true`: only what has not ended" },
            Param { name: "to_decide", about: "`true`: only what you may decide about now" },
            LIMIT_PARAM,
            CURSOR_PARAM,
        ],
        schema::<Page<Summary>>,
    ),
    Route::read(
        "/v1/requests/{id}",
        Access::Token(Scope::Ask, show),
        "one request, with the digest of each open stage",
        &[],
        schema::<RequestView>,
    ),
];

/// Rows that are read at once, and at most for one page.
const STEP: usize = 100;
const LOOKED_AT_MAX: usize = 5_000;

/// What is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The flow's address.
    flow: String,
    /// Prompt values by name: strings, numbers (or decimal strings), booleans, durations (`30m` or
    /// seconds), timestamps, people (e-mail address or username), targets (name), lists of them.
    #[serde(default)]
    fields: Fields,
    /// In whose name: e-mail address, username or id. Only bots may ask for others.
    #[serde(default)]
    requester: Option<String>,
    /// What a program adds for the flow to read.
    #[serde(default)]
    context: Json,
    /// With `?dry_run=true` only: what is taken for granted.
    #[serde(default)]
    assume: Option<Assume>,
}

fn ask(call: &Call<'_>) -> Result<Answer, Problem> {
    let ask: Ask = body::read(call.body)?;
    body::data("/context", &ask.context.to_string())?;
    let requester =
        match &ask.requester {
            Some(name) => Some(call.api.directory.find(name)?.ok_or_else(|| {
                Problem::field("/requester", format!("nobody is known as `{name}`"))
            })?),
            None => None,
        };
    let id = RequestId(call.unique);
    let kind = EventKind::Ask(Asked {
        request: id,
        requester,
        fields: named_people(call, &ask.flow, ask.fields.exact()?)?,
        context: ask.context,
    });
    if call.flag(DRY_RUN)? {
        return dry_run::answer(call, &ask.flow, kind, ask.assume.as_ref());
    }
    if ask.assume.is_some() {
        return Err(Problem::field(
            "/assume",
            "only a dry run assumes anything: add `?dry_run=true`",
        ));
    }
    let (id, note) = submit(call, &About::Flow(ask.flow), kind)?;
    answer(call, 201, id, note)
}

fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let (open, to_decide) = (call.flag("open")?, call.flag("to_decide")?);
    let filter = RequestFilter {
        phase: phase(call)?,
        flow: call.param("flow").map(str::to_owned),
        requester: requester(call)?,
        open: open || to_decide,
        ..RequestFilter::default()
    };
    let keep = |request: &Request| {
        let may = call.api.may(request, &call.person, call.at)?;
        let wanted = may.is_some_and(|may| !to_decide || may.contains(&"approve"));
        Ok(if wanted { vec![Summary::of(request)] } else { Vec::new() })
    };
    Answer::ok(&scan(call, "requests", filter, keep)?)
}

fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let request = visible(call)?;
    answer(call, 200, request.id, None)
}

/// Goes through requests until a page is full. `keep` says what each gives; what gives nothing
/// costs no place, so a page may be short and still have a next one.
///
/// # Errors
/// The database failed, or the cursor is no good.
pub fn scan<T>(
    call: &Call<'_>,
    route: &str,
    mut filter: RequestFilter,
    keep: impl Fn(&Request) -> Result<Vec<T>, Problem>,
) -> Result<Page<T>, Problem> {
    let limit = call.limit()?;
    filter.limit = STEP;
    filter.before = call.position(route)?.as_deref().map(before).transpose()?;
    let (mut items, mut looked_at) = (Vec::new(), 0);
    loop {
        let rows = call.api.app.page_requests(&filter)?;
        let last_page = rows.len() < STEP;
        for request in &rows {
            filter.before = Some((request.created_at, request.id.to_string()));
            items.extend(keep(request)?);
            looked_at += 1;
            if items.len() >= limit || looked_at >= LOOKED_AT_MAX {
                let position = format!("{} {}", request.created_at.as_microsecond(), request.id);
                return Ok(call.page(route, items, Some(position)));
            }
        }
        if last_page {
            return Ok(call.page(route, items, None));
        }
    }
}

/// The request of this path, if the caller may see it.
///
/// # Errors
/// 404 where it is not there, and where it is not to be seen.
pub fn visible(call: &Call<'_>) -> Result<Request, Problem> {
    let id = call.part("id");
    find(call, id.parse().map_err(|_| Problem::not_found("request", id))?)
}

/// A request, if the caller may see it.
///
/// # Errors
/// 404 where it is not there, and where it is not to be seen.
pub fn find(call: &Call<'_>, id: RequestId) -> Result<Request, Problem> {
    let unknown = || Problem::not_found("request", &id.to_string());
    let request = call.api.app.request(id)?.ok_or_else(unknown)?;
    match call.api.may(&request, &call.person, call.at)? {
        Some(_) => Ok(request),
        None => Err(unknown()),
    }
}

/// Hands an event about the request of this path to the engine, and answers with the request as it
/// is then.
///
/// # Errors
/// The engine refused.
pub fn act(call: &Call<'_>, kind: EventKind) -> Result<Answer, Problem> {
    let id = call.part("id");
    let id: RequestId = id.parse().map_err(|_| Problem::not_found("request", id))?;
    match submit(call, &About::Request(id), kind) {
        Ok((id, note)) => answer(call, 200, id, note),
        // Refused and written down; why would tell of what may not be seen.
        Err(problem) if problem.refusal.is_some() => Err(find(call, id).err().unwrap_or(problem)),
        Err(problem) => Err(problem),
    }
}

/// Hands an event to the engine.
///
/// # Errors
/// The engine refused.
pub fn submit(
    call: &Call<'_>,
    about: &About,
    kind: EventKind,
) -> Result<(RequestId, Option<String>), Problem> {
    let draft = EventDraft {
        id: format!("api:{}", call.unique),
        by: Some(call.person.clone()),
        source: call.source,
        kind,
    };
    let answered = call.api.app.submit(about, &draft)?;
    match answered.reply {
        Reply::Accepted { note } => Ok((answered.request, note)),
        Reply::Refused(refusal) => Err(Problem::refused(&refusal)),
    }
}

/// Whoever asked or was allowed to act is answered with the request.
fn answer(
    call: &Call<'_>,
    status: u16,
    id: RequestId,
    note: Option<String>,
) -> Result<Answer, Problem> {
    let api = call.api;
    let request =
        api.app.request(id)?.ok_or_else(|| Problem::not_found("request", &id.to_string()))?;
    let may = api.may(&request, &call.person, call.at)?.unwrap_or_default();
    let view = RequestView::of(&request, api.label(&request)?, may);
    Answer::with(status, &RequestView { note, dev: api.app.config.dev, ..view })
}

/// The fields, with usernames in the place of addresses written as addresses, which is what the
/// engine reads.
///
/// # Errors
/// Nobody active is known by such a name.
pub fn named_people(
    call: &Call<'_>,
    flow: &str,
    mut fields: BTreeMap<String, Json>,
) -> Result<BTreeMap<String, Json>, Problem> {
    let newest = call.api.app.shelf.newest();
    let flow = newest.as_ref().and_then(|entry| entry.bundle().flows.get(flow));
    for field in flow.map_or(&[][..], |flow| &flow.fields) {
        let Some(value) = fields.get_mut(&field.name).filter(|_| is_person(&field.ty)) else {
            continue;
        };
        let names = match value {
            Json::Array(items) => items.iter_mut().collect(),
            one => vec![one],
        };
        for name in names {
            let Json::String(text) = name else { continue };
            let person = call.api.directory.find(text)?.filter(|p| p.active).ok_or_else(|| {
                let pointer = format!("/fields/{}", field.name);
                Problem::field(&pointer, format!("nobody active is known as `{text}`"))
            })?;
            *name = Json::from(person.email());
        }
    }
    Ok(fields)
}

fn is_person(ty: &Type) -> bool {
    match ty {
        Type::User => true,
        Type::List(of) | Type::Nullable(of) => is_person(of),
        _ => false,
    }
}

fn phase(call: &Call<'_>) -> Result<Option<String>, Problem> {
    let Some(word) = call.param("phase") else { return Ok(None) };
    let known = flow_engine::Phase::ALL.map(flow_engine::Phase::word);
    if known.contains(&word) {
        return Ok(Some(word.to_owned()));
    }
    Err(Problem::malformed(format!("`phase={word}`: the phases are {}", known.join(", "))))
}

fn requester(call: &Call<'_>) -> Result<Option<String>, Problem> {
    let Some(name) = call.param("requester") else { return Ok(None) };
    let person = call.api.directory.find(name)?;
    // Of somebody who is not known there is nothing to see, and no telling who is known.
    Ok(Some(person.map_or_else(|| name.to_owned(), |p| p.id.to_string())))
}

fn before(position: &str) -> Result<(Timestamp, String), Problem> {
    let read = || {
        let (at, id) = position.split_once(' ')?;
        Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.to_owned()))
    };
    read().ok_or_else(|| Problem::malformed("this cursor is of an older daemon: begin again"))
}
