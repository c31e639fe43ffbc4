//! The way in words: what a transition did, and which line of the flow decided it.

use flow_bundle::bundle::{Approval, OnTimeout, Poll, Statement, Step, Strategy};
use flow_bundle::value::Principals;
use flow_bundle::{duration, payload, walk};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{Entry, What};
use crate::audit::{self, Record};
use crate::context::{Context, Pinned};
use crate::effect::{Effect, EffectKind};
use crate::event::Event;
use crate::person::Person;
use crate::rights::Rights;
use crate::scope::approval;
use crate::state::{CallRole, Request, Stage};
use crate::transition::Transition;

/// Tells of one transition.
pub(super) struct Teller<'a> {
    pub pinned: &'a Pinned<'a>,
    pub context: &'a Context,
    pub people: &'a [Person],
    pub request: &'a Request,
    pub at: Timestamp,
    pub after_s: u64,
}

impl Teller<'_> {
    pub fn tell(&self, done: &Transition, event: &Event) -> Vec<Entry> {
        let records = done.audit.iter().filter_map(|record| self.record(record, event));
        let effects = done.effects.iter().map(|effect| self.effect(effect));
        records.chain(effects).collect()
    }

    fn entry(&self, what: What, text: impl Into<String>, because: &str) -> Entry {
        let because = (!because.is_empty()).then(|| self.path(because));
        Entry { after_s: self.after_s, what, text: text.into(), because, details: Json::Null }
    }

    /// A path of the bundle; what does not begin at its top is the flow's.
    fn path(&self, part: &str) -> String {
        if part.starts_with("strategies.") || part.starts_with("flows.") {
            part.to_owned()
        } else {
            format!("flows.{}.{part}", self.pinned.address)
        }
    }

    fn record(&self, record: &Record, event: &Event) -> Option<Entry> {
        let fact = |name: &str| record.facts.get(name).and_then(Json::as_str).unwrap_or_default();
        let by = event.by.as_ref().map_or("", |p| p.name.as_str());
        let stage = fact("stage");
        let of_stage = |part: &str| format!("approvals.{stage}{part}");
        Some(match record.kind.as_str() {
            "request.opened" => Entry {
                details: self.fields(),
                ..self.entry(What::Asked, self.asks(), "permissions.request")
            },
            "request.planned" => self.planned(),
            "hook.decided" => {
                let path = hook_path(&record.rule);
                let text = match record.facts.get("reason").and_then(Json::as_str) {
                    Some(reason) => format!("the flow decides: {} ({reason})", fact("decision")),
                    None => format!("the flow decides: {}", fact("decision")),
                };
                self.entry(What::Decided, text, &path)
            }
            "hook.failed" => {
                let what = match fact("step") {
                    "" => format!("`{}` stops", fact("hook")),
                    step => format!("step `{step}` fails"),
                };
                self.entry(What::Failed, format!("{what}: {}", fact("error")), "hooks")
            }
            "stage.opened" => self.waits(stage)?,
            "stage.settled" => self.settled(stage, fact("state"))?,
            "stage.approved" => {
                let text = format!("{by} approves, as one of the {}", record.rule);
                self.entry(What::Decided, text, &of_stage(".rules"))
            }
            "stage.denied" => {
                let text = format!("{by} denies, as one of the {}", record.rule);
                self.entry(What::Decided, text, &of_stage(".rules"))
            }
            "request.approved" => {
                let path = hook_path(audit::rule_of(&record.rule));
                let text = format!("it is approved: {}", record.rule);
                self.entry(What::Decided, text, &path)
            }
            "grant.active" => {
                let text = format!("access to `{}` stands: {}", fact("target"), record.rule);
                self.entry(What::Access, text, "grant")
            }
            "grant.owed" => {
                let text = format!("`{}`: {}", fact("target"), record.rule);
                self.entry(What::Access, text, self.end_path())
            }
            "grant.ended" => {
                let text = format!("access to `{}` has ended: {}", fact("target"), record.rule);
                self.entry(What::Access, text, "")
            }
            "request.ended" | "request.denied" | "request.expired" | "request.cancelled"
            | "request.errored" => {
                let text = format!("it ends, `{}`: {}", fact("outcome"), record.rule);
                self.entry(What::Ended, text, "")
            }
            _ => return None,
        })
    }

    fn settled(&self, stage: &str, state: &str) -> Option<Entry> {
        let (words, part) = match state {
            "met" => ("is met", ""),
            "not_needed" => ("is not needed: its `when` is false", ".when"),
            "skipped" => ("is skipped: nobody decided in time", ".on_timeout"),
            "expired" => ("expires: nobody decided in time", ".timeout"),
            _ => return None,
        };
        let path = format!("approvals.{stage}{part}");
        Some(self.entry(What::Decided, format!("stage `{stage}` {words}"), &path))
    }

    fn asks(&self) -> String {
        let (by, requester) = (&self.request.by, &self.request.requester);
        let label = &self.pinned.flow.label;
        if by.id == requester.id {
            return format!("{} asks for {label}", requester.name);
        }
        format!("{} asks for {label} in the name of {}", by.name, requester.name)
    }

    fn fields(&self) -> Json {
        let fields = self.request.fields.iter();
        Json::Object(fields.map(|(name, value)| (name.clone(), payload::to_json(value))).collect())
    }

    fn planned(&self) -> Entry {
        let accesses = &self.request.accesses;
        let labels: Vec<String> = accesses
            .iter()
            .map(|a| format!("{} (`{}`)", a.target.label, a.target.address))
            .collect();
        let long = match self.request.duration_s {
            Some(seconds) => format!("for {}", spoken(seconds)),
            None => "until somebody ends it".to_owned(),
        };
        let targets: Vec<Json> = accesses
            .iter()
            .map(|a| json!({ "target": a.target.address, "settings": a.target.settings }))
            .collect();
        Entry {
            details: Json::Array(targets),
            ..self.entry(What::Planned, format!("would get {} {long}", labels.join(", ")), "grant")
        }
    }

    fn end_path(&self) -> &'static str {
        match self.request.duration_s {
            Some(_) => "grant.duration",
            None => "grant",
        }
    }

    /// A stage waits for people.
    fn waits(&self, name: &str) -> Option<Entry> {
        let stage = self.request.round().find(|s| s.name == name)?;
        let declared = approval(self.pinned.flow, name)?;
        let rules = stage.rules.iter();
        let needs: Vec<String> = rules
            .clone()
            .map(|rule| format!("{} of {}", rule.quorum, words(&rule.approvers)))
            .collect();
        let text = format!("stage `{name}` waits for {}{}", needs.join(", and "), after(declared));
        let rules: Vec<Json> = rules
            .map(|rule| {
                json!({ "rule": rule.name, "quorum": rule.quorum, "of": words(&rule.approvers),
                    "may_decide": self.may_decide(stage, &rule.approvers) })
            })
            .collect();
        let path = format!("approvals.{name}");
        Some(Entry { details: Json::Array(rules), ..self.entry(What::Waits, text, &path) })
    }

    /// Who of the people that are known could decide.
    fn may_decide(&self, stage: &Stage, approvers: &Principals) -> Vec<&str> {
        let rights = Rights {
            pinned: self.pinned,
            context: self.context,
            request: self.request,
            at: self.at,
        };
        let allow_self = approval(self.pinned.flow, &stage.name).is_some_and(|a| a.allow_self);
        let people = self.people.iter().filter(|person| {
            let own = person.id == self.request.requester.id || person.id == self.request.by.id;
            (allow_self || !own) && rights.contains(approvers, person) && rights.may_decide(person)
        });
        people.map(|person| person.name.as_str()).collect()
    }

    fn effect(&self, effect: &Effect) -> Entry {
        let name = name_of(self.request, effect);
        match &effect.kind {
            EffectKind::Message(message) => {
                let text = format!("{} is told: {}", message.to, message.body.plain());
                let actions = message.body.actions.len();
                let details = if actions > 0 { json!(message.body.facts) } else { Json::Null };
                Entry { details, ..self.entry(What::Told, text, "") }
            }
            EffectKind::Lambda(call) => {
                let text = format!("`{name}` calls {}", call.function_arn);
                let details = json!({ "payload": call.payload, "integration": call.integration });
                Entry { details, ..self.entry(What::Called, text, &self.call_path(&name)) }
            }
            EffectKind::Step(call) => {
                let of = call.integration.as_deref().unwrap_or("the daemon");
                let text = format!("step `{name}` asks {of} (`{}`)", call.kind);
                let details = json!(call.args);
                Entry { details, ..self.entry(What::Called, text, &self.call_path(&name)) }
            }
            EffectKind::Access(call) => {
                let done = if name == "escalate" { "puts" } else { "takes" };
                let way = if name == "escalate" { "into" } else { "out of" };
                let (who, target) = (&call.identity, &call.target.address);
                let text = if call.args.is_empty() {
                    format!("`{name}` {done} {who} {way} `{target}` by {}", call.integration)
                } else {
                    format!("`{name}` calls {} about `{target}`", call.integration)
                };
                let details = match call.args.is_empty() {
                    true => json!(call.target.settings),
                    false => json!(call.args),
                };
                Entry { details, ..self.entry(What::Called, text, &self.call_path(&name)) }
            }
        }
    }

    /// Where a call is written.
    fn call_path(&self, name: &str) -> String {
        let strategy = self.pinned.flow.grant.as_ref().map(|g| g.strategy.as_str());
        match (name, strategy) {
            ("escalate" | "deescalate" | "escalate.poll" | "deescalate.poll", Some(strategy)) => {
                format!("strategies.{strategy}.{name}")
            }
            _ => step(self.pinned, name).map_or_else(|| "hooks".to_owned(), |(path, _)| path),
        }
    }
}

