//! `grant`: what is given, for how long, and how it ends.

use flow_bundle::bundle::{Ends, Grant};
use flow_bundle::{Expr, Type, Value};
use rust_decimal::Decimal;

use super::Module;
use super::body::Opened;
use super::expr::Typed;
use super::field;
use super::integration::bare;
use super::scope::{FlowScope, Scope, StrategyInfo};
use super::{bounds, constant, expand, expr, extend};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::syntax::tree::{self, Block};

/// Above this an end is worth a second thought: 7 days.
const LONG: u64 = 7 * 86_400;

pub(crate) fn check(
    m: &mut Module<'_>,
    flow: &FlowScope,
    fields: &[field::Checked],
    block: &Block,
    path: &str,
) -> Option<Grant> {
    let opened = Opened::open(m, block, "grant")?;
    let path = format!("{path}.grant");
    m.locate(&path, block.header);
    let scope = Scope::at(Place::Grant, Some(flow));
    let (target, targets) = what(m, &scope, flow, fields, &opened, &path);
    let said = opened.word(m, "ends");
    // What it says otherwise was reported: then nothing is missing beside it.
    let is_unclear = said.is_none();
    let ends = match said.as_deref() {
        Some("on_revoke") => Ends::OnRevoke,
        _ => Ends::AfterDuration,
    };
    let revocable = opened.bool(m, "revocable").unwrap_or(true);
    let max = opened.seconds_at(m, "max_duration");
    let duration = match ends {
        Ends::AfterDuration if is_unclear => None,
        Ends::AfterDuration => {
            let help = "add `max_duration = \"8h\"`: how long the longest grant may be";
            opened.demand(m, "max_duration", help);
            let help = "add `duration = request.fields.duration`, or one duration for all";
            let attribute = opened.demand(m, "duration", help);
            attribute.map(|a| {
                m.locate(format!("{path}.duration"), a.expr.span);
                expr::expect(m, &scope, &a.expr, &Type::Duration)
            })
        }
        Ends::OnRevoke => {
            check_standing(m, &opened, revocable);
            None
        }
    };
    if let Some(Value::Duration(written)) = duration.as_ref().and_then(|d| constant::fold(&d.ir)) {
        let span = duration.as_ref().map_or(block.header, |d| d.span);
        bounds::seconds(m, "duration", written, span);
    }
    if let Some((max, span)) = max {
        m.locate(format!("{path}.max_duration"), span);
        if max.0 > LONG {
            let message = "a grant of more than seven days is hardly temporary";
            m.say(code::S406, span, message, "over 7 days", "shorten it, or ask again");
        }
        if let Some(duration) = &duration {
            check_durations(m, duration, fields, Decimal::from(max.0), span);
        }
    }
    if let Some(duration) = &duration {
        check_bounded(m, duration, fields);
    }
    let strategy = flow.strategy.as_ref().map(|s| bare(&s.address)).unwrap_or_default();
    Some(Grant {
        duration: duration.map(|d| d.ir),
        ends,
        extend: extend::check(m, flow, &opened, ends, max, &path),
        max_duration_s: max.map(|(s, _)| s),
        revocable,
        standing_reason: opened.text(m, "standing_reason"),
        strategy,
        target,
        targets,
    })
}

fn what(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    flow: &FlowScope,
    fields: &[field::Checked],
    opened: &Opened<'_>,
    path: &str,
) -> (Option<Expr>, Option<Expr>) {
    if opened.exclusive(m, "target", "targets") {
        return (None, None);
    }
    if let Some(attribute) = opened.attribute("targets") {
        m.locate(format!("{path}.targets"), attribute.expr.span);
        let typed = expr::expect(m, scope, &attribute.expr, &Type::list(Type::Target));
        check_list(m, &typed, &attribute.expr);
        check_granted(m, flow, &typed);
        check_fields(m, flow, fields, &typed);
        return (None, Some(typed.ir));
    }
    if let Some(attribute) = opened.attribute("target") {
        m.locate(format!("{path}.target"), attribute.expr.span);
        let typed = expr::expect(m, scope, &attribute.expr, &Type::Target);
        check_granted(m, flow, &typed);
        check_fields(m, flow, fields, &typed);
        return (Some(typed.ir), None);
    }
    match flow.field("target").map(|f| f.ty.clone()) {
        Some(ty) => {
            m.mark_used(flow.key("field", "target"));
            let is_list = ty.data() == Some(&Type::list(Type::Target));
            let typed = Typed::new(ty, Expr::get("request.target"), opened.block.header);
            check_granted(m, flow, &typed);
            if is_list {
                (None, Some(Expr::get("request.targets")))
            } else {
                (Some(typed.ir), None)
            }
        }
        None => {
            if !flow.incomplete {
                let help = "add `target = target.<type>.<name>`, or a field `target` to the prompt";
                opened.demand(m, "target", help);
            }
            (None, None)
        }
    }
}

/// A list that is written out names something, and nothing twice; reports S404 and B109.
fn check_list(m: &mut Module<'_>, typed: &Typed, written: &tree::Expr) {
    let Expr::List(items) = &typed.ir else { return };
    if items.is_empty() {
        let message = "a grant without targets grants nothing";
        let help = "name what is granted: `[target.<type>.<name>]`";
        m.say(code::S404, typed.span, message, "empty", help);
    }
    for (i, item) in items.iter().enumerate() {
        if let Expr::Ref(address) = item
            && items.iter().take(i).any(|before| before == item)
        {
            let message = format!("`{address}` stands twice in `targets`");
            let span = constant::item_span(written, i);
            m.say(code::B109, span, message, "the second time", "name it once");
        }
    }
}

