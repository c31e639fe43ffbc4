//! The form: whether requests that wait can move to it, and what it offers.

use flow_bundle::bundle::{Field, Options};
use flow_bundle::duration;
use flow_bundle::expr::Expr;
use flow_bundle::types::Type;
use rust_decimal::Decimal;

use super::Notes;
use crate::prove::Subject;

pub(super) fn compare(old: Subject<'_>, new: Subject<'_>, notes: &mut Notes) {
    for before in &old.flow.fields {
        let name = &before.name;
        match new.flow.fields.iter().find(|f| f.name == *name) {
            None => {
                let text = format!("field `{name}` is gone: requests that wait cannot move");
                notes.breaking(old.path(&format!("fields.{name}")), text);
            }
            Some(after) => field(new, before, after, notes),
        }
    }
    for after in &new.flow.fields {
        let name = &after.name;
        if old.flow.fields.iter().any(|f| f.name == *name) {
            continue;
        }
        let path = new.path(&format!("fields.{name}"));
        if after.required == Expr::Bool(false) || after.default.is_some() {
            notes.changed(path, format!("field `{name}` is new, and may be left out"));
        } else {
            let text =
                format!("field `{name}` is new and required: requests that wait cannot move");
            notes.breaking(path, text);
        }
    }
}

fn field(new: Subject<'_>, before: &Field, after: &Field, notes: &mut Notes) {
    let name = &after.name;
    let path = new.path(&format!("fields.{name}"));
    match (&before.ty, &after.ty) {
        (Type::Enum(then), Type::Enum(now)) => {
            let missing = |from: &[String], of: &[String]| {
                let words: Vec<String> =
                    of.iter().filter(|w| !from.contains(w)).map(|w| format!("`{w}`")).collect();
                words.join(", ")
            };
            let (more, fewer) = (missing(then, now), missing(now, then));
            if !more.is_empty() {
                notes.changed(path.clone(), format!("field `{name}` offers {more} too"));
            }
            if !fewer.is_empty() {
                let text = format!(
                    "field `{name}` no longer offers {fewer}: requests with it cannot move"
                );
                notes.breaking(path.clone(), text);
            }
        }
        (then, now) if then != now => {
            let text = format!(
                "field `{name}` is {now}, before it was {then}: requests that wait cannot move"
            );
            notes.breaking(path.clone(), text);
        }
        _ => {}
    }
    if before.limits != after.limits {
        notes.changed(path.clone(), format!("field `{name}` takes values of other bounds"));
    }
    if before.required != after.required || before.visible != after.visible {
        notes.changed(path.clone(), format!("field `{name}` is asked for at other times"));
    }
    if before.allowed != after.allowed {
        notes.changed(path.clone(), format!("field `{name}` offers other values"));
    }
    for text in options(before.options.as_ref(), after.options.as_ref()) {
        notes.changed(path.clone(), format!("field `{name}` {text}"));
    }
    if before.default != after.default || before.label != after.label || before.help != after.help {
        notes.changed(path, format!("field `{name}` looks different"));
    }
}

/// What is fetched otherwise. Whether more can be granted by it is told where targets are compared.
fn options(before: Option<&Options>, after: Option<&Options>) -> Vec<String> {
    let (then, now) = match (before, after) {
        (None, None) => return Vec::new(),
        (None, Some(_)) => return vec!["takes only values that its steps fetch".to_owned()],
        (Some(_), None) => return vec!["no longer fetches its values".to_owned()],
        (Some(then), Some(now)) => (then, now),
    };
    let mut told = Vec::new();
    if then.steps != now.steps {
        told.push("fetches its values by other steps".to_owned());
    }
    if then.values != now.values {
        told.push("makes other values of what its steps fetch".to_owned());
    }
    if then.cache_s != now.cache_s {
        let [then, now] = [then, now].map(|o| duration::print(Decimal::from(o.cache_s.0)));
        told.push(format!("may show values that are {now} old, before it was {then}"));
    }
    told
}
