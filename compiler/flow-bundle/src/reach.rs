//! Everything that leaves the system, computed from a bundle.
//!
//! A pure walk: the compiler stores what it finds, the loader computes it again and refuses a
//! difference. Only what some flow can reach is listed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::bound;
use crate::bundle::{
    Bundle, Flow, HttpReach, LambdaReach, PagerDutyReach, Reach, SecretReach, SlackReach,
    Statement, Strategy,
};
use crate::eval::{Scope, eval};
use crate::expr::Expr;
use crate::function::is_lambda_arn;
use crate::used::Parts;
use crate::value::Value;
use crate::walk::{self, Path};

mod granted;
mod hosts;
mod http;
mod people;
mod steps;

use granted::{Grant, Granted};
pub use hosts::{Host, hosts, partition};
pub use http::{Call, calls};
use people::People;

/// Why the outbound set cannot be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachError {
    /// IR path of what leaves.
    pub path: String,
    /// One sentence.
    pub message: String,
}

impl fmt::Display for ReachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for ReachError {}

/// Computes the outbound set, each list sorted by its first key, `uses` by bytes.
///
/// # Errors
/// The first destination that is not known at build.
pub fn reach(bundle: &Bundle) -> Result<Reach, ReachError> {
    find(&Parts::all(bundle))
}

/// The same of one flow, as if it were the only one: of one flow of many it takes no longer than of
/// the only one. Empty for an unknown address.
///
/// # Errors
/// The first destination that is not known at build.
pub fn reach_of(bundle: &Bundle, address: &str) -> Result<Reach, ReachError> {
    find(&Parts::of(bundle, address))
}

fn find(parts: &Parts<'_>) -> Result<Reach, ReachError> {
    let bundle = parts.bundle;
    let mut found = Found::default();
    for (address, group) in &parts.groups {
        found.outside(address, group);
    }
    if !parts.flows.is_empty() {
        found.people.directories(&bundle.identities);
    }
    let mut granted: BTreeMap<&str, Vec<Granting<'_>>> = BTreeMap::new();
    for (_, flow) in &parts.flows {
        if let Some(grant) = &flow.grant {
            let targets = bound::targets(grant, &flow.fields);
            granted.entry(&grant.strategy).or_default().push(Granting { flow, targets });
        }
    }
    for (address, flows) in granted {
        if let Some(strategy) = bundle.strategies.get(address) {
            found.strategy(bundle, address, strategy, &flows)?;
        }
    }
    let mut steps = Ok(());
    let mut step = |path: &Path<'_>, statement: &Statement| {
        if let Statement::Step(step) = statement
            && steps.is_ok()
        {
            steps = found.step(bundle, &path.to_string(), step);
        }
    };
    for (address, flow) in &parts.flows {
        walk::flow_statements(&Path::of("flows").at(address), flow, &mut step);
    }
    for (address, strategy) in &parts.strategies {
        walk::strategy_statements(&Path::of("strategies").at(address), strategy, &mut step);
    }
    steps?;
    for (name, environment) in &parts.environments {
        let path = format!("environments.{name}.error_channel");
        let speaker = Speaker { bundle, integration: slack_of(bundle, Some(*name)) };
        if let Some(channel) = &environment.error_channel {
            found.hears(&speaker, &path, channel);
        }
    }
    for (address, flow) in &parts.flows {
        found.messages(bundle, &format!("flows.{address}"), flow);
    }
    for (address, integration) in &parts.integrations {
        for value in integration.attributes.values() {
            found.secrets(address, value);
        }
    }
    Ok(found.into_reach())
}

/// A flow with a grant, and the targets it can be about; none: any of the strategy's.
struct Granting<'b> {
    flow: &'b Flow,
    targets: Option<BTreeSet<String>>,
}

#[derive(Default)]
struct Found {
    /// By URL and integration: methods, paths, users.
    http: BTreeMap<(String, String), [BTreeSet<String>; 3]>,
    lambda: BTreeMap<(String, String), BTreeSet<String>>,
    granted: Granted,
    /// By kind, id and integration.
    pagerduty: BTreeMap<(&'static str, String, String), BTreeSet<String>>,
    people: People,
    slack: BTreeMap<(String, Option<String>), BTreeSet<String>>,
    secret: BTreeMap<String, BTreeSet<String>>,
}

struct Speaker<'b> {
    bundle: &'b Bundle,
    integration: Option<String>,
}

