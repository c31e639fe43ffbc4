//! `call`, `success` and `poll`: how a strategy of type `http` gives an access and takes it back.
//!
//! Whether the parts are there is known without a flow ([`check_parts`]); what they read of a
//! request is typed once for each flow that grants the strategy ([`check`]).

use std::collections::BTreeMap;

use flow_bundle::bundle::Poll;
use flow_bundle::catalog::StrategyType;
use flow_bundle::number::Seconds;
use flow_bundle::{Expr, Type};

use super::body::Opened;
use super::expr::{self, Typed};
use super::path::{Root, unknown_part};
use super::scope::Scope;
use super::strategy::{TIMEOUT_MAX, body_type, timeout};
use super::{Module, http, type_expr};
use crate::code;
use crate::syntax::mention::mentions;
use crate::syntax::tree::{Attribute, Block};

/// The parts of a half that call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Called {
    pub(crate) call: Option<BTreeMap<String, Expr>>,
    pub(crate) success: Option<Expr>,
    pub(crate) poll: Option<Poll>,
}

/// What a service answers.
pub(crate) fn answer(body: Type) -> Type {
    Type::object([("status", Type::Number), ("body", body)])
}

/// Reports a half that cannot be done (S401), and parts that another type does not take.
pub(crate) fn check_parts(m: &mut Module<'_>, strategy: &Opened<'_>, of_type: &StrategyType) {
    for (word, does) in [("escalate", "gives nothing"), ("deescalate", "cannot take back")] {
        let half = strategy.child(word);
        if of_type.name != "http" {
            half.iter().for_each(|half| refuse_foreign(m, half, of_type));
            continue;
        }
        if half.is_some_and(|half| half.tombstone) {
            continue;
        }
        if half.is_none_or(|half| half.body.blocks_of("call").next().is_none()) {
            let span = half.map_or(strategy.block.header, |half| half.header);
            let message = format!("without a `call` in `{word}` this strategy {does}");
            let help = format!(
                "add `{word} {{ call {{ method = … path = … }} }}`; a service over HTTP has no \
                 built-in form"
            );
            m.say(code::S401, span, message, "no call", help);
        }
    }
}

fn refuse_foreign(m: &mut Module<'_>, half: &Block, of_type: &StrategyType) {
    let title = format!("a strategy `{}`", of_type.name);
    for word in ["call", "poll"] {
        for block in half.body.blocks_of(word) {
            let message = format!("{title} makes its call by itself and takes no block `{word}`");
            let help = "leave it out; a `step` before the call may ask something";
            m.say(code::B101, block.kind.span, message, "belongs to `http`", help);
        }
    }
    if let Some(attribute) = half.body.attribute("success") {
        let message = format!("{title} knows itself what went well and takes no `success`");
        m.say(code::B102, attribute.name.span, message, "belongs to `http`", "leave it out");
    }
}

/// Types the parts of one half as a flow sees them.
pub(crate) fn check(m: &mut Module<'_>, scope: &Scope<'_>, half: &Block, path: &str) -> Called {
    let Some(block) = half.body.blocks_of("call").next() else { return Called::default() };
    let call = called(m, scope, block, &format!("{path}.call"));
    // What is wrong with the type was told by the strategy.
    let before = m.found.len();
    let body = body_type(m, Some(half), "http").unwrap_or(Type::Json);
    m.found.forget_since(before);
    let success = half.body.attribute("success").map(|attribute| {
        let scope = Scope { response: Some(body.clone()), ..scope.clone() };
        judged(m, &scope, attribute, path)
    });
    let poll = half.body.blocks_of("poll").next().and_then(|block| {
        let scope = Scope { call: Some(body.clone()), ..scope.clone() };
        poll(m, &scope, block, &format!("{path}.poll"))
    });
    Called { call, success, poll }
}

