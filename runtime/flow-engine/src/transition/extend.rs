//! Extensions: access that stands lasts longer, where people agree before it ends. The strategy is
//! not called again; only the end moves.

use flow_bundle::bundle::Extend;
use flow_bundle::duration;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;

use super::work::{Work, later};
use super::{ask, escalate, moments, notify, stages};
use crate::event::Longer;
use crate::person::Person;
use crate::refusal::{Reason, Refusal};
use crate::rights::Rights;
use crate::state::{Extension, ExtensionState, Stage, StageState};

/// How many extensions of one request may have been asked for, whatever came of them.
const ASKED_MAX: usize = 100;

/// The requester wants more time.
pub(super) fn ask(work: &mut Work<'_>, longer: &Longer) -> Result<(), Refusal> {
    let declared = may_ask(work)?;
    let ends_at = work.request.window.and_then(|w| w.expires_at);
    let until = match ends_at {
        Some(ends_at) if ends_at > work.at => bounded(work, declared, ends_at, longer.duration_s)?,
        Some(_) | None => return Err(Refusal::of(Reason::TooLate)),
    };
    let number = u32::try_from(work.request.extensions.len()).unwrap_or(u32::MAX);
    let number = number.saturating_add(1);
    work.request.extensions.push(Extension {
        number,
        duration_s: longer.duration_s,
        until,
        reason: longer.reason.clone().filter(|r| !r.trim().is_empty()),
        asked_at: work.at,
        state: ExtensionState::Asked,
        settled_at: None,
    });
    let facts = json!({ "number": number, "duration_s": longer.duration_s, "until": until,
        "reason": longer.reason });
    work.record("extension.asked", "grant.extend", facts);
    if declared.approval == "none" {
        let by = work.request.requester.clone();
        grant(work, &by);
        return Ok(());
    }
    let same = declared.approval == "same";
    let asked = work.pinned.flow.approvals.iter().map(|a| &a.name);
    let asked = asked.filter(|name| same || **name == declared.approval);
    let asked: Vec<Stage> = asked.map(|name| ask::waiting(name, Some(number))).collect();
    work.request.stages.extend(asked);
    work.note = Some("people are asked; access ends as before unless they agree".to_owned());
    stages::proceed(work)
}

fn may_ask<'f>(work: &Work<'f>) -> Result<&'f Extend, Refusal> {
    let (request, context, flow) = (&work.request, work.context, work.pinned.flow);
    let requester = context.requester.as_ref().filter(|p| p.id == request.requester.id && p.active);
    let by = work.event.by.as_ref().filter(|by| by.active);
    let (Some(requester), Some(by)) = (requester, by) else {
        return Err(Refusal::of(Reason::NotPermitted));
    };
    // As with the asking: for oneself, or a bot for the person it asked for.
    if by.id != requester.id && by.id != request.by.id {
        let sentence = "only the requester may ask for more time";
        return Err(Refusal::because(Reason::NotPermitted, sentence));
    }
    let rights = Rights { pinned: work.pinned, context, request, at: work.at };
    if !rights.may_request(requester) {
        let sentence = format!("you may not ask for `{}` any more", request.flow);
        return Err(Refusal::because(Reason::NotPermitted, sentence));
    }
    ask::may_begin(work)?;
    if request.ending.is_some() {
        return Err(Refusal::of(Reason::TooLate));
    }
    let Some(declared) = flow.grant.as_ref().and_then(|g| g.extend.as_ref()) else {
        let sentence = "this flow does not let access be extended: ask again when it has ended";
        return Err(Refusal::because(Reason::ExtendLimit, sentence));
    };
    limited(work, declared)?;
    Ok(declared)
}

/// Whether another extension may be asked for.
fn limited(work: &Work<'_>, declared: &Extend) -> Result<(), Refusal> {
    let limit = |sentence: String| Err(Refusal::because(Reason::ExtendLimit, sentence));
    let asked = &work.request.extensions;
    if work.request.extension().is_some() {
        return limit("more time is asked for already: wait for the decision".to_owned());
    }
    if asked.iter().any(|e| e.state == ExtensionState::Denied) {
        return limit("an extension was denied: ask for access again when this has ended".into());
    }
    let granted = asked.iter().filter(|e| e.state == ExtensionState::Granted).count();
    let most = declared.max_times.0;
    if u64::try_from(granted).unwrap_or(u64::MAX) >= most || asked.len() >= ASKED_MAX {
        let times = if most == 1 { "once".to_owned() } else { format!("{most} times") };
        return limit(format!("access can be extended {times}, and was"));
    }
    Ok(())
}