/// Every target that may be granted belongs to the strategy; reports S403.
fn check_granted(m: &mut Module<'_>, flow: &FlowScope, typed: &Typed) {
    let Some(strategy) = &flow.strategy else { return };
    for address in foreign(strategy, &typed.ir) {
        refuse_foreign(m, strategy, &address, typed.span, None);
    }
}

/// What a field offers can be granted wherever the grant reads the field. The field `target` is
/// looked at where it is written.
fn check_fields(m: &mut Module<'_>, flow: &FlowScope, fields: &[field::Checked], typed: &Typed) {
    let Some(strategy) = &flow.strategy else { return };
    let mut read: Vec<String> = Vec::new();
    constant::any(&typed.ir, &mut |e| {
        if let Expr::Get(path) = e
            && let [root, of, name] = path.as_slice()
            && root == "request"
            && of == "fields"
            && !read.contains(name)
        {
            read.push(name.clone());
        }
        false
    });
    let read = fields.iter().filter(|f| f.field.name != "target" && read.contains(&f.field.name));
    for checked in read {
        let Some(allowed) = &checked.field.allowed else { continue };
        for address in foreign(strategy, allowed) {
            refuse_foreign(m, strategy, &address, typed.span, Some(checked.span));
        }
    }
}

/// The targets that an expression names and the strategy does not grant.
fn foreign(strategy: &StrategyInfo, ir: &Expr) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    constant::any(ir, &mut |e| {
        if let Expr::Ref(address) = e
            && !strategy.targets.contains(address)
            && !named.contains(address)
        {
            named.push(address.clone());
        }
        false
    });
    named
}

fn refuse_foreign(
    m: &mut Module<'_>,
    strategy: &StrategyInfo,
    address: &str,
    span: Span,
    offered: Option<Span>,
) {
    // Of one without targets it was said that it grants nothing.
    if expand::is_assumed(m, address) || strategy.targets.is_empty() {
        return;
    }
    let known: Vec<String> = strategy.targets.iter().map(|t| format!("`{t}`")).collect();
    let message = format!("`{}` does not grant `{address}`", strategy.address);
    let help = format!("its targets are {}; add this one to them", known.join(", "));
    let label =
        if offered.is_some() { "takes what the field offers" } else { "not one of its targets" };
    let mut diagnostic = Diagnostic::new(code::S403, span, message, label).help(help);
    if let Some(offered) = offered {
        diagnostic = diagnostic.label(offered, "this field offers it");
    }
    m.report(diagnostic);
}

/// What the field `target` offers must be granted by the strategy.
pub(crate) fn check_offered(m: &mut Module<'_>, flow: &FlowScope, allowed: &Expr, span: Span) {
    let typed = Typed::new(Type::list(Type::Target), allowed.clone(), span);
    check_granted(m, flow, &typed);
}

fn check_standing(m: &mut Module<'_>, opened: &Opened<'_>, revocable: bool) {
    for name in ["duration", "max_duration"] {
        if let Some(attribute) = opened.attribute(name) {
            let message = format!("a grant that ends on revoke has no `{name}`");
            m.report(
                Diagnostic::new(code::B110, attribute.name.span, message, "has no effect here")
                    .help("leave it out, or leave out `ends`"),
            );
        }
    }
    let span = opened.attribute("ends").map_or(opened.block.header, |a| a.expr.span);
    if !revocable {
        m.say(
            code::S419,
            span,
            "this access could never be taken back",
            "ends only by a revoke",
            "remove `revocable = false`, or give it a `duration`",
        );
    } else if opened.attribute("standing_reason").is_none() {
        m.say(
            code::S409,
            span,
            "this access stands until somebody revokes it",
            "ends only by a revoke",
            "say why in `standing_reason`",
        );
    }
}

/// The field that a duration is read from.
fn field_of<'f>(duration: &Typed, fields: &'f [field::Checked]) -> Option<&'f field::Checked> {
    let Expr::Get(path) = &duration.ir else { return None };
    match path.as_slice() {
        [root, of, name] if root == "request" && of == "fields" => {
            fields.iter().find(|f| f.field.name == *name)
        }
        _ => None,
    }
}

fn check_durations(
    m: &mut Module<'_>,
    duration: &Typed,
    fields: &[field::Checked],
    max: Decimal,
    max_span: Span,
) {
    let over = |m: &mut Module<'_>, span: Span, what: &str, label: &str| {
        m.report(
            Diagnostic::new(code::S405, span, format!("{what} is longer than the maximum"), label)
                .label(max_span, format!("the maximum is `{}`", flow_bundle::duration::print(max)))
                .help("remove the option or raise `max_duration`"),
        );
    };
    if let Some(Value::Duration(d)) = constant::fold(&duration.ir)
        && d > max
    {
        return over(m, duration.span, "the duration", "granted here");
    }
    let Some(field) = field_of(duration, fields) else { return };
    for (_, span) in field.offers.iter().filter(|(d, _)| *d > max) {
        over(m, *span, "an offered duration", "offered here");
    }
    if let Some((longest, span)) = field.longest
        && longest > max
    {
        over(m, span, "the longest duration of the field", "allowed here");
    }
}

/// A free duration needs a limit that the person sees.
fn check_bounded(m: &mut Module<'_>, duration: &Typed, fields: &[field::Checked]) {
    let Some(field) = field_of(duration, fields) else { return };
    if !field.has_limit && field.field.ty == Type::Duration {
        let message = format!("people may ask for any duration in `{}`", field.field.name);
        let help = "add `max = \"8h\"` to the field, or `allowed = [\"30m\", \"1h\"]`";
        m.report(
            Diagnostic::new(code::S407, field.span, message, "no limit")
                .label(duration.span, "the grant takes it from here")
                .help(help),
        );
    }
}
