//! Which names an expression reads, before anything is known about them.

use super::tree::{Expr, ExprKind, Key, Part, Step};

/// Whether some path in the expression begins with one of these names.
pub(crate) fn mentions(e: &Expr, names: &[&str]) -> bool {
    let mut found = false;
    each(e, &mut |e| {
        found |= matches!(&e.kind, ExprKind::Name(name) if names.contains(&name.as_str()));
    });
    found
}

/// The fields that the expression reads: `x` of each `request.fields.x`.
pub(crate) fn fields(e: &Expr) -> Vec<String> {
    let mut found = Vec::new();
    each(e, &mut |e| {
        if let ExprKind::Access { base, steps } = &e.kind
            && matches!(&base.kind, ExprKind::Name(name) if name == "request")
            && let [Step::Attr(of), Step::Attr(name), ..] = steps.as_slice()
            && of.text == "fields"
        {
            found.push(name.text.clone());
        }
    });
    found
}

/// Calls `visit` with the expression and everything in it.
fn each<'e>(e: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    visit(e);
    match &e.kind {
        ExprKind::Template(parts) => in_parts(parts, visit),
        ExprKind::List(items) => items.iter().for_each(|e| each(e, visit)),
        ExprKind::Object(entries) => {
            for entry in entries {
                if let Key::Expr(key) = &entry.key {
                    each(key, visit);
                }
                each(&entry.value, visit);
            }
        }
        ExprKind::Access { base, steps } => {
            each(base, visit);
            for step in steps {
                if let Step::Index(index, _) = step {
                    each(index, visit);
                }
            }
        }
        ExprKind::Call(call) => call.args.iter().for_each(|e| each(e, visit)),
        ExprKind::Unary { operand, .. } => each(operand, visit),
        ExprKind::Binary { left, right, .. } => {
            [left, right].into_iter().for_each(|e| each(e, visit))
        }
        ExprKind::Conditional { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|e| each(e, visit));
        }
        ExprKind::Parens(inner) => each(inner, visit),
        ExprKind::For(f) => {
            let more = [f.result_key.as_ref(), f.condition.as_ref()];
            let all = [&f.collection, &f.result].into_iter().chain(more.into_iter().flatten());
            all.for_each(|e| each(e, visit));
        }
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Name(_)
        | ExprKind::Error => {}
    }
}

fn in_parts<'e>(parts: &'e [Part], visit: &mut dyn FnMut(&'e Expr)) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Interpolation { expr, .. } => each(expr, visit),
            Part::If { condition, then, otherwise, .. } => {
                each(condition, visit);
                in_parts(then, visit);
                in_parts(otherwise, visit);
            }
            Part::For { collection, body, .. } => {
                each(collection, visit);
                in_parts(body, visit);
            }
        }
    }
}
