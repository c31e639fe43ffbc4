//! What a flow does with one request, and how long that takes: a plain reading of the rules.

use flow_bundle::Expr;
use flow_bundle::bundle::{Approval, Bundle, Flow, HookEvent, OnTimeout, Statement, Verdict};
use flow_bundle::eval::{Scope, eval};
use flow_bundle::types::Type;
use flow_bundle::value::Value;
use rust_decimal::Decimal;

use super::dice::FETCHED;
use crate::example::Choice;

/// One request: a value for each field.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) fields: Vec<(String, Value)>,
}

/// Every request that a person could make, as far as this flow can tell them apart.
pub(super) fn requests(bundle: &Bundle, flow: &Flow) -> Vec<Asked> {
    let mut all = vec![Asked { fields: Vec::new() }];
    for field in &flow.fields {
        let text = |s: &str| Value::String(s.to_owned());
        let mut values: Vec<Value> = match &field.ty {
            Type::Enum(words) => words.iter().map(|w| text(w)).collect(),
            Type::Bool => vec![Value::Bool(true), Value::Bool(false)],
            Type::Number => (0..4).map(|n| Value::Number(Decimal::from(n))).collect(),
            Type::Duration => [1800, 7200].map(|d| Value::Duration(Decimal::from(d))).into(),
            _ => vec![text("u"), text("v"), text("w")],
        };
        values.push(Value::Null);
        let one = |asked: &Asked, value: &Value| {
            let scope = asked.scope(bundle);
            let fits = match (holds(&field.visible, &scope), value == &Value::Null) {
                (false, is_empty) => is_empty,
                (true, false) => true,
                (true, true) => !holds(&field.required, &scope),
            };
            fits.then(|| {
                let mut fields = asked.fields.clone();
                fields.push((field.name.clone(), value.clone()));
                Asked { fields }
            })
        };
        all = all.iter().flat_map(|a| values.iter().filter_map(|v| one(a, v))).collect();
    }
    all
}

impl Asked {
    pub(super) fn scope<'b>(&self, bundle: &'b Bundle) -> Scope<'b> {
        let fields = Value::Map(self.fields.iter().cloned().collect());
        Scope::of(bundle).with("request", Value::Map([("fields".to_owned(), fields)].into()))
    }

    /// Whether it has every value that an example names. A text that is none of those asked for
    /// may be any such text.
    pub(super) fn has(&self, example: &[Choice]) -> bool {
        example.iter().all(|choice| {
            let Expr::Get(path) = &choice.term else { return false };
            let value = self.fields.iter().find(|(name, _)| Some(name) == path.last());
            match (value, &choice.value) {
                (Some((_, Value::String(mine))), Some(Value::String(word))) => {
                    mine == word
                        || (mine == "w"
                            && !["u", "v"].contains(&word.as_str())
                            && path.last().is_some_and(|n| n == "s" || n == FETCHED))
                }
                (Some((_, mine)), Some(value)) => mine == value,
                _ => false,
            }
        })
    }
}

pub(super) fn holds(expr: &Expr, scope: &Scope<'_>) -> bool {
    eval(expr, scope).unwrap() == Value::Bool(true)
}

/// What becomes of a request before people are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Early {
    /// By which statement.
    Approved(usize),
    Refused,
    Asked,
    /// By break-glass: nobody is asked.
    Glass,
}

pub(super) fn early(flow: &Flow, scope: &Scope<'_>) -> Early {
    for (i, statement) in flow.hooks[&HookEvent::OnRequest].iter().enumerate() {
        match statement {
            Statement::Decision(d) if holds(&d.when, scope) => {
                let approves = d.verdict == Verdict::Approve;
                return if approves { Early::Approved(i) } else { Early::Refused };
            }
            Statement::Fail(f) if holds(&f.when, scope) => return Early::Refused,
            _ => {}
        }
    }
    if flow.break_glass.is_some() { Early::Glass } else { Early::Asked }
}

/// How many people a rule wants.
pub(super) fn wanted(quorum: &Expr, scope: &Scope<'_>) -> u64 {
    match eval(quorum, scope).unwrap() {
        Value::Number(n) => n.try_into().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Whether the stage can be passed though nobody decides it.
pub(super) fn passes_alone(stage: &Approval, scope: &Scope<'_>) -> bool {
    !holds(&stage.when, scope)
        || stage.on_timeout == OnTimeout::Skip
        || stage.rules.iter().all(|rule| wanted(&rule.quorum, scope) == 0)
}

/// Whether a grant can be made longer with no person approving that.
pub(super) fn extends_alone(flow: &Flow, all: &[Scope<'_>]) -> bool {
    let Some(extend) = flow.grant.as_ref().and_then(|g| g.extend.as_ref()) else { return false };
    let mut granted = all.iter().filter(|scope| early(flow, scope) != Early::Refused);
    match extend.approval.as_str() {
        "none" => true,
        "same" => false,
        name => {
            let stage = flow.approvals.iter().find(|s| s.name == name);
            stage.is_some_and(|stage| granted.any(|scope| passes_alone(stage, scope)))
        }
    }
}

/// When the last stage is over, at the latest; `None` where one never opens. Each stage takes no
/// time, its timeout, or the timeout of who takes over as well.
pub(super) fn latest(flow: &Flow) -> Option<u64> {
    let stages = &flow.approvals;
    let ways = 3_usize.pow(stages.len().try_into().unwrap());
    let mut latest = 0;
    for way in 0..ways {
        let takes = |i: usize| match way / 3_usize.pow(i.try_into().unwrap()) % 3 {
            0 => 0,
            1 => stages[i].timeout_s.0,
            _ if stages[i].on_timeout == OnTimeout::Fallback => 2 * stages[i].timeout_s.0,
            _ => stages[i].timeout_s.0,
        };
        // A clock that stops whenever a stage is over.
        let mut over: Vec<Option<u64>> = vec![None; stages.len()];
        while let Some((i, at)) = opens(stages, &over) {
            over[i] = Some(at + takes(i));
        }
        for end in over {
            latest = latest.max(end?);
        }
    }
    Some(latest)
}

/// A stage whose turn it is, and since when.
fn opens(stages: &[Approval], over: &[Option<u64>]) -> Option<(usize, u64)> {
    let when = |name: &String| over[stages.iter().position(|s| s.name == *name)?];
    (0..stages.len()).filter(|i| over[*i].is_none()).find_map(|i| {
        let before: Option<Vec<u64>> = stages[i].after.iter().map(when).collect();
        Some((i, before?.into_iter().max().unwrap_or(0)))
    })
}
