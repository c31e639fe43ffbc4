//! `steps.<name>`: what a step answered, readable only where it is certain to have answered.

use flow_bundle::bundle::HookEvent;
use flow_bundle::{Expr as Ir, Type};

use super::Module;
use super::expr::Typed;
use super::path::{Root, unknown_part};
use super::record::is_uncertain;
use super::scope::{Fact, FlowScope, Home, Own, Scope, StepInfo};
use super::strategy_call;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::{Place, Use, where_allowed};
use crate::suggest;
use crate::syntax::tree::{ExprKind, Ident, Step};
use crate::types::Ty;

pub(crate) const PARTS: [&str; 9] =
    ["ok", "skipped", "output", "error", "status", "headers", "attempts", "duration_ms", "at"];

/// `steps.<name>.<part>`, and how many of the path's steps that is.
pub(crate) fn resolve(root: &Root<'_>, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
    let failed = (Typed::error(root.whole), root.steps.len());
    let Some(name) = root.part(0) else {
        m.say(
            code::R110,
            root.whole,
            "`steps` alone is no value",
            "a name is missing",
            "write `steps.<name>.output`",
        );
        return failed;
    };
    let Some(flow) = scope.flow else {
        if matches!(scope.place, Place::Static | Place::Lookup | Place::Target) {
            root.available(m, scope, "on_request", "steps", root.span);
        }
        return failed;
    };
    if name.text == "call" {
        return strategy_call::call(root, m, scope).unwrap_or(failed);
    }
    if matches!(name.text.as_str(), "escalate" | "deescalate") {
        return of_strategy(root, m, scope, flow, name).unwrap_or(failed);
    }
    let Some(step) = flow.step(&name.text) else {
        unknown_step(m, flow, name);
        return failed;
    };
    if !is_visible(m, scope, step, name) {
        for what in ["step", "output", "outcome"] {
            m.mark_used(flow.key(what, &name.text));
        }
        m.mark_used(flow.key("output", &format!("{}.*", name.text)));
        return failed;
    }
    let Some(part) = root.part(1) else {
        m.say(
            code::R110,
            root.whole,
            format!("`steps.{}` alone is no value", name.text),
            "a part is missing",
            format!("write `steps.{}.output`", name.text),
        );
        return failed;
    };
    let span = root.span_of(2);
    let ir = Ir::Get(vec!["steps".into(), name.text.clone(), part.text.clone()]);
    let ty = match part.text.as_str() {
        "output" => match output(m, scope, flow, step, name, root.part(2), span) {
            Some(ty) => ty,
            None => return failed,
        },
        "error" => Ty::Of(error_type(scope, step)),
        "ok" | "skipped" => Ty::Of(Type::Bool),
        "status" => Ty::Of(Type::Number.nullable()),
        "headers" => Ty::Of(Type::Map(Box::new(Type::String))),
        "attempts" | "duration_ms" => Ty::Of(Type::Number),
        "at" => Ty::Of(Type::Timestamp),
        _ => {
            unknown_part(m, "a step", part, &PARTS);
            return failed;
        }
    };
    m.mark_used(flow.key("step", &name.text));
    if part.text == "ok" || part.text == "error" {
        m.mark_used(flow.key("outcome", &name.text));
    }
    (Typed { ty, ir, span }, 2)
}

fn unknown_step(m: &mut Module<'_>, flow: &FlowScope, name: &Ident) {
    if flow.incomplete {
        return;
    }
    let much = m.has_said_much();
    let known = flow.steps.iter().filter(|_| !much).map(|s| s.name.as_str());
    let message = format!("there is no step `{}`", name.text);
    let mut diagnostic = Diagnostic::new(code::R102, name.span, message, "no step has this name");
    diagnostic = diagnostic.rename(name.span, suggest::only(&name.text, known.clone()));
    if let Some(near) = suggest::nearest(&name.text, known.clone()) {
        diagnostic = diagnostic.help(format!("did you mean `steps.{near}`?"));
        // The misspelt name was meant to read it.
        for what in ["step", "output", "outcome"] {
            m.mark_used(flow.key(what, near));
        }
        m.mark_used(flow.key("output", &format!("{near}.*")));
        if let Some(step) = flow.step(near) {
            diagnostic = diagnostic.label(step.span, format!("`{near}` is declared here"));
        }
    } else {
        diagnostic = diagnostic.help_if(suggest::help(&name.text, known, "steps."));
    }
    m.report(diagnostic);
}

