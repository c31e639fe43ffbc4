//! Calls: a function of the table, its arguments by its signature.

use std::collections::BTreeMap;

use flow_bundle::function::pattern::{self, Fault};
use flow_bundle::function::{self, Form, Function};
use flow_bundle::{Expr, Type};

use super::expr::{Typed, expect, fit, infer, nullable};
use super::scope::Scope;
use super::{Module, constant, hoist, spread, type_expr, walk};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::{self, Use};
use crate::signature::{Bound, Signature};
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{self, Call};
use crate::types::{self, Ty};

/// Names that people bring along from Terraform.
const TERRAFORM: [(&str, &str); 8] = [
    ("element", "write `list[i]`"),
    ("formatdate", "write `format_time(t, \"UTC\")`"),
    ("plantimestamp", "write `now()`"),
    ("strcontains", "write `contains_text(s, part)`"),
    ("regexall", "write `regex(s, pattern)` for the first match"),
    ("coalescelist", "write `length(list) > 0 ? list : other`"),
    ("tolist", "a set is a list already where one is wanted"),
    ("nonsensitive", "a secret cannot be made readable"),
];

pub(crate) fn check(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    call: &Call,
    span: Span,
    want: Option<&Type>,
) -> Typed {
    if !call.namespace.is_empty() {
        return super::function::call(m, scope, call, span);
    }
    let name = call.name.text.as_str();
    let Some(function) = function::find(name) else {
        unknown_function(m, call);
        return Typed::error(span);
    };
    let mut args = Arguments { written: &call.args, spread: Vec::new() };
    if call.expand_last
        && let Some((last, before)) = call.args.split_last()
    {
        let Some(spread) = spread::elements(m, scope, last) else { return Typed::error(span) };
        args = Arguments { written: before, spread };
    }
    if !function.takes(args.len()) || (call.expand_last && function.form != Form::Call) {
        wrong_count(m, function, call, args.len());
        return Typed::error(span);
    }
    match (function.form, name) {
        (Form::Step, _) => hoist::is_member(m, scope, call, span),
        (Form::Node, _) => node(m, scope, call, span, want),
        (Form::Call, "merge") => merge(m, scope, function, args, span),
        (Form::Call, _) => plain(m, scope, function, args, span, want),
    }
}

/// The arguments of a call: those that are written, and behind them the elements of a last list.
struct Arguments<'t> {
    written: &'t [tree::Expr],
    spread: Vec<Typed>,
}

impl Arguments<'_> {
    fn len(&self) -> usize {
        self.written.len() + self.spread.len()
    }

    /// The argument at `index`, typed.
    fn typed(
        &self,
        m: &mut Module<'_>,
        scope: &Scope<'_>,
        index: usize,
        want: Option<&Type>,
    ) -> Option<Typed> {
        match self.written.get(index) {
            Some(e) => {
                let typed = infer(m, scope, e, want);
                Some(walk::there(scope, typed))
            }
            None => self.spread.get(index - self.written.len()).cloned(),
        }
    }
}

fn unknown_function(m: &mut Module<'_>, call: &Call) {
    let name = call.name.text.as_str();
    let mapped = TERRAFORM.iter().find(|(n, _)| *n == name).map(|(_, help)| (*help).to_owned());
    let known: Vec<&str> = function::all().map(|f| f.name).collect();
    let known = known.iter().copied();
    let meant = suggest::only(name, known.clone()).filter(|_| mapped.is_none());
    let near = suggest::nearest(name, known).map(|n| format!("did you mean `{n}`?"));
    let help = mapped.or(near).unwrap_or_else(|| "the functions are listed in the spec".to_owned());
    let message = format!("there is no function `{name}`");
    let found = Diagnostic::new(code::R105, call.name.span, message, "unknown function").help(help);
    m.report(found.rename(call.name.span, meant));
}

fn wrong_count(m: &mut Module<'_>, function: &Function, call: &Call, given: usize) {
    let (least, most) = (function.min, function.max);
    let arguments = |n: usize| if n == 1 { "argument" } else { "arguments" };
    let takes = match most {
        Some(most) if most == least => format!("{most} {}", arguments(most)),
        Some(most) => format!("{least} to {most} arguments"),
        None => format!("at least {least} {}", arguments(least)),
    };
    let message = format!("`{}` takes {takes}, not {given}", function.name);
    let help = format!("its form is `{}`", function.signature);
    m.say(code::T209, call.parens, message, "wrong number of arguments", help);
}

