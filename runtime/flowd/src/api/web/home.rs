//! What waits for me, my requests, and what can be asked for.

use maud::{Markup, html};
use serde_json::Value as Json;

use super::frame::{at, instant, page, plain};
use super::serve::{Reply, Visit};
use crate::api::problem::Problem;
use crate::people::token::Scope;

/// The overview.
pub fn show(visit: &Visit<'_>) -> Result<Reply, Problem> {
    let me = visit.person.id.to_string();
    let waiting = visit.read("/v1/requests", &[("to_decide", "true"), ("limit", "50")])?;
    let mine = visit.read("/v1/requests", &[("requester", &me), ("limit", "50")])?;
    let flows = visit.read("/v1/flows", &[])?;
    let main = html! {
        h1 { "Overview" }
        @if visit.token.reach() < Scope::Decide {
            p.note {
                "Your account is known here by its e-mail address only. With it you can ask; to decide, "
                "have an admin link it."
            }
        }
        section aria-labelledby="waiting" {
            h2 id="waiting" { "Waits for your decision" }
            (list(&waiting, "Nothing waits for you.", true))
        }
        section aria-labelledby="ask" {
            h2 id="ask" { "Ask for" }
            (offered(&flows))
        }
        section aria-labelledby="mine" {
            h2 id="mine" { "Your requests" }
            (list(&mine, "You have asked for nothing yet.", false))
        }
    };
    Ok(Reply::page(200, page("Overview", Some(visit), visit.api.app.config.dev, &main)))
}

fn items(page: &Json) -> &[Json] {
    at(page, "items").as_array().map_or(&[], Vec::as_slice)
}

fn list(found: &Json, empty: &str, who: bool) -> Markup {
    let requests = items(found);
    html! {
        @if requests.is_empty() { p { (empty) } } @else {
            div.table { table {
                thead { tr {
                    th scope="col" { "Request" }
                    @if who { th scope="col" { "By" } }
                    th scope="col" { "State" }
                    th scope="col" { "Asked" }
                    th scope="col" { "Access ends" }
                } }
                tbody { @for request in requests { (row(request, who)) } }
            } }
            @if at(found, "next").is_string() {
                p.dim { "These are the newest; " code { "flowctl list" } " shows all." }
            }
        }
    }
}

fn row(request: &Json, who: bool) -> Markup {
    let text = |key: &str| at(request, key).as_str().unwrap_or_default();
    let targets = at(request, "targets").as_array().map_or(&[][..], Vec::as_slice);
    let targets: Vec<&str> = targets.iter().filter_map(Json::as_str).collect();
    html! {
        tr {
            td { a href=(format!("/requests/{}", text("id"))) {
                (plain(text("flow")))
                @if !targets.is_empty() { ": " (plain(&targets.join(", "))) }
            } }
            @if who { td { (plain(at(at(request, "requester"), "name").as_str().unwrap_or_default())) } }
            td { (state(request)) }
            td { (instant(text("created_at"))) }
            td { @if let Some(when) = at(request, "ends_at").as_str() { (instant(when)) } @else { "–" } }
        }
    }
}

/// Where a request is, in words.
pub fn state(request: &Json) -> String {
    let word =
        at(request, "outcome").as_str().or(at(request, "phase").as_str()).unwrap_or_default();
    let said = match word {
        "requested" | "pending" => "waits for a decision",
        "approved" | "escalating" => "approved, access is being made",
        "active" => "access is active",
        "deescalating" => "access is being taken back",
        "ok" => "ended",
        "errored" => "ended with an error",
        other => other,
    };
    match at(request, "stuck") == true {
        true => format!("{said}; its end is not confirmed"),
        false => said.to_owned(),
    }
}

fn offered(flows: &Json) -> Markup {
    let flows = items(flows);
    html! {
        @if flows.is_empty() { p { "There is nothing to ask for." } }
        ul { @for flow in flows {
            @let name = at(flow, "name").as_str().unwrap_or_default();
            @let label = plain(at(flow, "label").as_str().unwrap_or(name));
            li {
                @if at(flow, "frozen").is_string() || at(flow, "enabled") == false {
                    (label) " (closed" @if let Some(why) = at(flow, "frozen").as_str() { ": " (plain(why)) } ")"
                } @else {
                    a href=(format!("/ask/{name}")) { (label) }
                }
                @if let Some(text) = at(flow, "description").as_str() { div.hint { (plain(text)) } }
            }
        } }
    }
}
