//! Steps that no service answers: the users of the file and the history of the scenario do.

use flow_bundle::bundle::Bundle;
use flow_bundle::suite::Suite;
use flow_engine::effect::StepCall;
use flow_engine::event::Answer;
use flow_engine::{End, Outcome};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value as Json, json};

use super::house::House;

/// Events that are counted, and the records that tell of them.
const EVENTS: [(&str, &str); 6] = [
    ("request", "request.opened"),
    ("approve", "stage.approved"),
    ("deny", "stage.denied"),
    ("request_expire", "request.expired"),
    ("escalate", "grant.active"),
    ("deescalate", "grant.ended"),
];

/// The bundle as it is where these people play: what the file says of their managers and of their ids
/// elsewhere stands where a directory would say it. What the flows say themselves is stronger.
#[must_use]
pub fn with_people(bundle: &Bundle, suite: &Suite) -> Bundle {
    let mut bundle = bundle.clone();
    for player in suite.users.values() {
        let manager = player.manager.iter().map(|email| ("manager".to_owned(), email.clone()));
        let ids = player.identities.clone().unwrap_or_default().into_iter();
        let declared = bundle.identities.map.get(&player.email).cloned().unwrap_or_default();
        let said: Vec<(String, String)> =
            ids.chain(manager).filter(|(provider, _)| !declared.contains_key(provider)).collect();
        if said.is_empty() {
            continue;
        }
        let own = bundle.identities.overrides.entry(player.email.clone()).or_default();
        for (provider, id) in said {
            own.entry(provider).or_insert(id);
        }
    }
    bundle
}

impl House<'_> {
    /// The answer of a step that no mock answers; none where it is of another kind.
    pub(super) fn answered(&mut self, call: &StepCall, request: Option<usize>) -> Option<Outcome> {
        let email = call.args.get("user").and_then(email);
        let payload = match call.kind.as_str() {
            "identity" => {
                let provider = call.args.get("provider").and_then(Json::as_str)?;
                let id = self.identities.get(&(email?, provider.to_owned()));
                id.map_or(Json::Null, |id| Json::from(id.as_str()))
            }
            "identity_save" => {
                let text = |name: &str| call.args.get(name).and_then(Json::as_str);
                let (provider, id) = (text("provider")?, text("id")?);
                self.identities.insert((email?, provider.to_owned()), id.to_owned());
                Json::Null
            }
            "run_history" => json!({ "count": self.history(call, &email?, request) }),
            _ => return None,
        };
        Some(Outcome::Answered(Answer { payload: Some(payload), ..Answer::default() }))
    }

    /// How many events of a person are recorded, of the flow or of the target.
    fn history(&self, call: &StepCall, email: &str, own: Option<usize>) -> usize {
        let text = |name: &str| call.args.get(name).and_then(Json::as_str);
        let wanted = text("event").unwrap_or_default();
        let kind = EVENTS.iter().find(|(word, _)| *word == wanted).map_or("", |(_, kind)| kind);
        let ago = |name: &str| call.args.get(name).and_then(seconds).and_then(|s| self.ago(s));
        let (since, until) = (ago("since"), ago("until"));
        let errored = call.args.get("include_errored") == Some(&Json::Bool(true));
        // Who looks at a form has no request yet, and no target.
        let mine = own.and_then(|own| self.requests.get(own)).map(|h| &h.request);
        let flow = match mine {
            Some(mine) => mine.flow.as_str(),
            None => self.newest_flow().map_or("", |(address, _)| address),
        };
        let by_target = text("by") == Some("target");
        let fits = |id: Option<flow_engine::RequestId>| {
            let held = self.requests.iter().find(|h| Some(h.request.id) == id);
            held.map(|h| &h.request).is_some_and(|r| {
                let same = if by_target {
                    let targets = |r: &flow_engine::Request| {
                        r.accesses.iter().map(|a| a.target.address.clone()).collect::<Vec<_>>()
                    };
                    let own = mine.map(targets).unwrap_or_default();
                    targets(r).iter().any(|t| own.contains(t))
                } else {
                    r.flow == flow
                };
                same && Some(r.id) != mine.map(|m| m.id)
                    && (errored || r.outcome != Some(End::Errored))
            })
        };
        let who = |record: &flow_engine::audit::Record| match record.actor.as_ref() {
            // What the daemon does, it does for the requester.
            None => {
                let held = self.requests.iter().find(|h| Some(h.request.id) == record.request);
                held.map(|h| h.request.requester.email().to_owned())
            }
            Some(actor) => self.person(actor.id).map(|p| p.email().to_owned()),
        };
        let all = self.audit.iter().filter(|r| r.kind == kind && fits(r.request));
        let all =
            all.filter(|r| since.is_none_or(|t| r.at >= t) && until.is_none_or(|t| r.at <= t));
        all.filter(|r| who(r).as_deref() == Some(email)).count()
    }

    fn ago(&self, seconds: i64) -> Option<Timestamp> {
        self.now.checked_sub(SignedDuration::from_secs(seconds)).ok()
    }
}

fn email(user: &Json) -> Option<String> {
    let text = user.as_str().or_else(|| user.get("email").and_then(Json::as_str));
    text.map(str::to_lowercase)
}

fn seconds(span: &Json) -> Option<i64> {
    match span.as_str() {
        Some(text) => flow_bundle::duration::parse(text)?.to_i64(),
        None => span.as_i64(),
    }
}
