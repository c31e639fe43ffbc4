//! Break-glass: an emergency way past people keeps to its own rules, whoever wrote the bundle.

use super::{Checked, bad};
use crate::bundle::{BreakGlass, Bundle, Ends, Flow, Grant, HookEvent, Statement, Verdict};
use crate::expr::Expr;
use crate::limits::BREAK_GLASS_S;
use crate::types::Type;

pub(super) fn check(bundle: &Bundle, path: &str, flow: &Flow) -> Checked {
    let Some(glass) = &flow.break_glass else { return Ok(()) };
    let at = format!("{path}.break_glass");
    if !flow.auto {
        return Err(bad(at, "it approves without a person, and `auto` does not say so"));
    }
    let decides = flow.hooks.get(&HookEvent::OnRequest).into_iter().flatten().any(
        |s| matches!(s, Statement::Decision(decision) if decision.verdict == Verdict::Approve),
    );
    if !flow.approvals.is_empty() || decides {
        return Err(bad(at, "every request is approved at once, so nothing else approves"));
    }
    let Some(grant) = &flow.grant else { return Err(bad(at, "it grants nothing")) };
    check_grant(&at, grant)?;
    check_reason(&at, flow, glass)?;
    let environment = flow.environment.as_ref().and_then(|name| bundle.environments.get(name));
    let errors = environment.is_some_and(|e| e.error_channel.is_some());
    if glass.announce.is_none() && !errors {
        return Err(bad(at, "nobody would hear of it: `announce` or an error channel"));
    }
    Ok(())
}

fn check_grant(at: &str, grant: &Grant) -> Checked {
    let short = grant.max_duration_s.is_some_and(|most| most.0 <= BREAK_GLASS_S);
    if grant.ends != Ends::AfterDuration || !short {
        return Err(bad(at, format!("it ends by itself, after {BREAK_GLASS_S} seconds at most")));
    }
    if !grant.revocable || grant.extend.is_some() {
        return Err(bad(at, "it can be revoked, and cannot be made longer"));
    }
    Ok(())
}

fn check_reason(at: &str, flow: &Flow, glass: &BreakGlass) -> Checked {
    let field = flow.fields.iter().find(|f| f.name == glass.reason);
    let always = Expr::Bool(true);
    let asked = field.is_some_and(|f| {
        f.ty == Type::String && f.required == always && f.visible == always && f.default.is_none()
    });
    if asked {
        return Ok(());
    }
    let message = format!("`{}` is no text field that everybody has to fill in", glass.reason);
    Err(bad(format!("{at}.reason"), message))
}