/// The new end, within the bounds that the flow sets.
fn bounded(
    work: &Work<'_>,
    declared: &Extend,
    ends_at: Timestamp,
    duration_s: u64,
) -> Result<Timestamp, Refusal> {
    if duration_s == 0 {
        return Err(Refusal::field("duration", "an extension lasts for a second at least"));
    }
    let longest = work.pinned.flow.grant.as_ref().and_then(|g| g.max_duration_s).map(|s| s.0);
    if let Some(longest) = longest.filter(|longest| duration_s > *longest) {
        let longest = duration::print(Decimal::from(longest));
        let sentence = format!("at most {longest} at once (`max_duration`)");
        return Err(Refusal::field("duration", sentence));
    }
    let started_at = work.request.window.map_or(ends_at, |w| w.started_at);
    // The deployment's own bound may be narrower than the flow's.
    let most_s = work.context.limits.duration_max_s.unwrap_or(u64::MAX);
    let total_s = declared.max_total_s.0.min(most_s);
    let last = later(started_at, total_s);
    let until = later(ends_at, duration_s);
    if until > last {
        let left = u64::try_from(last.duration_since(ends_at).as_secs()).unwrap_or(0);
        let total = duration::print(Decimal::from(total_s));
        let left = match left {
            0 => "nothing is left of it".to_owned(),
            left => format!("{} are left of it", duration::print(Decimal::from(left))),
        };
        let sentence = format!("access may last {total} in all, and {left}");
        return Err(Refusal::because(Reason::ExtendLimit, sentence));
    }
    Ok(until)
}

/// Everybody needed has agreed, or nobody is needed: the end moves.
pub(super) fn grant(work: &mut Work<'_>, by: &Person) {
    // Asked again: much may have changed since.
    if let Some(reason) = work.context.frozen.clone() {
        return close(work, ExtensionState::Denied, &format!("requests are frozen: {reason}."));
    }
    if !work.context.enabled {
        return close(work, ExtensionState::Denied, "its flow is gone or disabled.");
    }
    if escalate::target_is_gone(work) {
        return close(work, ExtensionState::Denied, "its target is gone.");
    }
    let Some(extension) = work.request.extension().cloned() else { return };
    let stands = work.request.window.and_then(|w| w.expires_at).is_some_and(|t| t > work.at);
    if !stands || work.request.ending.is_some() {
        return close(work, ExtensionState::Overtaken, "access had ended by then.");
    }
    if let Some(window) = &mut work.request.window {
        window.expires_at = Some(extension.until);
    }
    settle(work, ExtensionState::Granted);
    let rule = match work.pinned.flow.grant.as_ref().and_then(|g| g.extend.as_ref()) {
        Some(declared) => format!("grant.extend, approval = \"{}\"", declared.approval),
        None => "grant.extend".to_owned(),
    };
    let facts = json!({ "number": extension.number, "by": by.username, "until": extension.until });
    work.record("extension.granted", rule, facts);
    let label = work.pinned.flow.label.clone();
    notify::requester(work, format!("{label}: your access lasts until {}.", extension.until));
}

/// An extension came to nothing: access ends when it would have ended.
pub(super) fn close(work: &mut Work<'_>, state: ExtensionState, why: &str) {
    let Some(number) = work.request.extension().map(|e| e.number) else { return };
    let facts = json!({ "number": number, "state": state.word(), "why": why });
    work.record("extension.closed", "grant.extend", facts);
    let ends_at = work.request.window.and_then(|w| w.expires_at);
    settle(work, state);
    let label = work.pinned.flow.label.clone();
    let until = ends_at.filter(|t| *t > work.at);
    let until = until.map_or(String::new(), |t| format!(" Your access ends at {t}, as before."));
    notify::requester(work, format!("{label}: your extension is not granted: {why}{until}"));
}

/// The end has begun, and wins.
pub(super) fn overtaken(work: &mut Work<'_>) {
    close(work, ExtensionState::Overtaken, "access had ended by then.");
}

/// From here on nobody decides about it; a click that still waits for its check is told so.
fn settle(work: &mut Work<'_>, state: ExtensionState) {
    moments::stop_decisions(work);
    let at = work.at;
    let Some(extension) = work.request.extensions.last_mut() else { return };
    extension.state = state;
    extension.settled_at = Some(at);
    let number = Some(extension.number);
    let left = match state {
        ExtensionState::Asked | ExtensionState::Granted => StageState::NotNeeded,
        ExtensionState::Denied | ExtensionState::Expired | ExtensionState::Overtaken => {
            StageState::Expired
        }
    };
    for stage in work.request.stages.iter_mut().filter(|s| s.extension == number) {
        if matches!(stage.state, StageState::Open | StageState::Waiting) {
            stage.state = left;
            stage.settled_at = Some(at);
        }
    }
}
