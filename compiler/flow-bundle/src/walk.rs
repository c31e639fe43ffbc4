//! Walks over a bundle, with the IR path of what is met.
//!
//! An element of a list is addressed by its name, else by its index:
//! `flows.x.hooks.on_request.precheck`, `flows.x.approvals.release.notify.0`. Most walks ask for few
//! of the paths, so a path is a chain of its words and becomes a text only where it is told.

use std::fmt;

use crate::bundle::{
    Approval, Bundle, Flow, Notify, Options, Permissions, Route, Statement, Strategy, StrategyCall,
    Target,
};
use crate::expr::{Expr, For};
use crate::types::Type;

/// An IR path, in the words it is made of.
#[derive(Debug, Clone, Copy)]
pub struct Path<'p> {
    above: Option<&'p Self>,
    word: Word<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Word<'p> {
    Text(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// A path that begins, `flows`; several words with dots between them are taken as they are.
    #[must_use]
    pub const fn of(text: &'p str) -> Self {
        Self { above: None, word: Word::Text(text) }
    }

    /// The path of a part of it.
    #[must_use]
    pub const fn at(&'p self, name: &'p str) -> Self {
        Self { above: Some(self), word: Word::Text(name) }
    }

    /// The path of the n-th part of it.
    #[must_use]
    pub const fn nth(&'p self, index: usize) -> Self {
        Self { above: Some(self), word: Word::Index(index) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            write!(f, "{above}.")?;
        }
        match self.word {
            Word::Text(text) => f.write_str(text),
            Word::Index(index) => write!(f, "{index}"),
        }
    }
}

/// What is done with each part.
pub type Visit<'v, 'b, T> = &'v mut dyn FnMut(&Path<'_>, &'b T);

/// Every statement: of hooks, of options, of strategies.
pub fn statements<'b>(bundle: &'b Bundle, visit: Visit<'_, 'b, Statement>) {
    for (address, flow) in &bundle.flows {
        flow_statements(&Path::of("flows").at(address), flow, visit);
    }
    for (address, strategy) in &bundle.strategies {
        strategy_statements(&Path::of("strategies").at(address), strategy, visit);
    }
}

/// Every statement of one strategy; `path` is the strategy's.
pub fn strategy_statements<'b>(
    path: &Path<'_>,
    strategy: &'b Strategy,
    visit: Visit<'_, 'b, Statement>,
) {
    if let Some(identity) = &strategy.identity {
        list(&path.at("identity").at("steps"), &identity.steps, visit);
    }
    for (half, call) in [("escalate", &strategy.escalate), ("deescalate", &strategy.deescalate)] {
        list(&path.at(half).at("steps"), &call.steps, visit);
    }
}

/// Every statement of one flow; `path` is the flow's.
pub fn flow_statements<'b>(path: &Path<'_>, flow: &'b Flow, visit: Visit<'_, 'b, Statement>) {
    for (event, body) in &flow.hooks {
        list(&path.at("hooks").at(event.word()), body, visit);
    }
    for approval in &flow.approvals {
        list(&path.at("approvals").at(&approval.name).at("steps"), &approval.steps, visit);
    }
    for field in &flow.fields {
        if let Some(Options { steps, .. }) = &field.options {
            list(&path.at("fields").at(&field.name).at("options").at("steps"), steps, visit);
        }
    }
}

fn list<'b>(path: &Path<'_>, statements: &'b [Statement], visit: Visit<'_, 'b, Statement>) {
    for (i, statement) in statements.iter().enumerate() {
        match statement {
            Statement::Step(step) => visit(&path.at(&step.name), statement),
            _ => visit(&path.nth(i), statement),
        }
    }
}

/// Every message that a flow sends by itself: a `notify` of a hook or a stage; `path` is the
/// flow's.
pub fn notifies<'b>(path: &Path<'_>, flow: &'b Flow, visit: Visit<'_, 'b, Notify>) {
    flow_statements(path, flow, &mut |at, statement| {
        if let Statement::Notify(notify) = statement {
            visit(at, notify);
        }
    });
    for approval in &flow.approvals {
        for (i, notify) in approval.notify.iter().enumerate() {
            visit(&path.at("approvals").at(&approval.name).at("notify").nth(i), notify);
        }
    }
}

