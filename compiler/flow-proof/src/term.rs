//! Terms: what a condition speaks about, and what a bundle knows of it.

use std::collections::BTreeSet;

use flow_bundle::bundle::{Bundle, Field, Flow, Limits, Source};
use flow_bundle::expr::Expr;
use flow_bundle::types::Type;
use flow_bundle::walk;
use rust_decimal::Decimal;

use crate::constant::{numbers, targets};
use crate::formula::{Domain, Test, Unit, Variable};

/// A variable for the term; `test` says what it is where nothing else does.
pub(crate) fn variable(bundle: &Bundle, flow: &Flow, term: &Expr, test: &Test) -> Variable {
    let field = field(flow, term);
    let (domain, is_target) = domain(bundle, flow, term, field, test);
    Variable {
        term: term.clone(),
        // A closed list of values says nothing about a field that is left empty.
        null: field.is_some_and(|f| !always_given(f)),
        domain,
        limits: field.map(|f| f.limits.clone()).unwrap_or_default(),
        is_target,
    }
}

/// The field that a term is.
pub(crate) fn field<'f>(flow: &'f Flow, term: &Expr) -> Option<&'f Field> {
    let Expr::Get(path) = term else { return None };
    let name = match path.as_slice() {
        [request, fields, name] if request == "request" && fields == "fields" => name,
        [request, target] if request == "request" && target == "target" => target,
        _ => return None,
    };
    flow.fields.iter().find(|f| f.name == *name)
}

/// Whether a field has a value in every request.
pub(crate) fn always_given(field: &Field) -> bool {
    field.visible == Expr::Bool(true) && field.required == Expr::Bool(true)
}

/// The only words that a term can be.
pub(crate) fn words(bundle: &Bundle, flow: &Flow, term: &Expr) -> Option<BTreeSet<String>> {
    if let Expr::Get(path) = term
        && let [request, source] = path.as_slice()
        && request == "request"
        && source == "source"
    {
        let word = |s: &Source| match s {
            Source::Slack => "slack",
            Source::Api => "api",
            Source::Web => "web",
        };
        return Some(flow.sources.iter().map(|s| word(s).to_owned()).collect());
    }
    let field = field(flow, term)?;
    match &field.ty {
        Type::Enum(words) => Some(words.iter().cloned().collect()),
        Type::Target => {
            let offered = targets(bundle, field.allowed.as_ref()?)?;
            Some(offered.into_iter().collect())
        }
        _ => None,
    }
}

fn domain(
    bundle: &Bundle,
    flow: &Flow,
    term: &Expr,
    field: Option<&Field>,
    test: &Test,
) -> (Domain, bool) {
    let ty = field.map(|f| &f.ty);
    let is_target = matches!(ty, Some(Type::Target));
    if let Test::Stands(_) = test {
        return (Domain::Pair { ordered: false }, false);
    }
    if let Some(words) = words(bundle, flow, term) {
        return (Domain::Words { words, closed: true }, is_target);
    }
    match (ty, test) {
        (Some(Type::Bool), _) | (_, Test::True) => (Domain::Bool, false),
        (Some(Type::Number | Type::Duration), _) | (_, Test::Less(_) | Test::Number(_)) => {
            (counted(bundle, flow, term, field), false)
        }
        _ => (Domain::Words { words: BTreeSet::new(), closed: false }, is_target),
    }
}

fn counted(bundle: &Bundle, flow: &Flow, term: &Expr, field: Option<&Field>) -> Domain {
    let is_span = field.is_some_and(|f| f.ty == Type::Duration);
    let (bounds, whole) = match field {
        Some(field) => {
            let least = if is_span { Some(Decimal::ZERO) } else { None };
            ((field.limits.min.or(least), field.limits.max), field.limits.integer)
        }
        None => measured(flow, term),
    };
    Domain::Numbers {
        points: BTreeSet::new(),
        only: field.and_then(|f| f.allowed.as_ref()).and_then(|list| numbers(bundle, list)),
        bounds,
        whole,
        unit: if is_span { Unit::Seconds } else { Unit::One },
    }
}

/// Bounds of what a function counts.
fn measured(flow: &Flow, term: &Expr) -> ((Option<Decimal>, Option<Decimal>), bool) {
    let Expr::Call(id, args) = term else { return ((None, None), false) };
    match id.as_str() {
        "length@1" => {
            let limits = args.first().and_then(|of| field(flow, of)).map(|f| &f.limits);
            let count = |pick: fn(&Limits) -> [Option<flow_bundle::number::Count>; 2]| {
                let [a, b] = limits.map(pick).unwrap_or_default();
                a.or(b).map(|c| Decimal::from(c.0))
            };
            let least = count(|l| [l.min_length, l.min_items]).unwrap_or_default();
            ((Some(least), count(|l| [l.max_length, l.max_items])), true)
        }
        "hour@1" => ((Some(Decimal::ZERO), Some(Decimal::from(23))), true),
        _ => ((None, None), false),
    }
}

/// Whether the value is the same wherever in a request's life it is asked.
pub(crate) fn lasts(expr: &Expr) -> bool {
    let mut lasts = true;
    walk::each(expr, &mut |e| match e {
        Expr::Get(path) => {
            let root = path.first().map_or("", String::as_str);
            lasts &= matches!(root, "request" | "steps" | "flow" | "env");
        }
        Expr::Call(id, _) if id.starts_with("now@") || id.starts_with("is_member@") => {
            lasts = false;
        }
        _ => {}
    });
    lasts
}

/// Whether it reads what one of these steps answers.
pub(crate) fn reads_steps(expr: &Expr, names: &BTreeSet<String>) -> bool {
    let mut reads = false;
    walk::each(expr, &mut |e| {
        if let Expr::Get(path) = e
            && let [steps, name, ..] = path.as_slice()
            && steps == "steps"
        {
            reads |= names.contains(name);
        }
    });
    reads
}
