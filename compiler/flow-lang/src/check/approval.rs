//! `approval`: one stage, who may decide it and who hears of it.

use flow_bundle::bundle::{Approval, AskComment, Notify, OnTimeout, Route, Rule};
use flow_bundle::number::{Count, Seconds};
use flow_bundle::{Expr, Type};

use super::Module;
use super::body::{Opened, default_ir};
use super::expr::Typed;
use super::quorum::{self, Placed};
use super::scope::{FlowScope, Scope, Stages};
use super::{constant, expr, hoist, notify, people};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::syntax::tree::{Block, ExprKind};
use crate::types::Ty;

/// Longest time that a stage may wait: 30 days.
pub(crate) const TIMEOUT_MAX: Seconds = Seconds(30 * 86_400);

/// What the flow says about all stages.
pub(crate) struct Around<'a> {
    pub(crate) grants: bool,
    /// `permissions.decide`.
    pub(crate) decide: &'a Expr,
    /// The stage before this one.
    pub(crate) previous: Option<&'a str>,
    /// The stages checked so far.
    pub(crate) checked: &'a [Approval],
}

pub(crate) fn check(
    m: &mut Module<'_>,
    flow: &FlowScope,
    block: &Block,
    around: &Around<'_>,
    path: &str,
) -> Option<Approval> {
    let opened = Opened::open(m, block, "approval")?;
    let label = block.labels.first()?;
    crate::resolve::check_name(label, &mut m.found);
    let path = format!("{path}.approvals.{}", label.text);
    m.locate(&path, block.header);
    let known = after(m, &opened, flow, around.previous);
    let after = known.clone().unwrap_or_default();
    let mut scope = Scope::at(Place::Approval, Some(flow));
    let over = Stages { after: &after, checked: around.checked };
    scope.stages = known.is_some().then_some(over);
    let handed_in = m.handed_in_reads;
    let (when, facts) = notify::when(m, &scope, &opened, &path);
    // What one instance does without is no slip.
    if constant::fold_bool(&when) == Some(false) && m.handed_in_reads == handed_in {
        m.say(
            code::A507,
            block.header,
            "this stage is never needed",
            "`when` is false",
            "remove it",
        );
    }
    let inner = scope.knowing(facts);
    let allow_self = opened.bool(m, "allow_self").unwrap_or(false);
    let distinct = opened.bool(m, "distinct").unwrap_or(true);
    let rules = rules(m, &inner, &opened, &path);
    let timeout_s = stage_timeout(m, &opened, &path);
    let on_timeout = on_timeout(m, &opened);
    let fallback = fallback(m, &inner, &opened, on_timeout, &path);
    let card = Scope { place: Place::Card, ..inner.clone() };
    let (notify, routes) = messages(m, &card, &opened, timeout_s, &path);
    check_self(m, &opened, allow_self, around.grants);
    check_told(m, &opened, &rules, block);
    if !block.tombstone {
        check_heard(m, flow, &opened, &notify, &routes);
    }
    quorum::check_rules(m, &rules, allow_self, around.decide, fallback.is_some());
    if distinct {
        quorum::check_distinct(m, &rules, block);
    }
    let denials = denials(m, &opened, &rules);
    let refusal =
        opened.attribute("refusal").and_then(|a| notify::text(m, &inner, &a.expr, "refusal"));
    let steps = hoist::take(m, &format!("{path}.steps"));
    Some(Approval {
        steps,
        after,
        allow_self,
        ask_comment: ask_comment(m, &opened),
        denials,
        distinct,
        fallback_approvers: fallback,
        name: label.text.clone(),
        notify,
        on_timeout,
        refusal,
        remind_s: remind(m, &opened),
        routes,
        rules: rules.into_iter().map(|r| r.rule).collect(),
        timeout_s,
        when,
    })
}

fn on_timeout(m: &mut Module<'_>, opened: &Opened<'_>) -> OnTimeout {
    match opened.word(m, "on_timeout").as_deref() {
        Some("skip") => OnTimeout::Skip,
        Some("fallback") => OnTimeout::Fallback,
        _ => OnTimeout::Expire,
    }
}

