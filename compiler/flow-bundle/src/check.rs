//! Whether a bundle that reads well also makes sense: every reference resolves, every function is
//! known in its version, waits have bounds, and what was computed comes out the same.
//!
//! Types were checked by the compiler and are not checked again: an expression that does not fit is
//! an evaluation error, which never approves.

use std::collections::BTreeSet;

use crate::bundle::{
    Approval, Bundle, BundleFile, Ends, Flow, Grant, Group, NextOn, OnTimeout, Statement,
};
use crate::catalog;
use crate::codec::LoadError;
use crate::function::{self, pattern};
use crate::number::Seconds;
use crate::reach::reach;
use crate::seal::flow_hash;
use crate::walk::{self, Path};

mod blocks;
mod break_glass;
mod expressions;
mod services;
mod steps;
mod strategy;

const REBUILD: &str = "build the bundle again with `flowc build`";
/// Longest wait of a stage (language, `approval.timeout`).
const STAGE_MAX: u64 = 30 * 86_400;
/// Longest call.
const CALL_MAX: u64 = 900;
/// Longest span anywhere: a hundred years, so that instants stay in the calendar.
const SPAN_MAX: u64 = 100 * 366 * 86_400;

type Checked = Result<(), LoadError>;

fn bad(path: impl Into<String>, message: impl Into<String>) -> LoadError {
    LoadError::new(path, message, REBUILD)
}

pub(crate) fn check(file: &BundleFile) -> Checked {
    let bundle = &file.bundle;
    sources(file)?;
    meaning(bundle)?;
    let found = reach(bundle).map_err(|e| bad(e.path, e.message))?;
    if found != bundle.reach {
        return Err(bad("reach", "it is not what the flows reach"));
    }
    for (address, flow) in &bundle.flows {
        let found = flow_hash(bundle, address);
        if found != Some(flow.hash) {
            let found = found.map(|h| h.to_string()).unwrap_or_default();
            let message = format!("the hash is {}, but the flow has {found}", flow.hash);
            return Err(bad(format!("flows.{address}.hash"), message));
        }
    }
    Ok(())
}

/// Whether the parts make sense; what is computed of them is left out.
pub(crate) fn meaning(bundle: &Bundle) -> Checked {
    declarations(bundle)?;
    strategy::identities(bundle)?;
    check_moved(bundle)?;
    for (address, strategy) in &bundle.strategies {
        strategy::check_strategy(bundle, &format!("strategies.{address}"), strategy)?;
    }
    for (address, flow) in &bundle.flows {
        check_flow(bundle, &format!("flows.{address}"), flow)?;
    }
    let mut steps = Ok(());
    walk::statements(bundle, &mut |path, statement| {
        if steps.is_ok() {
            steps = check_statement(bundle, &path.to_string(), statement);
        }
    });
    steps?;
    expressions::check(bundle)?;
    services::check(bundle)
}

fn sources(file: &BundleFile) -> Checked {
    let files = file.sources.files.len();
    for (path, (index, start, end)) in &file.sources.map {
        let known = usize::try_from(*index).is_ok_and(|i| i < files);
        if !known || start > end {
            return Err(bad(format!("sources.map.{path}"), "points at no place in a file"));
        }
    }
    Ok(())
}

fn known<'t, T>(
    map: &'t std::collections::BTreeMap<String, T>,
    path: &str,
    what: &str,
    address: &str,
) -> Result<&'t T, LoadError> {
    map.get(address).ok_or_else(|| bad(path, format!("the {what} `{address}` is not declared")))
}

fn declarations(bundle: &Bundle) -> Checked {
    for (name, environment) in &bundle.environments {
        for integration in &environment.integrations {
            let path = format!("environments.{name}.integrations");
            known(&bundle.integrations, &path, "integration", integration)?;
        }
    }
    for (address, group) in &bundle.groups {
        check_group(bundle, &format!("groups.{address}"), group)?;
    }
    for (address, target) in &bundle.targets {
        let path = format!("targets.{address}");
        let kind = catalog::target(&target.kind)
            .ok_or_else(|| bad(&path, format!("`{}` is no target type", target.kind)))?;
        for parameter in kind.parameters.iter().filter(|p| p.required) {
            if !target.settings.contains_key(parameter.name) {
                return Err(bad(&path, format!("`{}` is missing", parameter.name)));
            }
        }
    }
    for reached in &bundle.reach.secrets {
        let path = reached.integrations.first().map_or("", String::as_str);
        known(&bundle.secrets, &format!("integrations.{path}"), "secret", &reached.name)?;
    }
    Ok(())
}