/// Whether the step has run where the expression stands; reports R107 and R106.
fn is_visible(m: &mut Module<'_>, scope: &Scope<'_>, step: &StepInfo, name: &Ident) -> bool {
    let home = match step.home {
        Home::Hook(home) => home,
        Home::Unknown => return true,
        Home::Own(own) => return is_own(m, scope, step, own, name),
    };
    if scope.place == Place::Hook(home) {
        if step.index < scope.index {
            return true;
        }
        runs_later(m, step, name, "move the step up, above this");
        return false;
    }
    if scope.place.is_open() {
        return true;
    }
    let row = match home {
        HookEvent::OnRequest => "on_request",
        HookEvent::AfterRequest => "after_request",
        HookEvent::OnApproved | HookEvent::OnEscalate => "on_approved",
        _ => {
            let message = format!(
                "`steps.{}` is readable only in its own hook, `{}`",
                name.text,
                home.word()
            );
            m.report(
                Diagnostic::new(code::R106, name.span, message, "not available here")
                    .label(step.span, "the step stands here")
                    .help("ask again in this hook, or move the step to `on_request`"),
            );
            return false;
        }
    };
    let too_early = scope.place.rank() <= Place::Hook(home).rank();
    if !too_early && scope.place.allows(row) != Use::No {
        return true;
    }
    if too_early {
        let help = format!("it runs in `{}`: move the step to an earlier hook", home.word());
        runs_later(m, step, name, &help);
        return false;
    }
    let message = format!("`steps.{}` is not available in {}", name.text, scope.place.words());
    let help = match scope.place {
        Place::Message => "hand it over: `args = { … = … }`".to_owned(),
        _ => format!("it is available in {}", where_allowed(row)),
    };
    m.report(
        Diagnostic::new(code::R106, name.span, message, "not available here")
            .label(step.span, "the step stands here")
            .help(help),
    );
    false
}

/// Whether a step that stands in no hook is read in its own block, behind it.
fn is_own(m: &mut Module<'_>, scope: &Scope<'_>, step: &StepInfo, own: Own, name: &Ident) -> bool {
    match scope.own {
        Some((block, above)) if block == own => {
            if step.index < above {
                return true;
            }
            runs_later(m, step, name, "move the step up, above this");
        }
        _ => {
            let message =
                format!("`steps.{}` is readable only in its own `{}`", name.text, own.word());
            m.report(
                Diagnostic::new(code::R106, name.span, message, "not available here")
                    .label(step.span, "the step stands here")
                    .help("ask again here, in a step of another name"),
            );
        }
    }
    false
}

fn runs_later(m: &mut Module<'_>, step: &StepInfo, name: &Ident, help: &str) {
    let message = format!("`steps.{}` has not run here", name.text);
    m.report(
        Diagnostic::new(code::R107, name.span, message, "not run yet")
            .label(step.span, "the step stands here")
            .help(help),
    );
}

