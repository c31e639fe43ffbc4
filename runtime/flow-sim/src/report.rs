//! Many lives, and what they came to.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use crate::daemon::Decide;
use crate::life::{self, Lived};
use crate::log::Fact;
use crate::promises::{self, Breach};
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
    /// The first life that broke a promise, as a story.
    pub breach: Option<(u64, Breach, String)>,
}

/// Lives every seed until one breaks a promise.
#[must_use]
pub fn run(seeds: Range<u64>, decide: &Decide) -> Report {
    let mut report = Report::default();
    for seed in seeds {
        let lived = life::live(seed, decide);
        report.add(&lived);
        if let Some(breach) = promises::first_breach(&lived) {
            let moral = format!("promise {} is broken: {}", breach.promise, breach.seen);
            let told = story::tell(seed, &lived, &moral);
            report.breach = Some((seed, breach, told));
            break;
        }
    }
    report
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
            Some((_, _, told)) => write!(f, "\n{told}"),
            None => Ok(()),
        }
    }
}
