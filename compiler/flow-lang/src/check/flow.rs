//! `flow`: its parts, in the order in which they can read each other.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bound::targets;
use flow_bundle::bundle::{Field, Flow, Grant, Graph, HookEvent, Permissions, Source, Statement};
use flow_bundle::number::Seconds;
use flow_bundle::{Digest, Expr, Type};

use super::Module;
use super::approval::{self, Around};
use super::body::{Opened, default_ir};
use super::extend::{self, Automatic};
use super::integration::{bare, reference};
use super::scope::{FlowScope, Own, Scope};
use super::target::{self, own_label};
use super::{
    break_glass, expr, field, grant, hook, notify, own_steps, shared, strategy, strategy_run,
    type_expr, unused,
};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::syntax::tree::{Block, ExprKind};

pub(crate) fn check(m: &mut Module<'_>, block: &Block) -> Option<Flow> {
    let opened = Opened::open(m, block, "flow")?;
    let own_name = block.label(0)?.to_owned();
    let name = m.key();
    let unknown_reads = m.unknown_reads;
    m.hoisted.begin();
    let path = format!("flows.{name}");
    m.locate(&path, block.header);
    let events: Vec<(Option<HookEvent>, &Block)> =
        opened.children("hook").into_iter().map(|h| (hook::event_of(m, h), h)).collect();
    let mut scope = declare(m, &opened, &name, &events);
    let fields = fields(m, &scope, &opened, &path);
    let header = header(m, &scope, &opened, &path);
    let permissions = permissions(m, &scope, &opened, &path);
    let mut hooks = BTreeMap::new();
    let early = [
        HookEvent::OnPrompt,
        HookEvent::AfterPrompt,
        HookEvent::OnRequest,
        HookEvent::AfterRequest,
    ];
    check_hooks(m, &mut scope, &events, &path, &mut hooks, |e| early.contains(&e));
    let grant_block = opened.child("grant");
    let grants = grant_block.is_some();
    let approvals = approvals(m, &scope, &opened, &permissions.decide, grants, &path);
    let grant = grant_block.and_then(|b| grant::check(m, &scope, &fields, b, &path));
    let around =
        break_glass::Around { fields: &fields, grant: grant.as_ref(), permissions: &permissions };
    let break_glass = break_glass::check(m, &scope, &opened, &around, &path);
    check_hooks(m, &mut scope, &events, &path, &mut hooks, |e| !early.contains(&e));
    for (_, block) in events.iter().filter(|(event, _)| event.is_none()) {
        let path = format!("{path}.hooks.{}", block.label(0).unwrap_or_default());
        hook::check(m, &mut scope, block, None, &path);
    }
    let fields: Vec<Field> = fields.into_iter().map(|f| f.field).collect();
    check_strategy(m, &scope, grant.as_ref(), &fields);
    let auto = check_auto(m, &opened, &events, grants);
    check_unreachable(m, &events, grants);
    unused::of_flow(m, &scope, &opened, &hooks);
    let sources = sources(m, &opened);
    let retention_s = opened.seconds(m, "retention").unwrap_or(Seconds(400 * 86_400));
    if m.unknown_reads > unknown_reads {
        m.unknown_flows.insert(name.clone());
    }
    let (context, environment) = (scope.context.clone(), scope.environment.clone());
    if m.has_tests {
        m.scopes.insert(name, scope);
    }
    Some(Flow {
        approvals,
        auto,
        break_glass,
        context,
        description: opened.text(m, "description"),
        enabled: opened.bool(m, "enabled").unwrap_or(true),
        environment: environment.as_deref().map(bare),
        fields,
        grant,
        graph: Graph::default(),
        hash: Digest::of(b""),
        header,
        hooks,
        label: opened.text(m, "label").unwrap_or_else(|| own_label(m, &own_name)),
        permissions,
        proofs: BTreeMap::new(),
        retention_s,
        sources,
    })
}