fn ask_comment(m: &mut Module<'_>, opened: &Opened<'_>) -> AskComment {
    match opened.word(m, "ask_comment").as_deref() {
        Some("optional") => AskComment::Optional,
        Some("required") => AskComment::Required,
        _ => AskComment::No,
    }
}

/// How many people must deny; reports A503 where there are fewer.
fn denials(m: &mut Module<'_>, opened: &Opened<'_>, rules: &[Placed]) -> Count {
    let (count, span) = opened.count_at(m, "denials").unwrap_or((Count(1), opened.block.header));
    let mut known = std::collections::BTreeSet::new();
    for placed in rules {
        let Some(people) = people::named(m, &placed.rule.approvers) else { return count };
        known.extend(people);
    }
    if count.0 > known.len() as u64 && count.0 > 1 {
        let people = quorum::people(known.len() as u64);
        let message = format!("{} denials can never come from {people}", count.0);
        let label = format!("asks for {}", count.0);
        m.say(code::A503, span, message, label, "lower `denials`, or leave it out for 1");
    }
    count
}

/// The stages that must be over; none where that could not be read.
fn after(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    flow: &FlowScope,
    previous: Option<&str>,
) -> Option<Vec<String>> {
    let Some(attribute) = opened.attribute("after") else {
        return Some(previous.map(str::to_owned).into_iter().collect());
    };
    let ExprKind::List(items) = &attribute.expr.kind else {
        m.say(
            code::R110,
            attribute.expr.span,
            "`after` is a list of approvals",
            "not a list",
            "write `[approval.<name>]`, or `[]` for at once",
        );
        return None;
    };
    let scope = Scope::at(Place::Approval, Some(flow));
    let own = opened.block.label(0).unwrap_or_default();
    let mut names = Vec::new();
    let mut is_whole = true;
    for item in items {
        match expr::infer(m, &scope, item, None).ty {
            Ty::Declaration("approval", name) if name == own => {
                let message = format!("`approval.{own}` waits for itself");
                m.say(code::R111, item.span, message, "closes the circle", "remove it");
            }
            Ty::Declaration("approval", name) if names.contains(&name) => {
                let message = format!("`approval.{name}` stands twice in `after`");
                m.say(code::B109, item.span, message, "the second time", "name it once");
            }
            Ty::Declaration("approval", name) => {
                is_whole &= is_before(m, flow, own, &name, item.span);
                names.push(name);
            }
            Ty::Error => is_whole = false,
            _ => {
                is_whole = false;
                m.say(
                    code::R110,
                    item.span,
                    "an approval of this flow is wanted here",
                    "something else",
                    "write `approval.<name>`",
                );
            }
        }
    }
    is_whole.then_some(names)
}

/// Whether the stage `name` is written before `own`: stages are read and shown in one order.
fn is_before(m: &mut Module<'_>, flow: &FlowScope, own: &str, name: &str, at: Span) -> bool {
    let place = |wanted: &str| flow.approvals.iter().position(|(n, _)| n == wanted);
    let (Some(mine), Some(other)) = (place(own), place(name)) else { return true };
    if other < mine {
        return true;
    }
    let message =
        format!("`approval.{own}` waits for `approval.{name}`, which is written after it");
    let said = Diagnostic::new(code::R107, at, message, "comes later");
    let stands = flow.approvals.get(other).map(|(_, span)| *span).unwrap_or(at);
    m.report(
        said.label(stands, "the stage stands here")
            .help(format!("move `approval \"{name}\"` above `approval \"{own}\"`")),
    );
    false
}