/// The type of the output, if it is certain to be there; reports T204, R109.
fn output(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    flow: &FlowScope,
    step: &StepInfo,
    name: &Ident,
    next: Option<&Ident>,
    span: crate::source::Span,
) -> Option<Ty> {
    if step.is_async {
        m.report(
            Diagnostic::new(
                code::R109,
                span,
                format!("`{}` is called without waiting, it has no output", name.text),
                "no output",
            )
            .label(step.span, "the step stands here")
            .help("write `mode = \"sync\"` and declare `output`"),
        );
        return None;
    }
    if step.output == Ty::Of(Type::None) {
        m.report(
            Diagnostic::new(
                code::R104,
                span,
                format!("`{}` declares that it has no output", name.text),
                "no output",
            )
            .label(step.span, "the step stands here")
            .help("declare `output = object({ … })` there"),
        );
        return None;
    }
    m.mark_used(flow.key("output", &name.text));
    let part = next.map_or("*", |part| part.text.as_str());
    m.mark_used(flow.key("output", &format!("{}.{part}", name.text)));
    if is_certain(scope, step) || scope.lenient {
        return Some(step.output.clone());
    }
    let why = if step.conditional { "may be skipped" } else { "may have failed" };
    let message = format!("the step `{}` {why}, then it has no output", name.text);
    m.report(
        Diagnostic::new(code::T204, span, message, "may not be there")
            .label(step.span, "the step stands here")
            .help(format!(
                "ask first: `steps.{}.ok && …`, or `steps.{}.ok ? … : …`",
                name.text, name.text
            )),
    );
    None
}

fn is_certain(scope: &Scope<'_>, step: &StepInfo) -> bool {
    let home = match step.home {
        Home::Hook(home) => home,
        Home::Unknown => return true,
        // There a failure stops everything, so only a `when` leaves it open.
        Home::Own(_) => return !step.conditional || is_proven(scope, step, true),
    };
    let elsewhere = scope.place != Place::Hook(home);
    let in_after_hook = home.word().starts_with("after_");
    let row = if home == HookEvent::AfterRequest { "after_request" } else { "on_request" };
    // An approval opens only where nothing was decided; what else stands behind may not.
    let decided = step.after_decision
        && if elsewhere {
            !matches!(scope.place, Place::Approval | Place::Card)
        } else {
            scope.says
        };
    let uncertain = decided || (elsewhere && (in_after_hook || is_uncertain(scope, row)));
    if !(step.conditional || step.continues || uncertain) {
        return true;
    }
    is_proven(scope, step, !step.continues && !uncertain)
}

/// Whether it is proven that the step is done, or (where that is enough) that it was not skipped.
fn is_proven(scope: &Scope<'_>, step: &StepInfo, only_skipped: bool) -> bool {
    let known = |what: &str| format!("steps.{}.{what}", step.name);
    scope.knows(&Fact::True(known("ok")))
        || (only_skipped && scope.knows(&Fact::False(known("skipped"))))
}

fn error_type(scope: &Scope<'_>, step: &StepInfo) -> Type {
    let ty = Type::object([
        ("kind", Type::String),
        ("message", Type::String),
        ("status", Type::Number.nullable()),
        ("body", Type::Json.nullable()),
    ]);
    let failed = scope.knows(&Fact::False(format!("steps.{}.ok", step.name)));
    if failed && !step.conditional { ty } else { ty.nullable() }
}

/// `steps.escalate` and `steps.deescalate`: what the strategy answered.
fn of_strategy(
    root: &Root<'_>,
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    flow: &FlowScope,
    name: &Ident,
) -> Option<(Typed, usize)> {
    let row = format!("steps.{}", name.text);
    if !root.available(m, scope, &row, &row, root.span_of(1)) {
        return None;
    }
    if flow.strategy.is_none() && !flow.unknown_strategy {
        let message = format!("the flow `{}` grants nothing, so `{row}` never runs", flow.name);
        m.say(code::R106, root.span_of(1), message, "never runs", "add a `grant` block");
        return None;
    }
    let part = root.part(1)?;
    let ty = match part.text.as_str() {
        "ok" | "skipped" => Ty::Of(Type::Bool),
        "errors" => Ty::Of(Type::list(Type::String)),
        "error" => {
            Ty::Of(Type::object([("kind", Type::String), ("message", Type::String)]).nullable())
        }
        "attempts" | "duration_ms" => Ty::Of(Type::Number),
        "at" => Ty::Of(Type::Timestamp),
        "output" => strategy_output(root, m, scope, flow, name)?,
        "outputs" => return outputs(root, m, scope, flow, name),
        _ => {
            let known = ["ok", "errors", "output", "outputs", "error", "attempts", "at"];
            unknown_part(m, &format!("`{row}`"), part, &known);
            return None;
        }
    };
    let ir = Ir::Get(vec!["steps".into(), name.text.clone(), part.text.clone()]);
    Some((Typed { ty, ir, span: root.span_of(2) }, 2))
}

