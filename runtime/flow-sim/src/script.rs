//! The flow of a life, twice: as the bundle that the engine reads, and in the simulation's own
//! words, which the checkers read.

use flow_bundle::bundle::Bundle;
use serde_json::{Value as Json, json};

use crate::cast::Who;
use crate::random::Random;

/// The function that makes and takes back.
pub const BUTTON: &str = "arn:aws:lambda:us-east-1:123456789012:function:button";
/// The function that steps ask.
pub const CHECK: &str = "arn:aws:lambda:us-east-1:123456789012:function:check";

/// What a life is about, in the simulation's own words.
#[derive(Debug, Clone)]
pub struct Script {
    /// As the engine reads it.
    pub bundle: Bundle,
    /// Stages in order.
    pub stages: Vec<StageScript>,
    /// Names of targets; empty: an approval-only flow.
    pub targets: Vec<&'static str>,
    /// How long access is to last, in seconds.
    pub duration_s: u64,
    /// By how much access can be extended at once, in seconds.
    pub longer_s: u64,
    /// Who decides about an extension: `same`, `none` or a stage's name; absent: nobody may ask.
    pub extend: Option<&'static str>,
    /// Whether the function may be called twice for one escalation.
    pub idempotent: bool,
    /// Whether requests share one grant.
    pub shared: bool,
    /// Whether a request with `urgent = "yes"` needs nobody.
    pub auto: bool,
    /// Whether the requester fills in `urgent = "yes"`.
    pub urgent: bool,
    /// Whether each approval is checked first, by a step that asks about the person.
    pub fit: bool,
    /// Whose approval that check refuses.
    pub busy: Option<Who>,
    /// How long one call may take, in seconds.
    pub timeout_s: u64,
    /// How long the function may run, in seconds.
    pub function_timeout_s: u64,
    /// Whether the daemon knows that.
    pub function_timeout_known: bool,
}

/// One stage, in the simulation's own words.
#[derive(Debug, Clone)]
pub struct StageScript {
    /// Its name.
    pub name: &'static str,
    /// Who counts and how many of them.
    pub rules: Vec<(Vec<Who>, usize)>,
    /// Whether a person counts for one rule only.
    pub distinct: bool,
    /// Whether the requester may decide.
    pub allow_self: bool,
}

const STAGES: [&str; 3] = ["lead", "security", "owner"];
const TARGETS: [&str; 2] = ["button", "lever"];
const HASH: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

impl Script {
    /// A flow out of chance.
    #[must_use]
    pub fn draw(random: &mut Random) -> Self {
        let count = random.pick(1, &[1, 1, 2, 2, 3]);
        let parallel = random.permille(300);
        let stages: Vec<StageScript> =
            STAGES.iter().take(count).map(|name| draw_stage(random, name)).collect();
        let targets = random.pick(1, &[1, 1, 1, 2, 0]);
        let timeout_s = random.pick(15, &[5, 30]);
        let mut script = Self {
            bundle: empty(),
            stages,
            targets: TARGETS.into_iter().take(targets).collect(),
            duration_s: random.pick(1800, &[60, 600, 3600]),
            longer_s: random.pick(300, &[60, 600]),
            extend: random.pick(None, &[None, Some("same"), Some("none"), Some(STAGES[0])]),
            idempotent: random.permille(250),
            shared: random.permille(250),
            auto: random.permille(100),
            urgent: random.permille(500),
            fit: random.permille(200),
            busy: random.pick(None, &[Some(Who::Bo), Some(Who::Cy), Some(Who::Di)]),
            timeout_s,
            function_timeout_s: random.pick(60, &[10, 300, 900]),
            function_timeout_known: random.permille(700),
        };
        let json = script.to_json(random, parallel);
        if let Ok(bundle) = serde_json::from_value(json) {
            script.bundle = bundle;
        }
        script
    }

