//! The table: what each event means in each phase. Every pair is decided here, most of them
//! refused with a reason; what a taken event does is in the other files.

use std::fmt::Write as _;

use crate::event::EventName;
use crate::refusal::Reason;
use crate::state::Phase;

/// What an event meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It is looked at; it may still be refused for what it carries or who sent it.
    Take(&'static str),
    /// It is refused.
    Refuse(Reason),
}

/// What `event` means in `phase`; no phase: there is no request yet.
#[must_use]
pub const fn rule(phase: Option<Phase>, event: EventName) -> Rule {
    let Some(phase) = phase else {
        return match event {
            EventName::Ask => Rule::Take("opens the request"),
            EventName::Overtaken => Rule::Take("takes back what a restored store has forgotten"),
            EventName::Approve
            | EventName::Deny
            | EventName::Cancel
            | EventName::Revoke
            | EventName::Extend
            | EventName::Resolve
            | EventName::Tick
            | EventName::Outcome
            | EventName::FlowGone
            | EventName::TargetGone
            | EventName::PersonDeactivated
            | EventName::RevokeAll => Rule::Refuse(Reason::NotFound),
        };
    };
    match event {
        EventName::Ask => Rule::Refuse(Reason::NotPermitted),
        EventName::Approve => decide(phase, "counts for a stage", "counts for an extension"),
        EventName::Deny => decide(phase, "counts against a stage", "counts against an extension"),
        EventName::Cancel => cancel(phase),
        EventName::Revoke | EventName::RevokeAll => revoke(phase),
        EventName::Extend => extend(phase),
        EventName::Resolve => resolve(phase),
        EventName::Tick => tick(phase),
        EventName::Outcome => Rule::Take("settles the call that waits for it"),
        EventName::FlowGone | EventName::TargetGone => gone(phase),
        EventName::PersonDeactivated => deactivated(phase),
        EventName::Overtaken => overtaken(phase),
    }
}

const fn decide(phase: Phase, does: &'static str, later: &'static str) -> Rule {
    match phase {
        Phase::Pending => Rule::Take(does),
        Phase::Active => Rule::Take(later),
        Phase::Requested
        | Phase::Approved
        | Phase::Escalating
        | Phase::Deescalating
        | Phase::Ended => Rule::Refuse(Reason::NotPending),
    }
}

const fn cancel(phase: Phase) -> Rule {
    match phase {
        Phase::Requested | Phase::Pending | Phase::Approved => Rule::Take("withdraws the request"),
        Phase::Escalating | Phase::Active | Phase::Deescalating => Rule::Refuse(Reason::TooLate),
        Phase::Ended => Rule::Refuse(Reason::AlreadyEnded),
    }
}

const fn revoke(phase: Phase) -> Rule {
    match phase {
        Phase::Requested | Phase::Pending => Rule::Refuse(Reason::NotActive),
        Phase::Approved => Rule::Take("withdraws the request before anything is made"),
        Phase::Escalating => Rule::Take("takes back as soon as the call has settled"),
        Phase::Active => Rule::Take("takes back"),
        Phase::Deescalating => Rule::Refuse(Reason::TooLate),
        Phase::Ended => Rule::Refuse(Reason::AlreadyEnded),
    }
}

const fn extend(phase: Phase) -> Rule {
    match phase {
        Phase::Active => Rule::Take("asks for more time"),
        Phase::Requested | Phase::Pending | Phase::Approved | Phase::Escalating => {
            Rule::Refuse(Reason::NotActive)
        }
        Phase::Deescalating => Rule::Refuse(Reason::TooLate),
        Phase::Ended => Rule::Refuse(Reason::AlreadyEnded),
    }
}

const fn resolve(phase: Phase) -> Rule {
    match phase {
        Phase::Deescalating => Rule::Take("counts as one of two words that it is dealt with"),
        Phase::Requested | Phase::Pending | Phase::Approved | Phase::Escalating | Phase::Active => {
            Rule::Refuse(Reason::NotActive)
        }
        Phase::Ended => Rule::Refuse(Reason::AlreadyEnded),
    }
}

const fn tick(phase: Phase) -> Rule {
    match phase {
        Phase::Requested | Phase::Approved => Rule::Take("nothing is timed"),
        Phase::Pending => Rule::Take("expires, forwards, reminds"),
        Phase::Escalating => Rule::Take("looks at the shared grant again"),
        Phase::Active => Rule::Take("takes back what is due; forwards, reminds of an extension"),
        Phase::Deescalating => Rule::Take("marks as stuck what is overdue"),
        Phase::Ended => Rule::Refuse(Reason::AlreadyEnded),
    }
}

const fn gone(phase: Phase) -> Rule {
    match phase {
        Phase::Requested | Phase::Pending => Rule::Take("cancels the request"),
        Phase::Active => Rule::Take("closes an extension that people decide about"),
        Phase::Approved | Phase::Escalating | Phase::Deescalating => Rule::Refuse(Reason::TooLate),
        Phase::Ended => Rule::Refuse(Reason::AlreadyEnded),
    }
}

const fn deactivated(phase: Phase) -> Rule {
    match phase {
        Phase::Requested | Phase::Pending | Phase::Approved => Rule::Take("cancels the request"),
        Phase::Escalating => Rule::Take("takes back as soon as the call has settled"),
        Phase::Active => Rule::Take("takes back"),
        Phase::Deescalating => Rule::Refuse(Reason::TooLate),
        Phase::Ended => Rule::Refuse(Reason::AlreadyEnded),
    }
}

const fn overtaken(phase: Phase) -> Rule {
    match phase {
        Phase::Requested | Phase::Pending | Phase::Approved => {
            Rule::Take("cancels the request, or takes back what was given since the backup")
        }
        Phase::Escalating | Phase::Active => Rule::Take("takes back"),
        Phase::Deescalating => Rule::Refuse(Reason::TooLate),
        Phase::Ended => Rule::Refuse(Reason::AlreadyEnded),
    }
}

/// The whole table as text, one line per pair.
#[must_use]
pub fn print() -> String {
    let phases = std::iter::once(None).chain(Phase::ALL.into_iter().map(Some));
    let mut text = String::new();
    for phase in phases {
        let name = phase.map_or("(none)", Phase::word);
        for event in EventName::ALL {
            let does = match rule(phase, event) {
                Rule::Take(does) => does.to_owned(),
                Rule::Refuse(reason) => format!("refused: {}", reason.word()),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<13} {:<19} {does}", event.word());
        }
    }
    text
}
