//! Promise 5: Nothing is lost. What a person was told is taken comes to something outside, whoever died in
//! between: everybody needed has approved, and the requester hears so; enough have denied, and the
//! requester hears that; who asked for more time is answered.

use crate::cast::Who;
use crate::life::Lived;
use crate::log::{Act, Acted};
use crate::promises::approval::is_enough;
use crate::script::StageScript;

/// What becomes of a request whose stages are all met.
const AFTER_APPROVAL: [&str; 3] = ["is approved", "is cancelled", "has failed"];

pub(super) fn check(lived: &Lived) -> Option<String> {
    super::asked(lived).into_iter().find_map(|request| {
        approval(lived, request)
            .or_else(|| denial(lived, request))
            .or_else(|| extension(lived, request))
    })
}

/// What the requester was told of this, and when.
fn told(lived: &Lived, request: usize, words: &[&str]) -> Vec<u64> {
    let dm = format!("dm:{}", lived.requester(request).email());
    let told = lived.log.told().filter(|(_, t)| {
        t.request == request && t.to == dm && words.iter().any(|w| t.text.contains(w))
    });
    told.map(|(at, _)| at).collect()
}

/// Clicks on a stage that were taken. Where each is checked first, being taken is not yet counting.
fn taken<'a>(
    lived: &'a Lived,
    request: usize,
    act: Act,
    stage: &StageScript,
) -> Vec<(u64, &'a Acted)> {
    let script = lived.script(request);
    // Whom others took over from has approved for nothing.
    let handed_over = !stage.fallback().is_empty();
    let checked = script.fit || script.hooks.iter().any(|(hook, _)| *hook == "on_approve");
    if handed_over || checked {
        return Vec::new();
    }
    let acts = lived.log.acts().filter(|(_, a)| {
        a.request == request && a.act == act && a.stage == Some(stage.name) && super::taken(a)
    });
    acts.collect()
}

fn approval(lived: &Lived, request: usize) -> Option<String> {
    let stages = &lived.script(request).stages;
    let met = stages.iter().all(|stage| {
        let mut people: Vec<(Who, &[usize])> = Vec::new();
        for (_, acted) in taken(lived, request, Act::Approve, stage) {
            if !people.iter().any(|(who, _)| *who == acted.by) {
                people.push((acted.by, &acted.rules));
            }
        }
        is_enough(stage, &people)
    });
    let lost = met && !stages.is_empty() && told(lived, request, &AFTER_APPROVAL).is_empty();
    lost.then(|| format!("enough people approved request {request}, and nothing came of it"))
}

fn denial(lived: &Lived, request: usize) -> Option<String> {
    let approved = told(lived, request, &["is approved"]).first().copied().unwrap_or(u64::MAX);
    let stages = &lived.script(request).stages;
    let denied = stages.iter().any(|stage| {
        let denials = taken(lived, request, Act::Deny, stage);
        let denials = denials.iter().filter(|(at, _)| *at < approved).count();
        u64::try_from(denials).unwrap_or(0) >= stage.denials
    });
    let lost = denied && told(lived, request, &["denied"]).is_empty();
    lost.then(|| format!("request {request} was denied, and nothing came of it"))
}

fn extension(lived: &Lived, request: usize) -> Option<String> {
    let asks = lived.log.acts();
    let asks = asks.filter(|(_, a)| a.request == request && a.act == Act::Extend);
    let asked = asks.filter(|(_, a)| super::taken(a)).count();
    let answered = told(lived, request, &["lasts until", "is not granted"]).len();
    (asked > answered).then(|| {
        format!("request {request} asked for more time {asked} times, and was answered {answered}")
    })
}
