//! Names that may stand in an expression.

use flow_bundle::bundle::HookEvent;
use flow_bundle::function;

use super::outline::{self, Block};
use super::{Here, Item, Kind, elsewhere, item};
use crate::check::{record, steps_path, type_expr, walk};
use crate::place::{Place, Use};
use crate::schema::Form;

const SETS: [&str; 5] = ["everyone", "members", "admins", "guests", "nobody"];

/// First words, with the row of the scope table that says where they may stand.
const ROOTS: [(&str, &str); 10] = [
    ("request", "request.by"),
    ("requester", "env"),
    ("env", "env"),
    ("flow", "env"),
    ("run", "request.id"),
    ("steps", "on_request"),
    ("approval", "approval"),
    ("event", "event"),
    ("group", "sets"),
    ("target", "env"),
];

/// What may stand in a path that was begun in the value of an attribute.
pub(super) fn at(here: &Here<'_>, attribute: &str, form: Form, path: &str) -> Vec<Item> {
    if form == Form::Type {
        return types();
    }
    if let Some(words) = whole(here, attribute, form) {
        return words;
    }
    let place = place(here, attribute, form);
    let Some((before, _)) = path.rsplit_once('.') else { return first(here, form, place) };
    let parts: Vec<&str> = before.split('.').collect();
    let named = |names: Vec<String>| -> Vec<Item> {
        let whole = names.into_iter().map(|name| format!("{before}.{name}"));
        whole.map(|text| item(&text, Kind::Name, String::new(), "")).collect()
    };
    named(behind(here, &parts, place))
}

/// What may stand behind the dots.
fn behind(here: &Here<'_>, parts: &[&str], place: Place) -> Vec<String> {
    let own = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    match parts {
        ["var"] => declared(here, "variable", &[]),
        ["local"] => locals(here),
        ["each"] => own(&["key", "value"]),
        ["request"] => own(&record::REQUEST),
        ["request", "fields"] => inside(here, "field", 1),
        ["run"] => own(&record::RUN),
        ["event"] => own(&record::EVENT),
        ["env"] => own(&["error_channel", "vars"]),
        ["flow"] => own(&["name", "label"]),
        ["requester"] | ["request" | "event", "by" | "actor"] | ["requester", "manager"] => {
            own(&walk::USER)
        }
        ["steps"] => {
            let mut names = inside(here, "step", 2);
            for (name, row) in [("escalate", "steps.escalate"), ("deescalate", "steps.deescalate")]
            {
                if place.allows(row) != Use::No {
                    names.push(name.to_owned());
                }
            }
            names
        }
        ["steps", "escalate" | "deescalate"] => own(&["ok", "output", "errors", "outputs"]),
        ["steps", _] => own(&steps_path::PARTS),
        ["approval"] => inside(here, "approval", 1),
        ["approval", _] => own(&record::APPROVAL),
        ["module", name] => elsewhere::outputs(here, name),
        ["target", "settings"] | ["request", "target", "settings"] => elsewhere::settings(here),
        ["secret" | "group" | "environment" | "message" | "module"] => {
            declared(here, parts.first().copied().unwrap_or_default(), &[])
        }
        [word @ ("integration" | "target" | "strategy"), rest @ ..] if rest.len() < 2 => {
            declared(here, word, rest)
        }
        _ => Vec::new(),
    }
}

/// The first word of a path, or another thing that may begin an expression.
fn first(here: &Here<'_>, form: Form, place: Place) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut name = |text: &str| items.push(item(text, Kind::Name, String::new(), ""));
    elsewhere::loop_variables(here.written).iter().for_each(|variable| name(variable));
    if form == Form::Bool {
        name("true");
        name("false");
    }
    for root in ["var", "local", "module"] {
        name(root);
    }
    if here.around().any(|(_, b)| b.attributes.iter().any(|a| a == "for_each")) {
        name("each");
    }
    if form != Form::Static || place != Place::Static {
        for (root, _) in ROOTS.iter().filter(|(_, row)| place.allows(row) != Use::No) {
            name(root);
        }
    }
    if place.allows("sets") != Use::No {
        SETS.iter().for_each(|set| name(set));
    }
    match place {
        Place::Card => name("approvers"),
        Place::Message => name("args"),
        Place::Target => {
            name("item");
            name("request");
        }
        Place::Strategy => name("identity"),
        _ => {}
    }
    for text in declared(here, "function", &[]) {
        items.push(item(&format!("fn::{text}"), Kind::Function, String::new(), ""));
    }
    items.extend(
        function::all().map(|f| item(f.name, Kind::Function, f.signature.to_owned(), f.doc)),
    );
    items
}

fn types() -> Vec<Item> {
    let plain = type_expr::PLAIN.iter().map(|word| ((*word).to_owned(), *word));
    let built = type_expr::BUILT.iter().map(|word| (format!("{word}("), *word));
    plain.chain(built).map(|(text, word)| item(&text, Kind::Type, word.to_owned(), "")).collect()
}

