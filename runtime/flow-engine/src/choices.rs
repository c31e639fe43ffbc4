//! What can be chosen in a field, as people see it.

use flow_bundle::bundle::Field;
use flow_bundle::eval::{Scope, eval};
use flow_bundle::{Expr, Type, Value, duration, payload, print};
use serde_json::Value as Json;

use crate::effect::Fault;
use crate::form::{Choice, FormField};

/// Characters of a label that was fetched; more are cut.
const LABEL_MAX: usize = 75;
/// Characters of a value that was fetched; longer ones cannot be shown.
const VALUE_MAX: usize = 150;
/// Options that are shown.
const SHOWN_MAX: usize = 100;

/// A field as it is shown before its value is known; `None` where it is not visible. In the error:
/// with what could not be worked out.
pub(crate) fn shown(field: &Field, scope: &Scope<'_>) -> Result<Option<FormField>, Box<FormField>> {
    let mut shown = FormField {
        name: field.name.clone(),
        ty: field.ty.clone(),
        label: field.name.clone(),
        help: field.help.clone(),
        required: true,
        value: None,
        options: None,
        limits: field.limits.clone(),
        note: None,
        problem: None,
    };
    let truth = |expr: &Expr, what: &str| match eval(expr, scope) {
        Ok(Value::Bool(truth)) => Ok(truth),
        Ok(other) => Err(format!("whether it is {what} is {}", other.kind())),
        Err(e) => Err(format!("whether it is {what} could not be computed: {e}")),
    };
    let known = truth(&field.visible, "visible").and_then(|visible| {
        let required = truth(&field.required, "required")?;
        let label = eval(&field.label, scope).and_then(|label| print::print(&label));
        Ok((visible, required, label.map_err(|e| format!("its label has no value: {e}"))?))
    });
    match known {
        Ok((false, ..)) => Ok(None),
        Ok((true, required, label)) => Ok(Some(FormField { required, label, ..shown })),
        Err(why) => {
            shown.problem = Some(why);
            Err(Box::new(shown))
        }
    }
}

/// The closed list of a field, where it has one.
///
/// # Errors
/// It has no value here.
pub(crate) fn closed(field: &Field, scope: &Scope<'_>) -> Result<Option<Vec<Choice>>, String> {
    let Some(allowed) = &field.allowed else { return Ok(words(&field.ty)) };
    match eval(allowed, scope) {
        Ok(Value::List(items)) => Ok(Some(items.iter().map(choice).collect())),
        Ok(other) => Err(format!("what is allowed is {}, and no list", other.kind())),
        Err(e) => Err(format!("what is allowed could not be computed: {e}")),
    }
}

fn words(ty: &Type) -> Option<Vec<Choice>> {
    match ty {
        Type::Nullable(of) | Type::List(of) => words(of),
        Type::Enum(words) => {
            let choice =
                |word: &String| Choice { value: word.as_str().into(), label: word.clone() };
            Some(words.iter().map(choice).collect())
        }
        Type::String
        | Type::Bool
        | Type::Number
        | Type::Duration
        | Type::Timestamp
        | Type::User
        | Type::Target
        | Type::Channel
        | Type::Group
        | Type::Principal
        | Type::Principals
        | Type::Secret
        | Type::Json
        | Type::None
        | Type::Set(_)
        | Type::Map(_)
        | Type::Object(_)
        | Type::Tuple(_)
        | Type::Sensitive(_) => None,
    }
}

fn choice(value: &Value) -> Choice {
    let label = if let Value::Target(target) = value {
        target.label.clone()
    } else {
        print::print(value).unwrap_or_default()
    };
    Choice { value: sent(value), label }
}

/// What was fetched, and a note where not all of it can be shown.
///
/// # Errors
/// It is no list of options.
pub(crate) fn fetched(
    values: &Expr,
    scope: &Scope<'_>,
) -> Result<(Vec<Choice>, Option<String>), String> {
    let items = match eval(values, scope) {
        Ok(Value::List(items)) => items,
        Ok(other) => return Err(format!("its options are {}, and no list", other.kind())),
        Err(e) => return Err(format!("its options could not be worked out: {e}")),
    };
    let fits = |choice: &Choice| {
        choice.value.as_str().is_none_or(|value| value.chars().count() <= VALUE_MAX)
    };
    let choices: Vec<Choice> = items.iter().filter_map(option).filter(fits).collect();
    let hidden = items.len().saturating_sub(choices.len().min(SHOWN_MAX));
    let note = (hidden > 0).then(|| format!("{hidden} more cannot be shown"));
    Ok((choices.into_iter().take(SHOWN_MAX).collect(), note))
}

fn option(item: &Value) -> Option<Choice> {
    let Value::Map(option) = item else { return None };
    let value = sent(option.get("value")?);
    let label = option.get("label").and_then(|label| print::print(label).ok());
    let label = label.unwrap_or_else(|| value.as_str().unwrap_or_default().to_owned());
    let label = if label.chars().count() > LABEL_MAX {
        label.chars().take(LABEL_MAX.saturating_sub(1)).chain(['…']).collect()
    } else {
        label
    };
    Some(Choice { value, label })
}

/// A value as a request holds it.
pub(crate) fn sent(value: &Value) -> Json {
    match value {
        Value::Duration(seconds) => duration::print(*seconds).into(),
        Value::Target(target) => target.address.as_str().into(),
        Value::User(user) => user.email.as_str().into(),
        Value::List(items) => items.iter().map(sent).collect(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Timestamp(_)
        | Value::Channel(_)
        | Value::Principals(_)
        | Value::Secret(_)
        | Value::Map(_) => payload::to_json(value),
    }
}

/// What is said where the options of a field cannot be asked for.
pub(crate) fn unanswered(fault: &Fault) -> String {
    format!("what may be chosen could not be asked for: {}", fault.message)
}
