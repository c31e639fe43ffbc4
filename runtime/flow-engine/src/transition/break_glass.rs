//! Break-glass: a flow that nobody decides about. Every use is approved at once, and told to
//! everybody who has to know, before anything is made.

use flow_bundle::bundle::BreakGlass;
use flow_bundle::eval::eval;
use flow_bundle::print;

use super::notify::{self, fact};
use super::work::Work;
use crate::effect::Fault;
use crate::message::{About, Fact, MessageBody, TextPart};
use crate::scope::scope;

/// Tells the flow's announcement and the error channel, each destination once. What cannot be
/// computed holds nothing up and is reported: an emergency does not wait for a text.
pub(super) fn announce(work: &mut Work<'_>, glass: &BreakGlass) {
    let mut to = vec![notify::error_channel(work)];
    if let Some(expr) = &glass.announce {
        let scope = scope(work.pinned, &work.request, work.at, None);
        match eval(expr, &scope) {
            Ok(value) => {
                for destination in notify::destinations(&value) {
                    notify::add(&mut to, destination);
                }
            }
            Err(e) => {
                let fault = Fault::evaluation(&e);
                notify::error(work, "`announce` of a break-glass use failed", Some(&fault));
            }
        }
    }
    let requester = &work.request.requester;
    let body = MessageBody {
        about: About::Alarm,
        text: vec![
            TextPart::flow("BREAK-GLASS: "),
            TextPart::external(requester.name.clone()),
            TextPart::flow(format!(" uses `{}`. Nobody was asked.", work.pinned.flow.label)),
        ],
        facts: facts(work, glass),
        ..MessageBody::default()
    };
    for to in to {
        work.tell(to, false, body.clone());
    }
}

/// Who, what, why and how long.
fn facts(work: &Work<'_>, glass: &BreakGlass) -> Vec<Fact> {
    let mut facts = vec![
        fact("Request", work.request.id.to_string()),
        fact("Requester", work.request.requester.username.clone()),
    ];
    let reason = work.request.fields.get(&glass.reason).map(print::print);
    facts.extend(reason.and_then(Result::ok).map(|reason| fact("Reason", reason)));
    facts.extend(notify::access_facts(work));
    facts
}
