//! What may be asked for: the flows of the newest bundle and their forms.

use flow_bundle::Expr;
use flow_bundle::bundle::{Field, Flow};
use flow_bundle::eval::{Scope as Values, eval};
use flow_bundle::{Type, Value, print};
use schemars::JsonSchema;
use serde::Serialize;

use super::openapi::schema;
use super::page::Page;
use super::problem::Problem;
use super::route::{Access, Answer, Call, Route};
use crate::people::token::Scope;
use crate::shelf::Entry;

/// Listing and showing.
pub const ROUTES: &[Route] = &[
    Route::read(
        "/v1/flows",
        Access::Token(Scope::Ask, list),
        "the flows that are shown to you",
        &[],
        schema::<Page<FlowView>>,
    ),
    Route::read(
        "/v1/flows/{flow}",
        Access::Token(Scope::Ask, show),
        "one flow and its form",
        &[],
        schema::<FlowView>,
    ),
];

/// Flows that are named where one is not found.
const NAMED_MAX: usize = 20;

/// A flow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FlowView {
    /// Its address: what a request names.
    name: String,
    /// What people see.
    label: String,
    /// What it is for.
    description: Option<String>,
    /// A disabled flow takes no requests.
    enabled: bool,
    /// Why nothing new begins, where an admin froze it.
    frozen: Option<String>,
    /// The longest grant in seconds; absent where nothing is granted, or until it is revoked.
    max_duration_s: Option<u64>,
    /// The form.
    fields: Vec<FieldView>,
}

/// One field of a form.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldView {
    /// Its name.
    name: String,
    /// `string`, `list(user)`, `one of "a", "b"` …
    #[serde(rename = "type")]
    ty: String,
    /// What people see; the name where it depends on who asks.
    label: String,
    /// What stands beside it.
    help: Option<String>,
    /// Whether it must be given; absent where that depends on other fields.
    required: Option<bool>,
    /// The closed list of values, where there is one that depends on nothing.
    values: Vec<String>,
}

fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let Some(newest) = call.api.app.shelf.newest() else {
        return Answer::ok(&Page::<FlowView> { items: Vec::new(), next: None });
    };
    let flows = newest.bundle().flows.iter().filter(|(_, flow)| shown(call, &newest, flow));
    let items = flows.map(|(name, flow)| view(call, &newest, name, flow));
    Answer::ok(&Page { items: items.collect::<Result<Vec<_>, _>>()?, next: None })
}

fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let name = call.part("flow");
    let newest = call.api.app.shelf.newest();
    let found = newest.as_ref().and_then(|e| Some((e, e.bundle().flows.get(name)?)));
    match found {
        Some((entry, flow)) => Answer::ok(&view(call, entry, name, flow)?),
        None => {
            let shown = newest.iter().flat_map(|e| {
                e.bundle()
                    .flows
                    .iter()
                    .filter(|(_, flow)| shown(call, e, flow))
                    .map(|(name, _)| name)
            });
            let known: Vec<&str> = shown.map(String::as_str).take(NAMED_MAX).collect();
            let why = format!("there is no flow `{name}`; there are: {}", known.join(", "));
            Err(Problem::new(404, "not_found", "not found", why))
        }
    }
}

/// `permissions.list`: a convenience, no control, so what cannot be computed is shown.
fn shown(call: &Call<'_>, entry: &Entry, flow: &Flow) -> bool {
    let scope = Values::of(entry.bundle()).with("requester", Value::User(call.person.user()));
    eval(&flow.permissions.list, &scope) != Ok(Value::Bool(false))
}

fn view(call: &Call<'_>, entry: &Entry, name: &str, flow: &Flow) -> Result<FlowView, Problem> {
    let freezes = call.api.app.store.freezes()?;
    let frozen = freezes.into_iter().find(|f| f.scope == "*" || f.scope == name);
    Ok(FlowView {
        name: name.to_owned(),
        label: flow.label.clone(),
        description: flow.description.clone(),
        enabled: flow.enabled,
        frozen: frozen.map(|f| f.reason),
        max_duration_s: flow.grant.as_ref().and_then(|g| g.max_duration_s).map(|s| s.0),
        fields: flow.fields.iter().map(|f| field(entry, f)).collect(),
    })
}

fn field(entry: &Entry, field: &Field) -> FieldView {
    let scope = Values::of(entry.bundle());
    let constant = |expr: &Expr| eval(expr, &scope).ok();
    let values = match (&field.ty, field.allowed.as_ref().and_then(constant)) {
        (_, Some(Value::List(items))) => items.iter().map(word).collect(),
        (Type::Enum(words), _) => words.clone(),
        _ => Vec::new(),
    };
    let label = match constant(&field.label) {
        Some(Value::String(label)) => label,
        _ => field.name.clone(),
    };
    FieldView {
        name: field.name.clone(),
        ty: field.ty.to_string(),
        label,
        help: field.help.clone(),
        required: match constant(&field.required) {
            Some(Value::Bool(required)) => Some(required && field.default.is_none()),
            _ => None,
        },
        values,
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::Target(target) => target.name.clone(),
        other => print::print(other).unwrap_or_default(),
    }
}
