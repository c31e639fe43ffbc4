//! Promise 9: Nothing wedges and nobody is left without an answer: every life comes to rest, and every
//! requester is told how it ended. (That every act is answered and written down is looked at by 10.)

use crate::life::Lived;

/// What a requester is told last, in parts.
const LAST_WORDS: [&str; 6] =
    ["has ended", "has expired", "denied", "is cancelled", "request has failed", "is approved"];

pub(super) fn check(lived: &Lived) -> Option<String> {
    if !lived.rested {
        return Some("the life never came to rest".to_owned());
    }
    let untold = super::asked(lived).into_iter().find(|request| {
        let dm = format!("dm:{}", lived.requester(*request).email());
        let mut said = lived.log.told().filter(|(_, t)| t.request == *request && t.to == dm);
        let approved_is_last = lived.script(*request).targets.is_empty();
        !super::stands(lived, *request)
            && !said.any(|(_, told)| {
                let last = |w: &&&str| approved_is_last || **w != "is approved";
                LAST_WORDS.iter().filter(last).any(|w| told.text.contains(w))
            })
    });
    untold.map(|request| format!("nobody was told how request {request} ended"))
}