fn plain(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    function: &Function,
    given: Arguments<'_>,
    span: Span,
    want: Option<&Type>,
) -> Typed {
    if function.name == "now" && scope.place.allows("now") == Use::No {
        let message = format!("`now()` is not available in {}", scope.place.words());
        let help = format!("it is available in {}", place::where_allowed("now"));
        m.say(code::R106, span, message, "not available here", help);
        return Typed::error(span);
    }
    let Some(signature) = Signature::parse(function.signature) else { return Typed::error(span) };
    let mut bound = Bound::new();
    let mut args = Vec::new();
    let mut is_error = false;
    let mut guide = want.filter(|_| matches!(function.name, "coalesce")).cloned();
    for i in 0..given.len() {
        let Some(shape) = signature.parameter(i) else { continue };
        let wanted = shape.wanted(&bound).or_else(|| guide.clone());
        let Some(typed) = given.typed(m, scope, i, wanted.as_ref()) else { continue };
        if shape.takes(&typed.ty, &mut bound) {
            is_error |= typed.ty.is_error();
        } else {
            wrong_argument(m, function, &typed, &signature, i, &bound);
            is_error = true;
        }
        if guide.is_none() && function.name == "coalesce" {
            guide = typed.ty.clone().non_null().data().cloned();
        }
        args.push(typed);
    }
    if is_error || !check_constants(m, function, &args, given.written) {
        return Typed::error(span);
    }
    let mut ty = signature.result.outcome(&bound);
    // Its last argument may be null too: then so may the result.
    if function.name == "coalesce" && args.last().is_some_and(|a| a.ty.is_nullable()) {
        ty = match ty {
            Ty::Of(t) => Ty::Of(t.nullable()),
            other => other,
        };
    }
    Typed::new(ty, Expr::Call(function.id(), args.into_iter().map(|a| a.ir).collect()), span)
}

fn wrong_argument(
    m: &mut Module<'_>,
    function: &Function,
    typed: &Typed,
    signature: &Signature,
    index: usize,
    bound: &Bound,
) {
    let takes_bare = signature
        .parameter(index)
        .is_some_and(|s| s.takes(&typed.ty.clone().non_null(), &mut bound.clone()));
    if typed.ty.is_nullable() && takes_bare {
        return nullable(m, typed);
    }
    if let Ty::Declaration(word, _) = typed.ty {
        return super::path::not_a_value(m, word, typed.span);
    }
    let found = types::words_of(&typed.ty);
    let message = format!("`{}` cannot take {found} here", function.name);
    let help = format!("its form is `{}`", function.signature);
    m.say(code::T209, typed.span, message, format!("this is {found}"), help);
}

/// Constant arguments that can be judged now.
fn check_constants(
    m: &mut Module<'_>,
    function: &Function,
    args: &[Typed],
    written: &[tree::Expr],
) -> bool {
    let text = |i: usize| match args.get(i) {
        Some(Typed { ir: Expr::String(s), span, .. }) => Some((s.clone(), *span)),
        _ => None,
    };
    match function.name {
        "matches" | "regex" => text(1).is_none_or(|(pattern, span)| {
            let is_known = text(0).is_some();
            is_regex(m, &pattern, span, written.get(1))
                && (!is_known || constant::spend(m, pattern_steps(&pattern), span))
        }),
        "channel" => text(0).is_none_or(|(name, span)| is_channel(m, &name, span)),
        "user" => text(0).is_none_or(|(email, span)| is_person(m, &email, span)),
        "duration" => text(0).is_none_or(|(s, span)| {
            flow_bundle::duration::parse(&s).is_some() || {
                let message = format!("`{s}` is no duration");
                m.say(code::T210, span, message, "not a duration", "write \"30m\" or \"8h\"");
                false
            }
        }),
        "timestamp" => text(0).is_none_or(|(s, span)| {
            s.parse::<jiff::Timestamp>().is_ok() || {
                let message = format!("`{s}` is no timestamp");
                m.say(
                    code::T211,
                    span,
                    message,
                    "not a timestamp",
                    "write \"2026-01-31T09:00:00Z\"",
                );
                false
            }
        }),
        "raw" => {
            let outside = ["request", "requester", "steps", "run", "approval", "event"];
            if let Some(arg) = args.first().filter(|a| constant::reads(&a.ir, &outside)) {
                m.say(
                    code::N607,
                    arg.span,
                    "text from outside would stand in the message as it is",
                    "not escaped",
                    "drop `raw`, or use it only on text that the flow's author wrote",
                );
            }
            true
        }
        _ => true,
    }
}

fn is_channel(m: &mut Module<'_>, name: &str, span: Span) -> bool {
    let bare = name.trim_start_matches('#');
    if name.starts_with('#') && !bare.is_empty() && !bare.contains(char::is_whitespace) {
        return true;
    }
    let message = format!("a channel's name is one word behind a `#`, and `{name}` is none");
    let near: Vec<&str> = bare.split_whitespace().collect();
    let near = if near.is_empty() { "…".to_owned() } else { near.join("-") };
    m.say(code::T209, span, message, "no channel", format!("write `channel(\"#{near}\")`"));
    false
}

fn is_person(m: &mut Module<'_>, email: &str, span: Span) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\@".contains(c);
    let is_address = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && !host.is_empty() && !name.contains(odd) && !host.contains(odd)
    });
    if !is_address {
        let message = format!("a person is named by an e-mail address, and `{email}` is none");
        let help = "write `user(\"ana@acme.example\")`";
        m.say(code::T209, span, message, "no e-mail address", help);
    }
    is_address
}

/// What it costs to get a pattern ready, in steps that take as long.
pub(crate) fn pattern_steps(pattern: &str) -> u64 {
    pattern::parts(pattern).map_or(0, |parts| parts * 2)
}

