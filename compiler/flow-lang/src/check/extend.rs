//! `extend`: whether and how a grant can be made longer while it stands.

use flow_bundle::bundle::{Ends, Extend};
use flow_bundle::number::{Count, Seconds};

use super::body::Opened;
use super::scope::{FlowScope, Scope};
use super::{Module, expr};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::syntax::tree::{Block, ExprKind};
use crate::types::Ty;

/// Above this an end is worth a second thought: 7 days.
const LONG: u64 = 7 * 86_400;

/// The `extend` of a grant that ends by itself after `max` at most.
pub(crate) fn check(
    m: &mut Module<'_>,
    flow: &FlowScope,
    grant: &Opened<'_>,
    ends: Ends,
    max: Option<(Seconds, Span)>,
    path: &str,
) -> Option<Extend> {
    let block = grant.child("extend")?;
    let opened = Opened::open(m, block, "extend")?;
    m.locate(format!("{path}.extend"), block.header);
    if ends == Ends::OnRevoke {
        let message = "a grant that ends on revoke cannot be made longer";
        m.report(
            Diagnostic::new(code::B110, block.kind.span, message, "has no effect here")
                .help("leave it out, or leave out `ends`"),
        );
    }
    let times = opened.count_at(m, "max_times");
    if let Some((Count(0), span)) = times {
        let help = "write at least 1, or leave `extend` out";
        m.say(code::T212, span, "it could never be made longer", "zero", help);
    }
    let total = opened.seconds_at(m, "max_total");
    if let (Some((total, span)), Some((max, at))) = (total, max) {
        check_total(m, total, span, max, at);
    }
    let approval = approval(m, flow, &opened, path)?;
    Some(Extend { approval, max_times: times?.0, max_total_s: total?.0 })
}

fn check_total(m: &mut Module<'_>, total: Seconds, span: Span, max: Seconds, at: Span) {
    if total < max {
        let most = flow_bundle::duration::print(max.0.into());
        let message = "`max_total` is shorter than what one grant may last";
        m.report(
            Diagnostic::new(code::S405, span, message, "in all")
                .label(at, format!("one grant may last `{most}`"))
                .help("raise `max_total`: it counts from the beginning, the first grant included"),
        );
    }
    if total.0 > LONG {
        let message = "a grant of more than seven days is hardly temporary";
        m.say(code::S406, span, message, "over 7 days", "shorten it, or ask again");
    }
}

/// `"same"`, `"none"` or the name of a stage.
fn approval(
    m: &mut Module<'_>,
    flow: &FlowScope,
    opened: &Opened<'_>,
    path: &str,
) -> Option<String> {
    let Some(attribute) = opened.attribute("approval") else { return Some("same".to_owned()) };
    m.locate(format!("{path}.extend.approval"), attribute.expr.span);
    let span = attribute.expr.span;
    let help = "write \"same\", \"none\", or a stage such as `approval.lead`";
    if let ExprKind::String(word) = &attribute.expr.kind {
        if matches!(word.value.as_str(), "same" | "none") {
            return Some(word.value.clone());
        }
        let is_stage = flow.approvals.iter().any(|(name, _)| *name == word.value);
        let help = if is_stage {
            format!("write it without quotes: `approval.{}`", word.value)
        } else {
            help.to_owned()
        };
        let message = format!("`{}` says nothing about who approves", word.value);
        m.say(code::T208, span, message, "not one of the words", help);
        return None;
    }
    let typed = expr::infer(m, &Scope::at(Place::Grant, Some(flow)), &attribute.expr, None);
    match typed.ty {
        Ty::Declaration("approval", name) => Some(name),
        Ty::Error => None,
        _ => {
            m.say(code::R110, span, "a stage is wanted here", "something else", help);
            None
        }
    }
}

/// Whether a grant can be made longer without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Automatic {
    No,
    /// As it says here.
    Yes(Span),
    /// It says neither, which was reported.
    Unclear,
}

/// Whether the grant can be made longer without a person.
pub(crate) fn automatic(grant: Option<&Block>) -> Automatic {
    let extend = grant.and_then(|g| g.body.blocks().find(|b| b.kind.text == "extend"));
    let Some(attribute) = extend.and_then(|b| b.body.attribute("approval")) else {
        return Automatic::No;
    };
    match &attribute.expr.kind {
        ExprKind::String(word) if word.value == "none" => Automatic::Yes(attribute.expr.span),
        ExprKind::String(word) if word.value == "same" => Automatic::No,
        ExprKind::Access { base, .. } if matches!(&base.kind, ExprKind::Name(name) if name == "approval") => {
            Automatic::No
        }
        _ => Automatic::Unclear,
    }
}
