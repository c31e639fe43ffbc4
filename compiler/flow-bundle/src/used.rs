//! What flows use of a bundle, by reference: of one flow of many, or of all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::bundle::{Bundle, Environment, Flow, Group, Integration, Statement, Strategy};
use crate::expr::Expr;
use crate::walk::{self, Path};

/// Addresses of everything that one flow uses, however far away.
#[derive(Debug, Default)]
pub(crate) struct Used<'b> {
    pub environments: BTreeSet<&'b str>,
    pub groups: BTreeSet<&'b str>,
    pub integrations: BTreeSet<&'b str>,
    pub messages: BTreeSet<&'b str>,
    pub secrets: BTreeSet<&'b str>,
    pub strategies: BTreeSet<&'b str>,
    pub targets: BTreeSet<&'b str>,
}

/// The parts with these addresses.
pub(crate) fn chosen<'b, 'w, T>(
    all: &'b BTreeMap<String, T>,
    wanted: &'w BTreeSet<&str>,
) -> impl Iterator<Item = (&'b str, &'b T)> + use<'b, 'w, T> {
    let found = wanted.iter().filter_map(|key| all.get_key_value(*key));
    found.map(|(key, part)| (key.as_str(), part))
}

/// The parts of a bundle from which something leaves the system.
#[derive(Debug)]
pub(crate) struct Parts<'b> {
    pub bundle: &'b Bundle,
    pub environments: Vec<(&'b str, &'b Environment)>,
    pub flows: Vec<(&'b str, &'b Flow)>,
    pub groups: Vec<(&'b str, &'b Group)>,
    pub integrations: Vec<(&'b str, &'b Integration)>,
    pub strategies: Vec<(&'b str, &'b Strategy)>,
}

impl<'b> Parts<'b> {
    /// All that a bundle has.
    pub fn all(bundle: &'b Bundle) -> Self {
        fn every<T>(all: &BTreeMap<String, T>) -> Vec<(&str, &T)> {
            all.iter().map(|(key, part)| (key.as_str(), part)).collect()
        }
        Self {
            bundle,
            environments: every(&bundle.environments),
            flows: every(&bundle.flows),
            groups: every(&bundle.groups),
            integrations: every(&bundle.integrations),
            strategies: every(&bundle.strategies),
        }
    }

    /// Exactly what the flow at this address uses, as if it were the only one; nothing for an
    /// unknown address.
    pub fn of(bundle: &'b Bundle, address: &str) -> Self {
        let flow = bundle.flows.get_key_value(address);
        let used = flow.map(|(_, flow)| Used::by(bundle, flow)).unwrap_or_default();
        Self {
            bundle,
            environments: chosen(&bundle.environments, &used.environments).collect(),
            flows: flow.map(|(address, flow)| (address.as_str(), flow)).into_iter().collect(),
            groups: chosen(&bundle.groups, &used.groups).collect(),
            integrations: chosen(&bundle.integrations, &used.integrations).collect(),
            strategies: chosen(&bundle.strategies, &used.strategies).collect(),
        }
    }
}

/// Whether the flow at this address means the same in both bundles, with everything that it uses.
/// What is computed from the rest (graph, proofs, hash) is not looked at.
#[must_use]
pub fn is_same(one: &Bundle, other: &Bundle, address: &str) -> bool {
    let (Some(before), Some(after)) = (one.flows.get(address), other.flows.get(address)) else {
        return false;
    };
    if !is_written_same(before, after) || one.identities != other.identities {
        return false;
    }
    let (then, now) = (Used::by(one, before), Used::by(other, after));
    let same = chosen(&one.environments, &then.environments)
        .eq(chosen(&other.environments, &now.environments));
    same && chosen(&one.groups, &then.groups).eq(chosen(&other.groups, &now.groups))
        && chosen(&one.integrations, &then.integrations)
            .eq(chosen(&other.integrations, &now.integrations))
        && chosen(&one.messages, &then.messages).eq(chosen(&other.messages, &now.messages))
        && chosen(&one.secrets, &then.secrets).eq(chosen(&other.secrets, &now.secrets))
        && chosen(&one.strategies, &then.strategies).eq(chosen(&other.strategies, &now.strategies))
        && chosen(&one.targets, &then.targets).eq(chosen(&other.targets, &now.targets))
}

