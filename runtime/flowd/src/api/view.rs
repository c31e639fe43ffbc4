//! What a request looks like to whoever may see it: plain data, made from the engine's state.
//!
//! Whether somebody may see it is asked in [`super::may`] before.

use std::collections::BTreeMap;

use flow_bundle::value::Principals;
use flow_bundle::{duration, payload};
use flow_engine::effect::Fault;
use flow_engine::state::{self, Cause, StageState};
use flow_engine::{Person, Phase, Request};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::may::May;

/// A person, as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PersonRef {
    /// `person_…`.
    pub id: String,
    /// Unique.
    pub username: String,
    /// For people to read.
    pub name: String,
}

/// A request in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// `req_…`.
    pub id: String,
    /// The flow's address.
    pub flow: String,
    /// `requested`, `pending`, `approved`, `escalating`, `active`, `deescalating` or `ended`.
    pub phase: String,
    /// Once ended: `ok`, `denied`, `expired`, `cancelled` or `errored`.
    pub outcome: Option<String>,
    /// Its end cannot be confirmed; it is tried on.
    pub stuck: bool,
    /// Whom it is for.
    pub requester: PersonRef,
    /// Labels of the targets.
    pub targets: Vec<String>,
    /// When it was asked.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When access ends by itself.
    #[schemars(with = "Option<String>")]
    pub ends_at: Option<Timestamp>,
    /// Names of the stages that wait for people.
    pub waiting: Vec<String>,
}

/// A request, whole.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestView {
    /// As in a list.
    #[serde(flatten)]
    pub summary: Summary,
    /// The flow's label.
    pub label: String,
    /// Who asked: the requester, or a bot in their name.
    pub by: PersonRef,
    /// `api`, `slack` or `web`.
    pub source: String,
    /// Content hash of the bundle that it keeps to its end.
    pub bundle: String,
    /// Hash of the flow.
    pub flow_hash: String,
    /// Prompt values; numbers that JSON readers could round stand as strings.
    pub fields: BTreeMap<String, Json>,
    /// How long access lasts, in seconds.
    pub duration_s: Option<u64>,
    /// In the order of the flow; those of extensions follow.
    pub stages: Vec<StageView>,
    /// Wishes for more time, in the order asked.
    pub extensions: Vec<ExtensionView>,
    /// One for each target.
    pub accesses: Vec<AccessView>,
    /// Why it was denied.
    pub denial: Option<DenialView>,
    /// What went wrong.
    pub error: Option<String>,
    /// What happened, in order.
    pub timeline: Vec<Moment>,
    /// What the caller may do now: `approve`, `deny`, `cancel`, `revoke`, `extend`,
    /// `resolve`.
    pub may: Vec<String>,
    /// The daemon runs in development mode: nothing here counts.
    pub dev: bool,
    /// Something to know about what was just done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One stage.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StageView {
    /// Its name.
    pub name: String,
    /// Of which extension it is; absent: of the request itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<u32>,
    /// `waiting`, `open`, `met`, `auto`, `skipped`, `not_needed`, `denied` or `expired`.
    pub state: String,
    /// When nobody can decide any more.
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
    /// What must be met.
    pub rules: Vec<RuleView>,
    /// Who denied.
    pub denied_by: Vec<PersonRef>,
    /// What people are shown beside what is asked for; the digest covers it.
    pub shown: Vec<String>,
    /// What `approve` and `deny` must carry; present once it was opened.
    pub digest: Option<String>,
    /// The last comment of a decision.
    pub comment: Option<String>,
}

/// A wish that access lasts longer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExtensionView {
    /// Counted from 1.
    pub number: u32,
    /// By how much, in seconds.
    pub duration_s: u64,
    /// When access ends where it is granted.
    #[schemars(with = "String")]
    pub until: Timestamp,
    /// `asked`, `granted`, `denied`, `expired` or `overtaken`.
    pub state: String,
    /// In the requester's words.
    pub reason: Option<String>,
}

/// How many people of which set.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RuleView {
    /// Empty in the short form.
    pub name: String,
    /// How many.
    pub quorum: u32,
    /// Of whom, in words.
    pub approvers: String,
    /// Who did.
    pub approved_by: Vec<PersonRef>,
}

/// One target of a request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccessView {
    /// Address of the target.
    pub target: String,
    /// Its label.
    pub label: String,
    /// `planned`, `waiting`, `escalating`, `active`, `owed`, `deescalating` or `discharged`.
    pub state: String,
    /// `grant_…`.
    pub grant: String,
    /// What went wrong with making it.
    pub error: Option<String>,
    /// Why its end is not confirmed yet.
    pub end_error: Option<String>,
    /// Who the requester is on the other side; absent: known by their e-mail address, or not looked
    /// for yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityView>,
}

