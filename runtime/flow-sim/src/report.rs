//! Many lives, and what they came to.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use crate::daemon::Decide;
use crate::life::{self, Lived};
use crate::log::Fact;
use crate::promises::{self, Breach};
use crate::setup::Setup;
use crate::shrink::shrink;
use crate::story;

/// What many lives came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many were lived.
    pub lives: u64,
    /// In how many of them access stood at some time.
    pub active: u64,
    /// In how many of them a node died.
    pub crashed: u64,
    /// How many times an event met a request.
    pub transitions: u64,
    /// (phase, event, fault) that met at least once.
    pub met: BTreeSet<(&'static str, &'static str, &'static str)>,
    /// The first life that broke a promise, and how.
    pub breach: Option<(u64, Breach)>,
}

/// Lives every seed until one breaks a promise, or the one that is asked about.
#[must_use]
pub fn run(seeds: Range<u64>, promise: Option<u8>, decide: &Decide) -> Report {
    let mut report = Report::default();
    for seed in seeds {
        let lived = life::live(seed, decide);
        report.add(&lived);
        if let Some(breach) = promises::first_breach(&lived, promise) {
            report.breach = Some((seed, breach));
            break;
        }
    }
    report
}

/// The shortest life found that breaks the same promise, as a story.
#[must_use]
pub fn tell_short(seed: u64, breach: &Breach, decide: &Decide) -> String {
    let (setup, seen) = shrink(Setup::draw(seed), breach, decide);
    let lived = life::live_from(setup, decide);
    story::tell(seed, &lived, &format!("promise {} is broken: {seen}", breach.promise))
}

impl Report {
    fn add(&mut self, lived: &Lived) {
        let any = |wanted: fn(&Fact) -> bool| lived.log.lines.iter().any(|l| wanted(&l.fact));
        self.lives += 1;
        self.active += u64::from(any(|f| matches!(f, Fact::Made(_))));
        self.crashed += u64::from(any(|f| matches!(f, Fact::Died(_))));
        self.transitions += u64::from(lived.transitions);
        self.met.extend(&lived.met);
    }

    /// Both together; the earlier breach stands.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.lives += other.lives;
        self.active += other.active;
        self.crashed += other.crashed;
        self.transitions += other.transitions;
        self.met.extend(other.met);
        self.breach = self.breach.or(other.breach);
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} lives, {} became active, {} saw a node die; {} transitions, {} different \
             (phase, event, fault)",
            self.lives,
            self.active,
            self.crashed,
            self.transitions,
            self.met.len()
        )?;
        match &self.breach {
            Some((seed, Breach { promise, seen })) => {
                write!(f, "\nseed {seed}: promise {promise} is broken: {seen}")
            }
            None => Ok(()),
        }
    }
}
