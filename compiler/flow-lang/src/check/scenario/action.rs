//! What happens in a scenario, in the order written.

use std::collections::BTreeMap;

use flow_bundle::bundle::Flow;
use flow_bundle::suite::{Act, Action, Ask, REFUSALS};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::{Stage, expect, instant, open, place, text_of, value, word};
use crate::check::Module;
use crate::check::body::Opened;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Block, ExprKind};

/// How far a scenario is.
pub(super) struct Clock {
    pub(super) start: Timestamp,
    pub(super) passed_s: u64,
    /// Whether anything has happened.
    pub(super) acted: bool,
}

/// The flow of the scenario, where it is known.
type Of<'t> = Option<(&'t str, &'t Flow)>;

pub(super) fn read(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    flow: Of<'_>,
    block: &Block,
    clock: &mut Clock,
) -> Option<Action> {
    let opened = open(m, block)?;
    let word = block.kind.text.as_str();
    if word == "expect" && !clock.acted {
        let message = "nothing has happened yet that this could be compared with";
        let help = "put it below an action";
        m.say(code::Q806, block.header, message, "before any action", help);
    }
    clock.acted |= word != "expect";
    let refusal = refusal(m, &opened);
    let act = act(m, stage, flow, &opened, clock)?;
    Some(Action { act, refusal, place: place(m, block.header) })
}

fn act(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    flow: Of<'_>,
    opened: &Opened<'_>,
    clock: &mut Clock,
) -> Option<Act> {
    let by =
        |m: &mut Module<'_>| opened.attribute("by").and_then(|a| value::user(m, stage, &a.expr));
    Some(match opened.block.kind.text.as_str() {
        "prompt" => {
            let fields = fields(m, stage, flow, opened);
            Act::Prompt { by: by(m)?, fields }
        }
        "request" => Act::Request(Box::new(ask(m, stage, flow, opened)?)),
        way @ ("approve" | "deny") => {
            let stage_name = stage_of(m, flow, opened);
            let comment = opened.text(m, "comment");
            Act::Decide { approve: way == "approve", by: by(m)?, stage: stage_name?, comment }
        }
        "cancel" => Act::Cancel { by: by(m)? },
        "revoke" => Act::Revoke { reason: opened.text(m, "reason"), by: by(m)? },
        "extend" => {
            let duration_s = opened.seconds(m, "duration").map(|s| s.0);
            let reason = opened.text(m, "reason");
            Act::Extend { by: by(m)?, duration_s: duration_s?, reason }
        }
        "resolve" => {
            let reason = opened.text(m, "reason");
            let by = value::users(m, stage, &opened.attribute("by")?.expr);
            Act::Resolve { by, reason: reason? }
        }
        "freeze" => {
            let reason = opened.text(m, "reason");
            Act::Freeze { by: by(m)?, reason: Some(reason?) }
        }
        "unfreeze" => Act::Freeze { by: by(m)?, reason: None },
        "deactivate" => {
            let user = &opened.attribute("user")?.expr;
            Act::Deactivate { user: value::user(m, stage, user)? }
        }
        "advance" => Act::Advance { by_s: advance(m, opened, clock)? },
        "crash" => Act::Crash,
        "deploy" => Act::Deploy { bundle: opened.text(m, "bundle")? },
        "expect" => Act::Expect(Box::new(expect::read(m, stage, flow, opened))),
        _ => return None,
    })
}