/// The first Slack integration of an environment.
fn slack_of(bundle: &Bundle, environment: Option<&str>) -> Option<String> {
    let environment = bundle.environments.get(environment?)?;
    let is_slack = |a: &&String| bundle.integrations.get(*a).is_some_and(|i| i.kind == "slack");
    environment.integrations.iter().find(is_slack).cloned()
}

fn fixed(path: &str, expr: &Expr) -> Result<String, ReachError> {
    match eval(expr, &Scope::new()) {
        Ok(Value::String(s)) => Ok(s),
        Ok(other) => {
            let message = format!("is {}, and must be a string known at build", other.kind());
            Err(ReachError { path: path.to_owned(), message })
        }
        Err(e) => {
            let message = format!("must be known at build ({e})");
            Err(ReachError { path: path.to_owned(), message })
        }
    }
}

impl Found {
    fn function(
        &mut self,
        path: &str,
        expr: &Expr,
        integration: &str,
        uses: &[String],
    ) -> Result<(), ReachError> {
        let arn = fixed(path, expr)?;
        if !is_lambda_arn(&arn) {
            let message = format!("`{arn}` is not one exact Lambda ARN");
            return Err(ReachError { path: path.to_owned(), message });
        }
        self.lambda.entry((arn, integration.to_owned())).or_default().extend(uses.iter().cloned());
        Ok(())
    }

