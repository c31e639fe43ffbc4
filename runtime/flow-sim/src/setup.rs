//! Everything a life is lived from. A seed draws it; whoever wants a shorter life changes it.

use std::collections::BTreeSet;

use crate::cast::Who;
use crate::chance::Befallen;
use crate::faults::Faults;
use crate::people::{self, Wish};
use crate::random::Random;
use crate::script::{Late, Script};

/// Until when things go wrong, in true milliseconds.
pub const HEALS_AT: u64 = 3 * 3_600_000;

/// Everything a life is lived from.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The seed: of what is not written here.
    pub seed: u64,
    /// The flow, and what a later bundle makes of it.
    pub scripts: [Script; 2],
    /// How often what goes wrong.
    pub faults: Faults,
    /// Who asks, by request.
    pub requesters: Vec<Who>,
    /// Whose access to what stood before.
    pub before: Vec<(Who, &'static str)>,
    /// What is wanted when, and what befalls.
    pub wishes: Vec<(u64, Wish)>,
    /// When the clock is moved, and by how many milliseconds.
    pub jumps: Vec<(u64, i64)>,
    /// How many nodes serve.
    pub nodes: usize,
    /// Whether the store refuses what a node says that has lost its lease.
    pub fenced: bool,
    /// Whether a node asks once more, before an escalation leaves, whether it still may.
    pub halts: bool,
    /// From when on everything works.
    pub heals_at: u64,
    /// Faults that are left out.
    pub muted: BTreeSet<Befallen>,
}

impl Setup {
    /// The life of a seed.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut random = Random::of(seed);
        let script = Script::draw(&mut random);
        let later = script.upgraded(&mut random);
        let scripts = [script, later];
        let faults = Faults::draw(&mut random);
        let requesters = people::requesters(&mut random);
        let wishes = people::plan(&mut random, &scripts, &faults, &requesters).wishes;
        let [script, mut later] = scripts;
        if wishes.iter().any(|(_, wish)| *wish == Wish::Upgraded) {
            later.render();
        }
        let scripts = [script, later];
        let jumps = jumps(&mut random, &faults);
        let before = before(&mut random, scripts.first(), &requesters);
        Self {
            seed,
            scripts,
            faults,
            requesters,
            before,
            wishes,
            jumps,
            nodes: random.pick(1, &[1, 1, 2, 3]),
            fenced: random.permille(500),
            halts: random.permille(500),
            heals_at: HEALS_AT,
            muted: BTreeSet::new(),
        }
    }
}

/// A service may have let people in before, without us.
fn before(
    random: &mut Random,
    script: Option<&Script>,
    requesters: &[Who],
) -> Vec<(Who, &'static str)> {
    let Some(script) = script.filter(|s| s.service.is_some()) else { return Vec::new() };
    let people: BTreeSet<Who> = requesters.iter().copied().collect();
    let pairs = people.iter().flat_map(|who| script.targets.iter().map(|t| (*who, *t)));
    pairs.filter(|_| random.permille(350)).collect()
}

impl Setup {
    /// Without what nobody but functions and bundles can know: memberships, ids, directories, what
    /// others decide later, and what is asked before a call. For worlds that play no more.
    #[must_use]
    pub fn of_functions(mut self) -> Self {
        for script in &mut self.scripts {
            (script.service, script.http, script.by_id) = (None, false, false);
            (script.asks_first, script.asks_last) = (false, false);
            for stage in &mut script.stages {
                (stage.late, stage.remind_s) = (Late::Expire, None);
                (stage.routed, stage.comment, stage.outside) = (false, false, false);
            }
            script.render();
        }
        self.before.clear();
        let others = [Wish::Renamed, Wish::DirectoryDown, Wish::DirectoryUp];
        self.wishes.retain(|(_, wish)| !others.contains(wish));
        self
    }
}

fn jumps(random: &mut Random, faults: &Faults) -> Vec<(u64, i64)> {
    if faults.jump == 0 {
        return Vec::new();
    }
    let jumps = (0..random.between(1, 6)).map(|_| {
        // Most of them while much is under way.
        let until = if random.permille(700) { 900_000 } else { HEALS_AT - 60_000 };
        let at = random.between(1_000, until);
        (at, random.pick(3_600_000, &[60_000, 1_200_000, -3_600_000, -600_000]))
    });
    jumps.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_a_bundle() {
        for seed in 0..200 {
            let mut setup = Setup::draw(seed);
            setup.scripts[1].render();
            assert!(setup.scripts.iter().all(|s| s.bundle.flows.len() == 1), "seed {seed}");
        }
    }
}
