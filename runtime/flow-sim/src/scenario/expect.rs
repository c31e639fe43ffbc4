//! `expect`: what is so is compared with what must be so.

use flow_bundle::Value;
use flow_bundle::eval::eval;
use flow_bundle::suite::{At, Expect, Place, Said};
use flow_engine::state::StageState;
use flow_engine::{Destination, Request};
use serde_json::Value as Json;

use super::Failure;
use super::house::{House, Sent};

pub(super) fn compare(
    house: &mut House<'_>,
    expected: &Expect,
    place: Place,
) -> Result<(), Failure> {
    let done = all(house, expected, place);
    house.effects.clear();
    house.messages.clear();
    done.map_err(|failure| Failure { decided_by: house.decided_by(), ..failure })
}

fn all(house: &House<'_>, expected: &Expect, place: Place) -> Result<(), Failure> {
    // What was called says most about why the rest is as it is; the state says it shortest.
    of_request(house, expected, place)?;
    if let Some(wanted) = &expected.effects
        && wanted.value != house.effects
    {
        let message = format!("the calls are {}", listed(&house.effects));
        let help = format!("expected {}", listed(&wanted.value));
        return Err(Failure::at(wanted.place, message).help(help));
    }
    if let Some(wanted) = &expected.messages {
        messages(&house.messages, wanted)?;
    }
    if let Some(wanted) = &expected.journal {
        for text in &wanted.value {
            if !house.audit.iter().any(|r| house.journal_line(r).contains(text)) {
                let kinds: Vec<String> = house.audit.iter().map(|r| r.kind.clone()).collect();
                let message = format!("nothing in the journal holds `{text}`");
                let help = format!("it holds {}", kinds.join(", "));
                return Err(Failure::at(wanted.place, message).help(help));
            }
        }
    }
    form(house, expected)
}

fn of_request(house: &House<'_>, expected: &Expect, place: Place) -> Result<(), Failure> {
    let asks_about_it = expected.state.is_some()
        || expected.outcome.is_some()
        || expected.stuck.is_some()
        || expected.waiting.is_some()
        || expected.decided.is_some()
        || expected.condition.is_some();
    if !asks_about_it {
        return Ok(());
    }
    let Some((_, held)) = house.current() else {
        return Err(Failure::at(place, "there is no request to compare with"));
    };
    let request = &held.request;
    word(&expected.state, "state", request.phase.word())?;
    let outcome = request.outcome.map(flow_engine::End::word);
    if let Some(wanted) = &expected.outcome
        && outcome != Some(wanted.value.as_str())
    {
        let message = match outcome {
            Some(outcome) => format!("`outcome` is `{outcome}`, expected `{}`", wanted.value),
            None => format!(
                "the request has not ended, it is `{}`: expected `{}`",
                request.phase.word(),
                wanted.value
            ),
        };
        let failure = Failure::at(wanted.place, message);
        return Err(match &request.error {
            Some(fault) => failure.help(format!("its error: {}", fault.message)),
            None => failure,
        });
    }
    let stuck = request.stuck_since.is_some();
    if let Some(wanted) = &expected.stuck
        && wanted.value != stuck
    {
        let message = format!("`stuck` is {stuck}, expected {}", wanted.value);
        return Err(Failure::at(wanted.place, message));
    }
    word(&expected.decided, "decided", decided(request))?;
    waiting(request, expected)?;
    condition(house, held, expected)
}

fn word(wanted: &Option<At<String>>, name: &str, found: &str) -> Result<(), Failure> {
    match wanted {
        Some(wanted) if wanted.value != found => {
            let message = format!("`{name}` is `{found}`, expected `{}`", wanted.value);
            Err(Failure::at(wanted.place, message))
        }
        _ => Ok(()),
    }
}

fn decided(request: &Request) -> &'static str {
    match &request.approved {
        None => "nobody",
        Some(approved) if approved.auto.is_some() => "auto",
        Some(_) => "people",
    }
}

fn waiting(request: &Request, expected: &Expect) -> Result<(), Failure> {
    let Some(wanted) = &expected.waiting else { return Ok(()) };
    let open = request.round().filter(|s| s.state == StageState::Open);
    let mut open: Vec<String> =
        open.filter(|_| request.is_deciding()).map(|s| s.name.clone()).collect();
    let mut names = wanted.value.clone();
    open.sort();
    names.sort();
    if open == names {
        return Ok(());
    }
    let message = match open.as_slice() {
        [] => format!("no stage waits, the request is `{}`", request.phase.word()),
        open => format!("what waits is {}", listed(open)),
    };
    Err(Failure::at(wanted.place, message).help(format!("expected {}", listed(&names))))
}

