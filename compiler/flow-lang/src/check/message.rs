//! `message`: a text with arguments, typed once per flow that says it.

use std::collections::BTreeMap;

use flow_bundle::bundle::Message;
use flow_bundle::{Expr, Type};

use super::Module;
use super::body::Opened;
use super::scope::{FlowScope, Scope, Secrets};
use super::{bounds, constant, expr, type_expr};
use crate::place::Place;
use crate::syntax::tree::{Block, ExprKind};

/// The message with its text as far as it needs no flow.
pub(crate) fn check(m: &mut Module<'_>, block: &Block) -> Option<Message> {
    let opened = Opened::open(m, block, "message")?;
    let args = args(m, block)?;
    let text = text(m, block, &args, None).unwrap_or(Expr::Null);
    if let Some(attribute) = opened.attribute("text") {
        let path = format!("messages.{}.text", m.key());
        m.locate(path, attribute.expr.span);
        if let Expr::String(written) = &text {
            bounds::text(m, "text", written, attribute.expr.span);
        }
    }
    Some(Message { args, text })
}

/// The arguments and their types; none where they could not be read.
pub(crate) fn args(m: &mut Module<'_>, block: &Block) -> Option<BTreeMap<String, Type>> {
    let Some(attribute) = block.body.attribute("args") else { return Some(BTreeMap::new()) };
    let ExprKind::Object(entries) = &attribute.expr.kind else {
        m.say(
            crate::code::T219,
            attribute.expr.span,
            "`args` names the arguments and their types",
            "not a list of types",
            "write `{ name = string }`",
        );
        return None;
    };
    let attributes = type_expr::attributes(m, entries)?;
    Some(attributes.into_iter().map(|(name, a)| (name, a.ty)).collect())
}

/// The text, typed in a flow; without one what reads the flow has no type.
pub(crate) fn text(
    m: &mut Module<'_>,
    block: &Block,
    args: &BTreeMap<String, Type>,
    flow: Option<&FlowScope>,
) -> Option<Expr> {
    let attribute = block.body.attribute("text")?;
    let mut scope = Scope::at(Place::Message, flow);
    scope.args = Some(args);
    scope.secrets = Secrets::Message("text");
    // Of what is sensitive a message reads only its arguments, and who sends it was asked already.
    scope.sealed = true;
    let reads = m.sensitive_reads;
    let typed = expr::expect(m, &scope, &attribute.expr, &Type::String);
    constant::refuse_sensitive(m, &attribute.expr, "text", reads);
    (!typed.ty.is_error()).then_some(typed.ir)
}