/// Every expression of a bundle, whole (not its parts).
pub fn expressions<'b>(bundle: &'b Bundle, visit: Visit<'_, 'b, Expr>) {
    for (name, environment) in &bundle.environments {
        let path = Path::of("environments");
        maybe(&path.at(name), "error_channel", environment.error_channel.as_ref(), visit);
    }
    for (address, message) in &bundle.messages {
        visit(&Path::of("messages").at(address).at("text"), &message.text);
    }
    for (provider, source) in &bundle.identities.from {
        visit(&Path::of("identities.from").at(provider).at("lookup"), &source.lookup);
    }
    for (address, target) in &bundle.targets {
        target_expressions(&Path::of("targets").at(address), target, visit);
    }
    for (address, strategy) in &bundle.strategies {
        strategy_expressions(&Path::of("strategies").at(address), strategy, visit);
    }
    for (address, flow) in &bundle.flows {
        flow_expressions(&Path::of("flows").at(address), flow, visit);
    }
}

fn maybe<'b>(path: &Path<'_>, name: &str, expr: Option<&'b Expr>, visit: Visit<'_, 'b, Expr>) {
    if let Some(expr) = expr {
        visit(&path.at(name), expr);
    }
}

/// Every expression of one target; `path` is the target's.
pub fn target_expressions<'b>(path: &Path<'_>, target: &'b Target, visit: Visit<'_, 'b, Expr>) {
    for (name, expr) in &target.settings {
        visit(&path.at("settings").at(name), expr);
    }
    maybe(path, "each_of", target.each_of.as_ref(), visit);
}

/// Every expression of one strategy; `path` is the strategy's.
pub fn strategy_expressions<'b>(
    path: &Path<'_>,
    strategy: &'b Strategy,
    visit: Visit<'_, 'b, Expr>,
) {
    maybe(path, "payload", strategy.payload.as_ref(), visit);
    maybe(path, "payload_extra", strategy.payload_extra.as_ref(), visit);
    if let Some(identity) = &strategy.identity {
        let path = path.at("identity");
        visit(&path.at("value"), &identity.value);
        list(&path.at("steps"), &identity.steps, &mut |at, s| statement(at, s, visit));
    }
    for (half, call) in [("escalate", &strategy.escalate), ("deescalate", &strategy.deescalate)] {
        strategy_call(&path.at(half), call, visit);
    }
}

fn strategy_call<'b>(path: &Path<'_>, call: &'b StrategyCall, visit: Visit<'_, 'b, Expr>) {
    for (name, expr) in call.call.iter().flatten() {
        visit(&path.at("call").at(name), expr);
    }
    maybe(path, "success", call.success.as_ref(), visit);
    if let Some(poll) = &call.poll {
        let path = path.at("poll");
        let at = path.at("call");
        for (name, expr) in &poll.call {
            visit(&at.at(name), expr);
        }
        visit(&path.at("failed"), &poll.failed);
        visit(&path.at("until"), &poll.until);
    }
    list(&path.at("steps"), &call.steps, &mut |at, s| statement(at, s, visit));
}

/// Every expression of one flow; `path` is the flow's.
pub fn flow_expressions<'b>(path: &Path<'_>, flow: &'b Flow, visit: Visit<'_, 'b, Expr>) {
    maybe(path, "header", flow.header.as_ref(), visit);
    let announce = flow.break_glass.as_ref().and_then(|b| b.announce.as_ref());
    maybe(&path.at("break_glass"), "announce", announce, visit);
    for field in &flow.fields {
        let (fields, name) = (path.at("fields"), field.name.as_str());
        let at = fields.at(name);
        visit(&at.at("label"), &field.label);
        visit(&at.at("required"), &field.required);
        visit(&at.at("visible"), &field.visible);
        maybe(&at, "allowed", field.allowed.as_ref(), visit);
        maybe(&at, "default", field.default.as_ref(), visit);
        if let Some(options) = &field.options {
            visit(&at.at("options").at("values"), &options.values);
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
        visit(&path.at("permissions").at(name), expr);
    }
    for approval in &flow.approvals {
        stage(&path.at("approvals").at(&approval.name), approval, visit);
    }
    flow_statements(path, flow, &mut |at, s| statement(at, s, visit));
    if let Some(grant) = &flow.grant {
        let at = path.at("grant");
        maybe(&at, "duration", grant.duration.as_ref(), visit);
        maybe(&at, "target", grant.target.as_ref(), visit);
        maybe(&at, "targets", grant.targets.as_ref(), visit);
    }
}

