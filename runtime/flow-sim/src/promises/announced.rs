//! Promise 1, where nobody is asked: a use of break-glass is told to the flow's announcement and to the
//! error channel before anything is made; where no destination can be reached, once it can.

use crate::life::Lived;
use crate::script::ANNOUNCED;

/// Who hears of every use: the flow declares no error channel, so that is the admins.
const HEAR: [&str; 2] = [ANNOUNCED, "set:admins"];

pub(super) fn check(lived: &Lived) -> Option<String> {
    super::escalations(lived).into_iter().find_map(|(at, request, _)| {
        if !lived.script(request).break_glass {
            return None;
        }
        let by = if lived.silent { u64::MAX } else { at };
        let unheard = HEAR.into_iter().find(|to| {
            let mut told = lived.log.told();
            !told.any(|(t, told)| {
                t <= by
                    && told.request == request
                    && told.to == *to
                    && told.text.starts_with("BREAK-GLASS")
                    && told.text.contains(lived.requester(request).name())
            })
        })?;
        Some(format!("request {request} broke the glass, and {unheard} was not told before"))
    })
}