/// The same but for what is computed from the rest. Named one by one, so that a new part is not
/// forgotten.
fn is_written_same(before: &Flow, after: &Flow) -> bool {
    let Flow {
        approvals,
        auto,
        break_glass,
        context,
        description,
        enabled,
        environment,
        fields,
        grant,
        graph: _,
        hash: _,
        header,
        hooks,
        label,
        permissions,
        proofs: _,
        retention_s,
        sources,
    } = before;
    *approvals == after.approvals
        && *auto == after.auto
        && *break_glass == after.break_glass
        && *context == after.context
        && *description == after.description
        && *enabled == after.enabled
        && *environment == after.environment
        && *fields == after.fields
        && *grant == after.grant
        && *header == after.header
        && *hooks == after.hooks
        && *label == after.label
        && *permissions == after.permissions
        && *retention_s == after.retention_s
        && *sources == after.sources
}

impl<'b> Used<'b> {
    pub fn by(bundle: &'b Bundle, flow: &'b Flow) -> Self {
        let mut used = Self::default();
        // Nobody asks where something stands.
        let path = Path::of("");
        if let Some(name) = &flow.environment {
            used.environments.insert(name);
            if let Some(environment) = bundle.environments.get(name) {
                used.integrations.extend(environment.integrations.iter().map(String::as_str));
                environment.error_channel.iter().for_each(|e| used.expr(e));
            }
        }
        walk::flow_statements(&path, flow, &mut |_, s| used.statement(s));
        walk::notifies(&path, flow, &mut |_, n| used.messages.extend(n.message.as_deref()));
        for route in flow.approvals.iter().flat_map(|a| &a.routes) {
            used.messages.extend(route.message.as_deref());
        }
        walk::flow_expressions(&path, flow, &mut |_, e| used.expr(e));
        used.strategies.extend(flow.grant.as_ref().map(|g| g.strategy.as_str()));
        for strategy in used.strategies.clone().into_iter().filter_map(|a| bundle.strategies.get(a))
        {
            used.integrations.insert(&strategy.integration);
            used.targets.extend(strategy.targets.iter().map(String::as_str));
            walk::strategy_statements(&path, strategy, &mut |_, s| used.statement(s));
            walk::strategy_expressions(&path, strategy, &mut |_, e| used.expr(e));
            let calls = [&strategy.escalate.call, &strategy.deescalate.call];
            calls.into_iter().flatten().for_each(|args| used.call(args));
        }
        for target in used.targets.clone().into_iter().filter_map(|a| bundle.targets.get(a)) {
            walk::target_expressions(&path, target, &mut |_, e| used.expr(e));
        }
        for source in bundle.identities.from.values() {
            used.integrations.insert(&source.integration);
            used.expr(&source.lookup);
        }
        for message in used.messages.clone().into_iter().filter_map(|a| bundle.messages.get(a)) {
            used.expr(&message.text);
        }
        for group in used.groups.clone().into_iter().filter_map(|a| bundle.groups.get(a)) {
            used.integrations.extend(group.integration.as_deref());
        }
        for integration in
            used.integrations.clone().into_iter().filter_map(|a| bundle.integrations.get(a))
        {
            let auth = integration.attributes.get("auth").and_then(|auth| auth.get("integration"));
            used.integrations.extend(auth.and_then(Json::as_str));
        }
        for reached in &bundle.reach.secrets {
            if reached.integrations.iter().any(|i| used.integrations.contains(i.as_str())) {
                used.secrets.insert(&reached.name);
            }
        }
        used
    }

    fn statement(&mut self, statement: &'b Statement) {
        match statement {
            Statement::Step(step) => {
                self.integrations.extend(step.integration.as_deref());
                self.call(&step.args);
            }
            Statement::Notify(notify) => self.messages.extend(notify.message.as_deref()),
            Statement::Decision(_) | Statement::Fail(_) => {}
        }
    }

    /// The arguments of a call: what they name, and the integration that signs.
    fn call(&mut self, args: &'b BTreeMap<String, Expr>) {
        args.values().for_each(|e| self.expr(e));
        if let Some(Expr::Object(parts)) = args.get("auth") {
            let signer = parts.iter().find(|(name, _)| name == "integration");
            if let Some((_, Expr::String(address))) = signer {
                self.integrations.insert(address);
            }
        }
    }

    fn expr(&mut self, expr: &'b Expr) {
        walk::each(expr, &mut |e| match e {
            Expr::Ref(address) => {
                if let Some(name) = address.strip_prefix("group.") {
                    self.groups.insert(name);
                } else {
                    let name = address.strip_prefix("target.").unwrap_or(address);
                    self.targets.insert(name);
                }
            }
            Expr::Secret(name) => {
                self.secrets.insert(name);
            }
            _ => {}
        });
    }
}
