//! What people want during a life, and what befalls.

use crate::cast::Who;
use crate::faults::Faults;
use crate::log::Act;
use crate::random::Random;
use crate::script::{Script, StageScript};

/// Everything that is wanted, with its true time in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// In no order.
    pub wishes: Vec<(u64, Wish)>,
}

/// One thing that is wanted, or befalls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// A person acts.
    Acts {
        /// The event's id.
        id: String,
        /// On which request.
        request: usize,
        /// Who.
        by: Who,
        /// What.
        act: Act,
        /// For a click: which stage.
        stage: Option<&'static str>,
        /// For a click: whether it names a digest that nobody was shown.
        wrong: bool,
        /// Whether the same event is sent a second time.
        again: bool,
    },
    /// Something befalls a request: `flow_gone`, `person_deactivated`.
    Befalls {
        /// The event's id.
        id: String,
        /// Which request.
        request: usize,
        /// What.
        what: &'static str,
    },
    /// A person leaves every group.
    Leaves(Who),
    /// A person is shut out.
    Deactivated(Who),
    /// An admin freezes everything.
    Frozen,
    /// A bundle comes that disables the flow.
    Disabled,
}

const MINUTE: u64 = 60_000;

/// Draws what is wanted during a life.
#[must_use]
pub fn plan(random: &mut Random, script: &Script, faults: &Faults) -> Plan {
    let mut plan = Plan::default();
    let requests = if random.permille(250) { 2 } else { 1 };
    for request in 0..requests {
        let asked_at = if request == 0 { 0 } else { random.between(MINUTE, 30 * MINUTE) };
        plan.act(random, asked_at, request, Who::Ana, Act::Ask, None);
        decisions(&mut plan, random, script, request, asked_at);
        others(&mut plan, random, request, asked_at);
        resolving(&mut plan, random, request, asked_at, faults);
        if script.extend.is_some() {
            extensions(&mut plan, random, script, request, asked_at);
        }
    }
    if random.permille(120) {
        let who = random.pick(Who::Bo, &[Who::Cy, Who::Di]);
        plan.wishes.push((random.between(0, 20 * MINUTE), Wish::Leaves(who)));
    }
    if random.permille(40) {
        plan.wishes.push((random.between(0, 60 * MINUTE), Wish::Frozen));
    }
    if random.permille(40) {
        let at = random.between(0, 20 * MINUTE);
        plan.wishes.push((at, Wish::Disabled));
        // What waits is swept soon after, and until then found to be disabled.
        for request in 0..requests {
            let at = at + random.between(1, MINUTE);
            let id = format!("swept:{request}");
            plan.wishes.push((at, Wish::Befalls { id, request, what: "flow_gone" }));
        }
    }
    shut_out(&mut plan, random);
    plan
}

/// Somebody is shut out, as a rule just after they acted, while that is still looked at.
fn shut_out(plan: &mut Plan, random: &mut Random) {
    let acted = plan.wishes.iter().filter_map(|(at, wish)| match wish {
        Wish::Acts { by, act: Act::Approve | Act::Resolve, .. } if *by != Who::Ana => {
            Some((*at, *by))
        }
        Wish::Acts { .. }
        | Wish::Befalls { .. }
        | Wish::Leaves(_)
        | Wish::Deactivated(_)
        | Wish::Frozen
        | Wish::Disabled => None,
    });
    let acted: Vec<(u64, Who)> = acted.collect();
    if acted.is_empty() || !random.permille(150) {
        return;
    }
    let (at, who) = random.pick((0, Who::Bo), &acted);
    let soon = if random.permille(500) { 2_000 } else { 30 * MINUTE };
    plan.wishes.push((at + random.between(1, soon), Wish::Deactivated(who)));
}

impl Plan {
    fn act(
        &mut self,
        random: &mut Random,
        at: u64,
        request: usize,
        by: Who,
        act: Act,
        stage: Option<&'static str>,
    ) {
        let id = format!("act:{request}:{}", self.wishes.len());
        let click = matches!(act, Act::Approve | Act::Deny);
        let wrong = click && random.permille(40);
        let again = random.permille(80);
        self.wishes.push((at, Wish::Acts { id, request, by, act, stage, wrong, again }));
    }
}

