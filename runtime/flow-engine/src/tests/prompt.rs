//! The form: what is shown, what it asks, and to whom it is not shown.

use flow_bundle::bundle::Bundle;
use flow_bundle::digest::Digest;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::flows::{changed, step};
use super::life::person;
use super::options;
use crate::context::{Context, Pinned};
use crate::effect::EffectKind;
use crate::event::{Answer, Ask, Event, EventKind, EventSource, Outcome, Settled};
use crate::form::{After, Form, Prompted};
use crate::ids::RequestId;
use crate::transition::{after_prompt, prompt};

/// Somebody looks; every call takes this long and is answered from the list, in order.
struct Look {
    bundle: Bundle,
    context: Context,
    took_s: i64,
    answers: Vec<Json>,
    /// Steps that were asked, with their deadlines.
    asked: Vec<String>,
}

impl Look {
    fn at(bundle: &Json) -> Self {
        Self {
            bundle: serde_json::from_value(bundle.clone()).unwrap(),
            context: Context::plain("test", Some(person("ana"))),
            took_s: 0,
            answers: Vec::new(),
            asked: Vec::new(),
        }
    }

    fn answered(mut self, answers: &[Json]) -> Self {
        self.answers = answers.to_vec();
        self
    }

    fn event(fields: &Json) -> Event {
        Event {
            id: "look".to_owned(),
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
            by: Some(person("ana")),
            source: EventSource::Api,
            kind: EventKind::Ask(Ask {
                request: RequestId(Uuid::from_u128(7)),
                requester: None,
                fields: serde_json::from_value(fields.clone()).unwrap(),
                context: Json::Null,
            }),
        }
    }

    fn settled(&mut self, asked: &crate::form::Asked) -> Settled {
        let effect = &asked.effect;
        self.asked.push(format!("{} {}s", asked.step, effect.deadline_s));
        let payload = Some(self.answers.remove(0));
        let started_at = effect.not_before;
        Settled {
            effect: effect.id,
            attempt: effect.attempt,
            started_at,
            ended_at: started_at.checked_add(SignedDuration::from_secs(self.took_s)).unwrap(),
            outcome: Outcome::Answered(Answer { payload, ..Answer::default() }),
        }
    }

    fn form(&mut self, fields: &Json) -> Result<Form, String> {
        let event = Self::event(fields);
        let (bundle, context) = (self.bundle.clone(), self.context.clone());
        let (address, flow) = bundle.flows.iter().next().unwrap();
        let content_hash = Digest::of(b"bundle");
        let pinned = Pinned { bundle: &bundle, content_hash, address, flow };
        let mut answers = Vec::new();
        loop {
            match prompt(&pinned, &event, &context, &answers) {
                Prompted::Asks(asked) => answers.push(self.settled(&asked)),
                Prompted::Refused { refusal, .. } => {
                    return Err(format!("{}: {}", refusal.reason.word(), refusal.sentence));
                }
                Prompted::Shown { form, .. } => return Ok(form),
            }
        }
    }

