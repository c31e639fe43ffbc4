//! Who may ask, see and revoke, from where, and whether the flow is open at all.

use flow_bundle::bundle::Source;
use flow_bundle::expr::Expr;

use super::Notes;
use super::sets::{beyond, people};
use crate::people::who;
use crate::prove::Subject;

pub(super) fn compare(old: Subject<'_>, new: Subject<'_>, notes: &mut Notes) {
    if old.flow.enabled != new.flow.enabled {
        let word = if new.flow.enabled { "is open now" } else { "is closed now" };
        notes.moved(new.flow.enabled, new.path("enabled"), format!("the flow {word}"));
    }
    for source in [Source::Slack, Source::Api, Source::Web] {
        let (before, after) =
            (old.flow.sources.contains(&source), new.flow.sources.contains(&source));
        if before != after {
            let name = match source {
                Source::Slack => "Slack",
                Source::Api => "the API",
                Source::Web => "the console",
            };
            let word = if after { "can come from" } else { "can no longer come from" };
            notes.moved(after, new.path("sources"), format!("requests {word} {name}"));
        }
    }
    let (before, after) = (&old.flow.permissions, &new.flow.permissions);
    let rows: [(&str, &Expr, &Expr, &str, bool); 3] = [
        ("request", &before.request, &after.request, "ask", true),
        ("view", &before.view, &after.view, "see requests", true),
        // The more people can take access back the better.
        ("revoke", &before.revoke, &after.revoke, "revoke", false),
    ];
    for (name, before, after, verb, more_is_weaker) in rows {
        let path = new.path(&format!("permissions.{name}"));
        let (then, now) = (who(old.bundle, before, name), who(new.bundle, after, name));
        match (beyond(&now, &then), beyond(&then, &now)) {
            (Some(more), Some(fewer)) => {
                if !more.is_empty() {
                    let text = format!("{} may {verb} too", people(&more));
                    notes.moved(more_is_weaker, path.clone(), text);
                }
                if !fewer.is_empty() {
                    let text = format!("{} may no longer {verb}", people(&fewer));
                    notes.moved(!more_is_weaker, path, text);
                }
            }
            _ => notes.weaker(path, format!("who may {verb} cannot be compared")),
        }
    }
}