    fn to_json(&self, random: &mut Random, parallel: bool) -> Json {
        let grant = (!self.targets.is_empty()).then(|| {
            let targets: Vec<Json> = self
                .targets
                .iter()
                .map(|t| json!(["ref", format!("target.aws_lambda_function.{t}")]))
                .collect();
            let list: Vec<Json> = std::iter::once(json!("list")).chain(targets).collect();
            let mut grant = json!({
                "strategy": "aws_lambda.button", "targets": list, "ends": "after_duration",
                "duration": ["d", self.duration_s.to_string()], "max_duration_s": "7200",
                "revocable": true,
            });
            if let (Some(approval), Some(grant)) = (self.extend, grant.as_object_mut()) {
                let total = (self.duration_s + 2 * self.longer_s).to_string();
                let extend =
                    json!({ "approval": approval, "max_times": "2", "max_total_s": total });
                grant.insert("extend".to_owned(), extend);
            }
            grant
        });
        let mut flow = json!({
            "label": "Button", "approvals": self.approvals(random, parallel),
            "auto": self.auto || self.extend == Some("none"),
            "context": "json", "enabled": true, "graph": { "edges": [], "phases": [] },
            "hash": HASH, "hooks": self.hooks(random), "proofs": {}, "retention_s": "1",
            "sources": ["api"], "fields": [{
                "name": "urgent", "label": ["s", "Urgent"], "limits": {}, "required": ["b", true],
                "type": ["enum", ["yes", "no"]], "visible": ["b", true],
            }],
            "permissions": {
                "request": ["set", "everyone"], "view": ["set", "admins"],
                "decide": ["set", "members"], "revoke": ["set", "admins"], "list": ["b", true],
            },
        });
        if let (Some(grant), Some(flow)) = (grant, flow.as_object_mut()) {
            flow.insert("grant".to_owned(), grant);
        }
        self.whole(flow)
    }

    fn whole(&self, flow: Json) -> Json {
        let retry = |attempts: &str| {
            json!({
                "attempts": attempts, "backoff_s": "2", "rate": "2", "max_delay_s": "30",
                "jitter": true, "on": ["throttled", "connect", "timeout", "network"],
                "budget_s": "600",
            })
        };
        let target = |name: &str| {
            json!({ "type": "aws_lambda_function", "label": name,
                "settings": { "function": ["s", BUTTON], "which": ["s", name] } })
        };
        let groups: serde_json::Map<String, Json> = self
            .groups()
            .into_iter()
            .map(|(name, members)| (name, json!({ "members": members })))
            .collect();
        json!({
            "name": "b", "format": 1, "ir": 1, "language": 1, "tz": "2025b", "environments": {},
            "groups": groups, "identities": {}, "integrations": { "aws.main": { "type": "aws" } },
            "messages": {}, "secrets": {}, "flows": { "button": flow },
            "reach": {
                "aws_lambda": [
                    { "arn": BUTTON, "integration": "aws.main", "uses": [] },
                    { "arn": CHECK, "integration": "aws.main", "uses": [] },
                ],
                "aws_iam_group": [], "aws_sso_group": [], "aws_sso_permission_set": [],
                "github": [], "http": [], "okta_group": [], "pagerduty": [], "secrets": [],
                "slack": [],
            },
            "targets": {
                "aws_lambda_function.button": target("button"),
                "aws_lambda_function.lever": target("lever"),
            },
            "strategies": { "aws_lambda.button": {
                "type": "aws_lambda", "integration": "aws.main",
                "targets": ["aws_lambda_function.button", "aws_lambda_function.lever"],
                "timeout_s": self.timeout_s.to_string(), "idempotent": self.idempotent,
                "overlap": if self.shared { "share" } else { "each" },
                "escalate": { "steps": [], "retry": retry("3") },
                "deescalate": { "steps": [], "retry": retry("3") },
            }},
        })
    }

    /// Groups by address, with their addresses; each member may stand with an alias as well.
    #[must_use]
    pub fn groups(&self) -> Vec<(String, Vec<String>)> {
        let stages = self.stages.iter();
        stages
            .flat_map(|stage| {
                let rules = stage.rules.iter().enumerate();
                rules.map(|(i, (who, _))| {
                    let members =
                        who.iter().flat_map(|w| [w.email(), format!("{}@alias.example", w.name())]);
                    (format!("{}_{i}", stage.name), members.collect())
                })
            })
            .collect()
    }

