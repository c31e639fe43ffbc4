//! `strategy`: how a target is granted and taken back.

use flow_bundle::Type;
use flow_bundle::bundle::{ErrorKind, OnPreexisting, Overlap, Retry, Strategy, StrategyCall};
use flow_bundle::catalog::{self, StrategyType};
use flow_bundle::number::{Count, Seconds};
use rust_decimal::Decimal;

use super::Module;
use super::arn;
use super::body::{Opened, open_typed};
use super::integration::{bare, reference, references};
use super::scope::StrategyInfo;
use super::{constant, expr, strategy_call, strategy_run, type_expr, vendor};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::schema::{self, Family, Kind};
use crate::source::Span;
use crate::syntax::tree::Block;
use crate::types::Ty;

/// Longest try of an escalation: 15 minutes.
pub(crate) const TIMEOUT_MAX: Seconds = Seconds(900);

/// Longest pause between two tries: a day.
const PAUSE_MAX: Seconds = Seconds(86_400);

pub(crate) fn check(m: &mut Module<'_>, block: &Block) -> Option<Strategy> {
    let (opened, kind) = open_typed(m, block, Family::Strategy, "strategy")?;
    let path = format!("strategies.{}", m.key());
    m.locate(&path, block.header);
    let integration = integration(m, &opened, kind);
    let before = m.found.len();
    let targets = targets(m, block);
    // A list that was reported may have been meant to name some.
    if targets.is_empty() && m.found.len() == before {
        refuse_no_targets(m, &opened);
    }
    check_targets(m, kind, &targets, integration.as_deref());
    let timeout_s = timeout(m, &opened, "timeout", TIMEOUT_MAX);
    let idempotent = opened.bool(m, "idempotent").unwrap_or(false);
    let of_type = catalog::strategy(kind.word)?;
    if kind.word != "aws_lambda" {
        refuse_foreign(m, &opened, &["payload", "payload_extra"], "`aws_lambda`");
    } else {
        strategy_run::check_tells(m, block);
    }
    if of_type.looks {
        refuse_foreign(m, &opened, &["idempotent"], "`aws_lambda` or `http`");
    }
    opened.exclusive(m, "payload", "payload_extra");
    let on_preexisting = on_preexisting(m, &opened, of_type);
    let overlap = match opened.word(m, "overlap").as_deref() {
        Some("each") => Overlap::Each,
        Some(_) => Overlap::Share,
        None => of_type.overlap,
    };
    strategy_call::check_parts(m, &opened, of_type);
    strategy_run::check(m, block, None);
    let residual_s = opened.seconds(m, "residual");
    if let Some(attribute) = opened.attribute("residual") {
        m.locate(format!("{path}.residual"), attribute.span);
    }
    Some(Strategy {
        kind: kind.word.to_owned(),
        integration: integration.unwrap_or_default(),
        targets: targets.iter().map(|(address, _)| bare(address)).collect(),
        provider: opened.text(m, "provider").or(of_type.provider.map(str::to_owned)),
        timeout_s,
        idempotent,
        overlap,
        on_preexisting,
        residual_s,
        // Typed once per flow that grants it, in `strategy_run`.
        payload: None,
        payload_extra: None,
        identity: None,
        instance_arn: instance_arn(m, &opened),
        escalate: half(m, &opened, "escalate", &path, of_type, idempotent),
        deescalate: half(m, &opened, "deescalate", &path, of_type, idempotent),
    })
}