fn condition(
    house: &House<'_>,
    held: &super::house::Held,
    expected: &Expect,
) -> Result<(), Failure> {
    let Some(wanted) = &expected.condition else { return Ok(()) };
    let Some(pinned) = house.pinned(held.version, &held.request.flow) else { return Ok(()) };
    let scope = flow_engine::scope(&pinned, &held.request, house.now, None);
    let message = match eval(&wanted.value, &scope) {
        Ok(Value::Bool(true)) => return Ok(()),
        Ok(Value::Bool(false)) => "the condition is false".to_owned(),
        Ok(other) => format!("the condition is {}", other.kind()),
        Err(error) => format!("the condition has no value: {}", error.message),
    };
    let parts = values(&wanted.value, &scope);
    let failure = Failure::at(wanted.place, message);
    Err(if parts.is_empty() { failure } else { failure.help(parts.join("; ")) })
}

/// What the two sides of a comparison are, for people.
fn values(expr: &flow_bundle::Expr, scope: &flow_bundle::eval::Scope<'_>) -> Vec<String> {
    let mut out = Vec::new();
    flow_bundle::walk::each(expr, &mut |part| {
        if let flow_bundle::Expr::Get(path) = part
            && let Ok(value) = eval(part, scope)
        {
            let text = flow_bundle::print::print(&value)
                .unwrap_or_else(|_| flow_bundle::payload::to_json(&value).to_string());
            let line = format!("`{}` is {text}", path.join("."));
            if !out.contains(&line) {
                out.push(line);
            }
        }
    });
    out
}

fn messages(sent: &[Sent], wanted: &At<Vec<Said>>) -> Result<(), Failure> {
    let mut from = 0;
    for said in &wanted.value {
        let found = sent.iter().skip(from).position(|s| is(s, said));
        match found {
            Some(at) => from = from.saturating_add(at).saturating_add(1),
            None => {
                let what = match &said.contains {
                    Some(text) => format!("`{}` was not told `{text}`", said.to),
                    None => format!("`{}` was told nothing", said.to),
                };
                let all: Vec<String> =
                    sent.iter().map(|s| format!("{}: {}", s.to, one_line(&s.text))).collect();
                let help = if all.is_empty() {
                    "no message was sent since the last `expect`".to_owned()
                } else {
                    format!("what was sent since the last `expect`: {}", all.join(" | "))
                };
                return Err(Failure::at(said.place, what).help(help));
            }
        }
    }
    Ok(())
}

fn is(sent: &Sent, said: &Said) -> bool {
    let to = match (&sent.to, said.to.as_str()) {
        (Destination::Person { email }, "dm:requester") => *email == sent.requester,
        (Destination::Channel { .. }, "dm:approvers") => false,
        (_, "dm:approvers") => sent.card,
        (Destination::Person { email }, to) => {
            to.strip_prefix("dm:").is_some_and(|e| e.eq_ignore_ascii_case(email))
        }
        (destination, to) => destination.to_string() == to,
    };
    to && said.contains.as_ref().is_none_or(|text| sent.text.contains(text.as_str()))
}

fn form(house: &House<'_>, expected: &Expect) -> Result<(), Failure> {
    let first = [
        expected.options.as_ref().map(|w| w.place),
        expected.visible.as_ref().map(|w| w.place),
        expected.header.as_ref().map(|w| w.place),
    ];
    let Some(place) = first.into_iter().flatten().next() else { return Ok(()) };
    let Some(form) = &house.form else {
        return Err(Failure::at(place, "nobody has looked at the form: `prompt` stands before it"));
    };
    if let Some(wanted) = &expected.header {
        let found = form.header.as_deref().unwrap_or_default();
        if found != wanted.value {
            let message = format!("the header is `{found}`");
            return Err(Failure::at(wanted.place, message));
        }
    }
    if let Some(wanted) = &expected.visible
        && wanted.value != form.visible
    {
        let message = format!("what is shown is {}", listed(&form.visible));
        return Err(Failure::at(wanted.place, message));
    }
    if let Some(wanted) = &expected.options {
        for (field, values) in &wanted.value {
            let found = form.options.get(field);
            let same =
                |a: &Json, b: &Json| a == b || seconds(a).is_some() && seconds(a) == seconds(b);
            let fits = found.is_some_and(|found| {
                found.len() == values.len() && found.iter().zip(values).all(|(a, b)| same(a, b))
            });
            if !fits {
                let found = found.map_or_else(
                    || "nothing".to_owned(),
                    |f| f.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                );
                let message = format!("`{field}` offers {found}");
                return Err(Failure::at(wanted.place, message));
            }
        }
    }
    Ok(())
}

/// A duration as it leaves: whole seconds.
fn seconds(text: &Json) -> Option<Json> {
    let seconds = flow_bundle::duration::parse(text.as_str()?)?;
    Some(flow_bundle::payload::to_json(&Value::Duration(seconds)))
}

fn listed(of: &[String]) -> String {
    if of.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<String> = of.iter().map(|text| format!("`{text}`")).collect();
    quoted.join(", ")
}

fn one_line(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    line.join(" ").chars().take(120).collect()
}
