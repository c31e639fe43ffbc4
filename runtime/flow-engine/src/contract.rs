//! The Lambda contract: what a function receives, and what its answer means.
//!
//! A function written for Sym works unchanged. The daemon adds `flow.signature`; everything else
//! of the payload is made here.

use flow_bundle::bundle::ErrorKind;
use flow_bundle::{Type, Value, conform, payload};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::context::Context;
use crate::effect::{Fault, Purpose};
use crate::event::{Answer, EventSource};
use crate::ids::EffectId;
use crate::person::{Person, PersonKind};
use crate::state::{Access, Request};

/// The version of Sym's schema that the payload keeps to.
const SCHEMA_VERSION: u32 = 6;

/// Namespace of target ids: the version-5 UUID of `flow:target` under the URL namespace.
const TARGETS: &str = "flow:target";

/// What one call of a strategy's function is about.
pub(crate) struct Invocation<'a> {
    pub request: &'a Request,
    pub context: &'a Context,
    pub access: &'a Access,
    pub purpose: Purpose,
    pub effect: EffectId,
    pub attempt: u32,
    /// When it was caused.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: &'a Person,
    /// Through which surface.
    pub source: EventSource,
    /// `payload_extra`, evaluated.
    pub extra: Json,
}

impl Invocation<'_> {
    /// The whole payload.
    pub fn payload(&self) -> Json {
        let org = &self.context.org;
        let flow = slug(&self.request.flow);
        let version = format!("{}.0.0", self.request.flow_version);
        let run = self.request.id.uuid();
        let event = match self.purpose {
            Purpose::Escalate | Purpose::Step => "escalate",
            Purpose::Deescalate => "deescalate",
        };
        json!({
            "id": self.effect.uuid(),
            "type": "event",
            "meta": { "schema_version": SCHEMA_VERSION },
            "state": { "status": "processing", "errors": [] },
            "run": {
                "srn": format!("{org}:run:{flow}:{version}:{run}"),
                "parent": format!("{org}:run:flow_selection:1.0.0:{run}"),
                "flow": format!("{org}:flow:{flow}:{version}"),
                "actors": self.actors(),
            },
            "event": {
                "srn": format!("sym:event-spec:approval:1.0.0:{event}"),
                "type": event,
                "template": "sym:template:approval:1.0.0",
                "timestamp": instant(self.at),
                "channel": self.channel(),
            },
            "actor": actor(org, self.actor),
            "fields": self.fields(),
            "flow": self.ours(),
        })
    }

    fn actors(&self) -> Json {
        let org = &self.context.org;
        let mut actors: Map<String, Json> =
            self.request.actors.iter().map(|(event, p)| (event.clone(), actor(org, p))).collect();
        if self.purpose == Purpose::Deescalate {
            actors.insert("deescalate".to_owned(), actor(org, self.actor));
        }
        Json::Object(actors)
    }

    fn channel(&self) -> &'static str {
        match (self.source, self.purpose) {
            (EventSource::Automation, Purpose::Deescalate) => "internal",
            (EventSource::Automation, Purpose::Escalate | Purpose::Step) => "sdk",
            (source @ (EventSource::Slack | EventSource::Api | EventSource::Web), _) => {
                source.word()
            }
        }
    }

    fn fields(&self) -> Json {
        let mut fields = prompt_values(self.request);
        let target = &self.access.target;
        let id = target_id(self.context, &target.kind, &target.name);
        let kind = slug(&target.kind);
        let name = slug(&target.name);
        fields.insert("target_id".to_owned(), json!(id));
        fields.insert(
            "target".to_owned(),
            json!({
                "name": target.name,
                "srn": format!("{}:access_target:{kind}:{name}:latest:{id}", self.context.org),
                "type": target.kind,
                "label": target.label,
                "settings": target.settings,
            }),
        );
        fields.remove("duration");
        match (self.purpose, &self.request.ending) {
            (Purpose::Deescalate, Some(ending)) => {
                fields.insert("deescalate_type".to_owned(), json!(ending.cause.word()));
            }
            (Purpose::Escalate | Purpose::Step | Purpose::Deescalate, _) => {
                if let Some(seconds) = self.request.duration_s {
                    fields.insert("duration".to_owned(), json!(seconds));
                }
            }
        }
        Json::Object(fields)
    }

    /// The one key that Sym lacked.
    fn ours(&self) -> Json {
        let request = self.request;
        let auto = request.approved.as_ref().and_then(|a| a.auto.as_ref());
        let approvals: Vec<Json> = match auto {
            Some(rule) => vec![json!({ "stage": null, "by": "auto", "rule": rule })],
            None => request
                .stages
                .iter()
                .flat_map(|stage| stage.approvals.iter().map(move |d| (stage, d)))
                .map(|(stage, d)| {
                    let (at, by) = (d.at.to_string(), &d.by.username);
                    match stage.extension {
                        None => json!({ "stage": stage.name, "by": by, "at": at }),
                        Some(number) => json!({ "stage": stage.name, "by": by, "at": at,
                            "extension": number }),
                    }
                })
                .collect(),
        };
        let escalated = self.access.answer.as_ref().and_then(|a| a.get("body"));
        let mut ours = json!({
            "bundle": request.bundle,
            "approvals": approvals,
            "request": { "fields": prompt_values(request) },
            "invocation": { "id": self.effect.uuid(), "attempt": self.attempt },
            "escalate": escalated.map(|body| json!({ "body": body })),
            "extra": self.extra,
        });
        if let (Some(known), Some(ours)) = (&self.access.identity, ours.as_object_mut()) {
            let identity = json!({ "provider": known.provider, "id": known.id });
            ours.insert("identity".to_owned(), identity);
        }
        ours
    }
}