/// What moved stands where it moved to, and nowhere else: two of one identity could not be told
/// apart.
fn check_moved(bundle: &Bundle) -> Checked {
    if let Some(fault) = crate::moved::fault(&bundle.moved) {
        return Err(bad("moved", fault));
    }
    let stands = |address: &str| match address.split_once('.') {
        Some(("flow", key)) => bundle.flows.contains_key(key),
        Some(("strategy", key)) => bundle.strategies.contains_key(key),
        Some(("target", key)) => bundle.targets.contains_key(key),
        Some(("group", key)) => bundle.groups.contains_key(key),
        _ => false,
    };
    let ends = crate::moved::ends(&bundle.moved);
    for moved in &bundle.moved {
        if stands(&moved.from) {
            return Err(bad("moved", format!("`{}` moved, and still stands", moved.from)));
        }
        let now = ends.get(moved.from.as_str()).copied().unwrap_or_default();
        let kind = |address: &str| address.split_once('.').map(|(word, _)| word.to_owned());
        if !stands(now) || kind(now) != kind(&moved.from) {
            return Err(bad("moved", format!("`{}` moved to nothing", moved.from)));
        }
    }
    Ok(())
}

fn check_group(bundle: &Bundle, path: &str, group: &Group) -> Checked {
    match (&group.members, &group.from) {
        (Some(members), None) => {
            for email in members {
                if !function::is_email(email) || *email != email.to_lowercase() {
                    let message = format!("`{email}` is no e-mail address in lower case");
                    return Err(bad(format!("{path}.members"), message));
                }
            }
            Ok(())
        }
        (None, Some(_)) if group.id.is_some() => match &group.integration {
            Some(integration) => {
                known(&bundle.integrations, path, "integration", integration).map(|_| ())
            }
            None => Err(bad(path, "an outside group needs an integration")),
        },
        _ => Err(bad(path, "a group has either `members` or `from` and `id`")),
    }
}

fn within(path: &str, name: &str, span: Seconds, least: u64, most: u64) -> Checked {
    if (least..=most).contains(&span.0) {
        return Ok(());
    }
    let message = format!("{span} seconds, allowed are {least} to {most}");
    Err(bad(format!("{path}.{name}"), message))
}

fn check_flow(bundle: &Bundle, path: &str, flow: &Flow) -> Checked {
    if let Some(name) = &flow.environment {
        known(&bundle.environments, &format!("{path}.environment"), "environment", name)?;
    }
    within(path, "retention_s", flow.retention_s, 0, SPAN_MAX)?;
    let mut names = BTreeSet::new();
    for field in &flow.fields {
        let at = format!("{path}.fields.{}", field.name);
        if !names.insert(field.name.as_str()) {
            return Err(bad(at, "the name stands twice"));
        }
        if let Some(text) = &field.limits.pattern {
            pattern::whole(text).map_err(|e| bad(format!("{at}.limits.pattern"), e))?;
        }
        if let Some(options) = &field.options {
            if field.allowed.is_some() {
                return Err(bad(at, "`allowed` and `options` exclude each other"));
            }
            strategy::only_steps(&format!("{at}.options.steps"), &options.steps)?;
        }
    }
    if flow.approvals.is_empty() && !flow.auto {
        return Err(bad(
            format!("{path}.approvals"),
            "nobody approves and nothing may do so by itself",
        ));
    }
    let mut stages: BTreeSet<&str> = BTreeSet::new();
    for approval in &flow.approvals {
        check_stage(bundle, &format!("{path}.approvals.{}", approval.name), approval, &stages)?;
        stages.insert(&approval.name);
    }
    if let Some(grant) = &flow.grant {
        check_grant(bundle, &format!("{path}.grant"), grant, (&stages, flow.auto))?;
    }
    break_glass::check(bundle, path, flow)?;
    let mut steps = BTreeSet::new();
    let mut twice = None;
    walk::flow_statements(&Path::of(path), flow, &mut |at, statement| {
        if let Statement::Step(step) = statement
            && !steps.insert(step.name.as_str())
        {
            twice = Some(bad(
                at.to_string(),
                format!("a step `{}` stands twice in the flow", step.name),
            ));
        }
    });
    twice.map_or(Ok(()), Err)
}

