//! Random legal actions: what nobody thought of, against the promises.
//!
//! A life begins with a request that some scenario makes, because only those fill in a form that is
//! taken. Then people, time, mishaps and the outside do what chance says. In the end everything
//! outside is well again, time passes, and the world is looked at: what was called, and what people
//! did. The engine's own fields are not asked.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Ends, ErrorKind, Flow};
use flow_bundle::suite::{Act, Action, Answer, Ask, Place, Scenario};
use flow_engine::{Outcome, PersonId};

use super::house::House;
use super::told::Line;
use super::{Failure, Stage, act};
use crate::random::Random;

/// Actions of one life.
const ACTIONS_MAX: u64 = 14;

/// A life that broke a promise.
#[derive(Debug, Clone)]
pub struct Broken {
    /// Which one tells it again.
    pub seed: u64,
    /// The flow.
    pub flow: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What happened.
    pub lines: Vec<Line>,
}

/// What the outside world has seen.
#[derive(Default)]
pub(super) struct Seen {
    /// Access that may stand, by what tells it apart: who has it.
    pub(super) stands: BTreeMap<String, String>,
    /// What broke on the way.
    pub(super) broken: Option<String>,
    /// Whoever approved, by request.
    approved: BTreeMap<usize, Vec<PersonId>>,
    /// How often access was made, by what tells it apart.
    made: BTreeMap<String, usize>,
}

/// Chance, where a life is explored.
pub(super) struct Chance {
    pub(super) random: Random,
    /// Whether the outside still fails.
    pub(super) wild: bool,
    pub(super) seen: Seen,
}

/// Lives one life; none where it kept every promise or no scenario asks for anything.
#[must_use]
pub fn life(stage: &Stage<'_>, seed: u64) -> Option<Broken> {
    let mut random = Random::of(seed);
    let asks: Vec<(&Scenario, &Ask)> = stage
        .suite
        .scenarios
        .iter()
        .flat_map(|s| s.actions.iter().map(move |a| (s, a)))
        .filter(|(_, a)| a.refusal.is_none())
        .filter_map(
            |(s, a)| if let Act::Request(ask) = &a.act { Some((s, ask.as_ref())) } else { None },
        )
        .collect();
    let (first, rest) = asks.split_first()?;
    let (scenario, ask) = random.pick(*first, rest);
    let flow = stage.module.bundle.flows.get(&scenario.flow)?;
    let mut house = House::new(stage, scenario, false);
    let actions = random.between(2, ACTIONS_MAX);
    house.chance = Some(Chance { random, wild: true, seen: Seen::default() });
    let broken = lived(&mut house, flow, ask, actions).err();
    broken.filter(|message| !message.is_empty()).map(|message| Broken {
        seed,
        flow: scenario.flow.clone(),
        message,
        lines: std::mem::take(&mut house.lines),
    })
}

fn lived(house: &mut House<'_>, flow: &Flow, ask: &Ask, actions: u64) -> Result<(), String> {
    perform(house, Act::Request(Box::new(ask.clone())))?;
    for _ in 0..actions {
        let Some(act) = chosen(house, flow, ask) else { break };
        perform(house, act)?;
    }
    end(house, flow)
}

/// Anything that somebody might do now.
fn chosen(house: &mut House<'_>, flow: &Flow, ask: &Ask) -> Option<Act> {
    let people: Vec<String> = house.people.keys().cloned().collect();
    let stages: Vec<String> = flow.approvals.iter().map(|a| a.name.clone()).collect();
    let random = &mut house.chance.as_mut()?.random;
    let pick = |random: &mut Random, of: &[String]| -> Option<String> {
        let at = usize::try_from(random.below(of.len() as u64)).ok()?;
        of.get(at).cloned()
    };
    let by = pick(random, &people)?;
    let reason = Some("chance".to_owned());
    Some(match random.below(20) {
        0..=7 => {
            let stage = pick(random, &stages)?;
            Act::Decide { approve: true, stage, by, comment: reason }
        }
        8 => {
            let stage = pick(random, &stages)?;
            Act::Decide { approve: false, stage, by, comment: reason }
        }
        9..=13 => {
            let by_s = random.pick(60, &[1, 30, 600, 3_600, 4 * 3_600, 86_400]);
            Act::Advance { by_s }
        }
        14 => Act::Revoke { by, reason },
        15 => Act::Cancel { by },
        16 => Act::Extend { by, duration_s: random.pick(600, &[1_800, 86_400]), reason },
        17 => Act::Crash,
        18 => Act::Freeze { by, reason: reason.filter(|_| random.permille(500)) },
        _ if random.permille(300) => Act::Deactivate { user: by },
        _ => Act::Request(Box::new(ask.clone())),
    })
}

/// An action, whose refusal is no fault here.
fn perform(house: &mut House<'_>, what: Act) -> Result<(), String> {
    let action = Action { act: what, refusal: None, place: Place::default() };
    // A refusal is an answer like any other.
    drop(act::perform(house, &action));
    if let Some(Failure { message, code, .. }) = house.broken.take() {
        // What no mock of the file answers cannot be explored; it breaks no promise.
        return Err(if code.is_some() { String::new() } else { message });
    }
    match house.chance.as_mut().and_then(|c| c.seen.broken.take()) {
        Some(broken) => Err(broken),
        None => Ok(()),
    }
}

