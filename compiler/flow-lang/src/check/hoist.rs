//! `is_member(user, group)`: a step of its own, put right before what asks.
//!
//! Who is in a group is asked outside and recorded, and an expression asks nobody. So the call
//! becomes a step that the author did not write, and its place in the expression reads the answer:
//! a group that does not answer holds nobody. It is asked even where `&&` would not have come to it.

use flow_bundle::bundle::{OnError, Statement, Step};
use flow_bundle::expr::BinaryOp;
use flow_bundle::number::Seconds;
use flow_bundle::{Expr, Type, catalog};

use super::Module;
use super::expr::{Typed, expect};
use super::scope::{Scope, Secrets};
use crate::code;
use crate::place::Place;
use crate::source::Span;
use crate::syntax::tree::Call;

/// How long the answer is waited for.
pub(crate) const TIMEOUT: Seconds = Seconds(5);

/// The steps that what is being checked needs before it.
#[derive(Debug, Default)]
pub(crate) struct Hoisted {
    steps: Vec<(Step, Span)>,
    /// How many the flow has so far.
    count: usize,
}

impl Hoisted {
    /// Begins a flow: names are unique in it.
    pub(crate) fn begin(&mut self) {
        *self = Self::default();
    }
}

/// The call, as what it reads of the step that asks.
pub(crate) fn is_member(m: &mut Module<'_>, scope: &Scope<'_>, call: &Call, span: Span) -> Typed {
    let can_ask =
        matches!(scope.place, Place::Hook(_) | Place::UnknownHook | Place::Approval | Place::Card);
    if !can_ask {
        let message = format!("`is_member()` is not available in {}", scope.place.words());
        let help = "ask in a hook or an approval; a set of people is compared without asking";
        m.say(code::R106, span, message, "not available here", help);
        return Typed::error(span);
    }
    let (Some(user), Some(group)) = (call.args.first(), call.args.get(1)) else {
        return Typed::error(span);
    };
    let inner = scope.with_secrets(Secrets::Payload("user"));
    let user = expect(m, &inner, user, &Type::User);
    let group = expect(m, &inner, group, &Type::Group);
    if user.ty.is_error() || group.ty.is_error() {
        return Typed::error(span);
    }
    if let Some(name) = bound(&[&user.ir, &group.ir]) {
        let message =
            format!("`is_member()` is asked once, before the loop, and `{name}` is not known then");
        let help = "compare whole sets: `intersect(group_of([…]), group.<name>)`";
        m.say(code::R106, span, message, "inside a loop", help);
        return Typed::error(span);
    }
    m.hoisted.count += 1;
    let name = format!("is_member#{}", m.hoisted.count);
    let answer = |part: &[&str]| {
        let path = ["steps", &name].into_iter().chain(part.iter().copied());
        Expr::Get(path.map(str::to_owned).collect())
    };
    let ok = answer(&["ok"]);
    let member = answer(&["output", "member"]);
    m.hoisted.steps.push((step(&name, user.ir, group.ir), span));
    Typed::new(Type::Bool, Expr::Binary(BinaryOp::And, Box::new(ok), Box::new(member)), span)
}

fn step(name: &str, user: Expr, group: Expr) -> Step {
    let output = catalog::step("is_member").and_then(|kind| kind.output_of(&Type::Json));
    Step {
        args: [("group".to_owned(), group), ("user".to_owned(), user)].into(),
        idempotent: false,
        integration: None,
        kind: "is_member".to_owned(),
        name: name.to_owned(),
        on_error: OnError::Continue,
        output: output.unwrap_or(Type::Json),
        reads: true,
        retry: None,
        timeout_s: TIMEOUT,
        when: Expr::Bool(true),
    }
}

/// A name in these that a loop binds.
fn bound(irs: &[&Expr]) -> Option<String> {
    let mut found = None;
    for ir in irs {
        flow_bundle::walk::each(ir, &mut |e| {
            if let Expr::Local(name) = e {
                found = Some(name.clone());
            }
        });
    }
    found
}

/// The steps that were asked for since the last time, with their places noted under `path`.
pub(crate) fn take(m: &mut Module<'_>, path: &str) -> Vec<Statement> {
    let steps = std::mem::take(&mut m.hoisted.steps);
    steps
        .into_iter()
        .map(|(step, span)| {
            m.locate(format!("{path}.{}", step.name), span);
            Statement::Step(step)
        })
        .collect()
}
