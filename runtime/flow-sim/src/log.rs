//! What happened outside: clicks, calls, access, messages. Checkers read this and nothing else.
//!
//! Times are true milliseconds since the life began, which no clock of the daemon shows.

use flow_engine::effect::Purpose;
use flow_engine::{EffectId, Reason};

use crate::cast::Who;

/// Everything that happened outside, in order.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// In order.
    pub lines: Vec<Line>,
    /// Lines of the audit trail: what it says and when it was committed.
    pub audit: Vec<(u64, flow_engine::audit::Record)>,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Line {
    /// True time in milliseconds.
    pub at: u64,
    /// What.
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Fact {
    /// A person did something, and was answered.
    Acted(Acted),
    /// Something befell a request: `flow_gone`, `target_gone`, `person_deactivated`.
    Befell {
        /// Which request.
        request: usize,
        /// What.
        what: &'static str,
        /// Whether it was taken.
        taken: bool,
    },
    /// The world changed: a person left a group, everything was frozen, another bundle came.
    Changed(&'static str),
    /// A person who asked for nothing was shut out.
    Deactivated(Who),
    /// The last check of a person's click was answered, and the answer was committed.
    Checked {
        /// On which request.
        request: usize,
        /// Whose click.
        who: Who,
        /// Whether they truly could still decide then.
        standing: bool,
    },
    /// A call was begun: from here on it may have left.
    Begun(Flight),
    /// A call has reached the function.
    Reached(Flight),
    /// A call certainly did not reach the function.
    Turned(Flight),
    /// Access stood before anybody asked.
    Stood(Access),
    /// Access stands.
    Made(Access),
    /// Access is gone.
    Gone(Access),
    /// The function confirmed: `errors` is `[]`.
    Confirmed(Flight),
    /// Somebody was told something.
    Told(Told),
    /// Something went wrong, for the story.
    Fault(&'static str),
    /// A node died; its memory is gone.
    Died(usize),
    /// A node lives.
    Rose(usize),
    /// The clock was moved by this many milliseconds.
    Jumped(i64),
    /// From here on nothing fails any more.
    Healed,
}

/// What a person did.
#[derive(Debug, Clone)]
pub struct Acted {
    /// The event's id.
    pub event: String,
    /// Which request.
    pub request: usize,
    /// Who.
    pub by: Who,
    /// What.
    pub act: Act,
    /// For a click: the stage.
    pub stage: Option<&'static str>,
    /// For a click: for which rules of the stage they truly were an approver then.
    pub rules: Vec<usize>,
    /// For a click: whether they truly were one of those who decide where nobody did in time.
    pub late: bool,
    /// For a click: whether they had seen what they decided about.
    pub seen: bool,
    /// The answer: nothing where it was taken.
    pub refused: Option<Reason>,
    /// Whether they truly were active.
    pub active: bool,
    /// Recorded time of the daemon, in milliseconds.
    pub recorded: u64,
}

/// What a person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Act {
    Ask,
    Approve,
    Deny,
    Cancel,
    Revoke,
    Extend,
    Resolve,
    RevokeAll,
}

/// What somebody was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// By which request.
    pub request: usize,
    /// To whom.
    pub to: String,
    /// What.
    pub text: String,
    /// Until when access lasts, in recorded milliseconds, where the text says so.
    pub active_until: Option<u64>,
}

/// One call to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight {
    /// Numbers calls.
    pub number: usize,
    /// Whose.
    pub request: usize,
    /// What for.
    pub purpose: Purpose,
    /// Which target; empty for a step, and `end TARGET` for one that comes before an end.
    pub target: String,
    /// Who they are for the function, where it has ids of its own.
    pub known_as: String,
    /// The idempotency key that the function saw.
    pub key: EffectId,
    /// Which attempt.
    pub attempt: u32,
    /// Recorded time of the daemon, in milliseconds.
    pub recorded: u64,
}

/// Access of one person to one target: by request where requests do not share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Access {
    /// Who has it.
    pub who: Who,
    /// Which request; none where it is shared.
    pub request: Option<usize>,
    /// Which target.
    pub target: String,
    /// Who has it, where the other side has ids of its own.
    pub known_as: String,
}

impl Log {
    /// Appends a line.
    pub fn add(&mut self, at: u64, fact: Fact) {
        self.lines.push(Line { at, fact });
    }

    /// What people did, with its time.
    pub fn acts(&self) -> impl Iterator<Item = (u64, &Acted)> {
        self.lines.iter().filter_map(|line| {
            let Fact::Acted(acted) = &line.fact else { return None };
            Some((line.at, acted))
        })
    }

    /// Calls that were begun, with their true time.
    pub fn begun(&self, purpose: Purpose) -> impl Iterator<Item = (u64, &Flight)> {
        self.lines.iter().filter_map(move |line| {
            let Fact::Begun(flight) = &line.fact else { return None };
            (flight.purpose == purpose).then_some((line.at, flight))
        })
    }

    /// Tries of an end that were begun, those that came no further than what is asked first among
    /// them: true time, request and target.
    pub fn ends(&self) -> impl Iterator<Item = (u64, &str, &Flight)> {
        self.lines.iter().filter_map(|line| {
            let Fact::Begun(flight) = &line.fact else { return None };
            let target = match flight.purpose {
                Purpose::Deescalate => flight.target.as_str(),
                Purpose::Step => flight.target.strip_prefix("end ")?,
                Purpose::Escalate => return None,
            };
            Some((line.at, target, flight))
        })
    }

    /// What people were told, with its time.
    pub fn told(&self) -> impl Iterator<Item = (u64, &Told)> {
        self.lines.iter().filter_map(|line| {
            let Fact::Told(told) = &line.fact else { return None };
            Some((line.at, told))
        })
    }

    /// Whether a call was confirmed.
    #[must_use]
    pub fn is_confirmed(&self, flight: &Flight) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|l| matches!(&l.fact, Fact::Confirmed(f) if f.number == flight.number))
    }
}
