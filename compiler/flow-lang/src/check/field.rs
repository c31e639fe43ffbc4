//! `field`: one question of the prompt.

use flow_bundle::bundle::{Field, Limits};
use flow_bundle::{Expr, Type, Value};
use rust_decimal::Decimal;

use super::body::{Opened, default_ir};
use super::expr;
use super::scope::{FieldInfo, FlowScope, Scope};
use super::target::readable;
use super::type_expr;
use super::{Module, bounds, constant, narrow, options};
use crate::code;
use crate::place::Place;
use crate::source::Span;
use crate::syntax::mention;
use crate::syntax::tree::{self, Block, ExprKind};
use crate::types::{self, Ty};

/// A field, and the places of the durations that it offers.
pub(crate) struct Checked {
    pub(crate) field: Field,
    pub(crate) offers: Vec<(Decimal, Span)>,
    /// Where its largest duration is written, if a limit says so.
    pub(crate) longest: Option<(Decimal, Span)>,
    /// A limit is written, whether or not it was understood.
    pub(crate) has_limit: bool,
    pub(crate) span: Span,
}

/// The fields with their types, before their own expressions are typed.
pub(crate) fn declare(m: &mut Module<'_>, block: &Block) -> Option<FieldInfo> {
    let label = block.labels.first()?;
    let bounded = block.body.attribute("pattern").is_some()
        || block.body.attribute("allowed").is_some()
        || block.body.blocks_of("options").next().is_some();
    let reads = reads(&block.body);
    let info = |ty: Ty| FieldInfo {
        name: label.text.clone(),
        span: label.span,
        ty,
        bounded,
        reads: reads.clone(),
    };
    if block.tombstone {
        return Some(info(Ty::Error));
    }
    let written = block.body.attribute("type").and_then(|a| type_expr::read(m, &a.expr));
    let Some(base) = written.filter(is_allowed_type) else { return Some(info(Ty::Error)) };
    let had_unknown = m.has_unknown;
    let ty = match allowed(m, block, &base) {
        Some(Allowed { words: Some(words), .. }) => closed(&base, words),
        _ => base,
    };
    m.has_unknown = had_unknown;
    let may_be_absent = is_false(block, "required") && block.body.attribute("default").is_none();
    let may_hide =
        block.body.attribute("visible").is_some_and(|a| a.expr.kind != ExprKind::Bool(true));
    Some(info(Ty::Of(if may_be_absent || may_hide { ty.nullable() } else { ty })))
}

/// Names of the fields that the expressions of a field read.
fn reads(body: &tree::Body) -> Vec<String> {
    let own = body.attributes().flat_map(|a| mention::fields(&a.expr));
    own.chain(body.blocks().flat_map(|b| reads(&b.body))).collect()
}

fn is_allowed_type(ty: &Type) -> bool {
    let plain = |t: &Type| {
        matches!(
            t,
            Type::String
                | Type::Number
                | Type::Bool
                | Type::Duration
                | Type::Timestamp
                | Type::User
                | Type::Target
        )
    };
    match ty {
        Type::List(of) => matches!(**of, Type::String | Type::Number | Type::User | Type::Target),
        other => plain(other),
    }
}

/// Written as anything but `true`.
fn is_false(block: &Block, name: &str) -> bool {
    block.body.attribute(name).is_some_and(|a| a.expr.kind != ExprKind::Bool(true))
}

fn closed(base: &Type, words: Vec<String>) -> Type {
    match base {
        Type::List(of) if **of == Type::String => Type::list(Type::Enum(words)),
        Type::String => Type::Enum(words),
        other => other.clone(),
    }
}

/// The closed list of a field.
struct Allowed {
    ir: Expr,
    /// The words, where they are texts that are known.
    words: Option<Vec<String>>,
}

