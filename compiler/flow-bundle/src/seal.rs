//! Hashes of parts: of a flow with everything it refers to, and of a bundle.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use crate::bundle::{Bundle, Flow, Reach, Statement};
use crate::canonical;
use crate::digest::Digest;
use crate::expr::Expr;
use crate::reach::{ReachError, reach};
use crate::walk;

/// Computes `reach` and the hash of each flow; the last thing a compiler does to a bundle.
///
/// # Errors
/// A destination that is not known at build.
pub fn seal(bundle: &mut Bundle) -> Result<(), ReachError> {
    bundle.reach = reach(bundle)?;
    hash_flows(bundle);
    Ok(())
}

/// Computes the hash of each flow of a bundle whose `reach` is known.
pub fn hash_flows(bundle: &mut Bundle) {
    let hashes: Vec<Digest> =
        bundle.flows.keys().filter_map(|address| flow_hash(bundle, address)).collect();
    for (flow, hash) in bundle.flows.values_mut().zip(hashes) {
        flow.hash = hash;
    }
}

/// The hash of a flow: of `{ flow, environments, groups, identities, integrations, messages,
/// secrets, strategies, targets }`, where `flow` is without its hash and the others hold exactly
/// what the flow reaches. `None` for an unknown address.
#[must_use]
pub fn flow_hash(bundle: &Bundle, address: &str) -> Option<Digest> {
    let flow = bundle.flows.get(address)?;
    let mut json = to_json(flow);
    if let Some(map) = json.as_object_mut() {
        map.remove("hash");
    }
    let used = Used::by(bundle, address, flow);
    Some(Digest::of_json(&serde_json::json!({
        "flow": json,
        "environments": pick(&bundle.environments, &used.environments),
        "groups": pick(&bundle.groups, &used.groups),
        "identities": to_json(&bundle.identities),
        "integrations": pick(&bundle.integrations, &used.integrations),
        "messages": pick(&bundle.messages, &used.messages),
        "secrets": pick(&bundle.secrets, &used.secrets),
        "strategies": pick(&bundle.strategies, &used.strategies),
        "targets": pick(&bundle.targets, &used.targets),
    })))
}

/// The bundle as if this flow were all of it, with exactly what the flow reaches: what is asked of
/// one flow of many then takes no longer than of the only one. `None` for an unknown address.
#[must_use]
pub fn alone(bundle: &Bundle, address: &str) -> Option<Bundle> {
    let flow = bundle.flows.get(address)?;
    let used = Used::by(bundle, address, flow);
    Some(Bundle {
        environments: choose(&bundle.environments, &used.environments),
        flows: BTreeMap::from([(address.to_owned(), flow.clone())]),
        format: bundle.format,
        groups: choose(&bundle.groups, &used.groups),
        identities: bundle.identities.clone(),
        integrations: choose(&bundle.integrations, &used.integrations),
        ir: bundle.ir,
        language: bundle.language,
        messages: choose(&bundle.messages, &used.messages),
        moved: bundle.moved.clone(),
        name: bundle.name.clone(),
        reach: Reach::default(),
        required_runtime: bundle.required_runtime.clone(),
        secrets: choose(&bundle.secrets, &used.secrets),
        strategies: choose(&bundle.strategies, &used.strategies),
        targets: choose(&bundle.targets, &used.targets),
        tz: bundle.tz.clone(),
    })
}

/// The canonical JSON of a bundle, flow by flow so that a large one needs little memory.
#[must_use]
pub(crate) fn bundle_json(bundle: &Bundle) -> String {
    let Bundle {
        environments,
        flows,
        format,
        groups,
        identities,
        integrations,
        ir,
        language,
        messages,
        moved,
        name,
        reach,
        required_runtime,
        secrets,
        strategies,
        targets,
        tz,
    } = bundle;
    let entries: Vec<String> = flows
        .iter()
        .map(|(address, flow)| format!("{}:{}", Json::from(address.as_str()), canonical::of(flow)))
        .collect();
    let mut parts = BTreeMap::from([
        ("environments", canonical::of(environments)),
        ("flows", format!("{{{}}}", entries.join(","))),
        ("format", canonical::of(format)),
        ("groups", canonical::of(groups)),
        ("identities", canonical::of(identities)),
        ("integrations", canonical::of(integrations)),
        ("ir", canonical::of(ir)),
        ("language", canonical::of(language)),
        ("messages", canonical::of(messages)),
        ("name", canonical::of(name)),
        ("reach", canonical::of(reach)),
        ("secrets", canonical::of(secrets)),
        ("strategies", canonical::of(strategies)),
        ("targets", canonical::of(targets)),
        ("tz", canonical::of(tz)),
    ]);
    if !moved.is_empty() {
        parts.insert("moved", canonical::of(moved));
    }
    if let Some(range) = required_runtime {
        parts.insert("required_runtime", canonical::of(range));
    }
    let parts: Vec<String> = parts.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
    format!("{{{}}}", parts.join(","))
}

