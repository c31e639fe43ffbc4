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
    /// Something befalls a request: `flow_gone`, `target_gone`, `person_deactivated`.
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
    /// A person joins every group.
    Joins(Who),
    /// A person is shut out.
    Deactivated(Who),
    /// An admin freezes everything.
    Frozen,
    /// The freeze is over.
    Thawed,
    /// A bundle comes that disables the flow.
    Disabled,
    /// A bundle comes that lacks the first target.
    TargetGone,
    /// A bundle comes with other stages, durations and hooks.
    Upgraded,
    /// Everybody is known by another id from here on.
    Renamed,
    /// Nobody can be asked who is in a group outside.
    DirectoryDown,
    /// It answers again.
    DirectoryUp,
    /// Somebody takes away by hand what a request made, as far as it stands.
    HandRemoved(usize),
}

const MINUTE: u64 = 60_000;

/// Who asks, by request: most often one person for many, and now and then a bot that asks for itself.
#[must_use]
pub fn requesters(random: &mut Random) -> Vec<Who> {
    let count = random.pick(1, &[1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 5, 8]);
    let mut who = vec![Who::Ana];
    who.extend((1..count).map(|_| random.pick(Who::Ana, &[Who::Ana, Who::Bo, Who::Cy])));
    if count > 1 && random.permille(60) {
        who.push(Who::Robot);
    }
    who
}

/// Draws what is wanted during a life.
#[must_use]
pub fn plan(random: &mut Random, scripts: &[Script; 2], faults: &Faults, asking: &[Who]) -> Plan {
    let mut plan = Plan::default();
    let [script, later] = scripts;
    // Whoever decides does so in whichever bundle has more stages.
    let more = later.stages.len() > script.stages.len();
    let stages = if more { &later.stages } else { &script.stages };
    // Now and then everybody at once.
    let spread = random.pick(30 * MINUTE, &[30 * MINUTE, MINUTE]);
    let mut before = 0;
    for (request, who) in asking.iter().enumerate() {
        let adjacent = before + script.duration_s * 1000 + random.between(0, 5_000);
        let asked_at = match request {
            0 => 0,
            _ if random.permille(200) => adjacent,
            _ => random.between(0, spread),
        };
        before = asked_at;
        asks(&mut plan, random, asked_at, (request, *who));
        decisions(&mut plan, random, stages, (request, *who), asked_at);
        others(&mut plan, random, (request, *who), asked_at);
        resolving(&mut plan, random, request, asked_at, faults);
        if script.standing || later.standing {
            standing(&mut plan, random, request);
        }
        if script.extend.is_some() || later.extend.is_some() {
            extensions(&mut plan, random, stages, (request, *who), asked_at);
        }
    }
    changes(&mut plan, random, asking);
    others_know(&mut plan, random, scripts);
    shut_out(&mut plan, random, asking);
    plan
}

/// They ask themselves, or a bot does in their name; now and then somebody else tries that first.
fn asks(plan: &mut Plan, random: &mut Random, at: u64, (request, who): (usize, Who)) {
    let other = if random.permille(70) { Some(Who::Robot) } else { None };
    let other = if random.permille(25) { Some(Who::Di) } else { other };
    if let Some(other) = other {
        plan.act(random, at, request, other, Act::Ask, None);
    }
    if other != Some(Who::Robot) {
        plan.act(random, at, request, who, Act::Ask, None);
    } else if random.permille(200) {
        // What a bot asked for is withdrawn by the bot, or by whoever it is for.
        let soon = at + random.between(1, 20 * MINUTE);
        let by = random.pick(Who::Robot, &[who]);
        plan.act(random, soon, request, by, Act::Cancel, None);
    }
}

/// Somebody ends in the end, as a rule, what does not end by itself.
fn standing(plan: &mut Plan, random: &mut Random, request: usize) {
    for (often, from, act) in [(500, 30, Act::Revoke), (700, 190, Act::RevokeAll)] {
        if random.permille(often) {
            let at = random.between(from * MINUTE, (from + 60) * MINUTE);
            plan.act(random, at, request, Who::Root, act, None);
        }
    }
}

/// The world changes: groups, bundles, people, and what was made.
fn changes(plan: &mut Plan, random: &mut Random, asking: &[Who]) {
    let mut some = |plan: &mut Plan, chance: u64, minutes: u64, wish: Wish| {
        let at = random.between(0, minutes * MINUTE);
        if random.permille(chance) {
            plan.wishes.push((at, wish));
            return Some(at);
        }
        None
    };
    for who in [Who::Bo, Who::Cy, Who::Di] {
        some(plan, 40, 20, Wish::Leaves(who));
    }
    some(plan, 100, 20, Wish::Joins(Who::Zoe));
    if some(plan, 60, 60, Wish::Frozen).is_some() {
        some(plan, 600, 120, Wish::Thawed);
    }
    some(plan, 120, 40, Wish::Upgraded);
    for request in 0..asking.len() {
        some(plan, 30, 60, Wish::HandRemoved(request));
    }
    let disabled = some(plan, 40, 20, Wish::Disabled).map(|at| (at, "flow_gone"));
    let lacking = some(plan, 40, 20, Wish::TargetGone).map(|at| (at, "target_gone"));
    // What waits is swept soon after, and until then found to be disabled.
    for (at, what) in disabled.into_iter().chain(lacking) {
        for request in 0..asking.len() {
            let at = at + random.between(1, MINUTE);
            let id = format!("swept:{what}:{request}");
            plan.wishes.push((at, Wish::Befalls { id, request, what }));
        }
    }
    for (request, who) in asking.iter().enumerate() {
        if random.permille(40) {
            let at = random.between(0, 60 * MINUTE);
            let id = format!("flow_gone:{request}");
            plan.wishes.push((at, Wish::Befalls { id, request, what: "flow_gone" }));
        }
        // Whoever is shut out loses all that they asked for, one after the other.
        if random.permille(25) {
            let at = random.between(0, 40 * MINUTE);
            for (other, _) in asking.iter().enumerate().filter(|(_, w)| *w == who) {
                let at = at + random.between(0, 20_000);
                let id = format!("person_deactivated:{request}:{other}");
                let what = "person_deactivated";
                plan.wishes.push((at, Wish::Befalls { id, request: other, what }));
            }
        }
    }
}

