//! The form: what somebody sees of it, with what they filled in so far.
//!
//! Nothing is asked for and nothing is stored. Who may not ask is shown no form, for the reason that
//! the request would get.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Bundle, Field, HookEvent, Statement, Step};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::suite::Answer;
use flow_bundle::{Expr, Type, Value, conform, payload, print};
use flow_engine::{
    Event, EventKind, EventSource, Person, Pinned, Reason, Refusal, Reply, RequestId, event,
};
use serde_json::Value as Json;

use super::Failure;
use super::act::Form;
use super::house::House;

/// Reasons for which nobody is shown a form; what is filled in wrongly is none.
const BARRED: [Reason; 5] = [
    Reason::NotPermitted,
    Reason::SourceNotAllowed,
    Reason::FlowDisabled,
    Reason::Frozen,
    Reason::OverLimit,
];

/// Somebody looks at the form; a refusal where they may not.
pub(super) fn look(
    house: &mut House<'_>,
    by: &str,
    filled: &BTreeMap<String, Json>,
) -> Result<Option<Refusal>, Failure> {
    let newest = house.versions.len().saturating_sub(1);
    let address = house.newest_flow().map(|(address, _)| address).unwrap_or_default();
    let found = house.pinned(newest, address).zip(house.people.get(by).cloned());
    let Some((pinned, person)) = found else {
        let message = format!("the bundle has no flow `{}`", house.scenario.flow);
        return Err(Failure::at(house.place, message));
    };
    let hook = pinned.flow.hooks.get(&HookEvent::OnPrompt);
    if hook.is_some_and(|statements| !statements.is_empty()) {
        let message =
            "the hook `on_prompt` is not played yet, so this form would not be the real one";
        return Err(Failure::at(house.place, message).help("take this `prompt` out"));
    }
    if let Some(refusal) = barred(house, &pinned, newest, &person) {
        return Ok(Some(refusal));
    }
    house.form = Some(shown(house, &pinned, &person, filled)?);
    Ok(None)
}

fn barred(
    house: &House<'_>,
    pinned: &Pinned<'_>,
    version: usize,
    person: &Person,
) -> Option<Refusal> {
    let asked = event::Ask {
        request: RequestId(uuid::Uuid::nil()),
        requester: None,
        fields: BTreeMap::new(),
        context: Json::Null,
    };
    let event = Event {
        id: "prompt".to_owned(),
        at: house.now,
        by: Some(person.clone()),
        source: EventSource::Slack,
        kind: EventKind::Ask(asked),
    };
    let context = house.context(pinned, version, None, &event);
    match house.stage.engine.decide(pinned, None, &event, &context).reply {
        Reply::Refused(refusal) if BARRED.contains(&refusal.reason) => Some(refusal),
        Reply::Refused(_) | Reply::Accepted { .. } => None,
    }
}

fn shown(
    house: &mut House<'_>,
    pinned: &Pinned<'_>,
    person: &Person,
    filled: &BTreeMap<String, Json>,
) -> Result<Form, Failure> {
    let mut form = Form::default();
    let mut seen: BTreeMap<String, Value> = BTreeMap::new();
    for field in &pinned.flow.fields {
        let scope = scope(house, pinned, person, &seen);
        let known = worked_out(house, &field.visible, &scope, &field.name)?;
        let value = if known == Value::Bool(true) {
            form.visible.push(field.name.clone());
            let offered = offered(house, field, &scope)?;
            if let Some(values) = offered {
                form.options.insert(field.name.clone(), values);
            }
            value(house, pinned.bundle, field, filled.get(&field.name), &scope)?
        } else {
            Value::Null
        };
        seen.insert(field.name.clone(), value);
    }
    let scope = scope(house, pinned, person, &seen);
    if let Some(header) = &pinned.flow.header {
        let value = worked_out(house, header, &scope, "header")?;
        form.header = print::print(&value).ok();
    }
    Ok(form)
}

fn worked_out(
    house: &House<'_>,
    expr: &flow_bundle::Expr,
    scope: &Scope<'_>,
    what: &str,
) -> Result<Value, Failure> {
    eval(expr, scope).map_err(|error| {
        Failure::at(house.place, format!("`{what}` of the form has no value: {}", error.message))
    })
}

/// What the expressions of a form see.
fn scope<'b>(
    house: &House<'_>,
    pinned: &Pinned<'b>,
    person: &Person,
    seen: &BTreeMap<String, Value>,
) -> Scope<'b> {
    let map = |items: Vec<(&str, Value)>| {
        Value::Map(items.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    };
    let text = |text: &str| Value::String(text.to_owned());
    let name = pinned.flow.environment.as_deref().unwrap_or_default();
    let vars = pinned.bundle.environments.get(name).map(|e| &e.vars).into_iter().flatten();
    let vars = vars.map(|(k, v)| (k.clone(), text(v))).collect();
    let user = Value::User(person.user());
    let request = map(vec![
        ("by", user.clone()),
        ("source", text("slack")),
        ("channel", Value::Null),
        ("fields", Value::Map(seen.clone())),
    ]);
    Scope::of(pinned.bundle)
        .with("now", Value::Timestamp(house.now))
        .with("env", map(vec![("name", text(name)), ("vars", Value::Map(vars))]))
        .with(
            "flow",
            map(vec![("label", text(&pinned.flow.label)), ("name", text(pinned.address))]),
        )
        .with("requester", user)
        .with("request", request)
}