/// What the expressions of the flow can read, before any of them is typed.
fn declare(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    name: &str,
    events: &[(Option<HookEvent>, &Block)],
) -> FlowScope {
    let block = opened.block;
    let incomplete = block.tombstone
        || opened.child("prompt").is_some_and(|p| p.tombstone)
        || ["prompt", "hook", "approval", "grant"].iter().any(|word| opened.misspells(word))
        || events.iter().any(|(_, h)| h.tombstone);
    let context = opened.attribute("context").map(|a| type_expr::read(m, &a.expr));
    let mut scope = FlowScope {
        name: name.to_owned(),
        span: block.labels.first().map_or(block.header, |l| l.span),
        incomplete,
        fields: Vec::new(),
        steps: Vec::new(),
        approvals: Vec::new(),
        strategy: None,
        unknown_strategy: false,
        unknown_context: context == Some(None),
        context: context.flatten().unwrap_or(Type::Json),
        environment: environment(m, opened),
    };
    for block in fields_of(opened) {
        scope.fields.extend(field::declare(m, block));
    }
    for (event, block) in events {
        hook::declare_steps(m, block, *event, &mut scope.steps);
    }
    for options in fields_of(opened).into_iter().flat_map(|f| f.body.blocks_of("options")) {
        own_steps::declare(m, options, Own::Options(options.header), &mut scope.steps);
    }
    let mut stages: BTreeMap<&str, Span> = BTreeMap::new();
    for block in opened.children("approval") {
        if let Some(label) = block.labels.first() {
            if let Some(first) = stages.get(label.text.as_str()) {
                let message = format!("there are two approvals `{}` in this flow", label.text);
                m.report(
                    Diagnostic::new(code::B109, label.span, message, "declared again")
                        .label(*first, "declared first here")
                        .help("give one of them another name"),
                );
            }
            stages.entry(&label.text).or_insert(label.span);
            scope.approvals.push((label.text.clone(), label.span));
        }
    }
    if let Some(block) = opened.child("grant") {
        scope.unknown_strategy = true;
        if let Some(attribute) = block.body.attribute("strategy")
            && let Some(address) = reference(m, &attribute.expr, "strategy")
        {
            scope.strategy = strategy::info(m, &address);
        }
    }
    scope
}

fn fields_of<'a>(opened: &Opened<'a>) -> Vec<&'a Block> {
    opened
        .child("prompt")
        .map(|p| p.body.blocks().filter(|b| b.kind.text == "field").collect())
        .unwrap_or_default()
}