fn to_json<T: Serialize>(part: &T) -> Json {
    canonical::value(part)
}

fn pick<T: Serialize>(all: &BTreeMap<String, T>, wanted: &BTreeSet<String>) -> Json {
    let chosen = wanted.iter().filter_map(|key| all.get_key_value(key));
    Json::Object(chosen.map(|(key, part)| (key.clone(), to_json(part))).collect())
}

fn choose<T: Clone>(all: &BTreeMap<String, T>, wanted: &BTreeSet<String>) -> BTreeMap<String, T> {
    let chosen = wanted.iter().filter_map(|key| all.get_key_value(key));
    chosen.map(|(key, part)| (key.clone(), part.clone())).collect()
}

#[derive(Default)]
struct Used {
    environments: BTreeSet<String>,
    groups: BTreeSet<String>,
    integrations: BTreeSet<String>,
    messages: BTreeSet<String>,
    secrets: BTreeSet<String>,
    strategies: BTreeSet<String>,
    targets: BTreeSet<String>,
}

impl Used {
    fn by(bundle: &Bundle, address: &str, flow: &Flow) -> Self {
        let mut used = Self::default();
        let path = format!("flows.{address}");
        if let Some(name) = &flow.environment {
            used.environments.insert(name.clone());
            if let Some(environment) = bundle.environments.get(name) {
                used.integrations.extend(environment.integrations.iter().cloned());
                environment.error_channel.iter().for_each(|e| used.expr(e));
            }
        }
        walk::flow_statements(&path, flow, &mut |_, s| used.statement(s));
        walk::notifies(&path, flow, &mut |_, n| used.messages.extend(n.message.clone()));
        for route in flow.approvals.iter().flat_map(|a| &a.routes) {
            used.messages.extend(route.message.clone());
        }
        walk::flow_expressions(&path, flow, &mut |_, e| used.expr(e));
        used.strategies.extend(flow.grant.as_ref().map(|g| g.strategy.clone()));
        for strategy in used.strategies.clone().iter().filter_map(|a| bundle.strategies.get(a)) {
            used.integrations.insert(strategy.integration.clone());
            used.targets.extend(strategy.targets.iter().cloned());
            walk::strategy_statements("", strategy, &mut |_, s| used.statement(s));
            walk::strategy_expressions("", strategy, &mut |_, e| used.expr(e));
            let calls = [&strategy.escalate.call, &strategy.deescalate.call];
            calls.into_iter().flatten().for_each(|args| used.call(args));
        }
        for target in used.targets.clone().iter().filter_map(|a| bundle.targets.get(a)) {
            walk::target_expressions("", target, &mut |_, e| used.expr(e));
        }
        for source in bundle.identities.from.values() {
            used.integrations.insert(source.integration.clone());
            used.expr(&source.lookup);
        }
        for message in used.messages.clone().iter().filter_map(|a| bundle.messages.get(a)) {
            used.expr(&message.text);
        }
        for group in used.groups.clone().iter().filter_map(|a| bundle.groups.get(a)) {
            used.integrations.extend(group.integration.clone());
        }
        for integration in
            used.integrations.clone().iter().filter_map(|a| bundle.integrations.get(a))
        {
            let auth = integration.attributes.get("auth").and_then(|auth| auth.get("integration"));
            used.integrations.extend(auth.and_then(Json::as_str).map(str::to_owned));
        }
        for reached in &bundle.reach.secrets {
            if reached.integrations.iter().any(|i| used.integrations.contains(i)) {
                used.secrets.insert(reached.name.clone());
            }
        }
        used
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Step(step) => {
                self.integrations.extend(step.integration.clone());
                self.call(&step.args);
            }
            Statement::Notify(notify) => self.messages.extend(notify.message.clone()),
            Statement::Decision(_) | Statement::Fail(_) => {}
        }
    }

    /// The arguments of a call: what they name, and the integration that signs.
    fn call(&mut self, args: &BTreeMap<String, Expr>) {
        args.values().for_each(|e| self.expr(e));
        if let Some(Expr::Object(parts)) = args.get("auth") {
            let signer = parts.iter().find(|(name, _)| name == "integration");
            if let Some((_, Expr::String(address))) = signer {
                self.integrations.insert(address.clone());
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        walk::each(expr, &mut |e| match e {
            Expr::Ref(address) => {
                if let Some(name) = address.strip_prefix("group.") {
                    self.groups.insert(name.to_owned());
                } else {
                    let name = address.strip_prefix("target.").unwrap_or(address);
                    self.targets.insert(name.to_owned());
                }
            }
            Expr::Secret(name) => {
                self.secrets.insert(name.clone());
            }
            _ => {}
        });
    }
}