/// The instance of IAM Identity Center, where the type has one; reports B120.
fn instance_arn(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<String> {
    let attribute = opened.attribute("instance_arn")?;
    let arn = opened.text(m, "instance_arn")?;
    vendor::check(m, "instance_arn", &arn, attribute.expr.span);
    Some(arn)
}

fn integration(m: &mut Module<'_>, opened: &Opened<'_>, kind: &Kind) -> Option<String> {
    let attribute = opened.attribute("integration")?;
    let address = reference(m, &attribute.expr, "integration")?;
    let wanted = kind.through.unwrap_or_default();
    if address::kind(&address) != wanted {
        let message = format!("a strategy `{}` calls an integration of type `{wanted}`", kind.word);
        let label = format!("this is `{}`", bare(&address));
        let help = super::integration::of_type(m, wanted);
        m.say(code::S402, attribute.expr.span, message, label, help);
        return None;
    }
    Some(bare(&address))
}

/// Addresses of the strategy's targets, block word included, each with its place.
pub(crate) fn targets(m: &mut Module<'_>, block: &Block) -> Vec<(String, Span)> {
    match block.body.attribute("targets") {
        Some(attribute) => references(m, &attribute.expr, "target"),
        None => Vec::new(),
    }
}

/// The targets of a strategy as another block reads them; a cycle where it is read by itself.
pub(crate) fn targets_of(
    m: &mut Module<'_>,
    address: &str,
    block: &Block,
    span: Span,
) -> Vec<(String, Span)> {
    let working = format!("{address}.targets");
    if m.working.contains(&working) {
        constant::circle(m, &working, span);
        return Vec::new();
    }
    m.working.push(working);
    let found = m.within(address, |m| targets(m, block));
    m.working.pop();
    found
}

/// Reports an empty list, whether it is written so or comes out so.
fn refuse_no_targets(m: &mut Module<'_>, opened: &Opened<'_>) {
    let Some(attribute) = opened.attribute("targets") else { return };
    let help = "name what it grants: `[target.<type>.<name>]`";
    let message = "a strategy without targets grants nothing";
    m.say(code::S404, attribute.expr.span, message, "empty", help);
}

fn check_targets(
    m: &mut Module<'_>,
    kind: &Kind,
    targets: &[(String, Span)],
    integration: Option<&str>,
) {
    let region = integration.and_then(|address| arn::region_of(m, address));
    for (address, span) in targets {
        let word = address::kind(address);
        let fits = schema::kind(Family::Target, word).is_some_and(|k| k.through == Some(kind.word));
        if !fits {
            let message = format!("a strategy `{}` cannot grant a target `{word}`", kind.word);
            let known: Vec<String> = schema::kinds_of(Family::Target)
                .filter(|k| k.through == Some(kind.word))
                .map(|k| format!("`{}`", k.word))
                .collect();
            let help = format!("it grants {}", known.join(", "));
            m.say(code::S403, *span, message, "does not fit", help);
        }
        let function = m.declared.block(address).and_then(|b| b.body.attribute("function"));
        if let (Some(function), Some(integration)) = (function, integration) {
            let had_unknown = m.has_unknown;
            let read = |m: &mut Module<'_>| constant::read(m, &function.expr, &Type::String);
            if let Some(constant) = m.within(address, read) {
                arn::check_region(m, &constant, integration, region.clone());
            }
            m.has_unknown = had_unknown;
        }
    }
}

fn refuse_foreign(m: &mut Module<'_>, opened: &Opened<'_>, names: &[&str], types: &str) {
    for name in names {
        if let Some(attribute) = opened.attribute(name) {
            let message = format!("`{name}` belongs to a strategy of type {types}");
            m.say(code::B102, attribute.name.span, message, "has no effect here", "leave it out");
        }
    }
}

fn on_preexisting(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    of_type: &StrategyType,
) -> Option<OnPreexisting> {
    if !of_type.looks {
        if let Some(attribute) = opened.attribute("on_preexisting") {
            let (what, help) = match of_type.name {
                "aws_lambda" => {
                    ("a function", "leave it out; let the function answer with `errors`")
                }
                _ => ("the service", "leave it out; ask in a step before the call"),
            };
            let message = format!("{what} cannot be asked whether the access was there before");
            m.report(
                Diagnostic::new(code::S417, attribute.name.span, message, "has no effect here")
                    .help(help)
                    .fix(attribute.span, ""),
            );
        }
        return None;
    }
    Some(match opened.word(m, "on_preexisting").as_deref() {
        Some("deny") => OnPreexisting::Deny,
        Some("adopt") => OnPreexisting::Adopt,
        _ => OnPreexisting::Keep,
    })
}

/// A static span of time that may not be longer than `most`.
pub(crate) fn timeout(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    name: &str,
    most: Seconds,
) -> Seconds {
    // One that was refused is taken for a short one, which has no consequences.
    let timeout = opened.seconds(m, name).unwrap_or(Seconds(1));
    if timeout > most
        && let Some(attribute) = opened.attribute(name)
    {
        let most = flow_bundle::duration::print(Decimal::from(most.0));
        let message = format!("this is longer than a call may take here, `{most}`");
        m.say(
            code::T210,
            attribute.expr.span,
            message,
            "too long",
            format!("write at most \"{most}\""),
        );
    }
    timeout
}

fn half(
    m: &mut Module<'_>,
    strategy: &Opened<'_>,
    word: &str,
    path: &str,
    of_type: &StrategyType,
    idempotent: bool,
) -> StrategyCall {
    let is_end = word == "deescalate";
    let block = strategy.child(word);
    let opened = block.and_then(|b| Opened::open(m, b, word));
    m.locate(format!("{path}.{word}"), block.map_or(strategy.block.header, |b| b.header));
    let retry = match opened.as_ref().and_then(|o| o.child("retry")) {
        Some(block) => retry(m, block, Purpose { is_end, idempotent, in_strategy: true }),
        None => default_retry(Purpose { is_end, idempotent, in_strategy: true }),
    };
    let answers = !of_type.looks;
    if let Some(attribute) = opened.as_ref().and_then(|o| o.attribute("body")).filter(|_| !answers)
    {
        let message = format!("a strategy `{}` answers with no body", of_type.name);
        m.say(code::B102, attribute.name.span, message, "has no effect here", "leave it out");
    }
    let body = answers.then(|| body_type(m, block, of_type.name).unwrap_or(Type::Json));
    StrategyCall { body, retry, ..StrategyCall::default() }
}

/// The declared type of the answer's `body`, `json` where none is; none where it is no type.
pub(crate) fn body_type(m: &mut Module<'_>, half: Option<&Block>, kind: &str) -> Option<Type> {
    let Some(attribute) = half.and_then(|b| b.body.attribute("body")) else {
        return Some(Type::Json);
    };
    match type_expr::read(m, &attribute.expr)? {
        ty @ (Type::Object(_) | Type::Json) => Some(ty),
        ty if kind == "http" => Some(ty),
        other => {
            let message = format!("the `body` of an answer is an object, not `{other}`");
            let help = "write `object({ … })`, or leave it out";
            m.say(code::T219, attribute.expr.span, message, "not an object", help);
            None
        }
    }
}

/// What a `retry` is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    /// A deescalation, which is tried without end.
    pub(crate) is_end: bool,
    /// It may be repeated though it may have happened.
    pub(crate) idempotent: bool,
    pub(crate) in_strategy: bool,
}

