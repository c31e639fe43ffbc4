//! Walks over a bundle, with the IR path of what is met.
//!
//! An element of a list is addressed by its name, else by its index:
//! `flows.x.hooks.on_request.precheck`, `flows.x.approvals.release.notify.0`.

use crate::bundle::{
    Approval, Bundle, Flow, Notify, Options, Permissions, Route, Statement, Strategy, StrategyCall,
    Target,
};
use crate::expr::{Expr, For};
use crate::types::Type;

/// What is done with each part.
pub type Visit<'v, T> = &'v mut dyn FnMut(&str, &T);

/// Every statement: of hooks, of options, of strategies.
pub fn statements(bundle: &Bundle, visit: Visit<'_, Statement>) {
    for (address, flow) in &bundle.flows {
        flow_statements(&format!("flows.{address}"), flow, visit);
    }
    for (address, strategy) in &bundle.strategies {
        strategy_statements(&format!("strategies.{address}"), strategy, visit);
    }
}

/// Every statement of one strategy; `path` is the strategy's.
pub fn strategy_statements(path: &str, strategy: &Strategy, visit: Visit<'_, Statement>) {
    if let Some(identity) = &strategy.identity {
        list(&format!("{path}.identity.steps"), &identity.steps, visit);
    }
    for (half, call) in [("escalate", &strategy.escalate), ("deescalate", &strategy.deescalate)] {
        list(&format!("{path}.{half}.steps"), &call.steps, visit);
    }
}

/// Every statement of one flow; `path` is the flow's.
pub fn flow_statements(path: &str, flow: &Flow, visit: Visit<'_, Statement>) {
    for (event, body) in &flow.hooks {
        list(&format!("{path}.hooks.{}", event.word()), body, visit);
    }
    for approval in &flow.approvals {
        list(&format!("{path}.approvals.{}.steps", approval.name), &approval.steps, visit);
    }
    for field in &flow.fields {
        if let Some(Options { steps, .. }) = &field.options {
            list(&format!("{path}.fields.{}.options.steps", field.name), steps, visit);
        }
    }
}

fn list(path: &str, statements: &[Statement], visit: Visit<'_, Statement>) {
    for (i, statement) in statements.iter().enumerate() {
        let at = match statement {
            Statement::Step(step) => format!("{path}.{}", step.name),
            _ => format!("{path}.{i}"),
        };
        visit(&at, statement);
    }
}

/// Every message that a flow sends by itself: a `notify` of a hook or a stage; `path` is the
/// flow's.
pub fn notifies(path: &str, flow: &Flow, visit: Visit<'_, Notify>) {
    flow_statements(path, flow, &mut |at, statement| {
        if let Statement::Notify(notify) = statement {
            visit(at, notify);
        }
    });
    for approval in &flow.approvals {
        for (i, notify) in approval.notify.iter().enumerate() {
            visit(&format!("{path}.approvals.{}.notify.{i}", approval.name), notify);
        }
    }
}

/// Every expression of a bundle, whole (not its parts).
pub fn expressions(bundle: &Bundle, visit: Visit<'_, Expr>) {
    for (name, environment) in &bundle.environments {
        let path = format!("environments.{name}");
        maybe(&path, "error_channel", environment.error_channel.as_ref(), visit);
    }
    for (address, message) in &bundle.messages {
        visit(&format!("messages.{address}.text"), &message.text);
    }
    for (provider, source) in &bundle.identities.from {
        visit(&format!("identities.from.{provider}.lookup"), &source.lookup);
    }
    for (address, target) in &bundle.targets {
        target_expressions(&format!("targets.{address}"), target, visit);
    }
    for (address, strategy) in &bundle.strategies {
        strategy_expressions(&format!("strategies.{address}"), strategy, visit);
    }
    for (address, flow) in &bundle.flows {
        flow_expressions(&format!("flows.{address}"), flow, visit);
    }
}

fn maybe(path: &str, name: &str, expr: Option<&Expr>, visit: Visit<'_, Expr>) {
    if let Some(expr) = expr {
        visit(&format!("{path}.{name}"), expr);
    }
}