fn called(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    block: &Block,
    path: &str,
) -> Option<BTreeMap<String, Expr>> {
    let opened = Opened::open(m, block, "call")?;
    m.locate(path, block.header);
    Some(http::call(m, scope, &opened, path))
}

/// A condition over the answer; reports one that does not look at it.
fn judged(m: &mut Module<'_>, scope: &Scope<'_>, attribute: &Attribute, path: &str) -> Expr {
    let name = attribute.name.text.as_str();
    m.locate(format!("{path}.{name}"), attribute.expr.span);
    let typed = expr::expect(m, scope, &attribute.expr, &Type::Bool);
    if !typed.ty.is_error() && !mentions(&attribute.expr, &["response"]) {
        let message = format!("`{name}` does not look at what was answered");
        let help = "compare something of `response.body` or `response.status`";
        m.say(code::T212, attribute.expr.span, message, "the same for every answer", help);
    }
    typed.ir
}

fn poll(m: &mut Module<'_>, scope: &Scope<'_>, block: &Block, path: &str) -> Option<Poll> {
    let opened = Opened::open(m, block, "poll")?;
    m.locate(path, block.header);
    let output = match opened.attribute("output") {
        Some(attribute) => type_expr::read(m, &attribute.expr)?,
        None => Type::Json,
    };
    let child = opened.child("call")?;
    let call = called(m, scope, child, &format!("{path}.call"))?;
    if call.contains_key("method") && !http::reads(&call) {
        let message = "what is asked again and again must only read";
        let help = "use `GET` or `HEAD`; what changes something belongs into the first `call`";
        m.say(code::H313, child.header, message, "may change something", help);
    }
    let scope = Scope { response: Some(output.clone()), ..scope.clone() };
    let until = opened.attribute("until").map(|a| judged(m, &scope, a, path))?;
    let failed = opened.attribute("failed").map(|a| judged(m, &scope, a, path));
    let timeout_s = timeout(m, &opened, "timeout", TIMEOUT_MAX);
    let (every_s, span) = opened.seconds_at(m, "every").unwrap_or((Seconds(2), block.header));
    // A `timeout` that was refused is taken for a second.
    if every_s > timeout_s && timeout_s > Seconds(1) {
        let message = "the answer is asked for at most once";
        let help = "write an `every` that is shorter than `timeout`";
        m.say(code::T212, span, message, "no pause that fits", help);
    }
    let failed = failed.unwrap_or(Expr::Bool(false));
    Some(Poll { call, every_s, failed, output, timeout_s, until })
}

/// `response`: what a service answered.
pub(crate) fn response(root: &Root<'_>, m: &mut Module<'_>, scope: &Scope<'_>) -> Typed {
    match &scope.response {
        Some(body) => Typed::new(answer(body.clone()), Expr::get("response"), root.span),
        None => root.elsewhere(m, scope, "response", "`success` and `poll` of a strategy"),
    }
}

/// `steps.call.output`, and how many of the path's steps that is: what the call answered that a
/// `poll` waits for.
pub(crate) fn call(
    root: &Root<'_>,
    m: &mut Module<'_>,
    scope: &Scope<'_>,
) -> Option<(Typed, usize)> {
    let Some(body) = &scope.call else {
        let message = format!("`steps.call` is not available in {}", scope.place.words());
        let help = "it is what the `call` of a strategy `http` answered, for its `poll`";
        m.say(code::R106, root.span_of(1), message, "not available here", help);
        return None;
    };
    let Some(part) = root.part(1) else {
        let help = "write `steps.call.output`";
        m.say(code::R110, root.whole, "`steps.call` alone is no value", "a part is missing", help);
        return None;
    };
    if part.text != "output" {
        unknown_part(m, "`steps.call`", part, &["output"]);
        return None;
    }
    let ir = Expr::Get(["steps", "call", "output"].map(str::to_owned).to_vec());
    Some((Typed::new(answer(body.clone()), ir, root.span_of(2)), 2))
}