/// `before` are the stages written above: `after` may name only these, so it has no circle.
fn check_stage(bundle: &Bundle, path: &str, stage: &Approval, before: &BTreeSet<&str>) -> Checked {
    if before.contains(stage.name.as_str()) {
        return Err(bad(path, "the name stands twice"));
    }
    if let Some(other) = stage.after.iter().find(|a| !before.contains(a.as_str())) {
        let message = format!("`{other}` is no stage written before it");
        return Err(bad(format!("{path}.after"), message));
    }
    if stage.rules.is_empty() || stage.denials.0 == 0 {
        return Err(bad(path, "a stage needs a rule and at least one denial"));
    }
    within(path, "timeout_s", stage.timeout_s, 1, STAGE_MAX)?;
    if let Some(pause) = stage.remind_s {
        within(path, "remind_s", pause, 1, STAGE_MAX)?;
    }
    if stage.on_timeout == OnTimeout::Fallback && stage.fallback_approvers.is_none() {
        return Err(bad(path, "`fallback` needs `fallback_approvers`"));
    }
    for (i, notify) in stage.notify.iter().enumerate() {
        let at = format!("{path}.notify.{i}");
        told(bundle, &at, notify.message.as_ref(), notify.text.is_some(), true)?;
    }
    let mut waits = 0;
    for route in &stage.routes {
        let at = format!("{path}.routes.{}", route.name);
        told(bundle, &at, route.message.as_ref(), route.text.is_some(), false)?;
        if route.next_on.contains(&NextOn::Timeout) && route.timeout_s.is_none() {
            return Err(bad(at, "`timeout` makes the next route be tried, and there is none"));
        }
        waits += route.timeout_s.map_or(0, |s| s.0.min(SPAN_MAX));
    }
    if waits > stage.timeout_s.0 {
        return Err(bad(path, "the routes take longer than the stage"));
    }
    Ok(())
}

fn told(
    bundle: &Bundle,
    path: &str,
    message: Option<&String>,
    text: bool,
    required: bool,
) -> Checked {
    match message {
        Some(_) if text => Err(bad(path, "`text` and `message` exclude each other")),
        Some(address) => known(&bundle.messages, path, "message", address).map(|_| ()),
        None if required && !text => Err(bad(path, "it says nothing: `text` or `message`")),
        None => Ok(()),
    }
}

fn check_grant(
    bundle: &Bundle,
    path: &str,
    grant: &Grant,
    (stages, auto): (&BTreeSet<&str>, bool),
) -> Checked {
    known(&bundle.strategies, &format!("{path}.strategy"), "strategy", &grant.strategy)?;
    if grant.target.is_some() == grant.targets.is_some() {
        return Err(bad(path, "exactly one of `target` and `targets`"));
    }
    match grant.ends {
        Ends::AfterDuration => match grant.max_duration_s {
            Some(most) if grant.duration.is_some() => {
                within(path, "max_duration_s", most, 1, SPAN_MAX)?
            }
            _ => {
                return Err(bad(
                    path,
                    "a grant that ends by itself needs `duration` and `max_duration`",
                ));
            }
        },
        Ends::OnRevoke if grant.duration.is_some() || grant.max_duration_s.is_some() => {
            return Err(bad(path, "a grant that ends on revoke takes no duration"));
        }
        Ends::OnRevoke if !grant.revocable => return Err(bad(path, "it would never end")),
        Ends::OnRevoke => {}
    }
    if let Some(extend) = &grant.extend {
        within(path, "extend.max_total_s", extend.max_total_s, 1, SPAN_MAX)?;
        if grant.ends == Ends::OnRevoke || extend.max_times.0 == 0 {
            return Err(bad(path, "nothing could be made longer"));
        }
        let by = extend.approval.as_str();
        if by == "none" && !auto {
            return Err(bad(path, "it is extended without a person, and `auto` does not say so"));
        }
        if by != "same" && by != "none" && !stages.contains(by) {
            return Err(bad(format!("{path}.extend.approval"), format!("`{by}` is no stage")));
        }
    }
    Ok(())
}

fn check_statement(bundle: &Bundle, path: &str, statement: &Statement) -> Checked {
    match statement {
        Statement::Step(step) => steps::check(bundle, path, step),
        Statement::Notify(n) => told(bundle, path, n.message.as_ref(), n.text.is_some(), true),
        Statement::Decision(_) | Statement::Fail(_) => Ok(()),
    }
}
