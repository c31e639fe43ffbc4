//! Chains of `?:` over the words of a closed list: what the last branch stands for.
//!
//! One question with two answers is no chain: `urgency == "high" ? 1 : 2` means the rest. Whoever
//! names two words and lets two others fall through has mostly forgotten one.

use flow_bundle::Type;

use super::Module;
use super::expr::infer;
use super::scope::Scope;
use crate::code;
use crate::source::Span;
use crate::syntax::tree::{BinaryOp, Expr, ExprKind};

/// Warns (T218) where a chain names several words of a list, and more than one is left to its end.
pub(crate) fn check(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    condition: &Expr,
    otherwise: &Expr,
    span: Span,
) {
    let Some((subject, first)) = asked(condition) else { return };
    let mut named = vec![first];
    let mut rest = otherwise;
    while let ExprKind::Conditional { condition, otherwise, .. } = &rest.kind {
        match asked(condition) {
            Some((other, word)) if text(m, other) == text(m, subject) => named.push(word),
            _ => return,
        }
        rest = otherwise;
    }
    if named.len() < 2 {
        return;
    }
    // Whether it is a closed list is known only once it is typed, which happens again.
    let mut quiet = crate::diagnostic::Diagnostics::new();
    std::mem::swap(&mut quiet, &mut m.found);
    let ty = infer(m, scope, subject, None).ty.non_null();
    std::mem::swap(&mut quiet, &mut m.found);
    let Some(Type::Enum(words)) = ty.data() else { return };
    let left: Vec<String> =
        words.iter().filter(|w| !named.contains(&w.as_str())).map(|w| format!("`{w}`")).collect();
    if left.len() < 2 {
        return;
    }
    let message = format!("{} are left to the last branch", left.join(" and "));
    let help = "ask for each word, or only for those that differ from the rest";
    m.say(code::T218, span, message, "not every word is asked for", help);
}

/// `path == "word"`, in either order.
fn asked(condition: &Expr) -> Option<(&Expr, &str)> {
    match &condition.kind {
        ExprKind::Parens(inner) => asked(inner),
        ExprKind::Binary { left, op: BinaryOp::Eq, right, .. } => match (&left.kind, &right.kind) {
            (ExprKind::Access { .. }, ExprKind::String(word)) => Some((left, &word.value)),
            (ExprKind::String(word), ExprKind::Access { .. }) => Some((right, &word.value)),
            _ => None,
        },
        _ => None,
    }
}

fn text(m: &Module<'_>, e: &Expr) -> String {
    m.sources.text(e.span).to_owned()
}
