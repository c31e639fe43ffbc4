//! Names and values of HTTP headers.

use flow_bundle::{Expr, Type};

use super::Module;
use super::expr::Typed;
use crate::code;
use crate::source::Span;
use crate::types::Ty;

/// Headers that the client writes itself: to set one is to call another host or to break the call.
const OWN: [&str; 6] =
    ["host", "content-length", "transfer-encoding", "connection", "te", "upgrade"];

/// Headers that say who calls.
const CREDENTIALS: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-token",
    "private-token",
];

/// Reports what is no name of a header, and a header that is not the author's to write.
pub(crate) fn check_name(m: &mut Module<'_>, name: &str, span: Span) {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        let message = format!("`{name}` is no name of a header");
        m.say(code::B108, span, message, "not a name", "write letters, digits and `-`");
    } else if OWN.contains(&name.to_lowercase().as_str()) {
        let message = format!("the header `{name}` is written by the client itself");
        let help = "leave it out: only path, query, body and other headers may vary";
        m.say(code::N606, span, message, "not yours to write", help);
    }
}

/// Reports credentials in the open, and a value that would end the header.
pub(crate) fn check_value(m: &mut Module<'_>, name: &str, typed: &Typed) {
    let Expr::String(text) = &typed.ir else { return };
    if text.contains(['\r', '\n']) {
        let message = format!("the value of `{name}` has more than one line");
        m.say(code::T201, typed.span, message, "a line break", "write it on one line");
    }
    let is_data = typed.ty == Ty::Of(Type::String);
    if is_data && !text.is_empty() && CREDENTIALS.contains(&name.to_lowercase().as_str()) {
        let message = format!("the header `{name}` says who calls, and stands here in the open");
        let help = "declare a `secret` and have the daemon map it to its source";
        m.say(code::N603, typed.span, message, "in the open", help);
    }
}
