//! Engines with a planted fault. Each is the real one with its input or output changed, and each
//! must be found by the checker of the promise that it breaks.
//!
//! To add a plant: a function in `before` (what the engine is shown) or `after` (what it says), and
//! its row in [`ALL`].

use flow_engine::{Context, Event, Pinned, Request, Transition};

mod after;
mod before;

/// The real engine's form.
pub type Engine = fn(&Pinned<'_>, Option<&Request>, &Event, &Context) -> Transition;

/// An engine with a fault.
pub struct Plant {
    /// The promise that it breaks.
    pub promise: u8,
    /// What it does wrong.
    pub says: &'static str,
    /// The engine.
    pub engine: Engine,
}

const fn plant(promise: u8, says: &'static str, engine: Engine) -> Plant {
    Plant { promise, says, engine }
}

/// Every plant.
pub const ALL: [Plant; 32] = [
    plant(1, "lets the requester approve", before::own_request),
    plant(1, "counts a person twice", before::twice),
    plant(1, "forgets who left a group", before::left),
    plant(1, "takes any digest", before::any_digest),
    plant(1, "thinks one is enough", before::one_is_enough),
    plant(1, "lets somebody decide who was shut out", before::gone_decides),
    plant(1, "does not look again at whom it waited for", before::looks_once),
    plant(1, "reads what was asked about somebody else", before::mixes_up),
    plant(2, "gives up an end after three tries", after::gives_up),
    plant(2, "forgets that a call may still run", after::forgets_settling),
    plant(2, "thinks a call without an answer did not happen", before::unknown_is_refused),
    plant(2, "takes one word for two", before::one_word),
    plant(2, "counts the word of somebody who was shut out", before::gone_speaks),
    plant(2, "pauses an hour between two tries of an end", after::long_pauses),
    plant(2, "lets a revoke wait until the time is up", after::revokes_later),
    plant(2, "settles by a clock that jumps", before::jumps_count),
    plant(3, "escalates once more where it heard nothing", before::unknown_is_throttled),
    plant(3, "escalates under a new key", after::new_key),
    plant(4, "takes back what was refused", before::refused_is_unknown),
    plant(4, "forgets who else holds a grant", before::other_holders),
    plant(5, "forgets an approval when the next one comes", before::forgets),
    plant(6, "takes any answer for done", before::any_answer),
    plant(7, "grows a grant when the clock jumps", after::jumps_extend),
    plant(7, "ends a grant at half its time", after::half_time),
    plant(7, "extends access and asks nobody", before::extends_alone),
    plant(7, "counts an old approval for an extension", before::approved_before),
    plant(7, "says that access lasts longer, and ends it as before", after::extends_in_words),
    plant(8, "does not see a freeze", before::freeze),
    plant(8, "does not see that a flow is disabled", before::disabled),
    plant(8, "does not see that a flow is gone", before::flow_gone),
    plant(9, "loses the word that a function said no", after::loses_errors),
    plant(10, "keeps no audit of clicks", after::no_audit),
];