/// Whether the text is a regular expression; reports T216, at the sign that is wrong where the
/// pattern is written out.
pub(crate) fn is_regex(
    m: &mut Module<'_>,
    pattern: &str,
    span: Span,
    written: Option<&tree::Expr>,
) -> bool {
    let told = match pattern::parts(pattern) {
        Ok(_) => return true,
        Err(Fault::Syntax(told)) => told,
        Err(fault) => {
            let help = "repeat less, or name the characters: `\\w`, `\\d` and `.` stand for those of \
                        every script, `[A-Za-z0-9_]` for 63";
            m.say(code::T216, span, fault.told(pattern), "costs too much to try", help);
            return false;
        }
    };
    let lines: Vec<&str> = told.lines().collect();
    let why = lines.last().copied().unwrap_or_default().trim_start_matches("error: ");
    // The second line is the pattern and the third points into it, both behind four spaces.
    let at = lines.get(2).and_then(|line| line.find('^')).and_then(|at| at.checked_sub(4));
    let place = match (written.map(|e| &e.kind), at.filter(|_| lines.len() == 4)) {
        (Some(tree::ExprKind::String(text)), Some(at)) => {
            let start = pattern.char_indices().nth(at).map_or(pattern.len(), |(i, _)| i);
            let wide = pattern.get(start..).and_then(|rest| rest.chars().next());
            let place = text.span_of(start, start + wide.map_or(0, char::len_utf8));
            if place.is_empty() { span } else { place }
        }
        _ => span,
    };
    let message = format!("`{pattern}` is no regular expression");
    let help = "mend the pattern; `\\\\` before a sign takes it as it is";
    m.say(code::T216, place, message, why, help);
    false
}

/// `try`, `can`, `as`, `decode`: nodes of their own.
fn node(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    call: &Call,
    span: Span,
    want: Option<&Type>,
) -> Typed {
    let lenient = Scope { lenient: true, ..scope.clone() };
    let arg = |i: usize| call.args.get(i);
    let (Some(first), second) = (arg(0), arg(1)) else { return Typed::error(span) };
    match (call.name.text.as_str(), second) {
        ("can", _) => {
            let inner = infer(m, &lenient, first, None);
            Typed::new(Type::Bool, Expr::Can(Box::new(inner.ir)), span)
        }
        ("try", Some(default)) => {
            let a = infer(m, &lenient, first, want);
            let b = infer(m, scope, default, want.or(a.ty.data()).cloned().as_ref());
            let Some(ty) = types::unify(&a.ty, &b.ty) else {
                let (one, other) = (types::words_of(&a.ty), types::words_of(&b.ty));
                let message = format!("`try` gives {one} or {other}");
                m.report(
                    Diagnostic::new(code::T206, b.span, message, format!("this is {other}"))
                        .label(a.span, format!("this is {one}"))
                        .help("give both one type"),
                );
                return Typed::error(span);
            };
            Typed::new(ty, Expr::Try(Box::new(a.ir), Box::new(b.ir)), span)
        }
        ("as", Some(ty)) => {
            let json = infer(m, &lenient, first, None);
            let json = fit(m, json, &Type::Json);
            let Some(ty) = type_expr::read(m, ty) else { return Typed::error(span) };
            Typed::new(ty.clone(), Expr::As(Box::new(json.ir), ty), span)
        }
        ("decode", Some(ty)) => {
            let text = expect(m, scope, first, &Type::String);
            let Some(ty) = type_expr::read(m, ty) else { return Typed::error(span) };
            let json = Expr::Call("jsondecode@1".to_owned(), vec![text.ir]);
            Typed::new(ty.clone(), Expr::As(Box::new(json), ty), span)
        }
        _ => Typed::error(span),
    }
}

/// `merge` of objects is an object; of maps a map.
fn merge(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    function: &Function,
    given: Arguments<'_>,
    span: Span,
) -> Typed {
    let args: Vec<Typed> =
        (0..given.len()).filter_map(|i| given.typed(m, scope, i, None)).collect();
    if args.iter().any(|a| a.ty.is_error()) {
        return Typed::error(span);
    }
    let objects: Option<Vec<_>> = args
        .iter()
        .map(|a| match a.ty.data() {
            Some(Type::Object(attributes)) => Some(attributes.clone()),
            _ => None,
        })
        .collect();
    let ty = match objects {
        Some(objects) => {
            let merged: BTreeMap<_, _> = objects.into_iter().flatten().collect();
            Type::Object(merged)
        }
        None => {
            let mut bound = Bound::new();
            let Some(signature) = Signature::parse(function.signature) else {
                return Typed::error(span);
            };
            for (i, arg) in args.iter().enumerate() {
                let fits = signature.parameter(i).is_some_and(|s| s.takes(&arg.ty, &mut bound));
                if !fits {
                    wrong_argument(m, function, arg, &signature, i, &bound);
                    return Typed::error(span);
                }
            }
            match signature.result.outcome(&bound) {
                Ty::Of(ty) => ty,
                _ => return Typed::error(span),
            }
        }
    };
    Typed::new(ty, Expr::Call(function.id(), args.into_iter().map(|a| a.ir).collect()), span)
}
