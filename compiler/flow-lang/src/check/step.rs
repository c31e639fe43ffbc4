//! `step`: something is asked or done outside, once, and recorded.
//!
//! What is the same for every kind is here; the attributes of a kind are typed by its entry in the
//! catalog ([`args`]), and a kind that needs more has a file of its own.

mod args;
mod http;
mod identity;
mod lambda;
mod value;

use flow_bundle::Type;
use flow_bundle::bundle::{HookEvent, OnError, Step};
use flow_bundle::catalog::{self, Reads, StepKind};
use flow_bundle::number::Seconds;

use super::Module;
use super::body::{Opened, open_typed};
use super::group::ambiguous;
use super::integration::{bare, reference};
use super::scope::Scope;
use super::{notify, strategy, type_expr};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::resolve::Body;
use crate::schema::{self, Family};
use crate::syntax::tree::{Attribute, Block};
use crate::types::Ty;

/// What a step may do where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// The hook; none where the hook does not exist (everything is allowed), or outside of hooks.
    pub(crate) event: Option<HookEvent>,
    /// Outside of hooks: where, in words. A failed step fails what it stands in, always.
    pub(crate) elsewhere: Option<&'static str>,
    /// Only reading steps.
    pub(crate) reading: bool,
    pub(crate) timeout_max: Seconds,
}

impl Rules {
    fn place(&self) -> Option<String> {
        match (self.event, self.elsewhere) {
            (Some(event), _) => Some(format!("the hook `{}`", event.word())),
            (None, Some(words)) => Some(words.to_owned()),
            (None, None) => None,
        }
    }
}

/// A checked step, and the type of its output.
pub(crate) struct Checked {
    pub(crate) step: Step,
    pub(crate) output: Ty,
}

/// What is special about one kind.
struct Made {
    args: std::collections::BTreeMap<String, flow_bundle::Expr>,
    /// Whether it only reads.
    reads: bool,
    output: Ty,
}

pub(crate) fn check(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    block: &Block,
    path: &str,
    rules: Rules,
) -> Option<Checked> {
    let (opened, kind) = open_typed(m, block, Family::Step, "step")?;
    let kind = catalog::step(kind.word)?;
    m.locate(path, block.header);
    let name = block.label(1).unwrap_or_default().to_owned();
    let (when, facts) = notify::when(m, scope, &opened, path);
    let inner = scope.knowing(facts);
    check_meaningless(m, &opened, kind);
    let integration = integration(m, scope, &opened, kind);
    let made = match kind.name {
        "aws_lambda" => lambda::make(m, &inner, &opened, integration.as_deref(), path),
        "http" => http::make(m, &inner, &opened, path),
        "value" => value::make(m, &inner, &opened, path),
        "identity" | "identity_save" => identity::make(m, &inner, &opened, kind, path),
        _ => args::make(m, &inner, &opened, kind, path),
    };
    check_effect(m, &opened, kind, rules, made.reads);
    let on_error = on_error(m, &opened, rules, &made.output);
    let idempotent = kind.repeatable && opened.bool(m, "idempotent").unwrap_or(false);
    let purpose = strategy::Purpose {
        is_end: false,
        idempotent: idempotent || made.reads,
        in_strategy: false,
    };
    let retry = opened.child("retry").map(|block| strategy::retry(m, block, purpose));
    let timeout_s = strategy::timeout(m, &opened, "timeout", rules.timeout_max);
    let step = Step {
        args: made.args,
        idempotent,
        integration,
        kind: kind.name.to_owned(),
        name,
        on_error,
        output: made.output.data().cloned().unwrap_or(Type::Json),
        reads: made.reads,
        retry,
        timeout_s,
        when,
    };
    Some(Checked { step, output: made.output })
}

/// The type of a step's output as far as its declaration says it.
pub(crate) fn declared_output(m: &mut Module<'_>, block: &Block) -> Ty {
    let Some(kind) = block.label(0).and_then(catalog::step).filter(|_| !block.tombstone) else {
        return Ty::Error;
    };
    let written = block.body.attribute("output").filter(|_| kind.declares());
    let declared = match written {
        Some(attribute) => match type_expr::read(m, &attribute.expr) {
            Some(Type::None) => return Ty::Of(Type::None),
            Some(ty) => ty,
            None => return Ty::Error,
        },
        // What a `value` is will be known when it is checked.
        None if kind.name == "value" => return Ty::Error,
        None => Type::Json,
    };
    kind.output_of(&declared).map_or(Ty::Error, Ty::Of)
}

/// Reports attributes of all steps that mean nothing for this kind.
fn check_meaningless(m: &mut Module<'_>, opened: &Opened<'_>, kind: &StepKind) {
    if let Some(attribute) = opened.attribute("output").filter(|_| !kind.declares()) {
        let message = match kind.output {
            "none" => format!("a step `{}` answers nothing", kind.name),
            output => format!("a step `{}` always answers `{output}`", kind.name),
        };
        m.say(code::B102, attribute.name.span, message, "has no effect here", "leave it out");
    }
    if let Some(attribute) = opened.attribute("idempotent").filter(|_| !kind.repeatable) {
        let message = format!("`idempotent` says nothing new about a step `{}`", kind.name);
        m.say(code::B102, attribute.name.span, message, "has no effect here", "leave it out");
    }
}

