//! Between the story's words and the engine's: an act as an event, a call and a message as facts. Every
//! world that lives a life speaks so, the model here and what stands in for it elsewhere.

use flow_engine::effect::{EffectKind, Purpose};
use flow_engine::event::{Ask, Click, EventKind, Longer};
use flow_engine::{Effect, RequestId};
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::cast::Who;
use crate::life::BIRTH_MS;
use crate::log::{Act, Told};
use crate::script::Script;

/// What a person does, as the daemon hears it. Whoever asks and is not the requester asks in the
/// requester's name.
///
/// # Errors
/// What they click on could not be looked at.
pub fn event_kind<E>(
    script: &Script,
    request: RequestId,
    (by, requester): (Who, Who),
    act: Act,
    click: impl FnOnce() -> Result<Click, E>,
) -> Result<EventKind, E> {
    Ok(match act {
        Act::Ask => {
            let urgent = if script.urgent { "yes" } else { "no" };
            let fields = [("urgent", urgent), ("why", "an incident")];
            EventKind::Ask(Ask {
                request,
                requester: (by != requester).then(|| requester.person()),
                fields: fields.map(|(name, said)| (name.to_owned(), Json::from(said))).into(),
                context: Json::Null,
            })
        }
        Act::Approve => EventKind::Approve(click()?),
        Act::Deny => EventKind::Deny(click()?),
        Act::Cancel => EventKind::Cancel,
        Act::Revoke => EventKind::Revoke { reason: None },
        Act::Extend => EventKind::Extend(Longer { duration_s: script.longer_s, reason: None }),
        Act::Resolve => EventKind::Resolve { reason: "looked".to_owned() },
        Act::RevokeAll => EventKind::RevokeAll { reason: "leak".to_owned() },
    })
}

/// What somebody was told. Access that nobody limits lasts for ever.
#[must_use]
pub fn told(request: usize, to: String, text: String) -> Told {
    let until = text.split_once("active until ").or(text.split_once("lasts until "));
    let until = until.and_then(|(_, rest)| rest.strip_suffix('.'));
    let active_until = until.and_then(|until| match until {
        "somebody ends it" => Some(u64::MAX),
        at => u64::try_from(at.parse::<Timestamp>().ok()?.as_millisecond() - BIRTH_MS).ok(),
    });
    Told { request, to, text, active_until }
}

/// What a call is for, about which target, and who they are on the other side; nothing of a message.
#[must_use]
pub fn call(effect: &Effect) -> Option<(Purpose, String, String)> {
    let text = |json: Option<&Json>| json.and_then(Json::as_str).unwrap_or_default().to_owned();
    match &effect.kind {
        EffectKind::Lambda(call) if call.purpose == Purpose::Step => {
            let before = text(call.payload.get("before"));
            let target = format!("{before} {}", text(call.payload.get("target")));
            Some((Purpose::Step, target.trim().to_owned(), String::new()))
        }
        EffectKind::Lambda(call) => {
            let named = call.payload.get("fields").and_then(|f| f.get("target")?.get("name"));
            let known = call.payload.get("flow").and_then(|f| f.get("identity")?.get("id"));
            Some((call.purpose, text(named), text(known)))
        }
        // A directory knows everybody by one name; whoever writes calls says which.
        EffectKind::Access(call) => {
            let known_as =
                if effect.kind.is_http() { call.identity.clone() } else { String::new() };
            Some((call.purpose, call.target.name.clone(), known_as))
        }
        EffectKind::Step(_) => Some((Purpose::Step, String::new(), String::new())),
        EffectKind::Message(_) => None,
    }
}

/// Whose click a step asks about, and whether it is the last to ask.
#[must_use]
pub fn asked_about(effect: &Effect) -> Option<(Who, bool)> {
    let EffectKind::Lambda(call) = &effect.kind else { return None };
    let who = call.payload.get("who").and_then(Json::as_str).and_then(Who::by_email)?;
    Some((who, call.payload.get("last") == Some(&Json::Bool(true))))
}
