//! Promise 9: Nothing wedges and nobody is left without an answer: every life comes to rest, and every
//! requester is told how it ended. (That every act is answered and written down is looked at by 10.)

use crate::life::Lived;
use crate::log::Fact;

/// What a requester is told last, in parts.
const LAST_WORDS: [&str; 6] =
    ["has ended", "has expired", "denied", "is cancelled", "request has failed", "is approved"];

pub(super) fn check(lived: &Lived) -> Option<String> {
    if !lived.rested {
        return Some("the life never came to rest".to_owned());
    }
    let words = |request: usize| {
        lived.log.lines.iter().filter_map(move |line| match &line.fact {
            Fact::Told { request: r, to, text, .. }
                if *r == request && to == "dm:ana@x.example" =>
            {
                Some(text.as_str())
            }
            Fact::Told { .. }
            | Fact::Acted(_)
            | Fact::Befell { .. }
            | Fact::Changed(_)
            | Fact::Deactivated(_)
            | Fact::Checked { .. }
            | Fact::Begun(_)
            | Fact::Reached(_)
            | Fact::Turned(_)
            | Fact::Made(_)
            | Fact::Gone(_)
            | Fact::Confirmed(_)
            | Fact::Died(_)
            | Fact::Rose(_)
            | Fact::Jumped(_)
            | Fact::Healed => None,
        })
    };
    let approved_is_last = lived.script.targets.is_empty();
    let untold = super::asked(lived).into_iter().find(|request| {
        let mut said = words(*request);
        !said.any(|text| {
            let last = |w: &&&str| approved_is_last || **w != "is approved";
            LAST_WORDS.iter().filter(last).any(|w| text.contains(w))
        })
    });
    untold.map(|request| format!("nobody was told how request {request} ended"))
}