/// Who somebody is on the other side. The end uses the same id.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IdentityView {
    /// Under which name the bundle knows the other side.
    pub provider: String,
    /// The id there.
    pub id: String,
    /// What gave it: `identities.override`, `identities.map`, `identity_save`, `strategy.identity` …
    pub rule: String,
}

/// Why a request was denied.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DenialView {
    /// Absent: the flow decided.
    pub by: Option<PersonRef>,
    /// In which stage.
    pub stage: Option<String>,
    /// In their words.
    pub reason: Option<String>,
}

/// One line of a request's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Moment {
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What happened.
    pub what: String,
    /// Who did it; absent: the daemon.
    pub who: Option<String>,
}

impl PersonRef {
    /// How others see this person.
    pub fn of(person: &Person) -> Self {
        Self {
            id: person.id.to_string(),
            username: person.username.clone(),
            name: person.name.clone(),
        }
    }
}

impl Summary {
    /// A request in a list.
    pub fn of(request: &Request) -> Self {
        let open = request.stages.iter().filter(|s| s.state == StageState::Open);
        Self {
            id: request.id.to_string(),
            flow: request.flow.clone(),
            phase: request.phase.word().to_owned(),
            outcome: request.outcome.map(|o| o.word().to_owned()),
            stuck: is_stuck(request),
            requester: PersonRef::of(&request.requester),
            targets: request.accesses.iter().map(|a| a.target.label.clone()).collect(),
            created_at: request.created_at,
            ends_at: request.window.and_then(|w| w.expires_at),
            waiting: open.map(|s| s.name.clone()).collect(),
        }
    }
}

impl RequestView {
    /// A request, whole, for somebody who may do `may`.
    pub fn of(request: &Request, label: String, may: May) -> Self {
        let fields = request.fields.iter().map(|(k, v)| (k.clone(), payload::to_json(v)));
        Self {
            summary: Summary::of(request),
            label,
            by: PersonRef::of(&request.by),
            source: request.source.word().to_owned(),
            bundle: request.bundle.to_string(),
            flow_hash: request.flow_hash.to_string(),
            fields: fields.collect(),
            duration_s: request.duration_s,
            stages: request.stages.iter().map(stage).collect(),
            extensions: request.extensions.iter().map(extension).collect(),
            accesses: request.accesses.iter().map(access).collect(),
            denial: request.denial.as_ref().map(|d| DenialView {
                by: d.by.as_ref().map(PersonRef::of),
                stage: d.stage.clone(),
                reason: d.reason.clone(),
            }),
            error: request.error.as_ref().map(fault),
            timeline: timeline(request),
            may: may.into_iter().map(str::to_owned).collect(),
            dev: false,
            note: None,
        }
    }
}

/// A set of people in words.
pub fn approvers(set: &Principals) -> String {
    let join = |sets: &[Principals], word: &str| {
        let sets: Vec<String> = sets.iter().map(approvers).collect();
        if sets.is_empty() { "nobody".to_owned() } else { sets.join(word) }
    };
    match set {
        Principals::Named(name) => name.word().to_owned(),
        Principals::Group(address) => format!("group {address}"),
        Principals::Users(users) if users.is_empty() => "nobody".to_owned(),
        Principals::Users(users) => {
            users.iter().map(|u| u.called().to_owned()).collect::<Vec<_>>().join(", ")
        }
        Principals::Union(sets) => join(sets, " or "),
        Principals::Intersect(sets) => format!("({})", join(sets, " and ")),
        Principals::Except(set, without) => {
            format!("({} but not {})", approvers(set), approvers(without))
        }
    }
}

/// A fault for people: the message, and the function's own words under it.
fn fault(fault: &Fault) -> String {
    let mut text = fault.message.clone();
    for line in &fault.errors {
        if !text.contains(line.as_str()) {
            text.push('\n');
            text.push_str(line);
        }
    }
    text
}

fn is_stuck(request: &Request) -> bool {
    request.phase == Phase::Deescalating && request.stuck_since.is_some()
}

fn stage(stage: &state::Stage) -> StageView {
    let decided = stage.approvals.iter().chain(&stage.denials);
    let last = decided.filter(|d| d.comment.is_some()).max_by_key(|d| d.at);
    StageView {
        name: stage.name.clone(),
        extension: stage.extension,
        state: stage.state.word().to_owned(),
        expires_at: stage.expires_at,
        rules: (0..).zip(&stage.rules).map(|(i, need)| rule(stage, i, need)).collect(),
        denied_by: stage.denials.iter().map(|d| PersonRef::of(&d.by)).collect(),
        shown: stage.shown.clone(),
        digest: stage.digest.map(|d| d.to_string()),
        comment: last.and_then(|d| d.comment.clone()),
    }
}

fn extension(extension: &state::Extension) -> ExtensionView {
    ExtensionView {
        number: extension.number,
        duration_s: extension.duration_s,
        until: extension.until,
        state: extension.state.word().to_owned(),
        reason: extension.reason.clone(),
    }
}