    /// The form in words: a line for each field.
    fn shown(&mut self, fields: &Json) -> String {
        let form = match self.form(fields) {
            Ok(form) => form,
            Err(refused) => return refused,
        };
        let lines = form.fields.iter().map(|field| {
            let mut line = field.name.clone();
            let mut add = |what: &str, text: String| line.push_str(&format!(" {what}={text}"));
            if let Some(value) = &field.value {
                add("value", value.to_string());
            }
            if let Some(options) = &field.options {
                let options = options.iter().map(|o| format!("{}:{}", o.value, o.label));
                add("options", options.collect::<Vec<_>>().join(","));
            }
            if let Some(note) = &field.note {
                add("note", note.clone());
            }
            if let Some(problem) = &field.problem {
                add("problem", problem.clone());
            }
            line
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn field(name: &str, ty: &str) -> Json {
    json!({ "name": name, "type": ty, "label": ["s", name], "limits": {}, "required": ["b", true],
        "visible": ["b", true] })
}

fn two() -> Json {
    json!([{ "value": "dev", "label": "Developers" }, { "value": "ops", "label": "Ops" }])
}

#[test]
fn what_can_be_chosen_is_asked_for_and_a_value_that_is_none_of_it_is_pointed_out() {
    let mut look = Look::at(&options::asked()).answered(&[two(), two(), two()]);
    assert_eq!(look.shown(&json!({})), "group options=\"dev\":Developers,\"ops\":Ops");
    assert_eq!(look.asked, ["groups 10s"]);
    assert_eq!(
        look.shown(&json!({ "group": "ops" })),
        "group value=\"ops\" options=\"dev\":Developers,\"ops\":Ops"
    );
    assert_eq!(
        look.shown(&json!({ "group": "root" })),
        "group value=\"root\" options=\"dev\":Developers,\"ops\":Ops problem=`root` is not one of dev, ops"
    );
}

#[test]
fn what_cannot_be_shown_is_counted_and_long_labels_are_cut() {
    let many: Vec<Json> =
        (0..103).map(|n| json!({ "value": format!("v{n}"), "label": "x".repeat(80) })).collect();
    let mut look = Look::at(&options::asked()).answered(&[many.into()]);
    let form = look.form(&json!({})).unwrap();
    let shown = form.fields[0].options.clone().unwrap();
    assert_eq!((shown.len(), shown[0].label.chars().count()), (100, 75));
    assert_eq!(form.fields[0].note.as_deref(), Some("3 more cannot be shown"));
}

#[test]
fn an_answer_that_is_none_or_comes_too_late_offers_nothing() {
    let mut look = Look::at(&options::asked()).answered(&[json!({ "no": "list" })]);
    assert_eq!(look.shown(&json!({})), "group problem=its options are an object, and no list",);
    let steps = json!([step("first", "fail"), step("groups", "fail")]);
    let slow = options::choosing(&steps, &json!(["get", "steps", "groups", "output"]));
    let mut look = Look::at(&slow).answered(&[json!(1), two()]);
    look.took_s = 8;
    look.shown(&json!({}));
    assert_eq!(look.asked, ["first 10s", "groups 2s"], "all options share ten seconds");
    let mut look = Look::at(&slow).answered(&[json!(1), two()]);
    look.took_s = 10;
    assert_eq!(
        look.shown(&json!({})),
        "group options= problem=what may be chosen could not be asked for: there was no answer within 10 s"
    );
}

#[test]
fn fields_come_and_go_with_what_is_filled_in_and_defaults_follow() {
    let bundle = changed(|flow| {
        let mut detail = field("detail", "string");
        detail["visible"] = json!(["==", ["get", "request", "fields", "kind"], ["s", "other"]]);
        let mut title = field("title", "string");
        title["default"] = json!(["tmpl", ["s", "about "], ["get", "request", "fields", "kind"]]);
        let mut kind = field("kind", "string");
        kind["allowed"] = json!(["list", ["s", "bug"], ["s", "other"]]);
        kind["default"] = json!(["s", "bug"]);
        flow["fields"] = json!([kind, detail, title]);
        flow["header"] = json!(["tmpl", ["s", "Hello "], ["get", "requester", "email"]]);
    });
    let choices = "options=\"bug\":bug,\"other\":other";
    let mut look = Look::at(&bundle);
    let asked = |kind: &str| json!({ "kind": kind });
    assert_eq!(
        look.shown(&json!({})),
        format!("kind value=\"bug\" {choices}\ntitle value=\"about bug\"")
    );
    assert_eq!(
        look.shown(&asked("other")),
        format!("kind value=\"other\" {choices}\ndetail\ntitle value=\"about other\"")
    );
    let touched = json!({ "kind": "other", "title": "mine" });
    assert!(look.shown(&touched).ends_with("title value=\"mine\""));
    assert!(look.shown(&asked("nonsense")).contains("problem=`nonsense` is not one of bug, other"));
    assert_eq!(look.form(&json!({})).unwrap().header.as_deref(), Some("Hello ana@x.example"));
}

#[test]
fn whoever_may_not_ask_is_shown_no_form() {
    let mut look = Look::at(&options::asked());
    look.context.enabled = false;
    assert!(look.shown(&json!({})).starts_with("flow_disabled"));
    look.context.enabled = true;
    look.context.frozen = Some("incident".to_owned());
    assert_eq!(look.shown(&json!({})), "frozen: requests are frozen: incident");
    look.context.requester = None;
    assert!(look.shown(&json!({})).starts_with("not_permitted"));
}

/// The flow `button` whose form is shown only where a function says so.
fn guarded(statements: Json) -> Json {
    changed(|flow| flow["hooks"] = json!({ "on_prompt": statements }))
}

#[test]
fn on_prompt_may_show_no_form() {
    let open = json!(["get", "steps", "open", "output"]);
    let ignore = json!({ "k": "decision", "do": "ignore", "when": ["!", ["as", open, "bool"]],
        "message": ["s", "closed today"] });
    let notify = json!({ "k": "notify", "to": ["call", "channel@1", ["s", "#ops"]],
        "when": ["b", true], "text": ["s", "looked"], "args": {}, "thread": false });
    let bundle = guarded(json!([step("open", "ignore"), ignore, step("later", "ignore"), notify]));
    let mut look = Look::at(&bundle).answered(&[json!(false)]);
    assert_eq!(look.shown(&json!({})), "ignored: closed today");
    assert_eq!(look.asked, ["open 3s"], "a decision skips the steps behind it");
    let mut look = Look::at(&bundle).answered(&[json!(true), json!(1)]);
    assert_eq!(look.shown(&json!({})), "");
    let stop = json!({ "k": "fail", "when": ["b", true], "message": ["s", "out of order"] });
    assert_eq!(Look::at(&guarded(json!([stop]))).shown(&json!({})), "hook_failed: out of order");
    let broken = json!({ "k": "fail", "when": ["get", "nowhere"], "message": ["s", "x"] });
    assert!(Look::at(&guarded(json!([broken]))).shown(&json!({})).starts_with("hook_failed"));
}

#[test]
fn after_prompt_makes_its_calls_and_tells_people() {
    let notify = json!({ "k": "notify", "to": ["call", "channel@1", ["s", "#ops"]],
        "when": ["b", true], "text": ["get", "steps", "seen", "output"], "args": {},
        "thread": false });
    let mut seen = step("seen", "fail");
    seen["output"] = json!("string");
    let bundle = changed(|flow| flow["hooks"] = json!({ "after_prompt": [seen, notify] }));
    let bundle: Bundle = serde_json::from_value(bundle).unwrap();
    let (address, flow) = bundle.flows.iter().next().unwrap();
    let pinned = Pinned { bundle: &bundle, content_hash: Digest::of(b"bundle"), address, flow };
    let context = Context::plain("test", Some(person("ana")));
    let event = Look::event(&json!({}));
    let After::Asks(asked) = after_prompt(&pinned, &event, &context, &[]) else { panic!() };
    assert_eq!((asked.step.as_str(), asked.effect.deadline_s), ("seen", 10));
    for (answer, messages) in [(json!("hi"), ["#ops"]), (json!(1), ["set:admins"])] {
        let mut look = Look::at(&json!(bundle)).answered(&[answer]);
        let answers = [look.settled(&asked)];
        let After::Done(told) = after_prompt(&pinned, &event, &context, &answers) else { panic!() };
        let to = told.messages.iter().map(|effect| {
            let EffectKind::Message(message) = &effect.kind else { panic!("{effect:?}") };
            message.to.to_string()
        });
        assert_eq!(to.collect::<Vec<_>>(), messages);
    }
}
