//! Services: what a step or a strategy that is no function asks of one, and what an answer means.
//!
//! How a call is made, and what a status code of a vendor's own API says, is the connector's. Of
//! HTTP calls that the flow itself writes the meaning stands in the flow, so it is decided here.

use std::collections::BTreeMap;

use flow_bundle::bundle::{ErrorKind, Poll, StrategyCall};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::{Expr, Type, Value, catalog, payload, render};
use serde_json::{Map, Value as Json, json};

use crate::contract;
use crate::effect::{Fault, Purpose};
use crate::event::Answer;

/// The kind whose calls the flow writes itself, of steps and of strategies.
pub(crate) const HTTP: &str = "http";

/// The key that marks a secret's name among arguments; the connector puts its value there.
const SECRET: &str = "$secret";

/// What is asked, by name.
///
/// # Errors
/// The first argument that has no value.
pub(crate) fn arguments(
    args: &BTreeMap<String, Expr>,
    scope: &Scope<'_>,
) -> Result<BTreeMap<String, Json>, Fault> {
    let args = args.iter().map(|(name, expr)| {
        let sent = if name == "path" {
            render::render_path(expr, scope).map(Json::from)
        } else {
            eval(expr, scope).map(|value| argument(&value))
        };
        Ok((name.clone(), sent.map_err(|e| Fault::evaluation(&e))?))
    });
    args.collect()
}

/// As [`payload::to_json`], but for what only leaves through a connector: a secret is named, and a
/// person comes with the address that a directory knows.
fn argument(value: &Value) -> Json {
    match value {
        Value::Secret(name) => json!({ SECRET: name }),
        Value::User(user) => {
            json!({ "id": user.id, "email": user.email, "username": user.username })
        }
        Value::List(items) => items.iter().map(argument).collect(),
        Value::Map(items) => {
            let items = items.iter().map(|(name, value)| (name.clone(), argument(value)));
            Json::Object(items.collect::<Map<_, _>>())
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Duration(_)
        | Value::Timestamp(_)
        | Value::Channel(_)
        | Value::Principals(_)
        | Value::Target(_) => payload::to_json(value),
    }
}

/// What a service said, where it is no failure.
///
/// # Errors
/// A status that the flow does not expect.
pub(crate) fn said(args: Option<&BTreeMap<String, Expr>>, answer: &Answer) -> Result<Json, Fault> {
    let body = || answer.payload.clone().unwrap_or(Json::Null);
    let Some(status) = answer.status.filter(|status| !expects(args, *status)) else {
        if let Some(said) = &answer.not_json {
            return Err(Fault {
                body: Some(Json::from(said.as_str())),
                status: answer.status,
                ..Fault::new(ErrorKind::BadResponse, "the answer is no JSON")
            });
        }
        return Ok(body());
    };
    let body = answer.not_json.clone().map_or_else(body, Json::from);
    Err(Fault {
        status: Some(status),
        body: Some(contract::cut(&body)),
        ..Fault::new(kind_of(status), format!("the service answered with status {status}"))
    })
}

fn expects(args: Option<&BTreeMap<String, Expr>>, status: u16) -> bool {
    let expr = args.and_then(|args| args.get("expect"));
    match expr.and_then(|expr| eval(expr, &Scope::new()).ok()) {
        Some(Value::List(wanted)) => wanted.contains(&Value::Number(status.into())),
        _ => (200..300).contains(&status),
    }
}

const fn kind_of(status: u16) -> ErrorKind {
    match status {
        429 => ErrorKind::Throttled,
        401 | 403 => ErrorKind::Auth,
        404 => ErrorKind::NotFound,
        500.. => ErrorKind::ServerError,
        _ => ErrorKind::HttpStatus,
    }
}

/// The type of `steps.escalate.output`, or of the end's, for a strategy of this kind.
pub(crate) fn output_type(kind: &str, call: &StrategyCall) -> Type {
    let body = call.body.as_ref().unwrap_or(&Type::Json);
    let notation = catalog::strategy(kind).map_or("T", |s| s.output);
    flow_bundle::types::notation::parse(notation, Some(body)).unwrap_or(Type::Json)
}

/// The answer of a strategy's service, in the form of `steps.escalate.output`.
///
/// # Errors
/// What the answer means where it does not mean *done*.
pub(crate) fn done(
    (kind, purpose): (&str, Purpose),
    call: &StrategyCall,
    answer: &Answer,
    scope: Scope<'_>,
) -> Result<Json, Fault> {
    let body = said(call.call.as_ref(), answer)?;
    if kind != HTTP {
        // A membership's end has no form beside that it is confirmed.
        if purpose == Purpose::Escalate {
            contract::typed(&body, &output_type(kind, call))?;
        }
        return Ok(body);
    }
    let whole = json!({ "status": answer.status.unwrap_or(200), "body": body });
    let typed = contract::typed(&whole, &output_type(kind, call))?;
    let Some(success) = &call.success else { return Ok(whole) };
    match eval(success, &scope.with("response", typed)) {
        Ok(Value::Bool(true)) => Ok(whole),
        Ok(_) => Err(Fault {
            status: answer.status,
            body: Some(contract::cut(&body)),
            ..Fault::new(ErrorKind::BadResponse, "the answer does not say that it was done")
        }),
        // Not of kind `evaluation`, which says that nothing was called.
        Err(e) => Err(Fault {
            status: answer.status,
            body: Some(contract::cut(&body)),
            ..Fault::new(ErrorKind::BadResponse, format!("`success` has no value: {e}"))
        }),
    }
}

/// What a poll says of the call before it.
pub(crate) enum Polled {
    Done,
    /// It never will be.
    Failed(Fault),
    NotYet,
}

/// Reads the answer of a poll.
///
/// # Errors
/// It says nothing: another status than the flow expects, another form, or a condition that has no
/// value.
pub(crate) fn polled(poll: &Poll, answer: &Answer, scope: Scope<'_>) -> Result<Polled, Fault> {
    let body = said(Some(&poll.call), answer)?;
    let whole = json!({ "status": answer.status.unwrap_or(200), "body": body });
    let ty = Type::object([("status", Type::Number), ("body", poll.output.clone())]);
    let scope = scope.with("response", contract::typed(&whole, &ty)?);
    let holds = |what: &str, expr: &Expr| match eval(expr, &scope) {
        Ok(Value::Bool(holds)) => Ok(holds),
        Ok(other) => Err(format!("`{what}` is {}, not a bool", other.kind())),
        Err(e) => Err(format!("`{what}` has no value: {e}")),
    };
    let fault = |message: String| Fault {
        status: answer.status,
        body: Some(contract::cut(&body)),
        ..Fault::new(ErrorKind::BadResponse, message)
    };
    if holds("failed", &poll.failed).map_err(fault)? {
        return Ok(Polled::Failed(fault("the answer says that it will never be done".to_owned())));
    }
    Ok(if holds("until", &poll.until).map_err(fault)? { Polled::Done } else { Polled::NotYet })
}
