//! Calls of a small provider: JSON in, text out, and the bytes of messages.

use prost::Message;
use serde_json::{Value as Json, json};
use tonic::{Request, async_trait};

use super::Server;
use crate::data_source::DataSource;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::object::{Field, Object};
use crate::pb::tfplugin6::{self as pb, provider_server::Provider as _};
use crate::provider::Provider;
use crate::resource::{Outcome, Resource};
use crate::schema::{Attribute, Schema};
use crate::stop::Stop;
use crate::types::Type;
use crate::value::Value;
use crate::{json as json_codec, msgpack};

/// A provider of one resource, whose behaviour its `name` chooses.
struct Toy;

struct Thing;

fn schema() -> Schema {
    Schema {
        version: 1,
        description: "A thing.",
        attributes: vec![
            Attribute::required("name", Type::String, "Its name.").replaces(),
            Attribute::optional("tags", Type::map(Type::String), "Tags."),
            Attribute::optional("path", Type::String, "Its place.").or("/"),
            Attribute::computed("id", Type::String, "Its id."),
        ],
        blocks: Vec::new(),
    }
}

#[async_trait]
impl Provider for Toy {
    type Client = ();

    fn schema(&self) -> Schema {
        let region = Attribute::optional("region", Type::String, "Where.");
        Schema { version: 0, description: "", attributes: vec![region], blocks: Vec::new() }
    }

    fn resources(&self) -> Vec<Box<dyn Resource<()>>> {
        vec![Box::new(Thing)]
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<()>>> {
        Vec::new()
    }

    async fn configure(&self, _: Object) -> Result<(), Diagnostics> {
        Ok(())
    }
}

#[async_trait]
impl Resource<()> for Thing {
    fn name(&self) -> &'static str {
        "toy_thing"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        match config.string("name") {
            Field::Known(name) if name.contains(' ') => {
                Diagnostic::error("Bad name", "no blanks").at_attribute("name").into()
            }
            _ => Diagnostics::new(),
        }
    }

    async fn plan(&self, _: Option<&()>, _: Option<&Object>, mut proposed: Object) -> Outcome {
        if proposed.string("name") == Field::Known("liar".to_owned()) {
            proposed.set("name", "honest");
        }
        Outcome::done(proposed)
    }

    async fn create(&self, _: &(), mut planned: Object, stop: &Stop) -> Outcome {
        match planned.string("name").known().as_deref() {
            Some("half") => {
                planned.set("id", Value::Null);
                Outcome::failed(
                    Some(planned),
                    Diagnostic::error("Half made", "the rest is missing"),
                )
            }
            Some("slow") => {
                stop.told().await;
                Outcome::failed(None, Diagnostic::error("Stopped", "as asked"))
            }
            Some("vague") => Outcome::done(planned),
            Some("wrong") => {
                planned.set("id", "1");
                planned.set("path", "/elsewhere");
                Outcome::done(planned)
            }
            _ => {
                planned.set("id", "1");
                Outcome::done(planned)
            }
        }
    }

    async fn read(&self, _: &(), state: Object) -> Outcome {
        match state.string("name").known().as_deref() {
            Some("gone") => Outcome::gone(),
            _ => Outcome::done(state),
        }
    }

    async fn update(&self, _: &(), _: Object, planned: Object, _: &Stop) -> Outcome {
        Outcome::done(planned)
    }

    async fn delete(&self, _: &(), _: Object, _: &Stop) -> Outcome {
        Outcome::gone()
    }

    fn import(&self, id: &str) -> Result<Object, Diagnostics> {
        Ok(Object::new([("name", id.into())]))
    }
}

/// JSON to a message; `"?"` stands for unknown.
fn message(json: &Json) -> Option<pb::DynamicValue> {
    let value = json_codec::decode(json.to_string().as_bytes(), &schema().value_type()).unwrap();
    Some(pb::DynamicValue { msgpack: msgpack::encode(&unknowns(value)), json: Vec::new() })
}

fn unknowns(value: Value) -> Value {
    match value {
        Value::String(text) if text == "?" => Value::Unknown,
        Value::Map(map) => Value::Map(map.into_iter().map(|(k, v)| (k, unknowns(v))).collect()),
        other => other,
    }
}

/// A message as text: attributes that are not null, in order.
fn text(message: Option<&pb::DynamicValue>) -> String {
    let bytes = &message.unwrap().msgpack;
    match msgpack::decode(bytes, &schema().value_type()).unwrap() {
        Value::Map(all) => all
            .into_iter()
            .filter(|(_, value)| *value != Value::Null)
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name}={text}"),
                Value::Unknown => format!("{name}=?"),
                other => format!("{name}={other:?}"),
            })
            .collect::<Vec<_>>()
            .join(" "),
        other => format!("{other:?}"),
    }
}