/// Address of the integration that the step calls; reports R117, R118.
fn integration(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    kind: &StepKind,
) -> Option<String> {
    let Some(wanted) = kind.integration else {
        if let Some(attribute) = opened.attribute("integration") {
            let message = format!("a step `{}` calls nothing", kind.name);
            m.say(code::B102, attribute.name.span, message, "has no effect here", "leave it out");
        }
        return None;
    };
    let own = scope.own_integration.filter(|own| own.starts_with(&format!("{wanted}.")));
    let listed = listed(m, scope);
    let Some(attribute) = opened.attribute("integration") else {
        if let Some(own) = own {
            return Some(own.to_owned());
        }
        let listed = listed?;
        let fitting: Vec<String> =
            listed.into_iter().filter(|a| address::kind(a) == wanted).collect();
        if let [one] = fitting.as_slice() {
            return Some(bare(one));
        }
        ambiguous(m, wanted, &fitting, opened.block.header);
        return None;
    };
    let address = reference(m, &attribute.expr, "integration")?;
    if address::kind(&address) != wanted {
        let message = format!("a step `{}` calls an integration of type `{wanted}`", kind.name);
        let label = format!("this is `{}`", bare(&address));
        let help = super::integration::of_type(m, wanted);
        m.say(code::R110, attribute.expr.span, message, label, help);
        return None;
    }
    let is_own = own == Some(bare(&address).as_str());
    if !is_own && listed.is_some_and(|l| !l.contains(&address)) {
        not_listed(m, scope, attribute, &address);
    }
    Some(bare(&address))
}

/// The integrations of the flow's environment; none where they are not known.
fn listed(m: &mut Module<'_>, scope: &Scope<'_>) -> Option<Vec<String>> {
    let flow = scope.flow?;
    let Some(address) = flow.environment.as_deref() else {
        // Without an environment everything that is declared may be called.
        let none_declared = m.declared.of("environment").is_empty();
        return (none_declared && !m.declared.unit().incomplete)
            .then(|| m.declared.of("integration"));
    };
    let block = m.declared.block(address)?;
    if block.tombstone {
        return None;
    }
    match block.body.attribute("integrations") {
        Some(a) => {
            let references =
                m.within(address, |m| super::integration::references(m, &a.expr, "integration"));
            Some(references.into_iter().map(|(address, _)| address).collect())
        }
        None => Some(Vec::new()),
    }
}

fn not_listed(m: &mut Module<'_>, scope: &Scope<'_>, attribute: &Attribute, address: &str) {
    let environment = scope.flow.and_then(|f| f.environment.clone()).unwrap_or_default();
    let message = format!("`{address}` is not listed in `{environment}`");
    let mut diagnostic =
        Diagnostic::new(code::R118, attribute.expr.span, message, "not in the environment")
            .help(format!("add it to `integrations` of `{environment}`"));
    if let Some(declaration) = m.declared.find(&environment)
        && matches!(declaration.body, Body::Block(_))
    {
        diagnostic = diagnostic.label(declaration.span, "the environment is declared here");
    }
    m.report(diagnostic);
}

fn check_effect(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    kind: &StepKind,
    rules: Rules,
    reads: bool,
) {
    let Some(place) = rules.place().filter(|_| rules.reading && !reads) else { return };
    let message = format!("only reading steps may stand in {place}");
    let (label, help) = match kind.reads {
        Reads::Declared => (
            "may change something",
            "add `reads = true` if it only reads, or move it to `on_request` or an `after_` hook",
        ),
        Reads::ByMethod => (
            "may change something",
            "use `GET` or `HEAD`, or move it to `on_request` or an `after_` hook",
        ),
        Reads::Always | Reads::Never => {
            ("changes something", "move it to `on_request` or an `after_` hook")
        }
    };
    m.say(code::H313, opened.block.header, message, label, help);
}

fn on_error(m: &mut Module<'_>, opened: &Opened<'_>, rules: Rules, output: &Ty) -> OnError {
    let Some(event) = rules.event else { return on_error_elsewhere(m, opened, rules) };
    let row = schema::hook(event);
    let is_after = event.word().starts_with("after_");
    let default = match row.otherwise {
        _ if is_after && *output == Ty::Of(Type::None) => OnError::Continue,
        word => on_error_of(word),
    };
    let Some(attribute) = opened.attribute("on_error") else { return default };
    let Some(word) = opened.word(m, "on_error") else { return default };
    let chosen = on_error_of(&word);
    if event == HookEvent::OnDeescalate && chosen != OnError::Continue {
        let message = "nothing may stand before the end of a grant";
        m.report(
            Diagnostic::new(code::H312, attribute.expr.span, message, "would hold up the end")
                .help("write `on_error = \"continue\"`")
                .fix(attribute.expr.span, "\"continue\""),
        );
        return OnError::Continue;
    }
    if !row.on_error.contains(&word.as_str()) {
        let message = format!("`{word}` is not possible in the hook `{}`", event.word());
        let words: Vec<String> = row.on_error.iter().map(|word| format!("\"{word}\"")).collect();
        let help = match words.split_last() {
            Some((last, rest)) => format!("write {} or {last}", rest.join(", ")),
            None => String::new(),
        };
        m.say(code::H315, attribute.expr.span, message, "not possible here", help);
    }
    chosen
}

fn on_error_of(word: &str) -> OnError {
    match word {
        "continue" => OnError::Continue,
        "deny" => OnError::Deny,
        "ignore" => OnError::Ignore,
        _ => OnError::Fail,
    }
}

/// Outside of hooks a failed step fails what it stands in.
fn on_error_elsewhere(m: &mut Module<'_>, opened: &Opened<'_>, rules: Rules) -> OnError {
    let (Some(place), Some(attribute), Some(word)) =
        (rules.elsewhere, opened.attribute("on_error"), opened.word(m, "on_error"))
    else {
        return OnError::Fail;
    };
    if word != "fail" {
        let message = format!("`{word}` is not possible in {place}");
        m.say(code::H315, attribute.expr.span, message, "not possible here", "write \"fail\"");
    }
    OnError::Fail
}
