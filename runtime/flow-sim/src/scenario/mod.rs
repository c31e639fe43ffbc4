//! Scenarios of `*.flowtest.hcl`, played against the real engine: fake adapters, a virtual clock,
//! and a daemon that holds everything in its store.
//!
//! Time stands still but for `advance`. Between two actions everything happens that is due: calls
//! leave and are answered by mocks, hooks go on, timers tick. Pure: the same suite and bundle tell
//! the same story.
//!
//! | file | holds |
//! | --- | --- |
//! | `house` | the store, the outbox, the clock |
//! | `call` | effects, and what mocks answer |
//! | `fixture` | steps that users and history answer |
//! | `act`, `form` | what people do and see |
//! | `expect` | what must be so |
//! | `crash` | a daemon that forgets everything but its journal |
//! | [`coverage`] | which parts of flows were come to |
//! | [`explore`] | random legal actions against the promises |
//! | `told` | what happened, as it is told |

mod act;
mod call;
pub mod coverage;
mod crash;
mod expect;
pub mod explore;
mod fixture;
mod form;
mod house;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::Bundle;
use flow_bundle::digest::Digest;
use flow_bundle::suite::{Act, Place, Scenario, Suite};
use flow_engine::{Context, Event, Pinned, Request, Transition};

pub use fixture::with_people;
use house::House;
pub use told::{Line, Who};

/// What decides: the engine, or one with a planted fault.
pub trait Engine {
    /// As [`flow_engine::transition`].
    fn decide(
        &self,
        pinned: &Pinned<'_>,
        request: Option<&Request>,
        event: &Event,
        context: &Context,
    ) -> Transition;

    /// The daemon has died: whatever is held in memory is gone.
    fn restart(&self) {}
}

/// The engine itself. It holds nothing in memory.
#[derive(Debug, Clone, Copy, Default)]
pub struct Real;

impl Engine for Real {
    fn decide(
        &self,
        pinned: &Pinned<'_>,
        request: Option<&Request>,
        event: &Event,
        context: &Context,
    ) -> Transition {
        flow_engine::transition(pinned, request, event, context)
    }
}

/// A bundle and its hash.
#[derive(Debug, Clone, Copy)]
pub struct Version<'p> {
    /// What flows mean in it.
    pub bundle: &'p Bundle,
    /// Its content hash.
    pub hash: Digest,
}

/// What scenarios are played with.
#[derive(Clone, Copy)]
pub struct Stage<'p> {
    /// The file.
    pub suite: &'p Suite,
    /// The module's bundle.
    pub module: Version<'p>,
    /// Other versions, by the directory that `deploy` names.
    pub others: &'p BTreeMap<String, Version<'p>>,
    /// What decides.
    pub engine: &'p dyn Engine,
}

/// How a scenario went.
#[derive(Debug, Clone)]
pub struct Played {
    /// Why it failed; absent: it did not.
    pub failure: Option<Failure>,
    /// What happened, in order.
    pub lines: Vec<Line>,
    /// Headers of mocks that were asked.
    pub used: BTreeSet<Place>,
    /// Parts of the flow that were come to.
    pub covered: BTreeSet<coverage::Point>,
}

/// Why a scenario failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The code, where it has one: `Q802`.
    pub code: Option<&'static str>,
    /// Where in the test file.
    pub place: Place,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Paths in the bundle of what decided it, likeliest first.
    pub decided_by: Vec<String>,
    /// Whether it failed only in the second playing, with a crash after each record.
    pub after_crash: bool,
}

impl Failure {
    fn at(place: Place, message: impl Into<String>) -> Self {
        Self {
            code: None,
            place,
            message: message.into(),
            help: None,
            decided_by: Vec::new(),
            after_crash: false,
        }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Plays a scenario: once as it stands, and once with a crash after each record of the journal,
/// which must end the same.
#[must_use]
pub fn play(stage: &Stage<'_>, scenario: &Scenario) -> Played {
    let mut house = House::new(stage, scenario, false);
    let mut played = run(&mut house);
    if played.failure.is_some() {
        return played;
    }
    let mut again = House::new(stage, scenario, true);
    let crashed = run(&mut again);
    let differs = crashed.failure.or_else(|| crash::differs(&house, &again));
    if let Some(failure) = differs {
        played.failure = Some(Failure { after_crash: true, ..failure });
        played.lines = crashed.lines;
    }
    played
}

fn run(house: &mut House<'_>) -> Played {
    let mut failure = None;
    let scenario = house.scenario;
    for action in &scenario.actions {
        house.place = action.place;
        let done = if let Act::Expect(expected) = &action.act {
            expect::compare(house, expected, action.place)
        } else {
            act::perform(house, action)
        };
        // What came up on the way is the cause of what is missed afterwards.
        if let Some(found) = house.broken.take().or(done.err()) {
            failure = Some(found);
            break;
        }
    }
    Played {
        failure,
        lines: std::mem::take(&mut house.lines),
        used: std::mem::take(&mut house.used),
        covered: std::mem::take(&mut house.covered),
    }
}