    fn approvals(&self, random: &mut Random, parallel: bool) -> Vec<Json> {
        let mut before: Vec<&str> = Vec::new();
        let mut approvals = Vec::new();
        for stage in &self.stages {
            let rules: Vec<Json> = stage
                .rules
                .iter()
                .enumerate()
                .map(|(i, (_, quorum))| {
                    json!({ "name": format!("r{i}"), "quorum": ["n", quorum.to_string()],
                        "approvers": ["ref", format!("group.{}_{i}", stage.name)] })
                })
                .collect();
            approvals.push(json!({
                "name": stage.name, "after": before, "allow_self": stage.allow_self,
                "ask_comment": "no", "denials": random.pick("1", &["1", "2"]),
                "distinct": stage.distinct, "notify": [], "routes": [], "on_timeout": "expire",
                "timeout_s": random.pick("3600", &["600", "86400"]), "when": ["b", true],
                "rules": rules,
            }));
            before = if parallel { Vec::new() } else { vec![stage.name] };
        }
        approvals
    }

    fn hooks(&self, random: &mut Random) -> Json {
        let mut hooks = serde_json::Map::new();
        if self.auto {
            let urgent = json!(["==", ["get", "request", "fields", "urgent"], ["s", "yes"]]);
            let approve = json!({ "k": "decision", "do": "approve", "when": urgent });
            hooks.insert("on_request".to_owned(), json!([approve]));
        }
        if self.fit {
            // Two questions, so that another click can be asked about in between.
            let busy = json!(["get", "steps", "fit", "output", "busy"]);
            let ignore = json!({ "k": "decision", "do": "ignore", "when": busy });
            let checks = json!([question("fit", false), question("more", true), ignore]);
            hooks.insert("on_approve".to_owned(), checks);
        }
        for (hook, on_error) in [
            ("on_request", "fail"),
            ("after_request", "continue"),
            ("on_approve", "ignore"),
            ("on_approved", "fail"),
            ("on_escalate", "fail"),
            ("on_deescalate", "continue"),
            ("after_escalate", "fail"),
            ("after_deescalate", "fail"),
            ("after_error", "fail"),
        ] {
            if random.permille(120) {
                let step = step(hook, on_error);
                let list = hooks.entry(hook).or_insert_with(|| json!([]));
                if let Some(list) = list.as_array_mut() {
                    list.push(step);
                }
            }
        }
        Json::Object(hooks)
    }
}

fn draw_stage(random: &mut Random, name: &'static str) -> StageScript {
    let people = [Who::Ana, Who::Bo, Who::Cy, Who::Di];
    let mut rules = Vec::new();
    for _ in 0..random.pick(1, &[1, 1, 2]) {
        let mut who: Vec<Who> = people.into_iter().filter(|_| random.permille(750)).collect();
        let quorum = random.pick(1, &[1, 2]);
        if who.len() <= quorum {
            who = people.to_vec();
        }
        rules.push((who, quorum));
    }
    StageScript { name, rules, distinct: random.permille(700), allow_self: random.permille(100) }
}

/// A step that asks about whoever clicked.
fn question(name: &str, last: bool) -> Json {
    let mut step = step("", "ignore");
    if let Some(step) = step.as_object_mut() {
        let who = json!(["get", "event", "actor", "email"]);
        let payload = json!(["obj", ["who", who], ["last", ["b", last]]]);
        step.insert("name".to_owned(), name.into());
        step.insert("args".to_owned(), json!({ "function": ["s", CHECK], "payload": payload }));
    }
    step
}

fn step(hook: &str, on_error: &str) -> Json {
    json!({
        "k": "step", "kind": "aws_lambda", "name": format!("s_{hook}"), "when": ["b", true],
        "timeout_s": "10", "on_error": on_error, "idempotent": false, "reads": true,
        "output": "json", "args": { "function": ["s", CHECK], "payload": ["obj"] },
    })
}

fn empty() -> Bundle {
    Bundle {
        environments: Default::default(),
        flows: Default::default(),
        format: 1,
        groups: Default::default(),
        identities: Default::default(),
        integrations: Default::default(),
        ir: 1,
        language: 1,
        messages: Default::default(),
        moved: Vec::new(),
        name: String::new(),
        reach: Default::default(),
        required_runtime: None,
        secrets: Default::default(),
        strategies: Default::default(),
        targets: Default::default(),
        tz: String::new(),
    }
}
