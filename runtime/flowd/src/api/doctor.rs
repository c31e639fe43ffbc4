//! What would fail, tried out before somebody needs it: each connector, and what the daemon itself
//! was told.

use flow_engine::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::openapi::schema;
use super::problem::Problem;
use super::route::{Access, Answer, Call, Route, Verb};
use super::{body, health};
use crate::alert::place;
use crate::connector::tried::{Tried, Verdict};
use crate::export::{self, sink};

/// Trying everything out.
pub const ROUTES: &[Route] = &[Route::act(
    Verb::Post,
    "/v1/doctor",
    Access::Admin(examine),
    "try every integration and every function without running one, and say what is missing",
    schema::<Examining>,
    schema::<Examined>,
)
.reading()];

/// A destination of the audit trail that is so far behind is worth a word, in seconds.
const LAG_S: f64 = 60.0;

/// Takes nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Examining {}

/// What was tried.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Examined {
    /// How many of them do not work.
    failed: usize,
    /// Each of them.
    items: Vec<Tried>,
}

fn examine(call: &Call<'_>) -> Result<Answer, Problem> {
    let _nothing: Examining = body::read(call.body)?;
    let mut items = own(call)?;
    items.extend(call.api.runtime.block_on(call.api.connectors.examine()));
    let failed = items.iter().filter(|tried| tried.verdict == Verdict::Failed).count();
    Answer::ok(&Examined { failed, items })
}

/// What the daemon knows of itself.
fn own(call: &Call<'_>) -> Result<Vec<Tried>, Problem> {
    let app = &call.api.app;
    let mut items = Vec::new();
    let against = health::against(app, call.at)?;
    if against.is_empty() {
        items.push(Tried::ok("the daemon", "is ready"));
    }
    // A daemon for development is never ready, and that is no fault of what is tried here.
    let tried = if app.config.dev { Tried::warning } else { Tried::failed };
    let advice = "`/readyz` fails: see the alerts in the README of the runtime";
    items.extend(
        against.into_iter().map(|why| tried("the daemon".to_owned(), why, advice.to_owned())),
    );
    items.push(admins(call)?);
    for destination in &app.config.audit_destinations {
        let about = format!("audit destination `{}`", destination.name);
        items.push(keeps_up(call, about, &sink::key(&destination.name))?);
    }
    for alerts in &app.config.alerts {
        let about = format!("alerts `{}`", alerts.name);
        items.push(keeps_up(call, about, &place::key(&alerts.name))?);
    }
    Ok(items)
}

/// Whether there are two people for what takes two.
fn admins(call: &Call<'_>) -> Result<Tried, Problem> {
    let admins = call.api.directory.active()?.into_iter().filter(|p| p.role == Role::Admin).count();
    Ok(if admins >= 2 {
        Tried::ok("people", format!("{admins} admins are active"))
    } else {
        Tried::warning(
            "people",
            format!("{admins} admin is active, and closing a stuck request takes two"),
            "`flowctl people add … --role admin`",
        )
    })
}

/// Whether a reader of the audit trail keeps up.
fn keeps_up(call: &Call<'_>, about: String, key: &str) -> Result<Tried, Problem> {
    let lag = export::lag_s(&call.api.app, key, call.at)?;
    Ok(if lag <= LAG_S {
        Tried::ok(about, "has taken everything")
    } else {
        let found = format!("has not taken what is {lag:.0} s old");
        Tried::failed(about, found, "the log says why it refuses; nothing is lost meanwhile")
    })
}
