//! Which targets can be asked for, and what a request can make of each.

use std::collections::BTreeSet;

use flow_bundle::Expr;
use flow_bundle::bound::{Bound, bound};
use flow_bundle::bundle::Target;
use flow_bundle::walk;

use super::Notes;
use crate::constant::constant;
use crate::prove::Subject;
use crate::show::show;
use crate::targets::addresses;

pub(super) fn compare(old: Subject<'_>, new: Subject<'_>, notes: &mut Notes) {
    let of = |s: Subject<'_>| addresses(s.bundle, s.flow, s.address).unwrap_or_default();
    let (then, now) = (of(old), of(new));
    let path = |address: &str| format!("targets.{address}");
    for address in now.difference(&then) {
        notes.weaker(path(address), format!("target `{address}` can be granted too"));
    }
    for address in then.difference(&now) {
        notes.stronger(path(address), format!("target `{address}` can no longer be granted"));
    }
    for address in now.intersection(&then) {
        let targets = (old.bundle.targets.get(address), new.bundle.targets.get(address));
        if let (Some(before), Some(after)) = targets {
            target((old, before), (new, after), address, notes);
        }
    }
    let chosen = |s: Subject<'_>| s.flow.grant.clone().map(|g| (g.target, g.targets));
    if chosen(old) != chosen(new) && now == then {
        notes.weaker(new.path("grant.target"), "which target is granted is chosen otherwise");
    }
}

type In<'b> = (Subject<'b>, &'b Target);

fn target((old, before): In<'_>, (new, after): In<'_>, address: &str, notes: &mut Notes) {
    let path = |part: &str| format!("targets.{address}.{part}");
    let mut changed: BTreeSet<&str> = BTreeSet::new();
    for (name, is) in &after.settings {
        match before.settings.get(name) {
            Some(was) if was == is => {
                let then = bound(was, &old.flow.fields, before.each_of.as_ref());
                let now = bound(is, &new.flow.fields, after.each_of.as_ref());
                bounds(address, name, then.ok(), now.ok(), notes);
                fetched((old, new), is_read(is, after.each_of.as_ref()), address, notes);
            }
            _ => drop(changed.insert(name)),
        }
    }
    changed.extend(
        before.settings.keys().filter(|n| !after.settings.contains_key(*n)).map(String::as_str),
    );
    if before.kind != after.kind {
        changed.insert("type");
    }
    if !changed.is_empty() {
        let names = changed.into_iter().collect::<Vec<_>>().join("`, `");
        let text = format!("target `{address}` is another one: its `{names}` has changed");
        notes.weaker(format!("targets.{address}"), text);
    }
    if before.each_of != after.each_of {
        let of = |s: Subject<'_>, each_of: Option<&Expr>| elements(s, each_of);
        each_of(
            address,
            &path("each_of"),
            of(old, before.each_of.as_ref()),
            of(new, after.each_of.as_ref()),
            notes,
        );
    }
}

/// The fields that a setting reads, through `item` too.
fn is_read<'b>(setting: &'b Expr, each_of: Option<&'b Expr>) -> BTreeSet<&'b str> {
    let mut fields = BTreeSet::new();
    for expr in std::iter::once(setting).chain(each_of) {
        walk::each(expr, &mut |e| {
            if let Expr::Get(path) = e
                && let [request, of, name, ..] = path.as_slice()
                && request == "request"
                && of == "fields"
            {
                fields.insert(name.as_str());
            }
        });
    }
    fields
}

/// Fields whose values come from elsewhere now: what can be granted is no longer what it was.
fn fetched(
    (old, new): (Subject<'_>, Subject<'_>),
    fields: BTreeSet<&str>,
    address: &str,
    notes: &mut Notes,
) {
    let of = |s: Subject<'_>, name: &str| {
        let field = s.flow.fields.iter().find(|f| f.name == name)?;
        field.options.as_ref().map(|o| (o.steps.clone(), o.values.clone()))
    };
    for name in fields {
        if let (Some(then), Some(now)) = (of(old, name), of(new, name))
            && then != now
        {
            let text = format!(
                "target `{address}` is chosen by field `{name}`, which fetches its values otherwise"
            );
            notes.weaker(new.path(&format!("fields.{name}.options")), text);
        }
    }
}

/// What a request can make of a setting that is written the same.
fn bounds(address: &str, name: &str, was: Option<Bound>, is: Option<Bound>, notes: &mut Notes) {
    if was == is {
        return;
    }
    let path = format!("targets.{address}.settings.{name}");
    match (was, is) {
        (Some(Bound::Values(then)), Some(Bound::Values(now))) => {
            let told = |more: &BTreeSet<String>, than: &BTreeSet<String>| {
                let all: Vec<String> = more.difference(than).map(|v| format!("`{v}`")).collect();
                all.join(", ")
            };
            let (more, fewer) = (told(&now, &then), told(&then, &now));
            if !more.is_empty() {
                let text = format!("the `{name}` of target `{address}` can be {more} too");
                notes.weaker(path.clone(), text);
            }
            if !fewer.is_empty() {
                let text = format!("the `{name}` of target `{address}` can no longer be {fewer}");
                notes.stronger(path, text);
            }
        }
        (then, now) => {
            let word = |bound: Option<Bound>| match bound {
                None => "anything".to_owned(),
                Some(Bound::Pattern(pattern)) => format!("whatever matches `{pattern}`"),
                Some(Bound::Values(values)) => format!("one of {} values", values.len()),
            };
            let text = format!(
                "the `{name}` of target `{address}` can be {}, before it was {}",
                word(now),
                word(then)
            );
            notes.weaker(path, text);
        }
    }
}

/// The elements of a list, as one would write them; `None` where only a run knows them.
fn elements(subject: Subject<'_>, list: Option<&Expr>) -> Option<BTreeSet<String>> {
    let Expr::List(items) = list? else { return None };
    let known = |item: &Expr| constant(subject.bundle, item).map(|_| show(item));
    items.iter().map(known).collect()
}

fn each_of(
    address: &str,
    path: &str,
    then: Option<BTreeSet<String>>,
    now: Option<BTreeSet<String>>,
    notes: &mut Notes,
) {
    let (Some(then), Some(now)) = (then, now) else {
        let text = format!("the list that target `{address}` is made for has changed");
        return notes.weaker(path.to_owned(), text);
    };
    let told = |more: &BTreeSet<String>, than: &BTreeSet<String>| {
        let all: Vec<&str> = more.difference(than).map(String::as_str).collect();
        all.join(", ")
    };
    let (more, fewer) = (told(&now, &then), told(&then, &now));
    if !more.is_empty() {
        notes.weaker(path.to_owned(), format!("target `{address}` is made for {more} too"));
    }
    if !fewer.is_empty() {
        let text = format!("target `{address}` is no longer made for {fewer}");
        notes.stronger(path.to_owned(), text);
    }
}
