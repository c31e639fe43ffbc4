//! What no other file compares.

use flow_bundle::bundle::{Flow, Statement};

use super::Notes;
use crate::prove::Subject;

pub(super) fn compare(old: Subject<'_>, new: Subject<'_>, notes: &mut Notes) {
    let (before, after) = (old.flow, new.flow);
    let messages = |flow: &Flow, other: &Flow| {
        let hooks = flow.hooks.iter().map(|(event, body)| {
            let said = body.iter().filter(|s| matches!(s, Statement::Notify(_)));
            (*event, said.cloned().collect::<Vec<_>>())
        });
        let hooks: Vec<_> = hooks.filter(|(_, said)| !said.is_empty()).collect();
        let stages: Vec<_> = flow
            .approvals
            .iter()
            .filter(|s| other.approvals.iter().any(|o| o.name == s.name))
            .map(|s| (s.notify.clone(), s.routes.clone(), s.refusal.clone(), s.remind_s))
            .collect();
        (hooks, stages)
    };
    let rows = [
        ("label", before.label != after.label, "it is called otherwise"),
        ("description", before.description != after.description, "its description has changed"),
        ("header", before.header != after.header, "its form begins otherwise"),
        ("environment", before.environment != after.environment, "it lives in another environment"),
        (
            "retention_s",
            before.retention_s != after.retention_s,
            "requests are kept for another time",
        ),
        ("context", before.context != after.context, "it takes another context"),
        (
            "permissions.list",
            before.permissions.list != after.permissions.list,
            "it is shown to others",
        ),
        (
            "permissions.decide",
            before.permissions.decide != after.permissions.decide,
            "`permissions.decide` is written otherwise",
        ),
        (
            "",
            messages(before, after) != messages(after, before),
            "other messages are sent, or to others",
        ),
    ];
    for (part, differs, text) in rows {
        if differs {
            notes.changed(new.path(part), text);
        }
    }
    if old.bundle.identities != new.bundle.identities && after.grant.is_some() {
        let text = "who somebody is on the other side is looked up otherwise";
        notes.weaker("identities".to_owned(), text);
    }
    if notes.changes.is_empty() {
        notes.changed(new.path(""), "something that it refers to has changed");
    }
}