fn rules(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>, path: &str) -> Vec<Placed> {
    let blocks = opened.children("rule");
    if blocks.is_empty() {
        let help = "add `approvers = group.<name>`, or `rule \"<name>\" { approvers = … }`";
        let Some(_) = opened.demand(m, "approvers", help) else { return Vec::new() };
        return rule(m, scope, opened, String::new(), &format!("{path}.rules.0"))
            .into_iter()
            .collect();
    }
    for name in ["approvers", "quorum"] {
        if let (Some(attribute), Some(first)) = (opened.attribute(name), blocks.first()) {
            let message = format!("`{name}` and `rule` exclude each other");
            m.report(
                Diagnostic::new(code::B110, attribute.name.span, message, "beside a `rule`")
                    .label(first.header, "the rule stands here")
                    .help("move it into a `rule` of its own"),
            );
        }
    }
    let mut placed: Vec<Placed> = Vec::new();
    for block in blocks {
        let Some(rule_opened) = Opened::open(m, block, "rule") else { continue };
        let name = block.label(0).unwrap_or_default().to_owned();
        if let Some(label) = block.labels.first() {
            crate::resolve::check_name(label, &mut m.found);
        }
        if placed.iter().any(|p| p.rule.name == name) {
            let message = format!("there are two rules `{name}` in this stage");
            m.say(code::B109, block.header, message, "declared again", "give one another name");
        }
        let path = format!("{path}.rules.{name}");
        placed.extend(rule(m, scope, &rule_opened, name, &path));
    }
    placed
}

fn rule(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    name: String,
    path: &str,
) -> Option<Placed> {
    let attribute = opened.attribute("approvers")?;
    m.locate(format!("{path}.approvers"), attribute.expr.span);
    let typed = expr::infer(m, scope, &attribute.expr, Some(&Type::Principals));
    let is_nullable = typed.ty.is_nullable();
    let is_error = !crate::types::fits(&typed.ty, &Type::Principals) || typed.ty.is_error();
    let approvers = principals(m, typed);
    let (quorum, quorum_span) = match opened.attribute("quorum") {
        Some(a) => {
            m.locate(format!("{path}.quorum"), a.expr.span);
            (expr::expect(m, scope, &a.expr, &Type::Number).ir, a.expr.span)
        }
        None => (default_ir("1"), attribute.expr.span),
    };
    Some(Placed {
        rule: Rule { approvers, name, quorum },
        approvers: attribute.expr.span,
        quorum: quorum_span,
        is_nullable,
        is_error,
    })
}

/// A set of people; a channel is refused with what to write instead.
pub(crate) fn principals(m: &mut Module<'_>, typed: Typed) -> Expr {
    if matches!(&typed.ty, Ty::Of(Type::Channel)) {
        m.say(
            code::A516,
            typed.span,
            "a channel hears, it does not decide",
            "a channel",
            "for the people in a channel declare `group \"…\" { from_slack_channel = \"…\" }`",
        );
        return Expr::Null;
    }
    expr::fit(m, typed, &Type::Principals).ir
}

fn stage_timeout(m: &mut Module<'_>, opened: &Opened<'_>, path: &str) -> Seconds {
    if let Some(attribute) = opened.attribute("timeout") {
        m.locate(format!("{path}.timeout"), attribute.expr.span);
    }
    let timeout = opened.seconds(m, "timeout").unwrap_or(Seconds(72 * 3600));
    if timeout > TIMEOUT_MAX
        && let Some(attribute) = opened.attribute("timeout")
    {
        let message = "a stage waits for at most 30 days";
        m.say(code::A520, attribute.expr.span, message, "over 30 days", "write at most \"30d\"");
    }
    timeout
}

