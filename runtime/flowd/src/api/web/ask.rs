//! The form of a flow: shown, looked at again, sent.

use std::collections::BTreeMap;

use maud::html;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::frame::{at, form_token, page, plain, wrong};
use super::inputs::{control, values};
use super::serve::{Reply, Visit};
use crate::api::problem::Problem;
use crate::api::route::Verb;

/// The form, with nothing filled in.
pub fn show(visit: &Visit<'_>) -> Result<Reply, Problem> {
    form(visit, 200, &json!({}), &Uuid::new_v4().to_string(), None)
}

/// Sends it, or looks at it again where what can be chosen hangs on what was.
pub fn send(visit: &Visit<'_>) -> Result<Reply, Problem> {
    let flow = visit.part("flow").to_owned();
    let fields = given(visit, &flow)?;
    let once = visit.field("once").unwrap_or_default().to_owned();
    if visit.field("look").is_some() {
        return form(visit, 200, &fields, &once, None);
    }
    // The same form sent twice asks once, one that was changed asks again; and nobody can name
    // somebody else's request by it.
    let unique = Uuid::new_v5(&visit.person.id.0, format!("{once}\0{fields}").as_bytes());
    let body = json!({ "flow": flow, "fields": fields });
    match visit.call(Verb::Post, "/v1/requests", &[], &body, unique) {
        Ok(asked) => {
            let id = at(&asked, "id").as_str().unwrap_or_default();
            Ok(Reply::go(format!("/requests/{id}")))
        }
        Err(problem) if problem.status < 500 => {
            // A refusal was an answer: sent again, it is another asking.
            let once = Uuid::new_v4().to_string();
            form(visit, problem.status, &fields, &once, Some(&problem))
        }
        Err(problem) => Err(problem),
    }
}

fn given(visit: &Visit<'_>, flow: &str) -> Result<Json, Problem> {
    let newest = visit.api.app.shelf.newest();
    let flow = newest.as_ref().and_then(|entry| entry.bundle().flows.get(flow));
    let flow = flow.ok_or_else(|| Problem::not_found("flow", visit.part("flow")))?;
    Ok(values(visit.given, flow.fields.iter().map(|f| (f.name.as_str(), &f.ty))))
}

fn form(
    visit: &Visit<'_>,
    status: u16,
    fields: &Json,
    once: &str,
    problem: Option<&Problem>,
) -> Result<Reply, Problem> {
    let flow = &visit.read("/v1/flows/{flow}", &[])?;
    let body = json!({ "fields": fields });
    let seen = &visit.call(Verb::Post, "/v1/flows/{flow}/prompt", &[], &body, Uuid::new_v4())?;
    let label = plain(at(flow, "label").as_str().unwrap_or_else(|| visit.part("flow")));
    let faults: BTreeMap<&str, &str> = problem
        .iter()
        .flat_map(|p| &p.errors)
        .filter_map(|e| Some((e.pointer.strip_prefix("/fields/")?, e.detail.as_str())))
        .collect();
    let fresh = fields.as_object().is_none_or(serde_json::Map::is_empty) && problem.is_none();
    let controls =
        at(seen, "fields").as_array().map_or(&[][..], Vec::as_slice).iter().map(|field| {
            let mut field = field.clone();
            // Nobody has done anything wrong before they began.
            if let (true, Some(field)) = (fresh, field.as_object_mut()) {
                field.remove("problem");
            }
            let name = at(&field, "name").as_str().unwrap_or_default();
            control(&field, faults.get(name).copied())
        });
    let main = html! {
        h1 { (label) }
        @if let Some(text) = at(flow, "description").as_str() { p.text { (plain(text)) } }
        @if let Some(text) = at(seen, "header").as_str() { p.text.note { (plain(text)) } }
        @if let Some(problem) = problem { (wrong(problem)) }
        form method="post" {
            (form_token(visit))
            input type="hidden" name="once" value=(once);
            @for control in controls { (control) }
            p {
                button.main { "Send the request" }
                button name="look" value="1" { "Look again at what can be chosen" }
            }
        }
        p { a href="/" { "Back to the overview" } }
    };
    Ok(Reply::page(status, page(&label, Some(visit), visit.api.app.config.dev, &main)))
}