    fn strategy(
        &mut self,
        bundle: &Bundle,
        address: &str,
        strategy: &Strategy,
        flows: &[Granting<'_>],
    ) -> Result<(), ReachError> {
        let path = format!("strategies.{address}");
        let uses = [format!("{path}.deescalate"), format!("{path}.escalate")];
        for (half, call) in [("escalate", &strategy.escalate), ("deescalate", &strategy.deescalate)]
        {
            if let Some(args) = &call.call {
                self.call(bundle, &format!("{path}.{half}"), args, &strategy.integration)?;
            }
            if let Some(poll) = &call.poll {
                let path = format!("{path}.{half}.poll");
                self.call(bundle, &path, &poll.call, &strategy.integration)?;
            }
        }
        self.people.of_strategy(strategy, &uses);
        for name in &strategy.targets {
            let Some(target) = bundle.targets.get(name) else { continue };
            let path = format!("targets.{name}");
            let grants =
                |of: &&Granting<'_>| of.targets.as_ref().is_none_or(|all| all.contains(name));
            let flows: Vec<&Flow> = flows.iter().filter(grants).map(|of| of.flow).collect();
            let grant = Grant { strategy, target, path, flows: &flows, uses: &uses };
            if target.kind == "aws_lambda_function" {
                let (at, expr) = grant.setting("function")?;
                self.function(&at, expr, &strategy.integration, &uses)?;
            } else if !self.granted.add(&grant)? {
                let message = format!("targets of type `{}` are not known", target.kind);
                return Err(ReachError { path: grant.path, message });
            }
        }
        Ok(())
    }

    fn messages(&mut self, bundle: &Bundle, path: &str, flow: &Flow) {
        let speaker =
            Speaker { bundle, integration: slack_of(bundle, flow.environment.as_deref()) };
        if let Some(announce) = flow.break_glass.as_ref().and_then(|b| b.announce.as_ref()) {
            self.hears(&speaker, &format!("{path}.break_glass.announce"), announce);
        }
        walk::notifies(&Path::of(path), flow, &mut |at, notify| {
            let to = environment_channel(bundle, flow, &notify.to).unwrap_or(&notify.to);
            self.hears(&speaker, &at.to_string(), to);
        });
        for approval in &flow.approvals {
            let at = format!("{path}.approvals.{}", approval.name);
            for route in &approval.routes {
                self.hears(&speaker, &format!("{at}.routes.{}", route.name), &route.to);
            }
            // Without a `notify` or `route` those who may decide are told directly.
            if approval.notify.is_empty() && approval.routes.is_empty() {
                self.hear(&speaker, &at, "dm:approvers".to_owned());
            }
        }
    }

    fn hear(&mut self, speaker: &Speaker<'_>, path: &str, to: String) {
        let key = (to, speaker.integration.clone());
        self.slack.entry(key).or_default().insert(path.to_owned());
    }

    /// Who hears, by the form of the expression; what only the run knows is `dm:*`.
    fn hears(&mut self, speaker: &Speaker<'_>, path: &str, to: &Expr) {
        let mut rest = vec![to];
        while let Some(expr) = rest.pop() {
            let place = match expr {
                Expr::Null => continue,
                Expr::If(_, a, b) | Expr::Try(a, b) => {
                    rest.extend([&**a, &**b]);
                    continue;
                }
                Expr::List(items) => {
                    rest.extend(items);
                    continue;
                }
                Expr::Call(id, args)
                    if matches!(
                        id.as_str(),
                        "coalesce@1" | "union@1" | "intersect@1" | "group_of@1"
                    ) =>
                {
                    rest.extend(args);
                    continue;
                }
                Expr::Call(id, args) if id == "except@1" => {
                    rest.extend(args.first());
                    continue;
                }
                Expr::Ref(address) => {
                    let name = address.strip_prefix("group.").unwrap_or(address);
                    self.group(speaker, path, name);
                    continue;
                }
                Expr::Set(name) => format!("dm:{}", name.word()),
                Expr::Get(names) => named(names),
                other => match eval(other, &Scope::new()) {
                    Ok(Value::Channel(name)) => name,
                    Ok(Value::User(user)) => format!("dm:{}", user.email),
                    _ => "dm:*".to_owned(),
                },
            };
            self.hear(speaker, path, place);
        }
    }

    fn group(&mut self, speaker: &Speaker<'_>, path: &str, name: &str) {
        let Some(group) = speaker.bundle.groups.get(name) else { return };
        if let (Some("slack_usergroup"), Some(id)) = (group.from.as_deref(), &group.id) {
            return self.hear(speaker, path, format!("usergroup:{id}"));
        }
        match &group.members {
            Some(members) => {
                for email in members {
                    self.hear(speaker, path, format!("dm:{email}"));
                }
            }
            None => self.hear(speaker, path, format!("dm:group.{name}")),
        }
    }

    fn secrets(&mut self, integration: &str, value: &serde_json::Value) {
        match value.as_array().map(Vec::as_slice) {
            Some([word, name]) if word == "secret" => {
                let name = name.as_str().unwrap_or_default().to_owned();
                self.secret.entry(name).or_default().insert(integration.to_owned());
            }
            Some(items) => items.iter().for_each(|item| self.secrets(integration, item)),
            None => {
                for item in value.as_object().into_iter().flat_map(serde_json::Map::values) {
                    self.secrets(integration, item);
                }
            }
        }
    }

    fn into_reach(self) -> Reach {
        let mut reach = Reach {
            aws_lambda: self
                .lambda
                .into_iter()
                .map(|((arn, integration), uses)| LambdaReach {
                    arn,
                    integration,
                    uses: list(uses),
                })
                .collect(),
            http: self
                .http
                .into_iter()
                .map(|((url, integration), [methods, paths, uses])| HttpReach {
                    url,
                    integration,
                    methods: list(methods),
                    paths: list(paths),
                    uses: list(uses),
                })
                .collect(),
            pagerduty: self
                .pagerduty
                .into_iter()
                .map(|((kind, id, integration), uses)| PagerDutyReach {
                    kind: kind.to_owned(),
                    id,
                    integration,
                    uses: list(uses),
                })
                .collect(),
            secrets: self
                .secret
                .into_iter()
                .map(|(name, integrations)| SecretReach { name, integrations: list(integrations) })
                .collect(),
            slack: self
                .slack
                .into_iter()
                .map(|((to, integration), uses)| SlackReach { to, integration, uses: list(uses) })
                .collect(),
            people: self.people.into_reach(),
            ..Reach::default()
        };
        self.granted.into_reach(&mut reach);
        reach
    }
}

fn list(set: BTreeSet<String>) -> Vec<String> {
    set.into_iter().collect()
}

/// `env.error_channel` stands for what the flow's environment says.
fn environment_channel<'b>(bundle: &'b Bundle, flow: &Flow, to: &Expr) -> Option<&'b Expr> {
    let Expr::Get(names) = to else { return None };
    let is_it = names.iter().map(String::as_str).eq(["env", "error_channel"]);
    let environment = bundle.environments.get(flow.environment.as_ref()?)?;
    environment.error_channel.as_ref().filter(|_| is_it)
}

fn named(names: &[String]) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["requester"] => "dm:requester".to_owned(),
        ["approvers"] | ["approval", _, "approved_by"] | ["run", "approved_by"] => {
            "dm:approvers".to_owned()
        }
        _ => "dm:*".to_owned(),
    }
}
