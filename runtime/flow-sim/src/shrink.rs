//! A shorter life that breaks the same promise: fewer people, wishes and faults, a plainer flow, an
//! earlier end. Whatever is left out of a life leaves the rest as it was (`chance`), so trying and
//! keeping what still breaks is enough.

use crate::chance::Befallen;
use crate::daemon::Decide;
use crate::faults;
use crate::life::{self, Lived};
use crate::promises::{self, Breach};
use crate::script::{Late, Script};
use crate::setup::Setup;

/// Lives that may be tried for one story.
const TRIES_MAX: u32 = 1_500;

/// Makes the life shorter for as long as it breaks the same promise; how it then does.
#[must_use]
pub fn shrink(setup: Setup, breach: &Breach, decide: &Decide) -> (Setup, String) {
    let seen = breach.seen.clone();
    let mut shrinking = Shrinking { best: setup, seen, promise: breach.promise, decide, tries: 0 };
    loop {
        let before = shrinking.size();
        shrinking.once();
        if shrinking.size() >= before || shrinking.tries >= TRIES_MAX {
            return (shrinking.best, shrinking.seen);
        }
    }
}

struct Shrinking<'a> {
    best: Setup,
    seen: String,
    promise: u8,
    decide: &'a Decide,
    tries: u32,
}

impl Shrinking<'_> {
    fn lived(&self, setup: &Setup) -> Lived {
        life::live_from(setup.clone(), self.decide)
    }

    /// What there is to tell.
    fn size(&self) -> usize {
        self.lived(&self.best).log.lines.len() + self.best.wishes.len()
    }

    /// Keeps a life where it still breaks the promise.
    fn keep(&mut self, setup: Setup) -> bool {
        if self.tries >= TRIES_MAX {
            return false;
        }
        self.tries += 1;
        let breach = promises::first_breach(&self.lived(&setup), Some(self.promise));
        let Some(breach) = breach else { return false };
        self.best = setup;
        self.seen = breach.seen;
        true
    }

    fn once(&mut self) {
        for kind in faults::KINDS {
            let mut plainer = self.best.clone();
            plainer.faults = plainer.faults.without(kind);
            if plainer.faults != self.best.faults {
                self.keep(plainer);
            }
        }
        self.leave_out(|setup| &mut setup.wishes);
        self.leave_out(|setup| &mut setup.jumps);
        self.leave_out(|setup| &mut setup.before);
        self.mute();
        self.plainer(|setup| setup.nodes = 1);
        for minutes in [10, 45, 90] {
            self.plainer(|setup| setup.heals_at = setup.heals_at.min(minutes * 60_000));
        }
        for change in PLAINER {
            self.plainer(|setup| {
                for script in &mut setup.scripts {
                    change(script);
                    script.render();
                }
            });
        }
    }

    fn plainer(&mut self, change: impl Fn(&mut Setup)) {
        let mut plainer = self.best.clone();
        change(&mut plainer);
        self.keep(plainer);
    }

    /// Leaves out pieces of a list, large ones first.
    fn leave_out<T>(&mut self, list: fn(&mut Setup) -> &mut Vec<T>) {
        let mut piece = list(&mut self.best).len().div_ceil(2);
        while piece > 0 {
            let mut at = 0;
            while at < list(&mut self.best).len() {
                let mut less = self.best.clone();
                let items = list(&mut less);
                items.drain(at..(at + piece).min(items.len()));
                if !self.keep(less) {
                    at += piece;
                }
            }
            piece /= 2;
        }
    }

    /// Leaves out faults that befell something, large pieces first.
    fn mute(&mut self) {
        let befallen: Vec<Befallen> = self.lived(&self.best).befallen;
        let mut piece = befallen.len().div_ceil(2);
        while piece > 0 {
            for some in befallen.chunks(piece) {
                let mut less = self.best.clone();
                less.muted.extend(some);
                if less.muted.len() > self.best.muted.len() {
                    self.keep(less);
                }
            }
            piece /= 2;
        }
    }
}

/// Ways in which a flow becomes plainer.
const PLAINER: [fn(&mut Script); 22] = [
    |script| {
        script.stages.pop();
    },
    |script| {
        let first = usize::from(script.stages.len() > 1);
        script.stages.drain(..first);
    },
    |script| script.targets.truncate(1),
    |script| script.hooks.clear(),
    |script| script.fit = false,
    |script| script.auto = false,
    |script| script.extend = None,
    |script| script.standing = false,
    |script| script.http = false,
    |script| script.revocable = true,
    |script| script.shared = false,
    |script| script.idempotent = false,
    |script| script.asks_first = false,
    |script| script.asks_last = false,
    |script| script.by_id = false,
    |script| script.stages.iter_mut().for_each(|stage| stage.late = Late::Expire),
    |script| script.stages.iter_mut().for_each(|stage| stage.remind_s = None),
    |script| script.stages.iter_mut().for_each(|stage| stage.routed = false),
    |script| script.stages.iter_mut().for_each(|stage| stage.outside = false),
    |script| script.stages.iter_mut().for_each(|stage| stage.rules.truncate(1)),
    |script| script.stages.iter_mut().for_each(|stage| stage.denials = 1),
    |script| script.duration_s = script.duration_s.min(60),
];