/// What others know changes: ids, and who is in groups outside.
fn others_know(plan: &mut Plan, random: &mut Random, scripts: &[Script; 2]) {
    if scripts.iter().any(|s| s.by_id) && random.permille(400) {
        plan.wishes.push((random.between(0, 40 * MINUTE), Wish::Renamed));
    }
    let outside = scripts.iter().any(|s| s.stages.iter().any(|stage| stage.outside));
    if outside && random.permille(300) {
        let at = random.between(0, 20 * MINUTE);
        plan.wishes.push((at, Wish::DirectoryDown));
        let up = at + random.between(1_000, 30 * MINUTE);
        plan.wishes.push((up, Wish::DirectoryUp));
    }
}

/// Somebody who asks for nothing is shut out, as a rule just after they acted, while that is still
/// looked at.
fn shut_out(plan: &mut Plan, random: &mut Random, asking: &[Who]) {
    // A word about a stuck end waits for a second one, so that whoever said it is looked at later.
    for (act, often, later) in [(Act::Approve, 120, 30), (Act::Resolve, 400, 40)] {
        let acted = plan.wishes.iter().filter_map(|(at, wish)| {
            let Wish::Acts { by, act: acted, .. } = wish else { return None };
            (*acted == act && !asking.contains(by)).then_some((*at, *by))
        });
        let acted: Vec<(u64, Who)> = acted.collect();
        if acted.is_empty() || !random.permille(often) {
            continue;
        }
        let (at, who) = random.pick((0, Who::Di), &acted);
        let soon = if random.permille(500) { 2_000 } else { later * MINUTE };
        plan.wishes.push((at + random.between(1, soon), Wish::Deactivated(who)));
    }
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
fn decisions(
    plan: &mut Plan,
    random: &mut Random,
    stages: &[StageScript],
    about: (usize, Who),
    from: u64,
) {
    let mut from = from;
    for stage in stages {
        let minutes = random.pick(4, &[1, 2, 8, 30]);
        // Now and then all of them at once.
        let until = from + if random.permille(120) { 1_500 } else { minutes * MINUTE };
        for who in Who::ALL {
            click(plan, random, (from, until), about, who, stage);
        }
        for who in stage.fallback().iter().filter(|who| **who != about.1) {
            if random.permille(700) {
                let at = from + stage.timeout_s * 1000 + random.between(1, 10 * MINUTE);
                plan.act(random, at, about.0, *who, Act::Approve, Some(stage.name));
            }
        }
        // A lazy stage: it is met later, or never.
        from = if random.permille(100) { from } else { until };
    }
}

fn click(
    plan: &mut Plan,
    random: &mut Random,
    (from, until): (u64, u64),
    (request, requester): (usize, Who),
    who: Who,
    stage: &StageScript,
) {
    let should = who != requester && stage.rules.iter().any(|(people, _)| people.contains(&who));
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
fn others(plan: &mut Plan, random: &mut Random, (request, own): (usize, Who), asked_at: u64) {
    let mut some = |plan: &mut Plan, chance: u64, minutes: u64, who: Who, act: Act| {
        if random.permille(chance) {
            let at = asked_at + random.between(0, minutes * MINUTE);
            plan.act(random, at, request, who, act, None);
        }
    };
    some(plan, 40, 10, own, Act::Cancel);
    some(plan, 20, 10, Who::Bo, Act::Cancel);
    some(plan, 120, 60, own, Act::Revoke);
    some(plan, 60, 60, Who::Root, Act::Revoke);
    some(plan, 60, 60, Who::Bo, Act::Revoke);
    some(plan, 60, 60, Who::Zoe, Act::Revoke);
    some(plan, 30, 90, Who::Root, Act::RevokeAll);
    some(plan, 30, 90, Who::Zoe, Act::RevokeAll);
}

/// The requester wants more time, others decide about it, and now and then somebody else wants it.
fn extensions(
    plan: &mut Plan,
    random: &mut Random,
    stages: &[StageScript],
    (request, own): (usize, Who),
    asked_at: u64,
) {
    for _ in 0..random.pick(2, &[1, 4]) {
        let at = asked_at + random.between(MINUTE, 50 * MINUTE);
        let who = if random.permille(900) { own } else { Who::Di };
        plan.act(random, at, request, who, Act::Extend, None);
        if random.permille(700) {
            let until = at + random.pick(2 * MINUTE, &[1_500, 10 * MINUTE]);
            for stage in stages {
                for who in Who::ALL {
                    click(plan, random, (at, until), (request, own), who, stage);
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
