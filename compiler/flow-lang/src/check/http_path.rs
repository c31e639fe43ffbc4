//! The path of an HTTP call: the author's text stands as it is, everything else is encoded.

use flow_bundle::Expr;

use super::body::Opened;
use super::expr::{Typed, infer};
use super::scope::{Scope, Secrets};
use super::{Module, constant, taint};
use crate::code;
use crate::source::Span;
use crate::syntax::tree::{self, ExprKind, Part, Text};
use crate::types::Ty;

/// Reads `path`; none where it is absent or was reported.
pub(crate) fn check(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>) -> Option<Expr> {
    let attribute = opened.attribute("path")?;
    let e = super::http::unwrap(&attribute.expr);
    let scope = scope.with_secrets(Secrets::Payload("path"));
    let reads = m.sensitive_reads;
    let typed = infer(m, &scope, e, Some(&flow_bundle::Type::String));
    let typed = super::expr::fit(m, typed, &flow_bundle::Type::String);
    constant::refuse_sensitive(m, e, "path", reads);
    if typed.ty.is_error() {
        return None;
    }
    if !check_start(m, &typed, e) {
        return None;
    }
    check_segments(m, &typed.ir, e);
    warn_external(m, &scope, &typed, e);
    Some(typed.ir)
}

/// A path begins with `/`, so that the host in front of it stays what it is.
fn check_start(m: &mut Module<'_>, typed: &Typed, e: &tree::Expr) -> bool {
    let first = match &typed.ir {
        Expr::Template(parts) => parts.first(),
        other => Some(other),
    };
    match first {
        Some(Expr::String(text)) if text.starts_with("//") || text.contains("://") => {
            let message = "the host of a call is that of its integration";
            m.say(code::N606, e.span, message, "names a host", "write only the path: `/v1/users`");
            false
        }
        Some(Expr::String(text)) if text.starts_with('/') => true,
        // A variable without a value: not known yet.
        Some(unknown) if constant::reads(unknown, &["var"]) => true,
        Some(Expr::String(_)) => {
            let message = "a path begins with `/`";
            m.say(code::N611, e.span, message, "no `/` in front", "write `/…`");
            false
        }
        _ => {
            let message = "what stands in front of the first `/` would belong to the host";
            m.say(code::N606, e.span, message, "no `/` in front", "write `\"/${…}\"`");
            false
        }
    }
}

/// Reports segments that are constant and empty, `.` or `..`. A path may end with `/`.
fn check_segments(m: &mut Module<'_>, ir: &Expr, e: &tree::Expr) {
    let parts: &[Expr] = match ir {
        Expr::Template(parts) => parts,
        other => std::slice::from_ref(other),
    };
    // A character that stands in no path, for what is known only later.
    let text: String =
        parts.iter().map(|p| if let Expr::String(s) = p { s } else { "\u{0}" }).collect();
    if let Some(at) = text.find(['?', '#']) {
        let message = "a path ends before `?` and `#`";
        let span = place(e, &text, at, at + 1);
        m.say(code::N611, span, message, "not a path", "write `query = { name = … }`");
        return;
    }
    let mut at = 1;
    let inner = text.get(1..).unwrap_or_default();
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() && text.len() <= 1 {
        return;
    }
    for segment in inner.split('/') {
        let end = at + segment.len();
        if matches!(segment, "" | "." | "..") {
            let message = match segment {
                "" => "a segment of this path is empty".to_owned(),
                other => format!("a segment of this path is `{other}`"),
            };
            let span = place(e, &text, at.saturating_sub(1), end);
            m.say(code::N611, span, message, "leads elsewhere", "write the path as it is meant");
        }
        at = end + 1;
    }
}

/// The place of a part of a path that is one text; the whole path otherwise.
fn place(e: &tree::Expr, whole: &str, start: usize, end: usize) -> Span {
    match &e.kind {
        ExprKind::String(text) if text.value == whole => Text::span_of(text, start, end),
        _ => e.span,
    }
}

/// Advises about people's words and answers of services in the path.
fn warn_external(m: &mut Module<'_>, scope: &Scope<'_>, typed: &Typed, e: &tree::Expr) {
    if typed.ty != Ty::Of(flow_bundle::Type::String) {
        return;
    }
    let parts: &[Expr] = match &typed.ir {
        Expr::Template(parts) => parts,
        other => std::slice::from_ref(other),
    };
    let spans: Vec<Span> = match &e.kind {
        ExprKind::Template(parts) => parts
            .iter()
            .filter_map(|p| {
                if let Part::Interpolation { expr, .. } = p { Some(expr.span) } else { None }
            })
            .collect(),
        _ => Vec::new(),
    };
    let outside: Vec<&Expr> = parts.iter().filter(|p| !matches!(p, Expr::String(_))).collect();
    // A local or a variable in between was put in place already.
    let is_one_to_one = outside.len() == spans.len();
    for (i, part) in outside.into_iter().enumerate() {
        if !taint::is_external(scope, part) {
            continue;
        }
        let span = spans.get(i).copied().filter(|_| is_one_to_one).unwrap_or(e.span);
        let name = m.sources.text(span).to_owned();
        let message = format!("`{name}` comes from outside and chooses what is called");
        let help = "it is percent-encoded; give the field a `pattern`, or confirm it: `# flowc:allow N608 \"…\"` above";
        m.say(code::N608, span, message, "from outside", help);
    }
}
