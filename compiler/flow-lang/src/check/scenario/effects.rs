//! Which effects there are: the names under which mocks and `expect` know them, and the types of
//! their answers.

use std::collections::BTreeMap;

use flow_bundle::Type;
use flow_bundle::bundle::{Bundle, Statement, Strategy};
use flow_bundle::walk;

/// Kinds of steps that fixtures and history answer: they are no effects.
pub(crate) const FIXTURES: [&str; 5] =
    ["value", "is_member", "identity", "identity_save", "run_history"];

/// What an effect answers.
#[derive(Debug, Clone)]
pub(crate) struct Effect<'b> {
    /// Where it stands: a flow or a strategy, by address.
    pub(crate) of: &'b str,
    pub(crate) output: Type,
    /// A refusal of the Lambda contract says nothing in `body`.
    pub(crate) has_errors: bool,
}

impl Effect<'_> {
    /// Whether it may be answered by nothing at all.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.output, Type::None | Type::Nullable(_))
    }
}

/// Every effect of a bundle by its name: `http.change`, `strategy.okta_group.x.escalate`.
#[derive(Debug, Default)]
pub(crate) struct Effects<'b> {
    by_name: BTreeMap<String, Vec<Effect<'b>>>,
    /// Steps that fixtures answer.
    answered: BTreeMap<String, ()>,
}

impl<'b> Effects<'b> {
    pub(crate) fn of(bundle: &'b Bundle) -> Self {
        let mut all = Self::default();
        for (address, flow) in &bundle.flows {
            walk::flow_statements(&walk::Path::of(address), flow, &mut |_, statement| {
                all.step(address, statement);
            });
        }
        for (address, strategy) in &bundle.strategies {
            walk::strategy_statements(&walk::Path::of(address), strategy, &mut |_, statement| {
                all.step(address, statement);
            });
            for half in ["escalate", "deescalate"] {
                let effect = Effect {
                    of: address,
                    output: answer(strategy, half == "escalate"),
                    has_errors: strategy.kind == "aws_lambda",
                };
                all.by_name.insert(format!("strategy.{address}.{half}"), vec![effect]);
                let call =
                    if half == "escalate" { &strategy.escalate } else { &strategy.deescalate };
                if let Some(poll) = &call.poll {
                    let output =
                        Type::object([("status", Type::Number), ("body", poll.output.clone())]);
                    let effect = Effect { of: address, output, has_errors: false };
                    all.by_name.insert(format!("strategy.{address}.{half}.poll"), vec![effect]);
                }
            }
        }
        all
    }

    fn step(&mut self, of: &'b str, statement: &'b Statement) {
        let Statement::Step(step) = statement else { return };
        let name = format!("{}.{}", step.kind, step.name);
        if FIXTURES.contains(&step.kind.as_str()) {
            self.answered.insert(name, ());
            return;
        }
        let effect = Effect { of, output: step.output.clone(), has_errors: false };
        self.by_name.entry(name).or_default().push(effect);
    }

    pub(crate) fn find(&self, name: &str) -> &[Effect<'b>] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether it is a step that fixtures answer.
    pub(crate) fn is_answered(&self, name: &str) -> bool {
        self.answered.contains_key(name)
    }

    /// Names of what one flow can call, or of everything.
    pub(crate) fn names(&self, within: Option<(&str, Option<&str>)>) -> Vec<&str> {
        let fits = |effect: &Effect<'_>| match within {
            None => true,
            Some((flow, strategy)) => effect.of == flow || Some(effect.of) == strategy,
        };
        let all = self.by_name.iter().filter(|(_, effects)| effects.iter().any(fits));
        all.map(|(name, _)| name.as_str()).collect()
    }
}

/// The type of a strategy's answer.
fn answer(strategy: &Strategy, escalate: bool) -> Type {
    let half = if escalate { &strategy.escalate } else { &strategy.deescalate };
    let body = half.body.clone().unwrap_or(Type::Json);
    match strategy.kind.as_str() {
        "aws_lambda" => Type::object([("body", body), ("errors", Type::list(Type::String))]),
        "http" => Type::object([("status", Type::Number), ("body", body)]),
        // The end of a membership has nothing to say but that it is confirmed.
        _ if escalate => Type::object([("preexisting", Type::Bool)]),
        _ => Type::object([("preexisting", Type::Bool)]).nullable(),
    }
}
