//! The audit trail: who did what, and why it was allowed or refused. Whether the chain is whole is
//! asked of `flowd audit verify`, which reads the file and not the daemon.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::openapi::schema;
use super::page::{CURSOR_PARAM, LIMIT_PARAM, Page};
use super::problem::Problem;
use super::requests::visible;
use super::route::{Access, Answer, Call, Param, Route};
use crate::people::token::Scope;
use crate::store::{AuditFilter, AuditRow};

/// Of everything, and of one request.
pub const ROUTES: &[Route] = &[
    Route::read(
        "/v1/audit",
        Access::Admin(everything),
        "the audit trail, the oldest first",
        &[Param { name: "request", about: "of this request only" }, LIMIT_PARAM, CURSOR_PARAM],
        schema::<Page<AuditView>>,
    ),
    Route::read(
        "/v1/requests/{id}/audit",
        Access::Token(Scope::Ask, of_request),
        "the audit trail of a request that you may see",
        &[LIMIT_PARAM, CURSOR_PARAM],
        schema::<Page<AuditView>>,
    ),
];

/// One record.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AuditView {
    /// Its position in the whole trail.
    sequence: u64,
    /// Which block of the chain holds it.
    block: u64,
    /// When.
    #[schemars(with = "String")]
    at: Timestamp,
    /// Username of who acted, as it was then; `flowd` for the daemon itself.
    actor: String,
    /// What happened: `request.opened`, `stage.approved`, `token.issued` …
    what: String,
    /// By which rule it was decided.
    why: Option<String>,
    /// About which request.
    request: Option<String>,
    /// The rest.
    facts: Json,
    /// The daemon ran in development mode.
    dev: bool,
    /// `sha256(content ‖ salt)`, hex.
    hash: String,
}

fn everything(call: &Call<'_>) -> Result<Answer, Problem> {
    page(call, "audit", call.param("request").map(str::to_owned))
}

fn of_request(call: &Call<'_>) -> Result<Answer, Problem> {
    let id = visible(call)?.id.to_string();
    page(call, &format!("audit {id}"), Some(id))
}

fn page(call: &Call<'_>, route: &str, request: Option<String>) -> Result<Answer, Problem> {
    let limit = call.limit()?;
    let after = call.position(route)?.and_then(|p| p.parse().ok()).unwrap_or(0);
    let filter = AuditFilter { request, after, limit: limit + 1 };
    let rows = call.api.app.page_audit(&filter)?;
    let items = rows.into_iter().map(view).collect();
    Answer::ok(&call.cut(route, items, limit, |r: &AuditView| r.sequence.to_string()))
}

/// A record in the API's form.
pub fn to_json(row: AuditRow) -> Json {
    serde_json::to_value(view(row)).unwrap_or_default()
}

fn view(row: AuditRow) -> AuditView {
    let body = row.body.unwrap_or(Json::Null);
    let text = |at: &str| body.pointer(at).and_then(Json::as_str).map(str::to_owned);
    AuditView {
        sequence: row.seq,
        block: row.block,
        at: row.at,
        actor: text("/actor/username").unwrap_or_else(|| "flowd".to_owned()),
        what: text("/kind").unwrap_or_else(|| "erased".to_owned()),
        why: text("/rule").filter(|why| !why.is_empty()),
        request: row.request,
        facts: body.get("facts").cloned().unwrap_or_else(|| Json::Object(serde_json::Map::new())),
        dev: body.get("dev") == Some(&Json::Bool(true)),
        hash: row.hash,
    }
}