/// Every submitted prompt value by its name; the target stands under its own keys.
fn prompt_values(request: &Request) -> Map<String, Json> {
    let fields = request.fields.iter().filter(|(name, _)| *name != "target");
    fields.map(|(name, value)| (name.clone(), payload::to_json(value))).collect()
}

/// The uuid of a target: the same in every deployment of an organisation.
fn target_id(context: &Context, kind: &str, name: &str) -> Uuid {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, TARGETS.as_bytes());
    Uuid::new_v5(&namespace, format!("{}:{kind}:{name}", context.org).as_bytes())
}

fn actor(org: &str, person: &Person) -> Json {
    let (kind, identity) = match person.kind {
        PersonKind::Human => {
            ("normal", json!({ "service": "sym", "external_id": "cloud", "email": person.email() }))
        }
        PersonKind::Bot => (
            "bot",
            json!({ "service": "sym", "external_id": "cloud", "user_id": person.id.uuid() }),
        ),
    };
    json!({
        "user": format!("{org}:user:{kind}:{}:latest", person.id.uuid()),
        "name": person.name,
        "username": person.username,
        "identity": identity,
    })
}

/// The part of a name that may stand in an `srn`: `prod_admin["billing"]` is `prod_admin--billing`.
fn slug(address: &str) -> String {
    let plain = address.replace("[\"", "--").replace("\"]", "");
    plain.to_lowercase().replace(':', "-")
}

/// `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC, no zone suffix.
fn instant(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()
}

/// The answer of a strategy's function: the whole object where it means *done*.
///
/// # Errors
/// What the answer means otherwise. None of the kinds says that nothing happened.
pub(crate) fn read(answer: &Answer) -> Result<Json, Fault> {
    let payload = json_of(answer)?;
    let bad = |why: &str| {
        let message = format!(
            "the function's answer {why}; expected `{{ \"body\": {{…}}, \"errors\": [] }}`"
        );
        Fault { body: Some(cut(payload)), ..Fault::new(ErrorKind::BadResponse, message) }
    };
    let object = payload.as_object().ok_or_else(|| bad("is no object"))?;
    let body = object.get("body").ok_or_else(|| bad("has no `body`"))?;
    let errors = object.get("errors").ok_or_else(|| bad("has no `errors`"))?;
    if !body.is_object() {
        return Err(bad("has a `body` that is no object"));
    }
    let errors = errors.as_array().ok_or_else(|| bad("has `errors` that are no list"))?;
    let words: Option<Vec<String>> = errors.iter().map(|e| e.as_str().map(str::to_owned)).collect();
    let words = words.ok_or_else(|| bad("has `errors` that are no texts"))?;
    if words.is_empty() {
        return Ok(payload.clone());
    }
    Err(Fault {
        errors: words,
        body: Some(cut(body)),
        ..Fault::new(ErrorKind::Errors, "the function answered with errors")
    })
}

/// The answer of a step's function, any JSON.
///
/// # Errors
/// The function raised, or what it answered is no JSON.
pub(crate) fn json_of(answer: &Answer) -> Result<&Json, Fault> {
    if let Some(raised) = &answer.function_error {
        let said = answer.payload.as_ref().and_then(|p| p.get("errorMessage")?.as_str());
        let message = match said {
            Some(said) => format!("the function raised: {said}"),
            None => format!("the function raised ({raised})"),
        };
        let body = answer.payload.as_ref().map(cut);
        return Err(Fault { body, ..Fault::new(ErrorKind::FunctionError, message) });
    }
    answer.payload.as_ref().ok_or_else(|| {
        let said = answer.not_json.as_deref().unwrap_or_default();
        let body = Some(Json::from(said.chars().take(CUT).collect::<String>()));
        Fault { body, ..Fault::new(ErrorKind::BadResponse, "the function's answer is no JSON") }
    })
}

/// Data from outside as a value of a type.
///
/// # Errors
/// Where it does not fit, as `bad_response`.
pub(crate) fn typed(json: &Json, ty: &Type) -> Result<Value, Fault> {
    conform::conform(&from_json(json), ty).map_err(|mismatch| Fault {
        body: Some(cut(json)),
        ..Fault::new(ErrorKind::BadResponse, format!("in the answer {mismatch}"))
    })
}

/// Data from outside as a value; what cannot be kept exactly is null.
pub(crate) fn from_json(json: &Json) -> Value {
    flow_bundle::json::parse(json.to_string().as_bytes()).unwrap_or(Value::Null)
}

/// How many characters of an answer people are shown.
const CUT: usize = 4096;

/// The beginning of an answer.
pub(crate) fn cut(json: &Json) -> Json {
    let text = json.to_string();
    if text.len() <= CUT {
        json.clone()
    } else {
        Json::from(text.chars().take(CUT).collect::<String>())
    }
}