/// `steps.escalate.outputs["<target>"]`: what the strategy answered for one target of several. Null
/// where that target was not granted.
fn outputs(
    root: &Root<'_>,
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    flow: &FlowScope,
    name: &Ident,
) -> Option<(Typed, usize)> {
    let row = format!("steps.{}.outputs", name.text);
    let key = match root.steps.get(2) {
        Some(Step::Index(index, _)) => match &index.kind {
            ExprKind::String(text) => Some(Ident { text: text.value.clone(), span: index.span }),
            _ => None,
        },
        Some(Step::Attr(ident)) => Some(ident.clone()),
        _ => None,
    };
    let Some(key) = key else {
        let message = format!("`{row}` alone is no value");
        let help = format!("write `{row}[\"<target>\"]`, with the name of the target");
        m.say(code::R110, root.span_of(2), message, "a name is missing", help);
        return None;
    };
    let output = strategy_output(root, m, scope, flow, name)?;
    let strategy = flow.strategy.as_ref()?;
    let named = |address: &&String| target_name(address) == key.text;
    let Some(target) = strategy.targets.iter().find(named) else {
        let known: Vec<String> = strategy.targets.iter().map(|t| target_name(t)).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        unknown_part(m, &format!("`{}`", strategy.address), &key, &known);
        return None;
    };
    let each_of = m.declared.block(target).and_then(|b| b.body.attribute("each_of"));
    if let Some(each_of) = each_of {
        let message = format!("`{target}` stands for as many targets as are asked for");
        m.report(
            Diagnostic::new(code::R104, key.span, message, "not one target")
                .label(each_of.name.span, "because of `each_of` here")
                .help(format!("read `steps.{}.ok`, which says whether all went well", name.text)),
        );
        return None;
    }
    let ty = match output {
        Ty::Of(ty) => Ty::Of(ty.nullable()),
        other => other,
    };
    let path = ["steps", &name.text, "outputs", &key.text].map(str::to_owned);
    Some((Typed { ty, ir: Ir::Get(path.to_vec()), span: root.span_of(3) }, 3))
}

/// What a target is called, as a request names it.
fn target_name(address: &str) -> String {
    flow_bundle::eval::target_name(crate::address::bare(address))
}

fn strategy_output(
    root: &Root<'_>,
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    flow: &FlowScope,
    name: &Ident,
) -> Option<Ty> {
    let Some(strategy) = &flow.strategy else { return Some(Ty::Error) };
    let (ty, own) = if name.text == "escalate" {
        (strategy.escalate.clone(), false)
    } else {
        let own = scope.place == Place::Hook(HookEvent::AfterDeescalate);
        (strategy.deescalate.clone(), own)
    };
    let proven = scope.knows(&Fact::True(format!("steps.{}.ok", name.text)));
    if own || proven || scope.lenient {
        return Some(ty);
    }
    let row = format!("steps.{}", name.text);
    if scope.place == Place::Strategy {
        return match ty {
            Ty::Of(t) => Some(Ty::Of(t.nullable())),
            other => Some(other),
        };
    }
    m.say(
        code::T204,
        root.span_of(2),
        format!("`{row}` may have been refused, then it has no output"),
        "may not be there",
        format!("ask first: `{row}.ok && …`, or `when = {row}.ok`"),
    );
    None
}