/// The step of this name, of the flow or of its strategy, and where it is written.
pub(super) fn step<'b>(pinned: &Pinned<'b>, name: &str) -> Option<(String, &'b Step)> {
    let mut found = None;
    let mut look = |path: &walk::Path<'_>, statement: &'b Statement| match statement {
        Statement::Step(step) if step.name == name => found = Some((path.to_string(), step)),
        Statement::Step(_) | Statement::Decision(_) | Statement::Fail(_) | Statement::Notify(_) => {
        }
    };
    let (flow, bundle) = (pinned.flow, pinned.bundle);
    if let Some(grant) = &flow.grant
        && let Some(strategy) = bundle.strategies.get(&grant.strategy)
    {
        let path = walk::Path::of("strategies");
        walk::strategy_statements(&path.at(&grant.strategy), strategy, &mut look);
    }
    let path = walk::Path::of("flows");
    walk::flow_statements(&path.at(pinned.address), flow, &mut look);
    found
}

/// The poll of this name.
pub(super) fn poll<'b>(strategy: &'b Strategy, name: &str) -> Option<&'b Poll> {
    match name {
        "escalate.poll" => strategy.escalate.poll.as_ref(),
        "deescalate.poll" => strategy.deescalate.poll.as_ref(),
        _ => None,
    }
}

