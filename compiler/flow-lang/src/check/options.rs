//! `options`: the values of a field, fetched by steps each time the form is shown, and again when
//! the request arrives.

use flow_bundle::bundle::{Options, Statement};
use flow_bundle::number::Seconds;
use flow_bundle::{Expr, Type};

use super::body::Opened;
use super::own_steps::{self, Kept};
use super::scope::{FlowScope, Own, Scope};
use super::{Module, expr};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::tree::Block;

/// All steps of a field together: the person who fills in the form waits for them.
pub(crate) const ALL_STEPS: Seconds = Seconds(10);
/// Most characters that Slack shows of a choice.
pub(crate) const LABEL_MAX: usize = 75;
/// Most characters that Slack sends back for a choice.
pub(crate) const VALUE_MAX: usize = 150;
/// Most choices that Slack shows.
pub(crate) const CHOICES_MAX: usize = 100;

/// The options of a field of type `ty`; `scope` sees the fields above it.
pub(crate) fn check(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    field: &Opened<'_>,
    ty: &Type,
    path: &str,
) -> Option<Options> {
    let block = field.child("options")?;
    let opened = Opened::open(m, block, "options")?;
    let path = format!("{path}.options");
    m.locate(&path, block.header);
    refuse_beside(m, field, block);
    if !matches!(ty, Type::String) && *ty != Type::list(Type::String) {
        let message = format!("a field of type `{ty}` has no `options`");
        let help = "options are texts: the field is a `string` or a `list(string)`";
        m.say(code::B102, block.kind.span, message, "do not fit", help);
    }
    let mut flow: FlowScope = scope.flow?.clone();
    let own = Own::Options(block.header);
    let kept = Kept { own, place: "`options`", reading: true, timeout_max: ALL_STEPS };
    let steps = own_steps::check(m, &mut flow, scope, block, kept, &path);
    check_time(m, &steps, block.header);
    let scope = Scope { flow: Some(&flow), own: Some((own, usize::MAX)), ..scope.clone() };
    let attribute = opened.attribute("values")?;
    m.locate(format!("{path}.values"), attribute.expr.span);
    let choice = Type::object([("value", Type::String), ("label", Type::String)]);
    let values = expr::expect(m, &scope, &attribute.expr, &Type::list(choice));
    check_literals(m, &values.ir, attribute.expr.span);
    let cache_s = opened.seconds(m, "cache").unwrap_or(Seconds(0));
    Some(Options { steps, values: values.ir, cache_s })
}

fn refuse_beside(m: &mut Module<'_>, field: &Opened<'_>, options: &Block) {
    if let Some(allowed) = field.attribute("allowed") {
        let message = "`allowed` and `options` exclude each other";
        m.report(
            Diagnostic::new(code::B110, options.kind.span, message, "beside `allowed`")
                .label(allowed.name.span, "`allowed` stands here")
                .help("keep one: `allowed` for values that you know, `options` for fetched ones"),
        );
    }
}

fn check_time(m: &mut Module<'_>, steps: &[Statement], span: Span) {
    let seconds = steps.iter().map(|s| if let Statement::Step(s) = s { s.timeout_s.0 } else { 0 });
    let seconds = seconds.fold(0_u64, u64::saturating_add);
    if steps.len() > 1 && seconds > ALL_STEPS.0 {
        let message = format!("the steps of these options may take {seconds} seconds");
        let help = "shorten their timeouts: together they have 10 seconds";
        m.say(code::T210, span, message, "over 10 seconds", help);
    }
}

/// What is written out must fit into a menu; what is fetched is cut with a note.
fn check_literals(m: &mut Module<'_>, ir: &Expr, span: Span) {
    let Expr::List(choices) = ir else { return };
    if choices.len() > CHOICES_MAX {
        let message = format!("Slack shows {CHOICES_MAX} choices at most, not {}", choices.len());
        m.say(code::B114, span, message, "over 100 choices", "offer fewer");
    }
    for choice in choices {
        let Expr::Object(parts) = choice else { continue };
        for (part, most) in [("label", LABEL_MAX), ("value", VALUE_MAX)] {
            let text = parts.iter().find(|(name, _)| name == part).map(|(_, e)| e);
            if let Some(Expr::String(text)) = text
                && text.chars().count() > most
            {
                let count = text.chars().count();
                let message = format!("a {part} of {count} characters is longer than {most}");
                m.say(code::B114, span, message, format!("over {most} characters"), "shorten it");
            }
        }
    }
}