fn stage<'b>(path: &Path<'_>, approval: &'b Approval, visit: Visit<'_, 'b, Expr>) {
    visit(&path.at("when"), &approval.when);
    maybe(path, "refusal", approval.refusal.as_ref(), visit);
    maybe(path, "fallback_approvers", approval.fallback_approvers.as_ref(), visit);
    for (i, rule) in approval.rules.iter().enumerate() {
        let rules = path.at("rules");
        let at = if rule.name.is_empty() { rules.nth(i) } else { rules.at(&rule.name) };
        visit(&at.at("approvers"), &rule.approvers);
        visit(&at.at("quorum"), &rule.quorum);
    }
    for (i, notify) in approval.notify.iter().enumerate() {
        told(&path.at("notify").nth(i), notify, visit);
    }
    for Route { name, args, text, to, .. } in &approval.routes {
        let routes = path.at("routes");
        let at = routes.at(name);
        visit(&at.at("to"), to);
        maybe(&at, "text", text.as_ref(), visit);
        for (arg, expr) in args {
            visit(&at.at("args").at(arg), expr);
        }
    }
}

fn told<'b>(path: &Path<'_>, notify: &'b Notify, visit: Visit<'_, 'b, Expr>) {
    visit(&path.at("to"), &notify.to);
    visit(&path.at("when"), &notify.when);
    maybe(path, "text", notify.text.as_ref(), visit);
    for (arg, expr) in &notify.args {
        visit(&path.at("args").at(arg), expr);
    }
}

fn statement<'b>(path: &Path<'_>, statement: &'b Statement, visit: Visit<'_, 'b, Expr>) {
    match statement {
        Statement::Step(step) => {
            visit(&path.at("when"), &step.when);
            for (arg, expr) in &step.args {
                visit(&path.at("args").at(arg), expr);
            }
        }
        Statement::Decision(decision) => {
            visit(&path.at("when"), &decision.when);
            maybe(path, "reason", decision.reason.as_ref(), visit);
            maybe(path, "message", decision.message.as_ref(), visit);
        }
        Statement::Fail(fail) => {
            visit(&path.at("when"), &fail.when);
            visit(&path.at("message"), &fail.message);
        }
        Statement::Notify(notify) => told(path, notify, visit),
    }
}

/// The direct parts of an expression, in the order they are written.
#[must_use]
pub fn parts(expr: &Expr) -> Vec<&Expr> {
    let mut all = Vec::new();
    add_parts(expr, &mut all);
    all
}

fn add_parts<'e>(expr: &'e Expr, all: &mut Vec<&'e Expr>) {
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
        | Expr::Local(_) => {}
        Expr::List(items) | Expr::Template(items) | Expr::Call(_, items) => all.extend(items),
        Expr::Object(items) => all.extend(items.iter().map(|(_, e)| e)),
        Expr::Map(items) => all.extend(items.iter().flat_map(|(k, e)| [k, e])),
        Expr::Attr(a, _)
        | Expr::Splat(a, _)
        | Expr::Unary(_, a)
        | Expr::Can(a)
        | Expr::As(a, _) => all.push(a),
        Expr::At(a, b) | Expr::Binary(_, a, b) | Expr::Try(a, b) => all.extend([&**a, &**b]),
        Expr::If(a, b, c) => all.extend([&**a, &**b, &**c]),
        Expr::For(f) => {
            let For { collection, key, value, condition, .. } = &**f;
            all.push(collection);
            all.extend(key);
            all.push(value);
            all.extend(condition);
        }
        Expr::Let(bound, body) => {
            all.extend(bound.iter().map(|(_, e)| e));
            all.push(body);
        }
    }
}

/// Calls `visit` with the expression and everything in it.
pub fn each<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    let mut rest = Vec::new();
    let mut next = Some(expr);
    while let Some(expr) = next {
        visit(expr);
        add_parts(expr, &mut rest);
        next = rest.pop();
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