/// What a call is called in a dry run: the step's name, `escalate` and `deescalate`, or one of these
/// with `.poll`.
pub(super) fn name_of(request: &Request, effect: &Effect) -> String {
    match request.calls.get(&effect.id).map(|call| &call.role) {
        Some(
            CallRole::Step { name, .. }
            | CallRole::Prepare { name, .. }
            | CallRole::Option { name },
        ) => name.clone(),
        Some(CallRole::Escalate { .. }) => "escalate".to_owned(),
        Some(CallRole::Deescalate { .. }) => "deescalate".to_owned(),
        Some(CallRole::Poll { access }) => {
            let polling = request.accesses.get(*access).and_then(|a| a.polling.as_ref());
            polling.map_or_else(String::new, |p| format!("{}.poll", p.part.word()))
        }
        None => String::new(),
    }
}

/// `hook on_request, statement 2` as a path.
fn hook_path(rule: &str) -> String {
    let parts = rule.strip_prefix("hook ").and_then(|rest| rest.split_once(", statement "));
    parts.map_or_else(String::new, |(hook, index)| format!("hooks.{hook}.{index}"))
}

/// What comes where nobody decides.
fn after(declared: &Approval) -> String {
    let long = spoken(declared.timeout_s.0);
    match declared.on_timeout {
        OnTimeout::Expire => format!("; without a decision it expires after {long}"),
        OnTimeout::Skip => format!("; without a decision it is skipped after {long}"),
        OnTimeout::Fallback => format!("; without a decision others are asked after {long}"),
    }
}

fn spoken(seconds: u64) -> String {
    duration::print(Decimal::from(seconds))
}

/// A set of people in words.
fn words(set: &Principals) -> String {
    let all = |sets: &[Principals]| sets.iter().map(words).collect::<Vec<_>>();
    match set {
        Principals::Named(name) => name.word().to_owned(),
        Principals::Users(users) if users.is_empty() => "nobody".to_owned(),
        Principals::Users(users) => {
            users.iter().map(|u| u.email.as_str()).collect::<Vec<_>>().join(", ")
        }
        Principals::Group(address) => format!("group.{address}"),
        Principals::Union(sets) => all(sets).join(" or "),
        Principals::Intersect(sets) => all(sets).join(" and at once "),
        Principals::Except(set, without) => format!("{} but not {}", words(set), words(without)),
    }
}
