//! What is granted, for how long, and how it ends.

use flow_bundle::bundle::{Ends, Extend, Grant, OnPreexisting, Overlap, Strategy};
use flow_bundle::duration;
use flow_bundle::number::{Count, Seconds};
use rust_decimal::Decimal;

use super::{Notes, targets};
use crate::interval::interval;
use crate::prove::Subject;

pub(super) fn compare(old: Subject<'_>, new: Subject<'_>, notes: &mut Notes) {
    let path = new.path("grant");
    match (&old.flow.grant, &new.flow.grant) {
        (None, None) => {}
        (None, Some(grant)) => {
            notes.weaker(
                path,
                format!("the flow grants access now, by `strategy.{}`", grant.strategy),
            );
        }
        (Some(_), None) => notes.stronger(path, "the flow no longer grants anything"),
        (Some(before), Some(after)) => {
            targets::compare(old, new, notes);
            length(old, new, before, after, notes);
            ends(new, before, after, notes);
            let strategies = (
                old.bundle.strategies.get(&before.strategy),
                new.bundle.strategies.get(&after.strategy),
            );
            if let (Some(then), Some(now)) = strategies {
                strategy(new, after, then, now, notes);
            }
        }
    }
}

fn span(seconds: Decimal) -> String {
    duration::print(seconds)
}

/// The longest grant, and the one that a long life can be made of by extending.
fn length(old: Subject<'_>, new: Subject<'_>, before: &Grant, after: &Grant, notes: &mut Notes) {
    let longest = |s: Subject<'_>, grant: &Grant| {
        let most = grant.max_duration_s.map(|m| Decimal::from(m.0))?;
        let asked = grant.duration.as_ref().and_then(|d| interval(s, d).most);
        Some(asked.map_or(most, |a| a.min(most)))
    };
    let path = new.path("grant.max_duration_s");
    if let (Some(then), Some(now)) = (longest(old, before), longest(new, after))
        && then != now
    {
        let text = format!("a grant lasts up to {}, before it was {}", span(now), span(then));
        notes.moved(now > then, path.clone(), text);
    }
    if before.max_duration_s != after.max_duration_s
        && let (Some(then), Some(now)) = (before.max_duration_s, after.max_duration_s)
        && longest(old, before) == longest(new, after)
    {
        let print = |s: Seconds| span(Decimal::from(s.0));
        let text = format!(
            "`max_duration` is {}, before it was {}; no request can tell the difference",
            print(now),
            print(then)
        );
        notes.changed(path, text);
    }
    extending(new, before.extend.as_ref(), after.extend.as_ref(), notes);
}

fn extending(new: Subject<'_>, before: Option<&Extend>, after: Option<&Extend>, notes: &mut Notes) {
    let path = new.path("grant.extend");
    let span = |s: Seconds| span(Decimal::from(s.0));
    match (before, after) {
        (None, None) => {}
        (None, Some(now)) => {
            let by = match now.approval.as_str() {
                "same" => String::new(),
                "none" => ", and nobody approves that".to_owned(),
                stage => format!(", and only stage `{stage}` approves that"),
            };
            let text = format!(
                "a grant can be extended {} to {} in all{by}",
                times(now.max_times),
                span(now.max_total_s)
            );
            notes.weaker(path, text);
        }
        (Some(_), None) => notes.stronger(path, "a grant can no longer be extended"),
        (Some(then), Some(now)) => {
            if then.max_times != now.max_times {
                let text = format!(
                    "a grant can be extended {}, before it was {}",
                    times(now.max_times),
                    times(then.max_times)
                );
                notes.moved(now.max_times > then.max_times, path.clone(), text);
            }
            if then.max_total_s != now.max_total_s {
                let text = format!(
                    "an extended grant lasts up to {}, before it was {}",
                    span(now.max_total_s),
                    span(then.max_total_s)
                );
                notes.moved(now.max_total_s > then.max_total_s, path.clone(), text);
            }
            if then.approval != now.approval {
                let who = |approval: &str| match approval {
                    "none" => "nobody".to_owned(),
                    "same" => "every stage".to_owned(),
                    stage => format!("stage `{stage}`"),
                };
                let text = format!(
                    "{} approves extending, before it was {}",
                    who(&now.approval),
                    who(&then.approval)
                );
                let is_stronger = now.approval == "same" || then.approval == "none";
                notes.moved(!is_stronger, path, text);
            }
        }
    }
}

fn times(count: Count) -> String {
    match count.0 {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

fn ends(new: Subject<'_>, before: &Grant, after: &Grant, notes: &mut Notes) {
    if before.ends != after.ends {
        let (is_weaker, text) = match after.ends {
            Ends::OnRevoke => (true, "a grant ends only when somebody revokes it"),
            Ends::AfterDuration => (false, "a grant ends by itself"),
        };
        notes.moved(is_weaker, new.path("grant.ends"), text);
    }
    if before.revocable != after.revocable {
        let text = if after.revocable {
            "a grant can be revoked early"
        } else {
            "a grant can no longer be revoked early"
        };
        notes.moved(!after.revocable, new.path("grant.revocable"), text);
    }
}

/// How it is granted and taken back.
fn strategy(new: Subject<'_>, grant: &Grant, then: &Strategy, now: &Strategy, notes: &mut Notes) {
    let path = |part: &str| format!("strategies.{}.{part}", grant.strategy);
    let residual = |s: &Strategy| s.residual_s.unwrap_or_default();
    if residual(then) != residual(now) {
        let text = format!(
            "a login may outlive its grant by {}, before it was {}",
            span(Decimal::from(residual(now).0)),
            span(Decimal::from(residual(then).0))
        );
        notes.moved(residual(now) > residual(then), path("residual_s"), text);
    }
    if (&then.kind, &then.integration) != (&now.kind, &now.integration) {
        let text = format!("it is granted by `{}` through `{}`", now.kind, now.integration);
        notes.weaker(new.path("grant.strategy"), text);
    }
    if then.provider != now.provider || then.identity != now.identity {
        notes.weaker(path("identity"), "who somebody is on the other side is found otherwise");
    }
    if then.escalate != now.escalate
        || then.payload != now.payload
        || then.payload_extra != now.payload_extra
    {
        notes.weaker(path("escalate"), "what is sent to grant access has changed");
    }
    if then.deescalate != now.deescalate {
        notes.weaker(path("deescalate"), "how access is taken back has changed");
    }
    if then.on_preexisting != now.on_preexisting {
        let (is_weaker, text) = match now.on_preexisting {
            Some(OnPreexisting::Adopt) => (
                true,
                "access that somebody had before is taken over: it counts as granted, and goes at the end",
            ),
            Some(OnPreexisting::Keep) | None => {
                (true, "access that somebody had before is kept: it stays after the end")
            }
            Some(OnPreexisting::Deny) => {
                (false, "a request for access that somebody has already is refused")
            }
        };
        notes.moved(is_weaker, path("on_preexisting"), text);
    }
    if then.overlap != now.overlap {
        let text = match now.overlap {
            Overlap::Each => "two requests for one access are granted and taken back on their own",
            Overlap::Share => "two requests for one access share it: it stays until the last ends",
        };
        notes.changed(path("overlap"), text);
    }
    if then.instance_arn != now.instance_arn {
        notes.weaker(path("instance_arn"), "it is granted by another instance of Identity Center");
    }
    if !then.idempotent && now.idempotent {
        let text = "an escalation that may have happened can be repeated";
        notes.changed(path("idempotent"), text);
    }
}