fn rule(stage: &state::Stage, index: usize, need: &state::RuleNeed) -> RuleView {
    let counted = stage.approvals.iter().filter(|d| d.rules.contains(&index));
    RuleView {
        name: need.name.clone(),
        quorum: need.quorum,
        approvers: approvers(&need.approvers),
        approved_by: counted.map(|d| PersonRef::of(&d.by)).collect(),
    }
}

fn access(access: &state::Access) -> AccessView {
    AccessView {
        target: access.target.address.clone(),
        label: access.target.label.clone(),
        state: access_word(access.state).to_owned(),
        grant: access.grant.to_string(),
        error: access.fault.as_ref().map(fault),
        end_error: access.end_fault.as_ref().map(fault),
        identity: access.identity.as_ref().map(|known| IdentityView {
            provider: known.provider.clone(),
            id: known.id.clone(),
            rule: known.rule.clone(),
        }),
    }
}

/// The word of how far one target is.
pub const fn access_word(state: state::AccessState) -> &'static str {
    match state {
        state::AccessState::Planned => "planned",
        state::AccessState::Waiting => "waiting",
        state::AccessState::Escalating => "escalating",
        state::AccessState::Active => "active",
        state::AccessState::Owed => "owed",
        state::AccessState::Deescalating => "deescalating",
        state::AccessState::Discharged => "discharged",
    }
}

/// What happened, in order. The audit trail says more; this is what fits on a screen.
fn timeline(request: &Request) -> Vec<Moment> {
    let mut moments = Vec::new();
    let mut add = |at: Timestamp, what: String, who: Option<&Person>| {
        moments.push(Moment { at, what, who: who.map(|p| p.username.clone()) });
    };
    add(request.created_at, "asked".to_owned(), Some(&request.by));
    for extension in &request.extensions {
        let reason = extension.reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
        let by = duration::print(extension.duration_s.into());
        add(extension.asked_at, format!("asked for {by} more{reason}"), Some(&request.requester));
        if let Some(at) = extension.settled_at {
            add(at, format!("extension {} {}", extension.number, extension.state.word()), None);
        }
    }
    for stage in &request.stages {
        let superseded = "approved, before others took over,";
        let all = [
            (superseded, &stage.superseded),
            ("approved", &stage.approvals),
            ("denied", &stage.denials),
        ];
        for (word, decisions) in all {
            for decided in decisions {
                let comment =
                    decided.comment.as_ref().map_or_else(String::new, |c| format!(": {c}"));
                let what = format!("{word} stage {}{comment}", stage.name);
                add(decided.at, what, Some(&decided.by));
            }
        }
        if let (StageState::Expired, Some(at)) = (stage.state, stage.settled_at) {
            add(at, format!("stage {} expired", stage.name), None);
        }
    }
    if let Some(approved) = &request.approved {
        let by = approved.auto.as_ref().map_or_else(String::new, |rule| format!(" by {rule}"));
        add(approved.at, format!("approved as a whole{by}"), None);
    }
    if let Some(window) = request.window {
        add(window.started_at, "access active".to_owned(), None);
    }
    if let Some(ending) = &request.ending {
        let reason = ending.reason.as_ref().map_or_else(String::new, |r| format!(": {r}"));
        add(ending.at, format!("{}{reason}", cause(ending.cause)), ending.by.as_ref());
    }
    if let Some(at) = request.stuck_since {
        add(at, "the end is not confirmed in time; it is tried on".to_owned(), None);
    }
    for voice in &request.resolved_by {
        add(voice.at, format!("said that it is dealt with: {}", voice.reason), Some(&voice.by));
    }
    if let Some(outcome) = request.outcome {
        add(request.last_at, format!("ended: {}", outcome.word()), None);
    }
    // Stable: what happened at one instant stays in the order of a life.
    moments.sort_by_key(|m| m.at);
    moments
}

const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Scheduled => "time is up",
        Cause::Revoked => "revoked",
        Cause::Failed => "taken back, because the escalation did not go well",
        Cause::Emergency => "taken back in an emergency",
    }
}

#[cfg(test)]
mod tests {
    use flow_bundle::expr::SetName;
    use flow_bundle::value::User;

    use super::*;

    #[test]
    fn sets_read_as_words() {
        let user = |e: &str| Principals::Users(vec![User::named(e)]);
        let group = || Principals::Group("sre".to_owned());
        for (set, want) in [
            (Principals::Named(SetName::Admins), "admins"),
            (Principals::Users(vec![]), "nobody"),
            (Principals::Union(vec![group(), user("ana@x")]), "group sre or ana@x"),
            (
                Principals::Except(Box::new(group()), Box::new(user("bo@x"))),
                "(group sre but not bo@x)",
            ),
            (Principals::Intersect(vec![]), "(nobody)"),
        ] {
            assert_eq!(approvers(&set), want);
        }
    }
}
