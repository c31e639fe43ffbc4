//! One request, whole, and what may be done about it. A decision carries the digest of what stands on
//! the page: where anything of it has changed since, it is refused.

use flow_bundle::Value;
use flow_bundle::eval::{Scope, eval};
use maud::{Markup, html};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::frame::{at, form_token, instant, page, plain};
use super::home::state;
use super::inputs::{spoken, word};
use super::serve::{Reply, Visit};
use crate::api::problem::Problem;
use crate::api::route::Verb;

/// The request.
pub fn show(visit: &Visit<'_>) -> Result<Reply, Problem> {
    let request = &visit.read("/v1/requests/{id}", &[])?;
    let label = plain(at(request, "label").as_str().unwrap_or_default());
    let may =
        |what: &str| at(request, "may").as_array().is_some_and(|all| all.iter().any(|m| m == what));
    let stages = at(request, "stages").as_array().map_or(&[][..], Vec::as_slice);
    let main = html! {
        h1 { (label) }
        p { b { "State: " } (state(request)) }
        @if let Some(text) = at(request, "error").as_str() { p.bad.text { (plain(text)) } }
        h2 { "What is asked" }
        (asked(visit, request))
        @for stage in stages {
            (stage_section(visit, stage, may("approve") || may("deny")))
        }
        @if may("cancel") { (act(visit, "cancel", "Withdraw the request", "stop", &html! {})) }
        @if may("revoke") {
            (act(visit, "revoke", "End the access now", "stop", &input("reason", "Why? (may be left out)", "")))
        }
        @if may("extend") {
            (act(visit, "extend", "Ask for more time", "main", &html! {
                (input("duration", "How much longer?", "Such as 30m or 1h."))
                (input("reason", "Why? (may be left out)", ""))
            }))
        }
        (timeline(request))
        p { a href="/" { "Back to the overview" } }
    };
    Ok(Reply::page(200, page(&label, Some(visit), visit.api.app.config.dev, &main)))
}

/// Approves one stage of what was shown.
pub fn approve(visit: &Visit<'_>) -> Result<Reply, Problem> {
    decide(visit, "/v1/requests/{id}/approve")
}

/// Denies one stage of what was shown.
pub fn deny(visit: &Visit<'_>) -> Result<Reply, Problem> {
    decide(visit, "/v1/requests/{id}/deny")
}

/// Withdraws one's own.
pub fn cancel(visit: &Visit<'_>) -> Result<Reply, Problem> {
    done(visit, "/v1/requests/{id}/cancel", &json!({}))
}

/// Ends access.
pub fn revoke(visit: &Visit<'_>) -> Result<Reply, Problem> {
    done(visit, "/v1/requests/{id}/revoke", &json!({ "reason": visit.field("reason") }))
}

/// Asks for more time.
pub fn extend(visit: &Visit<'_>) -> Result<Reply, Problem> {
    let body = json!({
        "duration": visit.field("duration").unwrap_or_default(), "reason": visit.field("reason"),
    });
    done(visit, "/v1/requests/{id}/extend", &body)
}

fn decide(visit: &Visit<'_>, route: &'static str) -> Result<Reply, Problem> {
    let body = json!({
        "stage": visit.field("stage"), "digest": visit.field("digest").unwrap_or_default(),
        "comment": visit.field("comment"),
    });
    done(visit, route, &body)
}

fn done(visit: &Visit<'_>, route: &'static str, body: &Json) -> Result<Reply, Problem> {
    visit.call(Verb::Post, route, &[], body, Uuid::new_v4())?;
    Ok(Reply::go(format!("/requests/{}", visit.part("id"))))
}

fn asked(visit: &Visit<'_>, request: &Json) -> Markup {
    let text = |key: &str| at(request, key).as_str().unwrap_or_default();
    let name = |who: &Json| plain(at(who, "name").as_str().unwrap_or_default());
    let targets = at(request, "targets").as_array().map_or(&[][..], Vec::as_slice);
    let empty = serde_json::Map::new();
    let fields = at(request, "fields").as_object().unwrap_or(&empty);
    html! {
        div.table { table { tbody {
            tr { th scope="row" { "For" } td { (name(at(request, "requester"))) " (" (plain(at(at(request, "requester"), "username").as_str().unwrap_or_default())) ")" } }
            @if at(at(request, "by"), "id") != at(at(request, "requester"), "id") {
                tr { th scope="row" { "Asked by" } td { (name(at(request, "by"))) } }
            }
            @for target in targets { tr { th scope="row" { "Access to" } td { (plain(&word(target))) } } }
            @if let Some(seconds) = at(request, "duration_s").as_u64() {
                tr { th scope="row" { "For how long" } td { (spoken(seconds)) } }
            }
            @for (name, value) in fields {
                @let (label, shown) = field(visit, text("flow"), name, value);
                tr { th scope="row" { (label) } td.text { (shown) } }
            }
            tr { th scope="row" { "Asked" } td { (instant(text("created_at"))) } }
            @if let Some(when) = at(request, "ends_at").as_str() {
                tr { th scope="row" { "Access ends" } td { (instant(when)) } }
            }
            tr { th scope="row" { "Flow" } td { code { (plain(text("flow"))) } } }
            tr { th scope="row" { "Request" } td { code { (text("id")) } } }
        } } }
    }
}

