//! References that are passed on: `ref(…)` types of variables, and `output`s of modules.

use flow_bundle::{Expr, Type};

use super::expr::{Typed, fit, infer};
use super::scope::{Scope, Secrets};
use super::{Module, constant, integration, type_expr};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::schema::{Family, kinds_of};
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{self, ExprKind, Step};
use crate::types::Ty;

/// What may be passed on by reference.
const WORDS: [&str; 8] =
    ["integration", "secret", "group", "target", "strategy", "environment", "message", "flow"];

/// What a variable takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Takes {
    Data(Type),
    /// `ref(integration.slack)`: block word, and type of the block.
    Reference(&'static str, Option<String>),
    /// `list(ref(integration))`: several of them.
    References(&'static str, Option<String>),
}

/// What may be passed on as a list, with the word for several: the lists that blocks take.
const LISTS: [(&str, &str); 2] = [("integration", "integrations"), ("target", "targets")];

/// The type of a variable; none where it was reported.
pub(crate) fn read_type(m: &mut Module<'_>, e: &tree::Expr) -> Option<Takes> {
    let ExprKind::Call(call) = &e.kind else { return type_expr::read(m, e).map(Takes::Data) };
    if let ("list", [of]) = (call.name.text.as_str(), call.args.as_slice())
        && matches!(&of.kind, ExprKind::Call(inner) if inner.name.text == "ref")
    {
        return read_list(m, of);
    }
    if call.name.text != "ref" || !call.namespace.is_empty() {
        return type_expr::read(m, e).map(Takes::Data);
    }
    let form = "write `ref(integration.slack)`, `ref(group)` or `ref(secret)`";
    let [of] = call.args.as_slice() else {
        m.say(code::T219, e.span, "`ref` takes one kind of declaration", "not a type", form);
        return None;
    };
    let (word, kind) = match &of.kind {
        ExprKind::Name(word) => (word.as_str(), None),
        ExprKind::Access { base, steps } => match (&base.kind, steps.as_slice()) {
            (ExprKind::Name(word), [Step::Attr(kind)]) => (word.as_str(), Some(kind)),
            _ => ("", None),
        },
        _ => ("", None),
    };
    let Some(word) = WORDS.into_iter().find(|w| *w == word) else {
        let message = "`ref` names a kind of declaration";
        let help = suggest::help(word, WORDS, "").unwrap_or_else(|| form.to_owned());
        m.say(code::T219, of.span, message, "no such kind", help);
        return None;
    };
    let family = match word {
        "integration" => Some(Family::Integration),
        "target" => Some(Family::Target),
        "strategy" => Some(Family::Strategy),
        _ => None,
    };
    if let Some(kind) = kind {
        let known: Vec<&str> = family.into_iter().flat_map(kinds_of).map(|k| k.word).collect();
        if !known.contains(&kind.text.as_str()) {
            let message = match family {
                Some(_) => format!("there is no {word} of type `{}`", kind.text),
                None => format!("a {word} has no types"),
            };
            let help = suggest::help(&kind.text, known, "")
                .unwrap_or_else(|| format!("write `ref({word})`"));
            m.say(code::T219, kind.span, message, "no such type", help);
            return None;
        }
    }
    Some(Takes::Reference(word, kind.map(|k| k.text.clone())))
}

/// The type behind `list(…)`.
fn read_list(m: &mut Module<'_>, of: &tree::Expr) -> Option<Takes> {
    let Takes::Reference(word, kind) = read_type(m, of)? else { return None };
    if LISTS.iter().any(|(one, _)| *one == word) {
        return Some(Takes::References(word, kind));
    }
    let message = format!("no block takes a list of references to `{word}`");
    let help = format!("write `ref({word})`, once for each; lists are of integrations or targets");
    m.say(code::T219, of.span, message, "not in a list", help);
    None
}

/// The word for several declarations of a kind.
pub(crate) fn several(word: &str) -> Option<&'static str> {
    LISTS.iter().find(|(one, _)| *one == word).map(|(_, many)| *many)
}

