//! Examples: a value of a type, to be filled in by whoever knows better.

use flow_bundle::Type;
use flow_bundle::bundle::{Poll, StrategyCall};
use serde_json::{Map, Value as Json, json};

use crate::effect::EffectKind;
use crate::service;

/// The smallest value of a type, as JSON.
pub(super) fn of(ty: &Type) -> Json {
    match ty {
        Type::Bool => json!(false),
        Type::Number => json!(0),
        Type::String | Type::Sensitive(_) | Type::Secret => json!("…"),
        Type::Duration => json!("1h"),
        Type::Timestamp => json!("2030-01-01T00:00:00Z"),
        Type::User | Type::Principal | Type::Principals => json!("somebody@example.com"),
        Type::Channel => json!("#channel"),
        Type::Group | Type::Target => json!("…"),
        Type::Json => json!({}),
        Type::None | Type::Nullable(_) => Json::Null,
        Type::List(_) | Type::Set(_) => json!([]),
        Type::Map(_) => json!({}),
        Type::Tuple(of_each) => of_each.iter().map(of).collect(),
        Type::Enum(words) => words.first().map_or(Json::Null, |word| json!(word)),
        Type::Object(attributes) => {
            let given = attributes.iter().filter(|(_, a)| a.optional.is_none());
            Json::Object(given.map(|(name, a)| (name.clone(), of(&a.ty))).collect::<Map<_, _>>())
        }
    }
}

/// What a strategy of this kind is answered when it did what was wanted.
pub(super) fn of_strategy(kind: &str, half: &StrategyCall, call: &EffectKind) -> Json {
    let mut answer = of(&service::output_type(kind, half));
    if kind == service::HTTP
        && let Some(status) = answer.get_mut("status")
    {
        *status = expected(call);
    }
    answer
}

/// The form of what a poll is answered: what it says is up to whoever asks.
pub(super) fn of_poll(poll: &Poll, call: &EffectKind) -> Json {
    json!({ "status": expected(call), "body": of(&poll.output) })
}

/// The first status that the flow takes for a yes.
fn expected(call: &EffectKind) -> Json {
    let args = match call {
        EffectKind::Access(call) => Some(&call.args),
        EffectKind::Lambda(_) | EffectKind::Step(_) | EffectKind::Message(_) => None,
    };
    let expect = args.and_then(|args| args.get("expect")).and_then(|all| all.get(0));
    expect.cloned().unwrap_or_else(|| json!(200))
}