/// What was filled in, else the default.
fn value(
    house: &House<'_>,
    bundle: &Bundle,
    field: &Field,
    given: Option<&Json>,
    scope: &Scope<'_>,
) -> Result<Value, Failure> {
    let Some(json) = given else {
        let default = field.default.as_ref();
        return default.map_or(Ok(Value::Null), |d| worked_out(house, d, scope, &field.name));
    };
    if let Some(target) = json.as_str().and_then(|address| bundle.targets.get_key_value(address)) {
        let (address, declared) = target;
        let filled = flow_bundle::eval::resolve_target(address, declared, scope);
        if let Ok(target) = filled {
            return Ok(Value::Target(target));
        }
    }
    let data = flow_bundle::json::parse(json.to_string().as_bytes()).unwrap_or(Value::Null);
    conform::conform(&data, &field.ty).map_err(|wrong| {
        Failure::at(house.place, format!("the field `{}` is not of its type: {wrong}", field.name))
    })
}

/// What a field offers: its closed list, or what its steps fetch.
fn offered(
    house: &mut House<'_>,
    field: &Field,
    scope: &Scope<'_>,
) -> Result<Option<Vec<Json>>, Failure> {
    if let Some(Expr::List(targets)) = &field.allowed
        && let Some(addresses) = addresses(targets)
    {
        return Ok(Some(addresses));
    }
    if let Some(allowed) = &field.allowed {
        return worked_out(house, allowed, scope, &field.name).map(|values| Some(listed(values)));
    }
    let Some(options) = &field.options else { return Ok(words(&field.ty)) };
    let mut steps = BTreeMap::new();
    let mut scope = scope.clone();
    for statement in &options.steps {
        let Statement::Step(step) = statement else { continue };
        let result = fetched(house, step, &scope)?;
        steps.insert(step.name.clone(), result);
        scope.set("steps", Value::Map(steps.clone()));
    }
    worked_out(house, &options.values, &scope, &field.name).map(|values| Some(listed(values)))
}

/// Addresses of targets, whose settings may wait for what is still to be filled in.
fn addresses(targets: &[Expr]) -> Option<Vec<Json>> {
    let address = |target: &Expr| {
        if let Expr::Ref(to) = target { to.strip_prefix("target.").map(Json::from) } else { None }
    };
    targets.iter().map(address).collect()
}

/// The words of a closed list.
fn words(ty: &Type) -> Option<Vec<Json>> {
    if let Type::Nullable(of) | Type::List(of) = ty {
        return words(of);
    }
    let Type::Enum(words) = ty else { return None };
    Some(words.iter().map(|word| Json::from(word.as_str())).collect())
}

fn listed(values: Value) -> Vec<Json> {
    let Value::List(items) = values else { return Vec::new() };
    let items = items.iter().map(|item| {
        let of_option = if let Value::Map(option) = item { option.get("value") } else { None };
        payload::to_json(of_option.unwrap_or(item))
    });
    items.collect()
}

/// The result of a step of `options`, as a mock answers it.
fn fetched(house: &mut House<'_>, step: &Step, scope: &Scope<'_>) -> Result<Value, Failure> {
    let map = |items: Vec<(&str, Value)>| {
        Value::Map(items.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    };
    let none = Value::Null;
    if step.kind == "value"
        && let Some(expr) = step.args.get("value")
    {
        let output = worked_out(house, expr, scope, &step.name)?;
        return Ok(map(vec![("ok", Value::Bool(true)), ("output", output), ("error", none)]));
    }
    let name = format!("{}.{}", step.kind, step.name);
    house.effects.push(name.clone());
    let answer = house.ask_mock(&name)?;
    let place = house.place;
    match answer {
        Answer::Output(json) => {
            let data = flow_bundle::json::parse(json.to_string().as_bytes()).unwrap_or(Value::Null);
            let output = conform::conform(&data, &step.output).map_err(|wrong| {
                Failure::at(place, format!("`{name}` answers something else: {wrong}"))
            })?;
            Ok(map(vec![("ok", Value::Bool(true)), ("output", output), ("error", none)]))
        }
        Answer::Error { message, .. } => {
            let message = format!("`{name}` fails, so its field offers nothing: {message}");
            Err(Failure::at(place, message))
        }
    }
}