/// Everything outside is well again, people end what has no date, and time passes.
fn end(house: &mut House<'_>, flow: &Flow) -> Result<(), String> {
    if let Some(chance) = &mut house.chance {
        chance.wild = false;
    }
    house.frozen = None;
    let waits: u64 = flow.approvals.iter().map(|a| a.timeout_s.0.saturating_mul(2)).sum();
    perform(house, Act::Advance { by_s: waits.saturating_add(7 * 86_400) })?;
    if flow.grant.as_ref().is_some_and(|g| g.ends == Ends::OnRevoke) {
        for index in 0..house.requests.len() {
            act::end_by_admin(house, index);
        }
    }
    let longest = flow.grant.as_ref().and_then(|g| g.max_duration_s).map_or(0, |s| s.0);
    let total = flow.grant.as_ref().and_then(|g| g.extend.as_ref()).map_or(0, |e| e.max_total_s.0);
    let by_s = longest.max(total).saturating_add(2 * 86_400);
    perform(house, Act::Advance { by_s })?;
    let Some(chance) = &house.chance else { return Ok(()) };
    if let Some((what, who)) = chance.seen.stands.iter().next() {
        return Err(format!("P2: {what} was never taken back from {who}"));
    }
    let open = house.requests.iter().find(|h| h.request.outcome.is_none());
    match open {
        Some(held) => {
            let phase = held.request.phase.word();
            Err(format!(
                "P5: a request of {} has not ended: it is `{phase}`",
                held.request.requester.email()
            ))
        }
        None => Ok(()),
    }
}

/// Everything that some mock of the file answers to an effect.
pub(super) fn answers(stage: &Stage<'_>, effect: &str) -> Vec<Answer> {
    let own = stage.suite.scenarios.iter().flat_map(|s| &s.mocks);
    let all = stage.suite.mocks.iter().chain(own).filter(|m| m.effect == effect);
    all.flat_map(|m| m.answers.iter().cloned()).collect()
}

/// What an effect is answered by chance: as the mock says, or it fails in some way.
pub(super) fn answer(random: &mut Random, wild: bool, answers: &[Answer]) -> (Option<Answer>, u64) {
    let fine = || {
        let good = answers.iter().find(|a| matches!(a, Answer::Output(_)));
        good.or(answers.last()).cloned()
    };
    if !wild {
        return (fine(), 0);
    }
    let delay = random.pick(0, &[0, 0, 0, 1, 5, 40]);
    if random.permille(200) {
        let kind = random.pick(
            ErrorKind::Timeout,
            &[ErrorKind::Throttled, ErrorKind::ServerError, ErrorKind::Connect, ErrorKind::Auth],
        );
        let message = "chance".to_owned();
        return (Some(Answer::Error { kind, message, status: None }), delay);
    }
    let at = usize::try_from(random.below(answers.len() as u64)).unwrap_or(0);
    (answers.get(at).cloned().or_else(fine), delay)
}

/// A call of a strategy, as the outside sees it.
pub(super) struct Access {
    pub(super) request: usize,
    pub(super) target: String,
    pub(super) escalate: bool,
    /// Whether requests share it, and whether doing it twice does no harm.
    pub(super) shared: bool,
    pub(super) harmless: bool,
}

impl House<'_> {
    /// An approval that was taken.
    pub(super) fn see_approval(&mut self, request: usize, by: PersonId) {
        if let Some(chance) = &mut self.chance {
            chance.seen.approved.entry(request).or_default().push(by);
        }
    }

    /// A call that makes access leaves: P1.
    pub(super) fn see_escalation(&mut self, request: usize) {
        let Some(held) = self.requests.get(request) else { return };
        let Some(pinned) = self.pinned(held.version, &held.request.flow) else { return };
        let own = held.request.requester.id;
        let alone_is_enough = pinned.flow.approvals.iter().any(|a| a.allow_self);
        let Some(chance) = &mut self.chance else { return };
        let by = chance.seen.approved.get(&request);
        let others = by.is_some_and(|by| by.iter().any(|id| *id != own || alone_is_enough));
        if !pinned.flow.auto && !others {
            let message = "P1: access is made, and no other person has approved";
            chance.seen.broken.get_or_insert(message.to_owned());
        }
    }

    /// A call of a strategy has ended: what stands now, and that one approval made it once.
    pub(super) fn see_outcome(&mut self, access: &Access, outcome: &Outcome) {
        let Some(held) = self.requests.get(access.request) else { return };
        let who = held.request.requester.email().to_owned();
        let Some(chance) = &mut self.chance else { return };
        let key = match access.shared {
            true => format!("`{}` of {who}", access.target),
            false => format!("`{}` of request {}", access.target, access.request),
        };
        if !access.escalate {
            if is_confirmed(outcome) {
                chance.seen.stands.remove(&key);
            }
            return;
        }
        if is_refused(outcome) || was_there(outcome) {
            return;
        }
        let made = chance.seen.made.entry(key.clone()).or_default();
        *made = made.saturating_add(1);
        if *made > 1 && !access.harmless && !access.shared {
            let message = format!("one approval made {key} twice");
            chance.seen.broken.get_or_insert(message);
        }
        chance.seen.stands.insert(key, who);
    }
}

/// Whether a call certainly did nothing.
fn is_refused(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused { .. } => true,
        Outcome::Answered(answer) => answer.status.is_some_and(|s| (300..500).contains(&s)),
        Outcome::Unknown { .. } => false,
    }
}

fn was_there(outcome: &Outcome) -> bool {
    let Outcome::Answered(answer) = outcome else { return false };
    answer.payload.as_ref().and_then(|p| p.get("preexisting")) == Some(&true.into())
}

/// Whether an end is confirmed: a function says so by empty `errors`, a service by its status.
fn is_confirmed(outcome: &Outcome) -> bool {
    let Outcome::Answered(answer) = outcome else { return false };
    let errors = answer.payload.as_ref().and_then(|p| p.get("errors")?.as_array());
    errors.is_none_or(Vec::is_empty) && answer.status.is_none_or(|s| s < 300 || s == 404)
}