/// People decide: most of those who should, and a few who should not.
fn decisions(plan: &mut Plan, random: &mut Random, script: &Script, request: usize, from: u64) {
    let mut from = from;
    for stage in &script.stages {
        let minutes = random.pick(4, &[1, 2, 8, 30]);
        // Now and then all of them at once.
        let until = from + if random.permille(120) { 1_500 } else { minutes * MINUTE };
        for who in Who::ALL {
            click(plan, random, (from, until), request, who, stage);
        }
        // A lazy stage: it is met later, or never.
        from = if random.permille(100) { from } else { until };
    }
}

fn click(
    plan: &mut Plan,
    random: &mut Random,
    (from, until): (u64, u64),
    request: usize,
    who: Who,
    stage: &StageScript,
) {
    let should = who != Who::Ana && stage.rules.iter().any(|(people, _)| people.contains(&who));
    if !random.permille(if should { 850 } else { 120 }) {
        return;
    }
    let at = random.between(from + 100, until);
    let act = if random.permille(25) { Act::Deny } else { Act::Approve };
    plan.act(random, at, request, who, act, Some(stage.name));
    if random.permille(120) {
        let soon = at + random.between(1, 5_000);
        plan.act(random, soon, request, who, act, Some(stage.name));
    }
}

/// Cancelling, revoking, emergencies, resolving.
fn others(plan: &mut Plan, random: &mut Random, request: usize, asked_at: u64) {
    let mut some = |plan: &mut Plan, chance: u64, minutes: u64, who: Who, act: Act| {
        if random.permille(chance) {
            let at = asked_at + random.between(0, minutes * MINUTE);
            plan.act(random, at, request, who, act, None);
        }
    };
    some(plan, 40, 10, Who::Ana, Act::Cancel);
    some(plan, 20, 10, Who::Bo, Act::Cancel);
    some(plan, 120, 60, Who::Ana, Act::Revoke);
    some(plan, 60, 60, Who::Root, Act::Revoke);
    some(plan, 60, 60, Who::Bo, Act::Revoke);
    some(plan, 60, 60, Who::Zoe, Act::Revoke);
    some(plan, 30, 90, Who::Root, Act::RevokeAll);
    some(plan, 30, 90, Who::Zoe, Act::RevokeAll);
    for what in ["flow_gone", "person_deactivated"] {
        if random.permille(40) {
            let at = asked_at + random.between(0, 30 * MINUTE);
            let id = format!("{what}:{request}");
            plan.wishes.push((at, Wish::Befalls { id, request, what }));
        }
    }
}

/// The requester wants more time, others decide about it, and now and then somebody else wants it.
fn extensions(
    plan: &mut Plan,
    random: &mut Random,
    script: &Script,
    request: usize,
    asked_at: u64,
) {
    for _ in 0..random.pick(2, &[1, 4]) {
        let at = asked_at + random.between(MINUTE, 50 * MINUTE);
        let who = if random.permille(900) { Who::Ana } else { Who::Bo };
        plan.act(random, at, request, who, Act::Extend, None);
        if random.permille(700) {
            let until = at + random.pick(2 * MINUTE, &[1_500, 10 * MINUTE]);
            for stage in &script.stages {
                for who in Who::ALL {
                    click(plan, random, (at, until), request, who, stage);
                }
            }
        }
    }
}

/// People say that an end is dealt with: often where ends fail, else now and then.
fn resolving(plan: &mut Plan, random: &mut Random, request: usize, asked_at: u64, faults: &Faults) {
    let often = if faults.ends_fail > 0 { 500 } else { 80 };
    for who in [Who::Root, Who::Bo, Who::Cy, Who::Ana, Who::Zoe] {
        for chance in [often, often / 2] {
            if random.permille(chance) {
                let at = asked_at + random.between(0, 170 * MINUTE);
                plan.act(random, at, request, who, Act::Resolve, None);
            }
        }
    }
}
