//! What a strategy computes while a request runs: its payload, its steps, how it finds a person's
//! id. Typed once for each flow that grants it.

use flow_bundle::bundle::{IdentityLookup, Statement, Strategy};
use flow_bundle::{Expr, Type};

use super::Module;
use super::body::Opened;
use super::expr;
use super::integration::bare;
use super::own_steps::{self, Kept};
use super::scope::{FlowScope, Own, Scope, Secrets};
use super::strategy::{TIMEOUT_MAX, check_object};
use super::strategy_call::{self, Called};
use crate::code;
use crate::place::Place;
use crate::syntax::mention::mentions;
use crate::syntax::tree::Block;

/// The parts of a strategy that read a flow.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Run {
    payload: Option<Expr>,
    payload_extra: Option<Expr>,
    identity: Option<IdentityLookup>,
    escalate: Half,
    deescalate: Half,
}

/// One half of a strategy.
#[derive(Debug, Clone, Default, PartialEq)]
struct Half {
    steps: Vec<Statement>,
    called: Called,
}

impl Run {
    pub(crate) fn put_into(self, strategy: &mut Strategy) {
        strategy.payload = self.payload;
        strategy.payload_extra = self.payload_extra;
        strategy.identity = self.identity;
        for (half, call) in
            [(self.escalate, &mut strategy.escalate), (self.deescalate, &mut strategy.deescalate)]
        {
            call.steps = half.steps;
            call.call = half.called.call;
            call.success = half.called.success;
            call.poll = half.called.poll;
        }
    }
}

/// Types the parts as a flow sees them; without a flow, what reads one has no type.
pub(crate) fn check(m: &mut Module<'_>, block: &Block, flow: Option<&FlowScope>) -> Run {
    let mut known = flow.cloned();
    let path = format!("strategies.{}", m.key());
    let integration = own_integration(m, block);
    for (word, own) in
        [("identity", Own::Identity), ("escalate", Own::Escalate), ("deescalate", Own::Deescalate)]
    {
        if let (Some(child), Some(flow)) = (block.body.blocks_of(word).next(), &mut known) {
            own_steps::declare(m, child, own, &mut flow.steps);
        }
    }
    let [payload, payload_extra] = payloads(m, block, flow);
    let mut half = |m: &mut Module<'_>, own: Own| {
        let word = own.word();
        let child = block.body.blocks_of(word).next()?;
        let flow = known.as_mut()?;
        let kept = Kept {
            own,
            place: own.place(),
            reading: own == Own::Identity,
            timeout_max: TIMEOUT_MAX,
        };
        let mut scope = Scope::at(Place::Strategy, None);
        scope.own_integration = integration.as_deref();
        let steps = own_steps::check(m, flow, &scope, child, kept, &format!("{path}.{word}"));
        Some((child, steps))
    };
    let steps = |found: Option<(&Block, Vec<Statement>)>| found.map(|(_, s)| s).unwrap_or_default();
    let steps = [Own::Escalate, Own::Deescalate].map(|own| steps(half(m, own)));
    let identity = half(m, Own::Identity);
    let called = [Own::Escalate, Own::Deescalate].map(|own| {
        let child = block.body.blocks_of(own.word()).next();
        child.map(|child| {
            let mut scope = Scope::at(Place::Strategy, known.as_ref());
            scope.own = Some((own, usize::MAX));
            strategy_call::check(m, &scope, child, &format!("{path}.{}", own.word()))
        })
    });
    let identity = identity.and_then(|(child, steps)| {
        identity_of(m, child, steps, known.as_ref(), &format!("{path}.identity"))
    });
    let [first, second] = steps;
    let [given, taken] = called.map(Option::unwrap_or_default);
    Run {
        payload,
        payload_extra,
        identity,
        escalate: Half { steps: first, called: given },
        deescalate: Half { steps: second, called: taken },
    }
}

/// Address of the strategy's integration, without its block word. Faults are told by the strategy.
fn own_integration(m: &mut Module<'_>, block: &Block) -> Option<String> {
    let attribute = block.body.attribute("integration")?;
    let found = m.found.clone();
    let address = super::integration::reference(m, &attribute.expr, "integration");
    m.found = found;
    address.map(|address| bare(&address))
}

fn identity_of(
    m: &mut Module<'_>,
    block: &Block,
    steps: Vec<Statement>,
    flow: Option<&FlowScope>,
    path: &str,
) -> Option<IdentityLookup> {
    let opened = Opened::open(m, block, "identity")?;
    m.locate(path, block.header);
    let attribute = opened.attribute("value")?;
    m.locate(format!("{path}.value"), attribute.expr.span);
    let mut scope = Scope::at(Place::Strategy, flow);
    scope.own = Some((Own::Identity, usize::MAX));
    let value = expr::expect(m, &scope, &attribute.expr, &Type::String).ir;
    Some(IdentityLookup { steps, value })
}

fn payloads(m: &mut Module<'_>, block: &Block, flow: Option<&FlowScope>) -> [Option<Expr>; 2] {
    ["payload", "payload_extra"].map(|name| {
        let attribute = block.body.attribute(name)?;
        let mut scope = Scope::at(Place::Strategy, flow);
        scope.secrets =
            Secrets::Payload(if name == "payload" { "payload" } else { "payload_extra" });
        let typed = expr::expect(m, &scope, &attribute.expr, &Type::Json);
        check_object(m, &typed);
        (!typed.ty.is_error()).then_some(typed.ir)
    })
}

/// One function makes and takes back: its payload has to tell which; reports S413.
pub(crate) fn check_tells(m: &mut Module<'_>, block: &Block) {
    let Some(attribute) = block.body.attribute("payload") else { return };
    if !mentions(&attribute.expr, &["event", "run"]) {
        let message = "the function is not told whether to give the access or to take it back";
        let help = "add `event = event.type`, which is \"escalate\" or \"deescalate\"";
        m.say(code::S413, attribute.expr.span, message, "the same for both", help);
    }
}
