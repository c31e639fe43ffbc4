//! Steps that stand in a block of their own and not in a hook: in a field's `options`, in a
//! strategy's `identity`, `escalate` and `deescalate`. Each block sees the steps above and no other
//! block sees them.

use flow_bundle::bundle::Statement;
use flow_bundle::number::Seconds;

use super::scope::{FlowScope, Home, Own, Scope, StepInfo};
use super::step::{self, Rules};
use super::{Module, hook};
use crate::syntax::tree::Block;

/// What the steps of such a block may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) own: Own,
    /// How the block is called in a message.
    pub(crate) place: &'static str,
    /// Only reading steps.
    pub(crate) reading: bool,
    pub(crate) timeout_max: Seconds,
}

/// The steps of a block, declared before anything is typed.
pub(crate) fn declare(m: &mut Module<'_>, block: &Block, own: Own, steps: &mut Vec<StepInfo>) {
    for (index, child) in block.body.blocks_of("step").enumerate() {
        let Some(label) = child.labels.get(1) else { continue };
        hook::check_step_name(m, label, steps);
        let is_async = child
            .body
            .attribute("mode")
            .is_some_and(|a| m.sources.text(a.expr.span).trim_matches('"') == "async");
        let output = step::declared_output(m, child);
        steps.push(StepInfo {
            name: label.text.clone(),
            span: label.span,
            home: Home::Own(own),
            index,
            output,
            conditional: child.body.attribute("when").is_some(),
            after_decision: false,
            continues: false,
            is_async,
        });
    }
}

/// Checks the steps of a block, in order. The flow learns what each of them answers.
pub(crate) fn check(
    m: &mut Module<'_>,
    flow: &mut FlowScope,
    scope: &Scope<'_>,
    block: &Block,
    kept: Kept,
    path: &str,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    for (index, child) in block.body.blocks_of("step").enumerate() {
        let path = format!("{path}.steps.{}", child.label(1).unwrap_or_default());
        let seen = flow.clone();
        let inner = Scope { flow: Some(&seen), own: Some((kept.own, index)), ..scope.clone() };
        let rules = Rules {
            event: None,
            elsewhere: Some(kept.place),
            reading: kept.reading,
            timeout_max: kept.timeout_max,
        };
        let Some(checked) = step::check(m, &inner, child, &path, rules) else { continue };
        if let Some(info) = flow.steps.iter_mut().find(|s| s.name == checked.step.name) {
            info.output = checked.output;
        }
        statements.push(Statement::Step(checked.step));
    }
    statements
}