fn default_retry(purpose: Purpose) -> Retry {
    let mut retry = Retry::default();
    if purpose.is_end {
        retry.max_delay_s = TIMEOUT_MAX;
        retry.budget_s = Some(Seconds(3600));
    }
    if purpose.idempotent {
        retry.on.extend([ErrorKind::Network, ErrorKind::ServerError]);
        if purpose.in_strategy {
            retry.on.push(ErrorKind::Timeout);
        }
    }
    retry
}

pub(crate) fn retry(m: &mut Module<'_>, block: &Block, purpose: Purpose) -> Retry {
    let default = default_retry(purpose);
    let Some(opened) = Opened::open(m, block, "retry") else { return default };
    let foreign: &[&str] =
        if purpose.is_end { &["attempts", "rate", "jitter", "on"] } else { &["budget"] };
    for name in foreign {
        if let Some(attribute) = opened.attribute(name) {
            let message = if purpose.is_end {
                format!("a deescalation is tried without end, so it has no `{name}`")
            } else {
                format!("`{name}` belongs to the `retry` of `deescalate`")
            };
            let known = "there it takes `backoff`, `max_delay` and `budget`";
            m.say(code::B102, attribute.name.span, message, "has no effect here", known);
        }
    }
    let attempts = opened.count_at(m, "attempts").unwrap_or((Count(3), block.header));
    if attempts.0 == Count(0) {
        m.say(code::T212, attempts.1, "nothing would be tried", "zero tries", "write at least 1");
    }
    let rate = opened.number(m, "rate").unwrap_or((Decimal::TWO, block.header));
    if rate.0 < Decimal::ONE || rate.0 > Decimal::TEN {
        let message =
            format!("each pause is 1 to 10 times as long as the one before, not {}", rate.0);
        let label = if rate.0 < Decimal::ONE { "below 1" } else { "over 10" };
        m.say(code::T212, rate.1, message, label, "write a number from 1 to 10");
    }
    let budget_s = if purpose.is_end { budget(m, &opened) } else { None };
    let max_delay_s = match opened.attribute("max_delay") {
        Some(_) => pause(m, &opened, "max_delay").unwrap_or(default.max_delay_s),
        None => default.max_delay_s,
    };
    Retry {
        attempts: attempts.0,
        backoff_s: pause(m, &opened, "backoff").unwrap_or(default.backoff_s),
        rate: rate.0,
        max_delay_s,
        jitter: opened.bool(m, "jitter").unwrap_or(default.jitter),
        on: kinds(m, &opened, purpose).unwrap_or(default.on),
        budget_s,
    }
}