/// Every expression of one target; `path` is the target's.
pub fn target_expressions(path: &str, target: &Target, visit: Visit<'_, Expr>) {
    for (name, expr) in &target.settings {
        visit(&format!("{path}.settings.{name}"), expr);
    }
    maybe(path, "each_of", target.each_of.as_ref(), visit);
}

/// Every expression of one strategy; `path` is the strategy's.
pub fn strategy_expressions(path: &str, strategy: &Strategy, visit: Visit<'_, Expr>) {
    maybe(path, "payload", strategy.payload.as_ref(), visit);
    maybe(path, "payload_extra", strategy.payload_extra.as_ref(), visit);
    if let Some(identity) = &strategy.identity {
        let path = format!("{path}.identity");
        visit(&format!("{path}.value"), &identity.value);
        list(&format!("{path}.steps"), &identity.steps, &mut |at, s| statement(at, s, visit));
    }
    for (half, call) in [("escalate", &strategy.escalate), ("deescalate", &strategy.deescalate)] {
        strategy_call(&format!("{path}.{half}"), call, visit);
    }
}

fn strategy_call(path: &str, call: &StrategyCall, visit: Visit<'_, Expr>) {
    for (name, expr) in call.call.iter().flatten() {
        visit(&format!("{path}.call.{name}"), expr);
    }
    maybe(path, "success", call.success.as_ref(), visit);
    list(&format!("{path}.steps"), &call.steps, &mut |at, s| statement(at, s, visit));
}

/// Every expression of one flow; `path` is the flow's.
pub fn flow_expressions(path: &str, flow: &Flow, visit: Visit<'_, Expr>) {
    maybe(path, "header", flow.header.as_ref(), visit);
    let announce = flow.break_glass.as_ref().and_then(|b| b.announce.as_ref());
    maybe(path, "break_glass.announce", announce, visit);
    for field in &flow.fields {
        let at = format!("{path}.fields.{}", field.name);
        visit(&format!("{at}.label"), &field.label);
        visit(&format!("{at}.required"), &field.required);
        visit(&format!("{at}.visible"), &field.visible);
        maybe(&at, "allowed", field.allowed.as_ref(), visit);
        maybe(&at, "default", field.default.as_ref(), visit);
        if let Some(options) = &field.options {
            visit(&format!("{at}.options.values"), &options.values);
        }
    }
    let Permissions { decide, list, request, revoke, view } = &flow.permissions;
    for (name, expr) in [
        ("decide", decide),
        ("list", list),
        ("request", request),
        ("revoke", revoke),
        ("view", view),
    ] {
        visit(&format!("{path}.permissions.{name}"), expr);
    }
    for approval in &flow.approvals {
        stage(&format!("{path}.approvals.{}", approval.name), approval, visit);
    }
    flow_statements(path, flow, &mut |at, s| statement(at, s, visit));
    if let Some(grant) = &flow.grant {
        let at = format!("{path}.grant");
        maybe(&at, "duration", grant.duration.as_ref(), visit);
        maybe(&at, "target", grant.target.as_ref(), visit);
        maybe(&at, "targets", grant.targets.as_ref(), visit);
    }
}

fn stage(path: &str, approval: &Approval, visit: Visit<'_, Expr>) {
    visit(&format!("{path}.when"), &approval.when);
    maybe(path, "refusal", approval.refusal.as_ref(), visit);
    maybe(path, "fallback_approvers", approval.fallback_approvers.as_ref(), visit);
    for (i, rule) in approval.rules.iter().enumerate() {
        let key = if rule.name.is_empty() { i.to_string() } else { rule.name.clone() };
        visit(&format!("{path}.rules.{key}.approvers"), &rule.approvers);
        visit(&format!("{path}.rules.{key}.quorum"), &rule.quorum);
    }
    for (i, notify) in approval.notify.iter().enumerate() {
        told(&format!("{path}.notify.{i}"), notify, visit);
    }
    for Route { name, args, text, to, .. } in &approval.routes {
        let at = format!("{path}.routes.{name}");
        visit(&format!("{at}.to"), to);
        maybe(&at, "text", text.as_ref(), visit);
        for (arg, expr) in args {
            visit(&format!("{at}.args.{arg}"), expr);
        }
    }
}

