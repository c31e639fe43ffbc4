//! `step`: something is asked or done outside, once, and recorded.

use std::collections::BTreeMap;

use flow_bundle::bundle::{HookEvent, OnError, Step};
use flow_bundle::number::Seconds;
use flow_bundle::{Expr, Type};

use super::Module;
use super::body::{Opened, open_typed};
use super::group::ambiguous;
use super::integration::{bare, reference};
use super::scope::{Scope, Secrets};
use super::{arn, constant, expr, notify, strategy, type_expr};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::resolve::Body;
use crate::schema::{Family, Kind};
use crate::syntax::tree::{Attribute, Block};
use crate::types::Ty;

/// What a step of a hook may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// None: the hook does not exist, everything is allowed.
    pub(crate) event: Option<HookEvent>,
    /// Only reading steps.
    pub(crate) reading: bool,
    pub(crate) timeout_max: Seconds,
}

/// A checked step, and the type of its output.
pub(crate) struct Checked {
    pub(crate) step: Step,
    pub(crate) output: Ty,
}

pub(crate) fn check(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    block: &Block,
    path: &str,
    rules: Rules,
) -> Option<Checked> {
    let (opened, kind) = open_typed(m, block, Family::Step, "step")?;
    m.locate(path, block.header);
    let name = block.label(1).unwrap_or_default().to_owned();
    let (when, facts) = notify::when(m, scope, &opened, path);
    let inner = scope.knowing(facts);
    let is_async = opened.word(m, "mode").as_deref() == Some("async");
    let reads = kind.word == "value" || opened.bool(m, "reads").unwrap_or(false);
    let idempotent = opened.bool(m, "idempotent").unwrap_or(false);
    let integration = integration(m, scope, &opened, kind);
    let (output, value) = output(m, &inner, &opened, kind, is_async, path);
    let args = args(m, &inner, &opened, kind, integration.as_deref(), value, path);
    check_effect(m, &opened, rules, reads);
    let on_error = on_error(m, &opened, rules, &output);
    let purpose =
        strategy::Purpose { is_end: false, idempotent: idempotent || reads, in_strategy: false };
    let retry = opened.child("retry").map(|block| strategy::retry(m, block, purpose));
    let timeout_s = strategy::timeout(m, &opened, "timeout", rules.timeout_max);
    let step = Step {
        args,
        idempotent,
        integration,
        kind: kind.word.to_owned(),
        name,
        on_error,
        output: output.data().cloned().unwrap_or(Type::Json),
        reads,
        retry,
        timeout_s,
        when,
    };
    Some(Checked { step, output })
}

/// The type of a step's output as far as its declaration says it.
pub(crate) fn declared_output(m: &mut Module<'_>, block: &Block) -> Ty {
    if block.tombstone {
        return Ty::Error;
    }
    match block.body.attribute("output") {
        Some(attribute) => type_expr::read(m, &attribute.expr).map_or(Ty::Error, Ty::Of),
        // What a `value` is will be known when it is checked.
        None if block.label(0) == Some("value") => Ty::Error,
        None => Ty::Of(Type::Json),
    }
}

fn output(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    kind: &Kind,
    is_async: bool,
    path: &str,
) -> (Ty, Option<Expr>) {
    if kind.word != "value" {
        let output = declared_output(m, opened.block);
        return (if is_async { Ty::Of(Type::None) } else { output }, None);
    }
    let Some(attribute) = opened.attribute("value") else { return (Ty::Error, None) };
    m.locate(format!("{path}.value"), attribute.expr.span);
    let wanted = opened.attribute("output").and_then(|a| type_expr::read(m, &a.expr));
    let scope = scope.with_secrets(Secrets::Payload("value"));
    let reads = m.sensitive_reads;
    let typed = match &wanted {
        Some(ty) => expr::expect(m, &scope, &attribute.expr, ty),
        None => expr::infer(m, &scope, &attribute.expr, None),
    };
    // What is recorded can be said by any message that follows.
    constant::refuse_sensitive(m, &attribute.expr, "value", reads);
    match typed.ty {
        Ty::Declaration(word, _) => {
            super::path::not_a_value(m, word, attribute.expr.span);
            (Ty::Error, None)
        }
        Ty::Null => {
            m.say(
                code::T201,
                attribute.expr.span,
                "this is always null",
                "no value",
                "write a value, or say of which type it may be null with `output`",
            );
            (Ty::Error, None)
        }
        ty => (ty, Some(typed.ir)),
    }
}

/// Address of the integration that the step calls; reports R117, R118.
fn integration(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    kind: &Kind,
) -> Option<String> {
    let Some(wanted) = kind.through else {
        if let Some(attribute) = opened.attribute("integration") {
            let message = format!("a step `{}` calls nothing", kind.word);
            m.say(code::B102, attribute.name.span, message, "has no effect here", "leave it out");
        }
        return None;
    };
    let listed = listed(m, scope);
    let Some(attribute) = opened.attribute("integration") else {
        let listed = listed?;
        let fitting: Vec<String> =
            listed.into_iter().filter(|a| address::kind(a) == wanted).collect();
        if let [one] = fitting.as_slice() {
            return Some(bare(one));
        }
        ambiguous(m, wanted, &fitting, opened.block.header);
        return None;
    };
    let address = reference(m, &attribute.expr, "integration")?;
    if address::kind(&address) != wanted {
        let message = format!("a step `{}` calls an integration of type `{wanted}`", kind.word);
        let label = format!("this is `{}`", bare(&address));
        m.say(code::R110, attribute.expr.span, message, label, "name another integration");
        return None;
    }
    if listed.is_some_and(|l| !l.contains(&address)) {
        not_listed(m, scope, attribute, &address);
    }
    Some(bare(&address))
}