/// What people call a field, and its value, by the newest form; by its name where that has none.
fn field(visit: &Visit<'_>, flow: &str, name: &str, value: &Json) -> (String, String) {
    let newest = visit.api.app.shelf.newest();
    let flow = newest.as_ref().and_then(|entry| entry.bundle().flows.get(flow));
    let field = flow.and_then(|flow| flow.fields.iter().find(|f| f.name == name));
    let label = newest.as_ref().zip(field).and_then(|(entry, field)| {
        match eval(&field.label, &Scope::of(entry.bundle())) {
            Ok(Value::String(label)) => Some(label),
            Ok(_) | Err(_) => None,
        }
    });
    let label = label.unwrap_or_else(|| name.to_owned());
    let duration = field.is_some_and(|f| f.ty.to_string().contains("duration"));
    let shown = match (duration, value.as_u64()) {
        (true, Some(seconds)) => spoken(seconds),
        _ => word(value),
    };
    (plain(&label), plain(&shown))
}

fn stage_section(visit: &Visit<'_>, stage: &Json, may: bool) -> Markup {
    let text = |key: &str| at(stage, key).as_str().unwrap_or_default();
    let people = |all: &Json| {
        let all = all.as_array().map_or(&[][..], Vec::as_slice).iter();
        let names: Vec<String> =
            all.map(|p| plain(at(p, "name").as_str().unwrap_or_default())).collect();
        names.join(", ")
    };
    let rules = at(stage, "rules").as_array().map_or(&[][..], Vec::as_slice);
    let shown = at(stage, "shown").as_array().map_or(&[][..], Vec::as_slice);
    let open = text("state") == "open";
    html! {
        h2 {
            "Decision: " (plain(text("name")))
            @if let Some(number) = at(stage, "extension").as_u64() { " (more time, wish " (number) ")" }
        }
        p { "State: " (text("state").replace('_', " "))
            @if let (true, Some(when)) = (open, at(stage, "expires_at").as_str()) { ", until " (instant(when)) }
        }
        @for rule in rules {
            @let by = people(at(rule, "approved_by"));
            p { (at(rule, "quorum")) " of " (plain(at(rule, "approvers").as_str().unwrap_or_default())) "; "
                @if by.is_empty() { "nobody has approved yet" } @else { "approved by " (by) }
            }
        }
        @for line in shown { p.text { (plain(&word(line))) } }
        @if let Some(comment) = at(stage, "comment").as_str() { p.text { "Comment: " (plain(comment)) } }
        @if let (true, true, Some(digest)) = (open, may, at(stage, "digest").as_str()) {
            (decision(visit, text("name"), digest))
        }
    }
}

fn decision(visit: &Visit<'_>, stage: &str, digest: &str) -> Markup {
    let id = format!("comment-{stage}");
    let to = |verb: &str| format!("/requests/{}/{verb}", visit.part("id"));
    html! {
        form.decide method="post" action=(to("approve")) {
            (form_token(visit))
            input type="hidden" name="stage" value=(stage);
            input type="hidden" name="digest" value=(digest);
            div.field {
                label for=(id) { "Comment" span.hint { " (the requester sees it)" } }
                textarea id=(id) name="comment" {}
            }
            button.good { "Approve" }
            button.stop formaction=(to("deny")) { "Deny" }
            div.hint { "You decide about exactly what stands above: " code { (digest) } }
        }
    }
}

fn act(visit: &Visit<'_>, verb: &str, label: &str, class: &str, inputs: &Markup) -> Markup {
    html! {
        form.decide method="post" action=(format!("/requests/{}/{verb}", visit.part("id"))) {
            (form_token(visit))
            h2 { (label) }
            (inputs)
            button class=(class) { (label) }
        }
    }
}

fn input(name: &str, label: &str, hint: &str) -> Markup {
    // `reason` stands in two forms of a page.
    let id = format!("{name}-{}", label.len() + hint.len());
    html! {
        div.field {
            label for=(id) { (label) }
            input type="text" id=(id) name=(name) autocomplete="off";
            @if !hint.is_empty() { div.hint { (hint) } }
        }
    }
}

fn timeline(request: &Json) -> Markup {
    let moments = at(request, "timeline").as_array().map_or(&[][..], Vec::as_slice);
    html! {
        h2 { "What happened" }
        ol { @for moment in moments {
            li {
                (instant(at(moment, "at").as_str().unwrap_or_default())) ": "
                span.text { (plain(at(moment, "what").as_str().unwrap_or_default())) }
                @if let Some(who) = at(moment, "who").as_str() { " – " (plain(who)) }
            }
        } }
    }
}