fn told(path: &str, notify: &Notify, visit: Visit<'_, Expr>) {
    visit(&format!("{path}.to"), &notify.to);
    visit(&format!("{path}.when"), &notify.when);
    maybe(path, "text", notify.text.as_ref(), visit);
    for (arg, expr) in &notify.args {
        visit(&format!("{path}.args.{arg}"), expr);
    }
}

fn statement(path: &str, statement: &Statement, visit: Visit<'_, Expr>) {
    match statement {
        Statement::Step(step) => {
            visit(&format!("{path}.when"), &step.when);
            for (arg, expr) in &step.args {
                visit(&format!("{path}.args.{arg}"), expr);
            }
        }
        Statement::Decision(decision) => {
            visit(&format!("{path}.when"), &decision.when);
            maybe(path, "reason", decision.reason.as_ref(), visit);
            maybe(path, "message", decision.message.as_ref(), visit);
        }
        Statement::Fail(fail) => {
            visit(&format!("{path}.when"), &fail.when);
            visit(&format!("{path}.message"), &fail.message);
        }
        Statement::Notify(notify) => told(path, notify, visit),
    }
}

/// The direct parts of an expression, in the order they are written.
#[must_use]
pub fn parts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Null
        | Expr::Bool(_)
        | Expr::Number(_)
        | Expr::String(_)
        | Expr::Duration(_)
        | Expr::Timestamp(_)
        | Expr::Get(_)
        | Expr::Ref(_)
        | Expr::Set(_)
        | Expr::Secret(_)
        | Expr::Local(_) => Vec::new(),
        Expr::List(items) | Expr::Template(items) | Expr::Call(_, items) => items.iter().collect(),
        Expr::Object(items) => items.iter().map(|(_, e)| e).collect(),
        Expr::Map(items) => items.iter().flat_map(|(k, e)| [k, e]).collect(),
        Expr::Attr(a, _)
        | Expr::Splat(a, _)
        | Expr::Unary(_, a)
        | Expr::Can(a)
        | Expr::As(a, _) => {
            vec![a]
        }
        Expr::At(a, b) | Expr::Binary(_, a, b) | Expr::Try(a, b) => vec![a, b],
        Expr::If(a, b, c) => vec![a, b, c],
        Expr::For(f) => {
            let For { collection, key, value, condition, .. } = &**f;
            let mut all = vec![collection];
            all.extend(key);
            all.push(value);
            all.extend(condition);
            all
        }
        Expr::Let(bound, body) => {
            bound.iter().map(|(_, e)| e).chain(std::iter::once(&**body)).collect()
        }
    }
}

/// Calls `visit` with the expression and everything in it.
pub fn each<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    let mut rest = vec![expr];
    while let Some(next) = rest.pop() {
        visit(next);
        rest.extend(parts(next));
    }
}

/// How many levels of arrays the JSON form of an expression has.
#[must_use]
pub fn depth(expr: &Expr) -> usize {
    let mut deepest = 0;
    let mut rest = vec![(expr, 1)];
    while let Some((next, at)) = rest.pop() {
        let more = match next {
            Expr::Object(_) | Expr::Map(_) => 2,
            Expr::Let(..) => 3,
            _ => 1,
        };
        deepest = deepest.max(at).max(match next {
            Expr::As(_, ty) => at + type_depth(ty),
            _ => at,
        });
        rest.extend(parts(next).into_iter().map(|part| (part, at + more)));
    }
    deepest
}

/// How many levels the JSON form of a type has.
#[must_use]
pub fn type_depth(ty: &Type) -> usize {
    let mut deepest = 0;
    let mut rest = vec![(ty, 1)];
    while let Some((next, at)) = rest.pop() {
        deepest = deepest.max(at);
        match next {
            Type::List(t)
            | Type::Set(t)
            | Type::Map(t)
            | Type::Nullable(t)
            | Type::Sensitive(t) => {
                rest.push((t, at + 1));
            }
            Type::Tuple(of) => rest.extend(of.iter().map(|t| (t, at + 2))),
            Type::Object(attributes) => {
                for attribute in attributes.values() {
                    rest.push((&attribute.ty, at + 3));
                    if let Some(default) = &attribute.optional {
                        deepest = deepest.max(at + 3 + depth(default));
                    }
                }
            }
            _ => {}
        }
    }
    deepest
}