fn said(diagnostics: &[pb::Diagnostic]) -> String {
    let one = |d: &pb::Diagnostic| {
        let at = d.attribute.as_ref().map(|path| format!(" at {}", path_text(path)));
        format!("; {}: {}{}", d.summary, d.detail, at.unwrap_or_default())
    };
    diagnostics.iter().map(one).collect()
}

fn path_text(path: &pb::AttributePath) -> String {
    use pb::attribute_path::step::Selector;
    let step = |step: &pb::attribute_path::Step| match step.selector.as_ref().unwrap() {
        Selector::AttributeName(name) => name.clone(),
        Selector::ElementKeyString(key) => format!("[{key:?}]"),
        Selector::ElementKeyInt(index) => format!("[{index}]"),
    };
    path.steps.iter().map(step).collect::<Vec<_>>().join("")
}

async fn configured() -> Server<Toy> {
    let server = Server::new(Toy);
    let config = msgpack::encode(&Value::object([("region", Value::Null)]));
    let config = Some(pb::DynamicValue { msgpack: config, json: Vec::new() });
    let request = pb::configure_provider::Request { terraform_version: "1".to_owned(), config };
    server.configure_provider(Request::new(request)).await.unwrap();
    server
}

async fn plan(prior: Json, config: Json) -> String {
    // As the host does: the configuration, with prior values where it may be computed.
    let mut proposed = config.clone();
    for name in ["id", "path"] {
        if proposed.is_object() && proposed[name].is_null() && !prior[name].is_null() {
            proposed[name] = prior[name].clone();
        }
    }
    let request = pb::plan_resource_change::Request {
        type_name: "toy_thing".to_owned(),
        prior_state: message(&prior),
        proposed_new_state: message(&proposed),
        config: message(&config),
        prior_private: b"kept".to_vec(),
    };
    let answer = configured().await.plan_resource_change(Request::new(request)).await.unwrap();
    let answer = answer.into_inner();
    assert_eq!(answer.planned_private, b"kept");
    let replaces: Vec<_> = answer.requires_replace.iter().map(path_text).collect();
    let replaces =
        if replaces.is_empty() { String::new() } else { format!("; replaces {replaces:?}") };
    format!("{}{replaces}{}", text(answer.planned_state.as_ref()), said(&answer.diagnostics))
}

async fn apply(server: &Server<Toy>, prior: Json, planned: Json) -> String {
    let request = pb::apply_resource_change::Request {
        type_name: "toy_thing".to_owned(),
        prior_state: message(&prior),
        planned_state: message(&planned),
        config: message(&planned),
        planned_private: Vec::new(),
    };
    let answer = server.apply_resource_change(Request::new(request)).await.unwrap().into_inner();
    format!("{}{}", text(answer.new_state.as_ref()), said(&answer.diagnostics))
}

#[tokio::test]
async fn plans_keep_the_hosts_rules() {
    let prior = json!({"name": "a", "path": "/", "id": "1"});
    let fault = "Fault in the provider: another value was planned than the configuration says; \
                 please report this at name";
    let table = [
        ("create", Json::Null, json!({"name": "a"}), "id=? name=a path=/".to_owned()),
        ("unknown input", Json::Null, json!({"name": "?"}), "id=? name=? path=/".to_owned()),
        ("no change", prior.clone(), json!({"name": "a"}), "id=1 name=a path=/".to_owned()),
        (
            "replace",
            prior.clone(),
            json!({"name": "b"}),
            "id=1 name=b path=/; replaces [\"name\"]".to_owned(),
        ),
        (
            "back to the default",
            json!({"name": "a", "path": "/x", "id": "1"}),
            json!({"name": "a"}),
            "id=1 name=a path=/".to_owned(),
        ),
        ("destroy", prior, Json::Null, "Null".to_owned()),
        (
            "a resource that plans what nobody wrote",
            Json::Null,
            json!({"name": "liar"}),
            format!("id=? name=honest path=/; {fault}"),
        ),
    ];
    for (what, prior, config, expected) in table {
        assert_eq!(plan(prior, config).await, expected, "{what}");
    }
}