/// The declarations that a list names, each of which must be of this kind.
pub(crate) fn read_all(
    m: &mut Module<'_>,
    e: &tree::Expr,
    word: &'static str,
    kind: Option<&str>,
    declared: Span,
) -> (Ty, Expr) {
    let Some(many) = several(word) else { return failed() };
    let ty = match word {
        "target" => Ty::Of(Type::list(Type::Target)),
        _ => Ty::Declaration(many, String::new()),
    };
    let ExprKind::List(items) = &e.kind else {
        let scope = Scope::fixed().with_secrets(Secrets::Named);
        let typed = infer(m, &scope, e, None);
        let all = integration::named(&typed.ir).filter(|_| typed.ty == ty);
        let fits = |address: &String| kind.is_none_or(|kind| address::kind(address) == kind);
        if typed.ty.is_error() {
            return failed();
        }
        if !all.is_some_and(|all| all.iter().all(fits)) {
            let of = kind.map_or_else(|| word.to_owned(), |kind| format!("{word}.{kind}"));
            let message = format!("a list of references to `{of}` is wanted here");
            m.report(
                Diagnostic::new(code::R110, e.span, message, "something else")
                    .label(declared, "the variable is declared here")
                    .help(format!("write `[{of}.<name>]`")),
            );
            return failed();
        }
        return (ty, typed.ir);
    };
    let mut all = Vec::new();
    for item in items {
        match read(m, item, word, kind, declared) {
            (Ty::Error, _) => return failed(),
            (_, ir) => all.push(ir),
        }
    }
    (ty, Expr::List(all))
}

/// What a reference of this kind is where it is read.
fn type_of(word: &'static str, address: String) -> Ty {
    match word {
        "group" => Ty::Of(Type::Group),
        "target" => Ty::Of(Type::Target),
        _ => Ty::Declaration(word, address),
    }
}

/// What stands for a reference whose declaration is not known.
pub(crate) fn failed() -> (Ty, Expr) {
    (Ty::Error, Expr::Null)
}

/// The declaration that an expression names, which must be of this kind.
pub(crate) fn read(
    m: &mut Module<'_>,
    e: &tree::Expr,
    word: &'static str,
    kind: Option<&str>,
    declared: Span,
) -> (Ty, Expr) {
    let scope = Scope::fixed().with_secrets(Secrets::Named);
    let typed = infer(m, &scope, e, None);
    let wanted = kind.map_or_else(|| word.to_owned(), |kind| format!("{word}.{kind}"));
    let address = match (&typed.ty, &typed.ir) {
        (Ty::Error, _) => return failed(),
        (Ty::Declaration(found, address), _) if *found == word => address.clone(),
        (Ty::Of(Type::Group), Expr::Ref(address)) if word == "group" => address.clone(),
        (Ty::Of(Type::Target), Expr::Ref(address)) if word == "target" => address.clone(),
        _ => {
            wrong(m, e.span, &wanted, "something else", declared);
            return failed();
        }
    };
    if kind.is_some_and(|kind| address::kind(&address) != kind) {
        let label = format!("this is `{}`", address::shown(&address));
        wrong(m, e.span, &wanted, &label, declared);
        return failed();
    }
    let ir = match word {
        "secret" => Expr::Secret(address::bare(&address).to_owned()),
        _ => Expr::Ref(address.clone()),
    };
    (type_of(word, address), ir)
}

fn wrong(m: &mut Module<'_>, span: Span, wanted: &str, label: &str, declared: Span) {
    let message = format!("a reference to `{wanted}` is wanted here");
    m.report(
        Diagnostic::new(code::R110, span, message, label)
            .label(declared, "the variable is declared here")
            .help(format!("write `{wanted}.<name>`")),
    );
}

/// A value that a module hands on: data that is known at build, or a reference.
pub(crate) fn handed_on(m: &mut Module<'_>, e: &tree::Expr, want: Option<&Type>) -> Typed {
    let scope = Scope::fixed().with_secrets(Secrets::Named);
    let typed = infer(m, &scope, e, want);
    let typed = match want {
        Some(want) => fit(m, typed, want),
        None => typed,
    };
    if typed.ty.is_error() || matches!(typed.ty, Ty::Declaration(..)) {
        return typed;
    }
    if constant::is_unknown(&typed.ir) {
        m.has_unknown = true;
        m.unknown_reads += 1;
        return typed;
    }
    match constant::known(m, &typed.ir, e.span) {
        Some(Some(value)) => {
            let ir = constant::of_value(&value).unwrap_or(typed.ir);
            Typed { ir, ..typed }
        }
        Some(None) => typed,
        None => Typed::error(e.span),
    }
}