/// A pause between two tries, which is a day at most.
fn pause(m: &mut Module<'_>, opened: &Opened<'_>, name: &str) -> Option<Seconds> {
    let pause = opened.seconds(m, name)?;
    if pause > PAUSE_MAX
        && let Some(attribute) = opened.attribute(name)
    {
        let message = "from one try to the next at most a day passes";
        m.say(code::T210, attribute.expr.span, message, "over a day", "write at most \"1d\"");
    }
    Some(pause)
}

fn budget(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<Seconds> {
    let Some((budget, span)) = opened.seconds_at(m, "budget") else { return Some(Seconds(3600)) };
    if budget < Seconds(3600) {
        let message = "people are called about an end that only had less than an hour to succeed";
        m.say(code::S408, span, message, "under 1h", "write at least \"1h\": tries go on anyway");
    }
    Some(budget)
}

const KINDS: [ErrorKind; 7] = [
    ErrorKind::Throttled,
    ErrorKind::Connect,
    ErrorKind::Timeout,
    ErrorKind::Network,
    ErrorKind::ServerError,
    ErrorKind::FunctionError,
    ErrorKind::BadResponse,
];

fn kinds(m: &mut Module<'_>, opened: &Opened<'_>, purpose: Purpose) -> Option<Vec<ErrorKind>> {
    let (words, span) = opened.words(m, "on")?;
    let kinds: Vec<ErrorKind> =
        words.iter().filter_map(|w| KINDS.into_iter().find(|k| k.word() == w)).collect();
    if let Some(unknown) = kinds.iter().find(|k| !k.refused()).filter(|_| !purpose.idempotent) {
        let message = format!("after `{}` the call may have happened", unknown.word());
        m.report(
            Diagnostic::new(code::S416, span, message, "could make it happen twice")
                .help("add `idempotent = true` if it may happen twice, or leave the kind out"),
        );
    }
    Some(kinds)
}

/// What the expressions of a flow read of its strategy.
pub(crate) fn info(m: &mut Module<'_>, address: &str) -> Option<StrategyInfo> {
    let block = m.declared.block(address)?;
    let kind = schema::kind(Family::Strategy, block.label(0)?)?;
    if block.tombstone {
        return None;
    }
    let targets = m.within(address, |m| targets(m, block)).into_iter().map(|(a, _)| a).collect();
    let answer = |m: &mut Module<'_>, word: &str| {
        let half = block.body.blocks().find(|b| b.kind.text == word);
        let body = |m: &mut Module<'_>| m.within(address, |m| body_type(m, half, kind.word));
        let parts = match kind.word {
            "aws_lambda" => {
                body(m).map(|body| [("body", body), ("errors", Type::list(Type::String))])
            }
            "http" => {
                return body(m).map_or(Ty::Error, |body| Ty::Of(strategy_call::answer(body)));
            }
            _ => return Ty::Of(Type::object([("preexisting", Type::Bool)])),
        };
        parts.map_or(Ty::Error, |parts| Ty::Of(Type::object(parts)))
    };
    let escalate = answer(m, "escalate");
    let deescalate = answer(m, "deescalate");
    Some(StrategyInfo { address: address.to_owned(), targets, escalate, deescalate })
}

/// Reports a payload that is no object.
pub(crate) fn check_object(m: &mut Module<'_>, typed: &expr::Typed) {
    let ok = match typed.ty.data() {
        Some(Type::Object(_) | Type::Map(_) | Type::Json) | None => true,
        Some(_) => false,
    };
    if !ok {
        let message = format!("a payload is an object, not `{}`", typed.ty);
        m.say(code::T201, typed.span, message, "not an object", "write `{ … }`");
    }
}
