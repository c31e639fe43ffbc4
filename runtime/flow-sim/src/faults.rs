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
    /// The function says that it has made access, and there is none.
    pub hollow: u64,
    /// Two nodes decide about the same request at once.
    pub conflict: u64,
}

/// Every kind of fault, by the name of its field.
pub const KINDS: [&str; 12] = [
    "crash",
    "jump",
    "turned",
    "lost",
    "slow",
    "wrong",
    "ends_fail",
    "twice",
    "lease",
    "silence",
    "hollow",
    "conflict",
];

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
        hollow: 0,
        conflict: 0,
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
            hollow: some(80, 150),
            conflict: some(250, 200),
        }
    }

    /// Without one kind.
    #[must_use]
    pub fn without(mut self, kind: &str) -> Self {
        let field = match kind {
            "crash" => &mut self.crash,
            "jump" => &mut self.jump,
            "turned" => &mut self.turned,
            "lost" => &mut self.lost,
            "slow" => &mut self.slow,
            "wrong" => &mut self.wrong,
            "ends_fail" => &mut self.ends_fail,
            "twice" => &mut self.twice,
            "lease" => &mut self.lease,
            "silence" => &mut self.silence,
            "hollow" => &mut self.hollow,
            "conflict" => &mut self.conflict,
            _ => return self,
        };
        *field = 0;
        self
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
    /// What becomes of a call that nothing befalls.
    #[must_use]
    pub fn fine(random: &mut Random) -> Self {
        let quick = random.between(20, 900);
        let effect_after = Some(quick / 2);
        Self { word: "fine", turned: None, effect_after, heard_after: quick, said: Said::Done }
    }

    /// Draws the fate of a call to a function that may run for `function_s` seconds and whose
    /// caller waits `deadline_ms` milliseconds more.
    #[must_use]
    pub fn draw(
        random: &mut Random,
        faults: &Faults,
        purpose: Purpose,
        deadline_ms: u64,
        function_s: u64,
    ) -> Self {
        let fine = Self::fine(random);
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
            let heard_after = random.between(10, deadline_ms);
            return Self { word: "lost", effect_after: effect, heard_after, said, ..fine };
        }
        if random.permille(faults.slow) {
            // The call may leave as late as its deadline, and then runs as long as it may.
            let late = random.between(0, deadline_ms);
            let runs = random.between(10, function_s * 1000);
            let heard_after = late + runs;
            return Self { word: "slow", effect_after: Some(heard_after), heard_after, ..fine };
        }
        if random.permille(faults.wrong) {
            let said = random.pick(Said::Errors, &[Said::Raised, Said::Garbage]);
            let effect = fine.effect_after.filter(|_| random.permille(500));
            return Self { word: "wrong", effect_after: effect, said, ..fine };
        }
        if purpose == Purpose::Escalate && random.permille(faults.hollow) {
            return Self { word: "hollow", effect_after: None, ..fine };
        }
        fine
    }
}