fn allowed(m: &mut Module<'_>, block: &Block, base: &Type) -> Option<Allowed> {
    let attribute = block.body.attribute("allowed")?;
    let element = match base {
        Type::List(of) => (**of).clone(),
        other => other.clone(),
    };
    // What reads the request is checked with the field itself.
    let mut quiet = crate::diagnostic::Diagnostics::new();
    std::mem::swap(&mut quiet, &mut m.found);
    let typed = expr::expect(m, &Scope::fixed(), &attribute.expr, &Type::list(element));
    std::mem::swap(&mut quiet, &mut m.found);
    if typed.ty.is_error() {
        return None;
    }
    let words = match constant::fold(&typed.ir) {
        Some(Value::List(items)) => items
            .into_iter()
            .map(|v| if let Value::String(s) = v { Some(s) } else { None })
            .collect::<Option<Vec<_>>>()
            // Nothing to choose from is reported, and says nothing of the type.
            .filter(|words| !words.is_empty()),
        _ => None,
    };
    Some(Allowed { ir: typed.ir, words })
}

/// Checks a field; `scope` sees the fields above it.
pub(crate) fn check(
    m: &mut Module<'_>,
    flow: &FlowScope,
    block: &Block,
    index: usize,
    path: &str,
) -> Option<Checked> {
    let opened = Opened::open(m, block, "field")?;
    let label = block.labels.first()?;
    let name = label.text.clone();
    let path = format!("{path}.fields.{name}");
    m.locate(&path, block.header);
    let base = base_type(m, &opened)?;
    check_name(m, &opened, &name, label.span, &base);
    let mut scope = Scope::at(Place::Field, Some(flow));
    scope.index = index;
    let visible = flag(m, &scope, &opened, "visible");
    // Whatever else it says is asked only while it is shown.
    let scope = scope.knowing(narrow::facts(&visible, true));
    let options = options::check(m, &scope, &opened, &base, &path);
    let Choice { ir: allowed, words, offers } = check_allowed(m, &scope, &opened, &base);
    let ty = words.map_or(base.clone(), |words| closed(&base, words));
    let default = opened.attribute("default").and_then(|a| default(m, &scope, &name, &ty, &a.expr));
    let text = |m: &mut Module<'_>, name: &str| {
        opened.attribute(name).map(|a| {
            let reads = m.sensitive_reads;
            let ir = expr::expect(m, &scope, &a.expr, &Type::String).ir;
            constant::refuse_sensitive(m, &a.expr, name, reads);
            ir
        })
    };
    let shown = text(m, "label").unwrap_or_else(|| Expr::String(readable(&name)));
    let required = flag(m, &scope, &opened, "required");
    let (limits, longest) = limits(m, &opened, &base);
    if let (Some(ir), Some(a)) = (&default, opened.attribute("default")) {
        let choices = allowed.as_ref().and_then(constant::fold);
        bounds::default(m, &name, ir, &limits, choices, a.expr.span);
    }
    let field = Field {
        allowed,
        default,
        help: opened.text(m, "help"),
        label: shown,
        limits,
        name,
        options,
        required,
        ty,
        visible,
    };
    let has_limit = ["allowed", "max"].iter().any(|name| opened.attribute(name).is_some());
    Some(Checked { field, offers, longest, has_limit, span: label.span })
}

/// The default, where it is of the field's own type; reports T215.
fn default(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    field: &str,
    ty: &Type,
    e: &tree::Expr,
) -> Option<Expr> {
    let reads = m.sensitive_reads;
    let typed = expr::infer(m, scope, e, Some(ty));
    constant::refuse_sensitive(m, e, "default", reads);
    if typed.ty.is_error() {
        return None;
    }
    if typed.ty == Ty::Null {
        let message = format!("the default of `{field}` is no value");
        m.say(code::T215, e.span, message, "null", "leave `default` out");
    }
    let literal =
        matches!((&typed.ir, ty), (Expr::String(w), Type::Enum(words)) if words.contains(w));
    if !literal && !types::fits(&typed.ty, &ty.clone().nullable()) {
        let (wanted, found) = (types::words(ty), types::words_of(&typed.ty));
        let message = format!("the default of `{field}` is {found}, and the field is {wanted}");
        let help = "write one of the field's own values";
        m.say(code::T215, e.span, message, format!("this is {found}"), help);
    }
    Some(typed.ir)
}

fn flag(m: &mut Module<'_>, scope: &Scope<'_>, opened: &Opened<'_>, name: &str) -> Expr {
    match opened.attribute(name) {
        Some(a) => expr::expect(m, scope, &a.expr, &Type::Bool).ir,
        None => default_ir("true"),
    }
}