/// `expect = "refused:<reason>"`.
fn refusal(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<String> {
    let attribute = opened.attribute("expect")?;
    let text = text_of(m, &attribute.expr)?;
    let span = attribute.expr.span;
    let reason = text.strip_prefix("refused:");
    if let Some(reason) = reason.filter(|reason| REFUSALS.contains(reason)) {
        return Some(reason.to_owned());
    }
    let known = REFUSALS.iter().copied();
    let word = reason.unwrap_or(&text);
    let near = REFUSALS.iter().copied().find(|known| *known == word);
    let near = near.or_else(|| suggest::nearest(word, known.clone()));
    let help = near.map_or_else(
        || {
            let all: Vec<&str> = known.collect();
            format!("write \"refused:<reason>\", with one of {}", all.join(", "))
        },
        |near| format!("did you mean \"refused:{near}\"?"),
    );
    let message = format!("`{text}` is no refusal");
    m.report(
        Diagnostic::new(code::Q807, span, message, "unknown word")
            .help(help)
            .rename_quoted(span, near.map(|near| format!("refused:{near}")).as_deref()),
    );
    None
}

fn ask(m: &mut Module<'_>, stage: &Stage<'_>, flow: Of<'_>, opened: &Opened<'_>) -> Option<Ask> {
    let user = |m: &mut Module<'_>, name: &str| {
        opened.attribute(name).and_then(|a| value::user(m, stage, &a.expr))
    };
    let (by, requester) = (user(m, "by"), user(m, "requester"));
    let mut fields = fields(m, stage, flow, opened);
    if let Some(attribute) = opened.attribute("target")
        && let Some(target) = value::json(m, stage, &attribute.expr)
    {
        known_field(m, flow, "target", attribute.name.span);
        fields.insert("target".to_owned(), target);
    }
    let context = opened.attribute("context").map(|a| value::json(m, stage, &a.expr));
    let source = word(m, opened, "source");
    let context = context.flatten().unwrap_or(Json::Null);
    Some(Ask { by: by?, requester, fields, context, source: source? })
}

fn fields(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    flow: Of<'_>,
    opened: &Opened<'_>,
) -> BTreeMap<String, Json> {
    let Some(attribute) = opened.attribute("fields") else { return BTreeMap::new() };
    if !matches!(attribute.expr.kind, ExprKind::Object(_)) {
        let help = "write `{ <field> = <value> }`";
        m.say(code::T201, attribute.expr.span, "`fields` is an object", "not an object", help);
        return BTreeMap::new();
    }
    let all = value::object(m, stage, &attribute.expr).unwrap_or_default();
    let mut fields = BTreeMap::new();
    for (name, (value, key, _)) in all {
        known_field(m, flow, &name, key);
        fields.insert(name, value);
    }
    fields
}

/// R103: the form has no such field. One that does not exist is refused by the engine too, so a
/// scenario that wants to see that says so by `expect`.
fn known_field(m: &mut Module<'_>, flow: Of<'_>, name: &str, span: Span) {
    let Some((address, flow)) = flow else { return };
    if flow.fields.iter().any(|f| f.name == name) {
        return;
    }
    let known = || flow.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>();
    let message = format!("the form of `{address}` has no field `{name}`");
    m.report(
        Diagnostic::new(code::R103, span, message, "unknown field")
            .rename(span, suggest::only(name, known()))
            .help_if(suggest::help(name, known(), "")),
    );
}

/// The stage of a decision.
fn stage_of(m: &mut Module<'_>, flow: Of<'_>, opened: &Opened<'_>) -> Option<String> {
    let label = opened.block.labels.first()?;
    if let Some((address, flow)) = flow
        && !flow.approvals.iter().any(|a| a.name == label.text)
    {
        let known = || flow.approvals.iter().map(|a| a.name.as_str()).collect::<Vec<_>>();
        let message = format!("the flow `{address}` has no approval `{}`", label.text);
        m.report(
            Diagnostic::new(code::R101, label.span, message, "no such stage")
                .rename_quoted(label.span, suggest::only(&label.text, known()))
                .help_if(suggest::help(&label.text, known(), "")),
        );
        return None;
    }
    Some(label.text.clone())
}

/// How much time passes; Q805 where it would go back.
fn advance(m: &mut Module<'_>, opened: &Opened<'_>, clock: &mut Clock) -> Option<u64> {
    if opened.exclusive(m, "by", "to") {
        return None;
    }
    let by_s = match (opened.attribute("by"), instant(m, opened, "to")) {
        (Some(_), _) => opened.seconds(m, "by")?.0,
        (None, Some((to, span))) => {
            let passed = i64::try_from(clock.passed_s).unwrap_or(i64::MAX);
            let now = clock.start.checked_add(SignedDuration::from_secs(passed)).ok()?;
            let left = to.duration_since(now).as_secs();
            let Ok(left) = u64::try_from(left) else {
                let message = format!("it is {now} here, and `{to}` has been");
                m.say(code::Q805, span, message, "in the past", "time only goes forward");
                return None;
            };
            left
        }
        (None, None) if opened.attribute("to").is_some() => return None,
        (None, None) => {
            let help = "add `by = \"1h\"`, or `to = \"…\"`";
            m.say(code::B103, opened.block.header, "`advance` needs a `by`", "how far", help);
            return None;
        }
    };
    clock.passed_s = clock.passed_s.saturating_add(by_s);
    Some(by_s)
}
