//! What the types of strategies demand of each, and where people's ids come from.

use super::{CALL_MAX, Checked, bad, known, within};
use crate::bundle::{Bundle, Statement, Strategy, StrategyCall};
use crate::catalog::{self, StrategyType};
use crate::codec::LoadError;
use crate::expr::Expr;

pub(super) fn check_strategy(bundle: &Bundle, path: &str, strategy: &Strategy) -> Checked {
    let kind = catalog::strategy(&strategy.kind)
        .ok_or_else(|| bad(path, format!("`{}` is no strategy type", strategy.kind)))?;
    let at = format!("{path}.integration");
    let integration = known(&bundle.integrations, &at, "integration", &strategy.integration)?;
    if integration.kind != kind.integration {
        let message =
            format!("`{}` is no integration of type `{}`", strategy.integration, kind.integration);
        return Err(bad(at, message));
    }
    if strategy.targets.is_empty() {
        return Err(bad(format!("{path}.targets"), "it grants nothing"));
    }
    for address in &strategy.targets {
        let at = format!("{path}.targets");
        let target = known(&bundle.targets, &at, "target", address)?;
        if !kind.targets.contains(&target.kind.as_str()) {
            let message = format!("`{address}` is no target of a strategy `{}`", kind.name);
            return Err(bad(at, message));
        }
    }
    within(path, "timeout_s", strategy.timeout_s, 1, CALL_MAX)?;
    retries(path, strategy)?;
    attributes(path, strategy, kind)
}

fn retries(path: &str, strategy: &Strategy) -> Checked {
    for (half, call) in [("escalate", &strategy.escalate), ("deescalate", &strategy.deescalate)] {
        let at = format!("{path}.{half}.retry");
        within(&at, "backoff_s", call.retry.backoff_s, 0, 86_400)?;
        within(&at, "max_delay_s", call.retry.max_delay_s, 0, 86_400)?;
        if call.retry.attempts.0 == 0 || call.retry.rate < rust_decimal::Decimal::ONE {
            return Err(bad(at, "`attempts` and `rate` are at least 1"));
        }
        let guarded = strategy.idempotent || half == "deescalate";
        if let Some(kind) = call.retry.on.iter().find(|k| !guarded && !k.refused()) {
            let message =
                format!("`{}` may have happened, and the strategy is not idempotent", kind.word());
            return Err(bad(at, message));
        }
    }
    Ok(())
}

/// Which attributes belong to which type.
fn attributes(path: &str, strategy: &Strategy, kind: &StrategyType) -> Checked {
    if strategy.instance_arn.is_some() != (kind.name == "aws_sso") {
        return Err(bad(path, "an `instance_arn` belongs to `aws_sso`, and only to it"));
    }
    if strategy.on_preexisting.is_some() != kind.looks {
        let message = format!("`on_preexisting` does not fit a strategy `{}`", kind.name);
        return Err(bad(path, message));
    }
    let payload = strategy.payload.is_some() || strategy.payload_extra.is_some();
    if payload && kind.name != "aws_lambda" {
        return Err(bad(path, "a payload belongs to `aws_lambda`"));
    }
    for (half, call) in [("escalate", &strategy.escalate), ("deescalate", &strategy.deescalate)] {
        if call.call.is_some() != (kind.name == "http") {
            let at = format!("{path}.{half}");
            return Err(bad(at, "a `call` belongs to `http`, and both halves of it need one"));
        }
        poll(&format!("{path}.{half}"), call)?;
        only_steps(&format!("{path}.{half}.steps"), &call.steps)?;
    }
    match &strategy.identity {
        Some(identity) => only_steps(&format!("{path}.identity.steps"), &identity.steps),
        None => Ok(()),
    }
}

/// What judges an answer needs a call; what is asked again and again must only read.
fn poll(path: &str, call: &StrategyCall) -> Checked {
    if call.call.is_none() && (call.success.is_some() || call.poll.is_some()) {
        return Err(bad(path, "`success` and `poll` judge the answer of a `call`"));
    }
    let Some(poll) = &call.poll else { return Ok(()) };
    let path = format!("{path}.poll");
    within(&path, "every_s", poll.every_s, 1, CALL_MAX)?;
    within(&path, "timeout_s", poll.timeout_s, 1, CALL_MAX)?;
    let reads = |method: &Expr| matches!(method, Expr::String(m) if m == "GET" || m == "HEAD");
    if !poll.call.get("method").is_some_and(reads) {
        return Err(bad(format!("{path}.call"), "what is asked again and again must only read"));
    }
    Ok(())
}

/// Where nothing may be decided or said, only steps stand.
pub(super) fn only_steps(path: &str, statements: &[Statement]) -> Checked {
    let other = statements.iter().any(|s| !matches!(s, Statement::Step(_)));
    if other { Err(bad(path, "only steps may stand here")) } else { Ok(()) }
}

/// `identities`: every directory is one of the bundle's integrations.
pub(super) fn identities(bundle: &Bundle) -> Result<(), LoadError> {
    for (provider, source) in &bundle.identities.from {
        let at = format!("identities.from.{provider}.integration");
        known(&bundle.integrations, &at, "integration", &source.integration)?;
    }
    Ok(())
}
