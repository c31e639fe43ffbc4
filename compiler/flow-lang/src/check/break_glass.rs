//! `break_glass`: an emergency way past people. Every request of such a flow is approved at once, so
//! it must say who hears of it, have each person say why, end soon, and leave nothing else to
//! approve.

use flow_bundle::bundle::{BreakGlass, Ends, Field, Grant, Permissions};
use flow_bundle::limits::BREAK_GLASS_S;
use flow_bundle::{Expr, Type, expr::SetName};

use super::Module;
use super::body::Opened;
use super::scope::{FlowScope, Scope};
use super::{expr, field, hook};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::source::Span;
use crate::syntax::tree::Block;

/// What the rest of the flow says.
pub(crate) struct Around<'a> {
    pub(crate) fields: &'a [field::Checked],
    pub(crate) grant: Option<&'a Grant>,
    pub(crate) permissions: &'a Permissions,
}

/// The `break_glass` of a flow, if it has one.
pub(crate) fn check(
    m: &mut Module<'_>,
    scope: &FlowScope,
    flow: &Opened<'_>,
    around: &Around<'_>,
    path: &str,
) -> Option<BreakGlass> {
    let block = flow.child("break_glass")?;
    let opened = Opened::open(m, block, "break_glass")?;
    let path = format!("{path}.break_glass");
    m.locate(&path, block.header);
    refuse_others(m, flow, block);
    check_end(m, flow, block, around.grant);
    check_people(m, flow, block, around.permissions);
    let announce = opened.attribute("announce").map(|attribute| {
        m.locate(format!("{path}.announce"), attribute.expr.span);
        let scope = Scope::at(Place::Static, Some(scope));
        expr::expect(m, &scope, &attribute.expr, &Type::Principal).ir
    });
    if announce.is_none() && !has_error_channel(m, scope) {
        let help = "add `announce = channel(\"#…\")`, or an `error_channel` to the environment";
        m.say(code::S421, block.header, "nobody would hear of a use", "nobody is told", help);
    }
    let reason = reason(m, scope, &opened, around.fields, &path)?;
    Some(BreakGlass { announce, reason })
}

/// What approves by itself, or after people were asked, has no place beside it; reports S423.
fn refuse_others(m: &mut Module<'_>, flow: &Opened<'_>, glass: &Block) {
    let mut others: Vec<(Span, &str, &str)> = Vec::new();
    for stage in flow.children("approval") {
        others.push((stage.header, "no stage is ever asked", "remove the stage"));
    }
    for decision in hook::decisions(flow.children("hook"), "approve") {
        let what = "the request is approved already";
        others.push((decision.header, what, "remove the decision"));
    }
    if let Some(attribute) = flow.attribute("allow_auto_approval") {
        let what = "`break_glass` says already that nobody is asked";
        others.push((attribute.name.span, what, "remove it"));
    }
    if let Some(grant) = flow.child("grant") {
        if let Some(extend) = grant.body.blocks().find(|b| b.kind.text == "extend") {
            let what = "emergency access is not made longer";
            others.push((extend.kind.span, what, "remove it: ask again, and be heard again"));
        }
        if let Some(attribute) = grant.body.attribute("revocable") {
            let what = "emergency access can always be revoked";
            others.push((attribute.name.span, what, "remove it"));
        }
        if let Some(attribute) = grant.body.attribute("ends") {
            let what = "emergency access ends by itself";
            others.push((attribute.name.span, what, "remove it, and say `max_duration`"));
        }
    }
    for (span, what, help) in others {
        m.report(
            Diagnostic::new(code::S423, span, what, "excluded by `break_glass`")
                .label(glass.header, "the flow is break-glass, as it says here")
                .help(help),
        );
    }
}

fn check_end(m: &mut Module<'_>, flow: &Opened<'_>, glass: &Block, grant: Option<&Grant>) {
    let Some(block) = flow.child("grant") else {
        let help = "add `grant { … }`, or remove `break_glass`";
        m.say(
            code::B104,
            glass.header,
            "`break_glass` gives nothing without a `grant`",
            "no `grant`",
            help,
        );
        return;
    };
    let Some(most) = grant.filter(|g| g.ends == Ends::AfterDuration).and_then(|g| g.max_duration_s)
    else {
        return;
    };
    if most.0 > BREAK_GLASS_S {
        let span = block.body.attribute("max_duration").map_or(block.header, |a| a.expr.span);
        m.report(
            Diagnostic::new(
                code::S420,
                span,
                "emergency access lasts four hours at most",
                "longer than \"4h\"",
            )
            .label(glass.header, "the flow is break-glass, as it says here")
            .help("write at most \"4h\": who needs more asks again"),
        );
    }
}

/// Emergency access for everybody is no emergency access; reports S424.
fn check_people(m: &mut Module<'_>, flow: &Opened<'_>, glass: &Block, permissions: &Permissions) {
    let all = [Expr::Set(SetName::Everyone), Expr::Set(SetName::Members)];
    if !all.contains(&permissions.request) {
        return;
    }
    let attribute =
        flow.child("permissions").and_then(|p| p.body.attribute("request")).map(|a| a.expr.span);
    let message = "every member can take this without being asked";
    let found =
        Diagnostic::new(code::S424, attribute.unwrap_or(glass.header), message, "everybody");
    m.report(found.help("name the people on call: `request = group.<name>`"));
}

fn has_error_channel(m: &Module<'_>, scope: &FlowScope) -> bool {
    let block = scope.environment.as_deref().and_then(|address| m.declared.block(address));
    block.is_some_and(|b| b.tombstone || b.body.attribute("error_channel").is_some())
}

/// The field in which a person says why; reports S422.
fn reason(
    m: &mut Module<'_>,
    scope: &FlowScope,
    opened: &Opened<'_>,
    fields: &[field::Checked],
    path: &str,
) -> Option<String> {
    let attribute = opened.attribute("reason")?;
    m.locate(format!("{path}.reason"), attribute.expr.span);
    let span = attribute.expr.span;
    let typed = expr::infer(m, &Scope::at(Place::Grant, Some(scope)), &attribute.expr, None);
    if typed.ty.is_error() {
        return None;
    }
    let name = match &typed.ir {
        Expr::Get(path) => match path.as_slice() {
            [root, of, name] if root == "request" && of == "fields" => Some(name.clone()),
            _ => None,
        },
        _ => None,
    };
    let Some(name) = name else {
        let help = "write `reason = request.fields.<name>`";
        m.say(code::S422, span, "a reason is what a person wrote", "not a field", help);
        return None;
    };
    let field = fields.iter().find(|f| f.field.name == name)?;
    if let Some(what) = may_be_left_out(&field.field) {
        m.report(
            Diagnostic::new(code::S422, span, format!("`{name}` {what}"), "need not be a reason")
                .label(field.span, "the field stands here")
                .help("take a field of type `string` that is required, always visible, and has no default"),
        );
        return None;
    }
    Some(name)
}

fn may_be_left_out(field: &Field) -> Option<&'static str> {
    let always = Expr::Bool(true);
    if field.ty != Type::String {
        Some("is no free text")
    } else if field.required != always || field.visible != always {
        Some("need not be filled in")
    } else if field.default.is_some() {
        Some("has a default, which is nobody's reason")
    } else {
        None
    }
}