fn base_type(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<Type> {
    let attribute = opened.attribute("type")?;
    // An unreadable type was reported when the field was declared.
    let mut quiet = crate::diagnostic::Diagnostics::new();
    std::mem::swap(&mut quiet, &mut m.found);
    let ty = type_expr::read(m, &attribute.expr);
    std::mem::swap(&mut quiet, &mut m.found);
    let ty = ty?;
    if is_allowed_type(&ty) {
        return Some(ty);
    }
    let message = format!("a field cannot be {}", types::words(&ty));
    let help = "the types are string, number, bool, duration, timestamp, user, target, and lists of string, number, user or target";
    m.say(code::T219, attribute.expr.span, message, "no type for a field", help);
    None
}

fn check_name(m: &mut Module<'_>, opened: &Opened<'_>, name: &str, span: Span, ty: &Type) {
    let label = crate::syntax::tree::Ident { text: name.to_owned(), span };
    crate::resolve::check_name(&label, &mut m.found);
    let is_targets = matches!(ty, Type::Target) || *ty == Type::list(Type::Target);
    let (wrong, help) = match name {
        "target_id" | "deescalate_type" => {
            (true, "the Lambda contract uses this name: choose another")
        }
        "target" => (!is_targets, "a field `target` has the type `target` or `list(target)`"),
        "duration" => (*ty != Type::Duration, "a field `duration` has the type `duration`"),
        _ => (false, ""),
    };
    if wrong {
        m.say(code::B108, span, format!("`{name}` is a reserved name"), "reserved", help);
    }
    if is_targets && opened.attribute("allowed").is_none() && !opened.block.tombstone {
        let help = "add `allowed = strategy.<type>.<name>.targets`";
        opened.demand(m, "allowed", help);
    }
}

/// What `allowed` says.
#[derive(Default)]
struct Choice {
    /// Its IR, where it is not part of the type.
    ir: Option<Expr>,
    /// The words that become part of the type.
    words: Option<Vec<String>>,
    /// Durations that are offered, each with its place.
    offers: Vec<(Decimal, Span)>,
}

fn check_allowed(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    base: &Type,
) -> Choice {
    let Some(attribute) = opened.attribute("allowed") else { return Choice::default() };
    let element = match base {
        Type::List(of) => (**of).clone(),
        other => other.clone(),
    };
    let reads = m.sensitive_reads;
    let typed = expr::expect(m, scope, &attribute.expr, &Type::list(element.clone()));
    constant::refuse_sensitive(m, &attribute.expr, "allowed", reads);
    if typed.ty.is_error() {
        return Choice::default();
    }
    if constant::reads(&typed.ir, &["var"]) {
        m.has_unknown = true;
    }
    if is_empty(m, &typed) {
        return Choice::default();
    }
    check_choices(m, &typed.ir, &attribute.expr);
    let offers = match (&element, &typed.ir, &attribute.expr.kind) {
        (Type::Duration, Expr::List(irs), ExprKind::List(items)) => irs
            .iter()
            .zip(items)
            .filter_map(
                |(ir, e)| if let Expr::Duration(d) = ir { Some((*d, e.span)) } else { None },
            )
            .collect(),
        (Type::Duration, Expr::List(irs), _) => irs
            .iter()
            .filter_map(|ir| {
                if let Expr::Duration(d) = ir { Some((*d, attribute.expr.span)) } else { None }
            })
            .collect(),
        _ => Vec::new(),
    };
    if element == Type::String
        && let Some(Allowed { words: Some(words), ir }) = allowed(m, opened.block, base)
    {
        check_lengths(m, &ir, attribute.expr.span);
        return Choice { ir: None, words: Some(words), offers };
    }
    Choice { ir: Some(typed.ir), words: None, offers }
}

/// Each choice is one, and is offered once; reports T210, B119 and B109.
fn check_choices(m: &mut Module<'_>, ir: &Expr, written: &tree::Expr) {
    let Some(Value::List(items)) = constant::fold(ir) else { return };
    // More than these are refused as too many.
    for (i, item) in items.iter().take(100).enumerate() {
        let span = constant::item_span(written, i);
        if items.iter().take(i).any(|before| before == item) {
            let shown = m.sources.text(span).to_owned();
            let message = format!("`{shown}` is offered twice");
            m.say(code::B109, span, message, "the second time", "offer it once");
            continue;
        }
        match item {
            Value::Duration(d) => drop(bounds::seconds(m, "a duration that is offered", *d, span)),
            Value::String(s) if s.trim().is_empty() => {
                m.say(code::B119, span, "a choice is empty", "nothing to read", "write a text");
            }
            _ => {}
        }
    }
}

fn is_empty(m: &mut Module<'_>, typed: &expr::Typed) -> bool {
    let is_empty =
        matches!(constant::fold(&typed.ir), Some(Value::List(items)) if items.is_empty());
    if is_empty {
        let help = "write the values, or leave `allowed` out";
        m.say(code::B118, typed.span, "nothing can be chosen", "empty", help);
    }
    is_empty
}

/// A choice that a person sees is at most 75 characters long.
fn check_lengths(m: &mut Module<'_>, ir: &Expr, span: Span) {
    let Expr::List(items) = ir else { return };
    for item in items {
        if let Expr::String(s) = item
            && s.chars().count() > 75
        {
            let message =
                format!("a choice of {} characters is cut off by Slack", s.chars().count());
            m.say(code::B114, span, message, "over 75 characters", "shorten it");
        }
    }
    if items.len() > 100 {
        let message = format!("Slack shows 100 choices at most, not {}", items.len());
        m.say(code::B114, span, message, "over 100 choices", "offer fewer, or take a free text");
    }
}

fn limits(m: &mut Module<'_>, opened: &Opened<'_>, ty: &Type) -> (Limits, Option<(Decimal, Span)>) {
    let fits = |name: &str| match name {
        "min_length" | "max_length" | "pattern" => matches!(ty, Type::String),
        "min" | "max" => matches!(ty, Type::Number | Type::Duration),
        "integer" => matches!(ty, Type::Number),
        _ => matches!(ty, Type::List(_)),
    };
    for name in
        ["min_length", "max_length", "pattern", "min", "max", "integer", "min_items", "max_items"]
    {
        if let Some(attribute) = opened.attribute(name).filter(|_| !fits(name)) {
            let message = format!("`{name}` does not fit a field of type `{ty}`");
            m.say(code::B102, attribute.name.span, message, "has no effect here", "leave it out");
        }
    }
    let (min, _) = bound(m, opened, "min", ty);
    let (max, longest) = bound(m, opened, "max", ty);
    let pattern = pattern(m, opened);
    let limits = Limits {
        integer: opened.bool(m, "integer").unwrap_or(false),
        max,
        max_items: opened.count(m, "max_items"),
        max_length: opened.count(m, "max_length"),
        min,
        min_items: opened.count(m, "min_items"),
        min_length: opened.count(m, "min_length"),
        pattern,
    };
    let count = |c: Option<flow_bundle::number::Count>| c.map(|c| Decimal::from(c.0));
    for (low, high, least, most) in [
        ("min", "max", limits.min, limits.max),
        ("min_length", "max_length", count(limits.min_length), count(limits.max_length)),
        ("min_items", "max_items", count(limits.min_items), count(limits.max_items)),
    ] {
        if least.zip(most).is_some_and(|(least, most)| least > most)
            && let Some(attribute) = opened.attribute(high)
        {
            let message = format!("nothing is below `{high}` and above `{low}`");
            let help = format!("raise `{high}`, or lower `{low}`");
            m.say(code::T212, attribute.expr.span, message, format!("below `{low}`"), help);
        }
    }
    (limits, longest)
}

fn bound(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    name: &str,
    ty: &Type,
) -> (Option<Decimal>, Option<(Decimal, Span)>) {
    if !matches!(ty, Type::Number | Type::Duration) {
        return (None, None);
    }
    let Some(constant) = opened.constant(m, name, ty) else { return (None, None) };
    match constant.value {
        Some(Value::Number(n)) => (Some(n), None),
        Some(Value::Duration(d)) => {
            bounds::seconds(m, name, d, constant.span);
            (Some(d), Some((d, constant.span)))
        }
        _ => (None, None),
    }
}

fn pattern(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<String> {
    let attribute = opened.attribute("pattern")?;
    let pattern = opened.text(m, "pattern")?;
    super::call::is_regex(m, &pattern, attribute.expr.span, Some(&attribute.expr));
    Some(pattern)
}