/// Address of the flow's environment: the one that is named, or the only one that there is.
fn environment(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<String> {
    if let Some(attribute) = opened.attribute("environment") {
        return reference(m, &attribute.expr, "environment");
    }
    let all = m.declared.of("environment");
    match all.as_slice() {
        [] => None,
        [one] => {
            m.mark_used(one);
            Some(one.clone())
        }
        [first, ..] => {
            let help = format!("there are {}: add `environment = {first}`", all.len());
            opened.demand(m, "environment", &help);
            None
        }
    }
}

fn fields(
    m: &mut Module<'_>,
    scope: &FlowScope,
    opened: &Opened<'_>,
    path: &str,
) -> Vec<field::Checked> {
    let Some(prompt) = opened.child("prompt") else { return Vec::new() };
    let _ = Opened::open(m, prompt, "prompt");
    let mut fields: Vec<field::Checked> = Vec::new();
    for (index, block) in fields_of(opened).into_iter().enumerate() {
        let Some(checked) = field::check(m, scope, block, index, path) else { continue };
        if let Some(first) = fields.iter().find(|f| f.field.name == checked.field.name) {
            let message = format!("there are two fields `{}` in this prompt", checked.field.name);
            m.report(
                Diagnostic::new(code::B109, checked.span, message, "declared again")
                    .label(first.span, "declared first here")
                    .help("give one of them another name"),
            );
        }
        if let (Some(allowed), Some(attribute), "target") =
            (&checked.field.allowed, block.body.attribute("allowed"), checked.field.name.as_str())
        {
            grant::check_offered(m, scope, allowed, attribute.expr.span);
        }
        fields.push(checked);
    }
    fields
}

fn header(m: &mut Module<'_>, flow: &FlowScope, opened: &Opened<'_>, path: &str) -> Option<Expr> {
    let attribute = opened.child("prompt")?.body.attribute("header")?;
    m.locate(format!("{path}.header"), attribute.expr.span);
    let scope = Scope::at(Place::Field, Some(flow));
    notify::text(m, &scope, &attribute.expr, "header")
}

fn permissions(
    m: &mut Module<'_>,
    flow: &FlowScope,
    opened: &Opened<'_>,
    path: &str,
) -> Permissions {
    let block = opened.child("permissions");
    let inner = block.and_then(|b| Opened::open(m, b, "permissions"));
    let mut read = |name: &str, default: &str| {
        let Some(attribute) = inner.as_ref().and_then(|o| o.attribute(name)) else {
            return default_ir(default);
        };
        m.locate(format!("{path}.permissions.{name}"), attribute.expr.span);
        let place = if matches!(name, "request" | "list") {
            Place::PermissionEarly
        } else {
            Place::PermissionLate
        };
        let scope = Scope::at(place, Some(flow));
        if name == "list" {
            return expr::expect(m, &scope, &attribute.expr, &Type::Bool).ir;
        }
        let typed = expr::infer(m, &scope, &attribute.expr, Some(&Type::Principals));
        approval::principals(m, typed)
    };
    Permissions {
        request: read("request", "nobody"),
        view: read("view", "admins"),
        decide: read("decide", "members"),
        revoke: read("revoke", "admins"),
        list: read("list", "true"),
    }
}

fn check_hooks(
    m: &mut Module<'_>,
    scope: &mut FlowScope,
    events: &[(Option<HookEvent>, &Block)],
    path: &str,
    hooks: &mut BTreeMap<HookEvent, Vec<Statement>>,
    which: impl Fn(HookEvent) -> bool,
) {
    for (event, word) in HookEvent::ALL.into_iter().filter(|(e, _)| which(*e)) {
        let mut blocks = events.iter().filter(|(e, _)| *e == Some(event)).map(|(_, b)| *b);
        let Some(first) = blocks.next() else { continue };
        if let Some(second) = blocks.next() {
            let message = format!("there are two hooks `{word}` in this flow");
            m.report(
                Diagnostic::new(code::B105, second.header, message, "the second")
                    .label(first.header, "the first is here")
                    .help("put everything into one"),
            );
        }
        let path = format!("{path}.hooks.{word}");
        let statements = hook::check(m, scope, first, Some(event), &path);
        if !statements.is_empty() {
            hooks.insert(event, statements);
        }
    }
}

fn approvals(
    m: &mut Module<'_>,
    scope: &FlowScope,
    opened: &Opened<'_>,
    decide: &Expr,
    grants: bool,
    path: &str,
) -> Vec<flow_bundle::bundle::Approval> {
    let mut approvals: Vec<flow_bundle::bundle::Approval> = Vec::new();
    let mut previous: Option<String> = None;
    for block in opened.children("approval") {
        let around = Around { grants, decide, previous: previous.as_deref(), checked: &approvals };
        let stage = approval::check(m, scope, block, &around, path);
        approvals.extend(stage);
        previous = block.label(0).map(str::to_owned);
    }
    check_order(m, opened, &approvals);
    approvals
}

/// No stage waits for itself through others.
fn check_order(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    approvals: &[flow_bundle::bundle::Approval],
) {
    let stages: BTreeMap<&str, &[String]> =
        approvals.iter().map(|a| (a.name.as_str(), a.after.as_slice())).collect();
    // Each stage is walked once: those that wait for it are on the way, what is done is done.
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in approvals {
        let mut way: Vec<(&str, usize)> = vec![(&start.name, 0)];
        let mut on_way = BTreeSet::from([start.name.as_str()]);
        while let Some((name, next)) = way.pop() {
            let Some(after) = stages.get(name).and_then(|all| all.get(next)) else {
                on_way.remove(name);
                done.insert(name);
                continue;
            };
            way.push((name, next + 1));
            if on_way.contains(after.as_str()) && after != name {
                return report_circle(m, opened, name, after);
            }
            if !done.contains(after.as_str()) && on_way.insert(after) {
                way.push((after, 0));
            }
        }
    }
}

fn report_circle(m: &mut Module<'_>, opened: &Opened<'_>, one: &str, other: &str) {
    let blocks = opened.children("approval");
    let first = blocks.into_iter().find(|b| [Some(one), Some(other)].contains(&b.label(0)));
    let span = first.map_or(opened.block.header, |b| b.header);
    let mut names = [one, other];
    names.sort_unstable();
    let message =
        format!("`approval.{}` and `approval.{}` wait for each other", names[0], names[1]);
    m.say(code::R111, span, message, "closes the circle", "change one `after`");
}

/// What the strategy and its targets read of the flow, typed once for each flow.
fn check_strategy(m: &mut Module<'_>, scope: &FlowScope, grant: Option<&Grant>, fields: &[Field]) {
    let Some(info) = &scope.strategy else { return };
    let Some(block) = m.declared.block(&info.address) else { return };
    let run = m.in_flow(Some(scope), |m| {
        m.within(&info.address, |m| strategy_run::check(m, block, Some(scope)))
    });
    if let Some(run) = run {
        shared::keep(m, |m| &mut m.runs, (&info.address, &info.address), scope, run);
    }
    let granted = grant.and_then(|g| targets(g, fields));
    for address in &info.targets {
        if granted.as_ref().is_none_or(|g| g.contains(&bare(address))) {
            target::fill(m, scope, fields, address);
        }
    }
}

/// Whether something approves without a person; reports H306, H307, H308, A515.
fn check_auto(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    events: &[(Option<HookEvent>, &Block)],
    grants: bool,
) -> bool {
    // Where it says something else than yes or no, which was reported, it may mean either.
    let said = opened.bool(m, "allow_auto_approval");
    let declared = said.unwrap_or(true);
    if let (Some(attribute), Some(name)) =
        (opened.attribute("allow_auto_approval"), opened.block.label(0))
    {
        m.locate(format!("flows.{name}.auto"), attribute.span);
    }
    if opened.child("break_glass").is_some() {
        // What stands beside it was refused there.
        return true;
    }
    let extends = extend::automatic(opened.child("grant"));
    if let (Automatic::Yes(span), false) = (extends, declared) {
        let message = "this is made longer without a person, and the flow does not say so";
        let help = "add `allow_auto_approval = true` to the flow, if this is meant";
        m.say(code::H306, span, message, "approves by itself", help);
    }
    // Elsewhere the decision itself was refused.
    let deciding = events.iter().filter(|(e, _)| matches!(e, None | Some(HookEvent::OnRequest)));
    let approves = hook::decisions(deciding.map(|(_, b)| *b), "approve");
    for decision in &approves {
        let span = decision.labels.first().map_or(decision.header, |l| l.span);
        let unconditional = match decision.body.attribute("when") {
            None => true,
            Some(a) => a.expr.kind == ExprKind::Bool(true),
        };
        if unconditional && !decision.tombstone {
            let message = "everything would be approved without a person";
            m.say(code::H308, span, message, "always approves", "add `when = …`");
        } else if !declared {
            let message = "this approves without a person, and the flow does not say so";
            let help = "add `allow_auto_approval = true` to the flow, if this is meant";
            m.say(code::H306, span, message, "approves by itself", help);
        }
    }
    let declaration = opened.attribute("allow_auto_approval").filter(|_| said == Some(true));
    let unused = approves.is_empty() && extends == Automatic::No;
    if let Some(span) = declaration.map(|a| a.span).filter(|_| unused)
        && !opened.block.tombstone
    {
        let message = "nothing in this flow approves without a person";
        let found = Diagnostic::new(code::H307, span, message, "declared, and not used");
        m.report(found.help("remove it").fix(span, ""));
    }
    let asks = !opened.children("approval").is_empty() || opened.misspells("approval");
    if !asks && approves.is_empty() && !opened.block.tombstone {
        let message = if grants {
            "nothing approves what this flow grants"
        } else {
            "nobody is asked in this flow"
        };
        let help = "add `approval \"<name>\" { approvers = members … }`";
        m.say(code::A515, opened.block.header, message, "no `approval`", help);
    }
    declared
}

fn check_unreachable(m: &mut Module<'_>, events: &[(Option<HookEvent>, &Block)], grants: bool) {
    use HookEvent as E;
    for (event, block) in events {
        let needs_grant = matches!(
            event,
            Some(E::OnEscalate | E::AfterEscalate | E::OnDeescalate | E::AfterDeescalate)
        );
        if needs_grant && !grants {
            let message = "this hook never runs, because the flow grants nothing";
            m.say(
                code::H304,
                block.header,
                message,
                "never runs",
                "remove it, or add `grant { … }`",
            );
        }
    }
}

fn sources(m: &mut Module<'_>, opened: &Opened<'_>) -> Vec<Source> {
    let Some((words, _)) = opened.words(m, "sources") else {
        return vec![Source::Slack, Source::Api, Source::Web];
    };
    words
        .iter()
        .map(|w| match w.as_str() {
            "slack" => Source::Slack,
            "api" => Source::Api,
            _ => Source::Web,
        })
        .collect()
}