/// Whole addresses or quoted words, where nothing else can stand.
fn whole(here: &Here<'_>, attribute: &str, form: Form) -> Option<Vec<Item>> {
    let names = match form {
        Form::Word(words) | Form::Words(words) => {
            let quoted = words.iter().map(|w| format!("\"{w}\""));
            return Some(quoted.map(|w| item(&w, Kind::Word, attribute.to_owned(), "")).collect());
        }
        Form::Secret => addresses(here, "secret"),
        Form::Reference => match attribute {
            "after" => {
                inside(here, "approval", 1).iter().map(|n| format!("approval.{n}")).collect()
            }
            "from" | "to" => ["flow", "strategy", "target", "group"]
                .iter()
                .flat_map(|w| addresses(here, w))
                .collect(),
            word => addresses(here, word.trim_end_matches('s')),
        },
        Form::Bool => ["true", "false"].map(str::to_owned).to_vec(),
        _ if attribute == "message" => addresses(here, "message"),
        _ => return None,
    };
    Some(names.iter().map(|n| item(n, Kind::Name, String::new(), "")).collect())
}

/// Where an expression of this attribute stands.
fn place(here: &Here<'_>, attribute: &str, form: Form) -> Place {
    let around: Vec<&Block> = here.around().map(|(_, block)| block).collect();
    let word = |block: &Block| block.header.first().cloned().unwrap_or_default();
    let has = |wanted: &str| around.iter().any(|b| word(b) == wanted);
    if form != Form::RunTime {
        return Place::Static;
    }
    for block in &around {
        match word(block).as_str() {
            "notify" | "route" if has("approval") => return Place::Card,
            "hook" => {
                let event = block.header.get(1).and_then(|w| HookEvent::parse(w));
                return event.map_or(Place::UnknownHook, Place::Hook);
            }
            "approval" => return Place::Approval,
            "grant" => return Place::Grant,
            "prompt" => return Place::Field,
            "permissions" if matches!(attribute, "request" | "list") => {
                return Place::PermissionEarly;
            }
            "permissions" => return Place::PermissionLate,
            "strategy" => return Place::Strategy,
            "target" => return Place::Target,
            "message" => return Place::Message,
            "function" => return Place::Function,
            "identities" => return Place::Lookup,
            _ => {}
        }
    }
    Place::Static
}

/// The blocks outermost in every file of the module.
fn outermost(here: &Here<'_>) -> Vec<Block> {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(f, _)| f.to_owned());
    let own = here.sources.file(here.file).map(|f| folder(&f.path)).unwrap_or_default();
    let files = here.sources.iter().filter(|(_, f)| folder(&f.path) == own);
    let blocks = files.flat_map(|(_, f)| outline::read(&f.text, f.text.len()).0);
    blocks.filter(|b| b.parent.is_none()).collect()
}

/// What is declared by a word, behind the labels that are written already.
fn declared(here: &Here<'_>, word: &str, labels: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = outermost(here)
        .into_iter()
        .filter(|b| b.header.first().is_some_and(|w| w == word))
        .filter(|b| labels.iter().zip(b.header.iter().skip(1)).all(|(a, b)| a == b))
        .filter_map(|b| b.header.into_iter().nth(1 + labels.len()))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// `target.aws_lambda_function.db`
fn addresses(here: &Here<'_>, word: &str) -> Vec<String> {
    let mut names: Vec<String> = outermost(here)
        .into_iter()
        .filter(|b| b.header.len() > 1 && b.header.first().is_some_and(|w| w == word))
        .map(|b| b.header.join("."))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn locals(here: &Here<'_>) -> Vec<String> {
    let blocks =
        outermost(here).into_iter().filter(|b| b.header.first().is_some_and(|w| w == "locals"));
    blocks.flat_map(|b| b.attributes).collect()
}

/// The labels of blocks of a word that stand in the same outermost block as the place.
fn inside(here: &Here<'_>, word: &str, label: usize) -> Vec<String> {
    let Some((top, _)) = here.around().last() else { return Vec::new() };
    // A block comes after the one that it stands in, so one walk tells of each what is around it.
    let mut stands_in_top: Vec<bool> = Vec::with_capacity(here.blocks.len());
    for block in here.blocks {
        let is_inside = |parent: usize| stands_in_top.get(parent).copied().unwrap_or(false);
        let stands = block.parent.is_some_and(|parent| parent == top || is_inside(parent));
        stands_in_top.push(stands);
    }
    let of = here.blocks.iter().zip(stands_in_top).filter(|(_, stands)| *stands);
    let of = of.filter(|(b, _)| b.header.first().is_some_and(|w| w == word));
    let mut names: Vec<String> = of.filter_map(|(b, _)| b.header.get(label).cloned()).collect();
    names.dedup();
    names
}
