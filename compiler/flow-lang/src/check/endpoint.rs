//! URLs of services: known at build, over TLS, and no private host unless the author says so.

use flow_bundle::endpoint::{Allowed, Fault, judge};
use flow_bundle::{Type, Value};

use super::body::Opened;
use super::{Module, constant};
use crate::code;
use crate::source::Span;
use crate::syntax::tree::{Expr, ExprKind, Part};

/// First words of paths that have a value only while a request runs.
const RUN_TIME: [&str; 9] =
    ["request", "requester", "steps", "run", "event", "approval", "env", "response", "identity"];

/// The URL in this attribute; none where it is absent, not known or was reported.
pub(crate) fn url(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    name: &str,
    allowed: Allowed,
) -> Option<String> {
    let attribute = opened.attribute(name)?;
    if let Some(span) = run_time(&attribute.expr) {
        let message = format!("the host in `{name}` would be known only while a request runs");
        let help = "write the host out: only the path and the query of a call may vary";
        m.say(code::N606, span, message, "not known at build", help);
        return None;
    }
    let reads = m.sensitive_reads;
    let constant = constant::read(m, &attribute.expr, &Type::String)?;
    constant::refuse_sensitive(m, &attribute.expr, name, reads);
    let Some(Value::String(text)) = constant.value else { return None };
    if let Err(fault) = judge(&text, allowed) {
        refuse(m, &fault, attribute.expr.span);
        return None;
    }
    Some(text)
}

fn refuse(m: &mut Module<'_>, fault: &Fault, span: Span) {
    let (code, label, help) = match fault {
        Fault::NoUrl(_) => {
            (code::T201, "not a URL", "write the whole URL: `https://api.acme.example/v1`")
        }
        Fault::Scheme(_) => (
            code::N605,
            "not https",
            "write `https://…`, or `insecure = true` where the network is your own",
        ),
        Fault::Credentials => {
            (code::T201, "credentials in the open", "use `auth \"basic\"` with a `secret`")
        }
        Fault::Tail => {
            (code::T201, "not a base URL", "write what stands behind in the step's `query`")
        }
        Fault::Private(_) => (
            code::N604,
            "a private address",
            "write `allow_private_networks = true` if this is meant; the daemon must allow it too",
        ),
        Fault::Metadata(_) => {
            (code::N604, "never called", "name the host of the service that is meant")
        }
    };
    m.say(code, span, fault.to_string(), label, help);
}

/// The first name in it that has a value only while a request runs.
fn run_time(e: &Expr) -> Option<Span> {
    match &e.kind {
        ExprKind::Name(name) => RUN_TIME.contains(&name.as_str()).then_some(e.span),
        ExprKind::Access { base, .. } => run_time(base).map(|_| e.span),
        ExprKind::Template(parts) => parts.iter().find_map(|part| match part {
            Part::Interpolation { expr, .. } => run_time(expr),
            _ => None,
        }),
        ExprKind::Call(call) => call.args.iter().find_map(run_time),
        ExprKind::Parens(inner) => run_time(inner),
        ExprKind::Conditional { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().find_map(|e| run_time(e))
        }
        _ => None,
    }
}
