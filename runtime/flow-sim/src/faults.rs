//! What can go wrong, and how often.

use flow_bundle::bundle::ErrorKind;
use flow_engine::effect::Purpose;

use crate::random::Random;

/// How often each thing goes wrong, in a thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// A node dies between two instructions.
    pub crash: u64,
    /// The clock is moved during a life.
    pub jump: u64,
    /// A call certainly does not happen: throttled, refused, no connection.
    pub turned: u64,
    /// The connection is lost after the call was written.
    pub lost: u64,
    /// The function runs longer than the caller waits.
    pub slow: u64,
    /// The function answers with `errors`, raises, or answers garbage.
    pub wrong: u64,
    /// No end works until the world heals.
    pub ends_fail: u64,
    /// An outcome or a click comes twice.
    pub twice: u64,
    /// A node loses its lease while it goes on.
    pub lease: u64,
    /// Nobody can be told anything until the world heals.
    pub silence: u64,
}

impl Faults {
    /// A world in which everything works.
    pub const NONE: Self = Self {
        crash: 0,
        jump: 0,
        turned: 0,
        lost: 0,
        slow: 0,
        wrong: 0,
        ends_fail: 0,
        twice: 0,
        lease: 0,
        silence: 0,
    };

    /// The faults of one life: most lives know a few kinds, some none.
    #[must_use]
    pub fn draw(random: &mut Random) -> Self {
        let mut some = |often: u64, chance: u64| if random.permille(often) { chance } else { 0 };
        Self {
            crash: some(300, 40),
            jump: some(150, 1000),
            turned: some(250, 150),
            lost: some(250, 150),
            slow: some(200, 150),
            wrong: some(250, 150),
            ends_fail: some(60, 1000),
            twice: some(250, 150),
            lease: some(150, 200),
            silence: some(30, 1000),
        }
    }
}

/// What becomes of a call. Times are milliseconds after it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// The word of the fault, for the table of what was tried.
    pub word: &'static str,
    /// Certainly did not happen, and why.
    pub turned: Option<ErrorKind>,
    /// When it takes effect, if it does.
    pub effect_after: Option<u64>,
    /// When the caller hears, unless it gave up before.
    pub heard_after: u64,
    /// What the caller hears.
    pub said: Said,
}

/// What the caller hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Said {
    Done,
    Errors,
    Raised,
    Garbage,
    ConnectionLost,
}

impl Fate {
    /// Draws the fate of a call to a function that may run for `function_s` seconds and whose
    /// caller waits `deadline_s` seconds.
    #[must_use]
    pub fn draw(
        random: &mut Random,
        faults: &Faults,
        purpose: Purpose,
        deadline_s: u64,
        function_s: u64,
    ) -> Self {
        let quick = random.between(20, 900);
        let fine = Self {
            word: "fine",
            turned: None,
            effect_after: Some(quick / 2),
            heard_after: quick,
            said: Said::Done,
        };
        if faults.ends_fail > 0 && purpose == Purpose::Deescalate {
            let word = "ends fail";
            let said = random.pick(Said::Errors, &[Said::Raised, Said::Garbage]);
            return Self { word, effect_after: None, said, ..fine };
        }
        if random.permille(faults.turned) {
            let kind = random.pick(
                ErrorKind::Throttled,
                &[ErrorKind::Throttled, ErrorKind::Connect, ErrorKind::Auth, ErrorKind::NotFound],
            );
            return Self { word: "turned", turned: Some(kind), effect_after: None, ..fine };
        }
        if random.permille(faults.lost) {
            let effect = random.permille(700).then(|| random.between(10, function_s * 1000));
            let said = Said::ConnectionLost;
            let heard_after = random.between(10, deadline_s * 1000);
            return Self { word: "lost", effect_after: effect, heard_after, said, ..fine };
        }
        if random.permille(faults.slow) {
            // The call may leave as late as its deadline, and then runs as long as it may.
            let late = random.between(0, deadline_s * 1000);
            let runs = random.between(10, function_s * 1000);
            let heard_after = late + runs;
            return Self { word: "slow", effect_after: Some(heard_after), heard_after, ..fine };
        }
        if random.permille(faults.wrong) {
            let said = random.pick(Said::Errors, &[Said::Raised, Said::Garbage]);
            let effect = random.permille(500).then_some(quick / 2);
            return Self { word: "wrong", effect_after: effect, said, ..fine };
        }
        fine
    }
}