#[tokio::test]
async fn applies_are_checked_against_their_plan() {
    let server = configured().await;
    let fault = "Fault in the provider";
    let planned = |name: &str| json!({"name": name, "path": "/", "id": "?"});
    let made = json!({"name": "a", "path": "/", "id": "1"});
    let table = [
        (Json::Null, planned("a"), "id=1 name=a path=/".to_owned()),
        (
            Json::Null,
            planned("half"),
            "name=half path=/; Half made: the rest is missing".to_owned(),
        ),
        (
            Json::Null,
            planned("vague"),
            format!(
                "id=? name=vague path=/; {fault}: a value is not known; please report this at id"
            ),
        ),
        (
            Json::Null,
            planned("wrong"),
            format!(
                "id=1 name=wrong path=/elsewhere; {fault}: a value is not the planned one; please \
                 report this at path"
            ),
        ),
        (made.clone(), made.clone(), "id=1 name=a path=/".to_owned()),
        (made, Json::Null, "Null".to_owned()),
    ];
    for (prior, planned, expected) in table {
        assert_eq!(apply(&server, prior, planned).await, expected);
    }
}

#[tokio::test]
async fn a_stop_ends_a_running_apply() {
    let server = configured().await;
    let planned = json!({"name": "slow", "path": "/", "id": "?"});
    let running = apply(&server, Json::Null, planned);
    let stop = server.stop_provider(Request::new(pb::stop_provider::Request {}));
    let (said, stopped) = tokio::join!(running, stop);
    stopped.unwrap();
    assert_eq!(said, "Null; Stopped: as asked");
}

#[tokio::test]
async fn reading_importing_and_upgrading() {
    let server = configured().await;
    let read = |name: &str| pb::read_resource::Request {
        type_name: "toy_thing".to_owned(),
        current_state: message(&json!({ "name": name })),
        private: Vec::new(),
    };
    let there = server.read_resource(Request::new(read("a"))).await.unwrap().into_inner();
    assert_eq!(text(there.new_state.as_ref()), "name=a");
    let gone = server.read_resource(Request::new(read("gone"))).await.unwrap().into_inner();
    assert_eq!(text(gone.new_state.as_ref()), "Null");

    let import = pb::import_resource_state::Request {
        type_name: "toy_thing".to_owned(),
        id: "a".to_owned(),
    };
    let imported = server.import_resource_state(Request::new(import)).await.unwrap().into_inner();
    assert_eq!(text(imported.imported_resources[0].state.as_ref()), "name=a");

    let stored = br#"{"name": "a", "gone": true}"#.to_vec();
    let upgrade = pb::upgrade_resource_state::Request {
        type_name: "toy_thing".to_owned(),
        version: 0,
        raw_state: Some(pb::RawState { json: stored }),
    };
    let today = server.upgrade_resource_state(Request::new(upgrade)).await.unwrap().into_inner();
    assert_eq!(text(today.upgraded_state.as_ref()), "name=a");
}

#[tokio::test]
async fn what_is_wrong_is_said_as_a_diagnostic() {
    let validate = |type_name: &str, config: Option<pb::DynamicValue>| {
        Request::new(pb::validate_resource_config::Request {
            type_name: type_name.to_owned(),
            config,
        })
    };
    let garbage = Some(pb::DynamicValue { msgpack: vec![0x80], json: Vec::new() });
    let table = [
        ("toy_thing", message(&json!({"name": "a b"})), "; Bad name: no blanks at name"),
        ("toy_thing", message(&json!({"name": "?"})), ""),
        ("other", None, "; Unknown resource: this provider has no resource `other`"),
        (
            "toy_thing",
            garbage,
            "; Malformed value: the host sent a value that does not fit the schema: attribute `id` \
             is missing",
        ),
    ];
    let server = configured().await;
    for (type_name, config, expected) in table {
        let answer = server.validate_resource_config(validate(type_name, config)).await.unwrap();
        assert_eq!(said(&answer.into_inner().diagnostics), expected);
    }
    let unconfigured = Server::new(Toy);
    let said = apply(&unconfigured, Json::Null, json!({"name": "a"})).await;
    assert!(said.starts_with("Null; Provider not configured"), "{said}");
}

#[tokio::test]
async fn schemas_have_the_hosts_bytes() {
    let server = configured().await;
    let request = Request::new(pb::get_provider_schema::Request {});
    let answer = server.get_provider_schema(request).await.unwrap().into_inner();
    let hex = |bytes: Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let provider = answer.provider.unwrap().encode_to_vec();
    // Schema { block (2): { attributes (2): { name (1), type (2), description (3), optional (5),
    // description_kind (8): markdown }, description_kind (5): markdown } }
    let expected = "1222121e0a06726567696f6e120822737472696e67221a0657686572652e280140012801";
    assert_eq!(hex(provider), expected);
    let capabilities = answer.server_capabilities.unwrap().encode_to_vec();
    assert_eq!(hex(capabilities), "08011001");
    assert_eq!(answer.resource_schemas["toy_thing"].version, 1);
}