/// How often people are reminded; reports A520.
fn remind(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<Seconds> {
    let pause = opened.seconds(m, "remind_every")?;
    if pause > TIMEOUT_MAX
        && let Some(attribute) = opened.attribute("remind_every")
    {
        let message = "a stage waits for at most 30 days, so nobody would ever be reminded";
        let help = "write less than the stage's `timeout`, or leave it out";
        m.say(code::A520, attribute.expr.span, message, "over 30 days", help);
    }
    Some(pause)
}

fn fallback(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    on_timeout: OnTimeout,
    path: &str,
) -> Option<Expr> {
    let Some(attribute) = opened.attribute("fallback_approvers") else {
        if on_timeout == OnTimeout::Fallback
            && let Some(attribute) = opened.attribute("on_timeout")
        {
            m.say(
                code::A512,
                attribute.expr.span,
                "nobody is named who takes over",
                "falls back to nobody",
                "add `fallback_approvers = group.<name>`",
            );
        }
        return None;
    };
    m.locate(format!("{path}.fallback_approvers"), attribute.expr.span);
    let typed = expr::infer(m, scope, &attribute.expr, Some(&Type::Principals));
    Some(principals(m, typed))
}

fn messages(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    timeout_s: Seconds,
    path: &str,
) -> (Vec<Notify>, Vec<Route>) {
    let mut notifies = Vec::new();
    for (i, block) in opened.children("notify").into_iter().enumerate() {
        let path = format!("{path}.notify.{i}");
        notifies.extend(notify::notify(m, scope, block, &path).map(|(n, _)| n));
    }
    let mut routes: Vec<Route> = Vec::new();
    let mut sum = 0;
    for block in opened.children("route") {
        let path = format!("{path}.routes.{}", block.label(0).unwrap_or_default());
        let Some((route, span)) = notify::route(m, scope, block, &path) else { continue };
        sum += route.timeout_s.map_or(0, |s| s.0);
        if let Some(span) = span.filter(|_| sum > timeout_s.0) {
            let message = "the routes wait longer than the stage";
            let help = "shorten the timeouts of the routes, or raise that of the stage";
            m.say(code::A520, span, message, "goes beyond the stage's `timeout`", help);
        }
        if routes.iter().any(|r| r.name == route.name) {
            let message = format!("there are two routes `{}` in this stage", route.name);
            m.say(code::B109, block.header, message, "declared again", "give one another name");
        }
        routes.push(route);
    }
    (notifies, routes)
}

fn check_self(m: &mut Module<'_>, opened: &Opened<'_>, allow_self: bool, grants: bool) {
    let Some(attribute) = opened.attribute("allow_self").filter(|_| allow_self) else { return };
    if grants {
        m.say(
            code::A506,
            attribute.span,
            "people can grant access to themselves here",
            "self-approval",
            "leave it out, unless this is meant",
        );
    } else {
        m.say(
            code::A518,
            attribute.span,
            "people can approve their own requests here",
            "self-approval",
            "leave it out, unless this is meant",
        );
    }
}

/// Warns where every card goes to a channel, and nothing in the environment can write there.
fn check_heard(
    m: &mut Module<'_>,
    flow: &FlowScope,
    opened: &Opened<'_>,
    notify: &[Notify],
    routes: &[Route],
) {
    let is_channel = |to: &Expr| matches!(to, Expr::Call(name, _) if name.starts_with("channel@"));
    let mut to = notify.iter().map(|n| &n.to).chain(routes.iter().map(|r| &r.to)).peekable();
    if to.peek().is_none() || !to.all(is_channel) {
        return;
    }
    let Some(address) = flow.environment.as_deref() else { return };
    let Some(environment) = m.declared.block(address) else { return };
    let Some(listed) = environment.body.attribute("integrations") else { return };
    let listed =
        m.within(address, |m| super::integration::references(m, &listed.expr, "integration"));
    if listed.is_empty() || listed.iter().any(|(a, _)| crate::address::kind(a) == "slack") {
        return;
    }
    let cards = ["notify", "route"].into_iter().flat_map(|word| opened.children(word)).next();
    let Some(to) = cards.and_then(|card| card.body.attribute("to")) else { return };
    let place = environment.labels.first().map_or("", |l| l.text.as_str()).to_owned();
    let message = format!("nobody is told there: `{place}` has no integration of type `slack`");
    let help = "add `integration \"slack\" \"main\" { … }` and list it in the environment";
    m.say(code::A510, to.expr.span, message, "cannot be reached", help);
}

fn check_told(m: &mut Module<'_>, opened: &Opened<'_>, rules: &[Placed], block: &Block) {
    let is_told = !opened.children("notify").is_empty() || !opened.children("route").is_empty();
    let tellable = rules.iter().all(|r| r.is_error || people::can_be_told(&r.rule.approvers));
    if !is_told && !tellable && !block.tombstone && !rules.is_empty() {
        m.say(
            code::A517,
            block.header,
            "nobody is told about requests that wait here",
            "neither `notify` nor `route`",
            "add `notify { to = channel(\"#…\") text = \"…\" }`",
        );
    }
}