/// The integrations of the flow's environment; none where they are not known.
fn listed(m: &mut Module<'_>, scope: &Scope<'_>) -> Option<Vec<String>> {
    let flow = scope.flow?;
    let Some(address) = flow.environment.as_deref() else {
        // Without an environment everything that is declared may be called.
        let none_declared = m.declared.of("environment").is_empty();
        return (none_declared && !m.declared.unit().incomplete)
            .then(|| m.declared.of("integration"));
    };
    let block = m.declared.block(address)?;
    if block.tombstone {
        return None;
    }
    match block.body.attribute("integrations") {
        Some(a) => {
            let references =
                m.within(address, |m| super::integration::references(m, &a.expr, "integration"));
            Some(references.into_iter().map(|(address, _)| address).collect())
        }
        None => Some(Vec::new()),
    }
}

fn not_listed(m: &mut Module<'_>, scope: &Scope<'_>, attribute: &Attribute, address: &str) {
    let environment = scope.flow.and_then(|f| f.environment.clone()).unwrap_or_default();
    let message = format!("`{address}` is not listed in `{environment}`");
    let mut diagnostic =
        Diagnostic::new(code::R118, attribute.expr.span, message, "not in the environment")
            .help(format!("add it to `integrations` of `{environment}`"));
    if let Some(declaration) = m.declared.find(&environment)
        && matches!(declaration.body, Body::Block(_))
    {
        diagnostic = diagnostic.label(declaration.span, "the environment is declared here");
    }
    m.report(diagnostic);
}

fn args(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    kind: &Kind,
    integration: Option<&str>,
    value: Option<Expr>,
    path: &str,
) -> BTreeMap<String, Expr> {
    let mut args = BTreeMap::new();
    if kind.word == "value" {
        args.extend(value.map(|ir| ("value".to_owned(), ir)));
        return args;
    }
    if let Some(function) = arn::function(m, opened, "function") {
        if let Some(attribute) = opened.attribute("function") {
            m.locate(format!("{path}.function"), attribute.expr.span);
        }
        if let Some(address) = integration {
            let region = arn::region_of(m, address);
            arn::check_region(m, &function, address, region);
        }
        let ir = function.value.as_ref().and_then(constant::of_value).unwrap_or(function.ir);
        args.insert("function".to_owned(), ir);
    }
    let mode = opened.word(m, "mode").unwrap_or_else(|| "sync".to_owned());
    args.insert("mode".to_owned(), Expr::String(mode));
    let payload = match opened.attribute("payload") {
        Some(attribute) => {
            m.locate(format!("{path}.payload"), attribute.expr.span);
            let scope = scope.with_secrets(Secrets::Payload("payload"));
            let typed = expr::expect(m, &scope, &attribute.expr, &Type::Json);
            strategy::check_object(m, &typed);
            typed.ir
        }
        None => Expr::Object(Vec::new()),
    };
    args.insert("payload".to_owned(), payload);
    args
}

fn check_effect(m: &mut Module<'_>, opened: &Opened<'_>, rules: Rules, reads: bool) {
    let Some(event) = rules.event.filter(|_| rules.reading && !reads) else { return };
    let message = format!("only reading steps may stand in the hook `{}`", event.word());
    m.say(
        code::H313,
        opened.block.header,
        message,
        "may change something",
        "add `reads = true` if it only reads, or move it to `on_request` or an `after_` hook",
    );
}

fn on_error(m: &mut Module<'_>, opened: &Opened<'_>, rules: Rules, output: &Ty) -> OnError {
    use HookEvent as E;
    let Some(event) = rules.event else { return OnError::Fail };
    let is_after = event.word().starts_with("after_");
    let default = match event {
        E::OnPrompt | E::OnApprove | E::OnDeny => OnError::Ignore,
        E::OnRequestForward | E::OnRequestExpire | E::OnDeescalate => OnError::Continue,
        _ if is_after && *output == Ty::Of(Type::None) => OnError::Continue,
        _ => OnError::Fail,
    };
    let Some(attribute) = opened.attribute("on_error") else { return default };
    let Some(word) = opened.word(m, "on_error") else { return default };
    let (chosen, allowed) = match word.as_str() {
        "continue" => (OnError::Continue, true),
        "deny" => (OnError::Deny, matches!(event, E::OnRequest | E::OnEscalate)),
        "ignore" => (OnError::Ignore, matches!(event, E::OnPrompt | E::OnApprove | E::OnDeny)),
        _ => (OnError::Fail, true),
    };
    if event == E::OnDeescalate && chosen != OnError::Continue {
        let message = "nothing may stand before the end of a grant";
        m.report(
            Diagnostic::new(code::H312, attribute.expr.span, message, "would hold up the end")
                .help("write `on_error = \"continue\"`")
                .fix(attribute.expr.span, "\"continue\""),
        );
        return OnError::Continue;
    }
    if !allowed {
        let message = format!("`{word}` is not possible in the hook `{}`", event.word());
        let help = match event {
            E::OnRequest | E::OnEscalate => "write \"fail\", \"continue\" or \"deny\"",
            E::OnPrompt | E::OnApprove | E::OnDeny => "write \"fail\", \"continue\" or \"ignore\"",
            _ => "write \"fail\" or \"continue\"",
        };
        m.say(code::H315, attribute.expr.span, message, "not possible here", help);
    }
    chosen
}
