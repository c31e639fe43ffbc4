//! P3: the exact outbound set is known, and a grant is about targets of its strategy only.
//! Failures: S403, S411, N606.

use std::collections::BTreeSet;

use flow_bundle::bundle::{MemberReach, Reach};
use flow_bundle::reach::reach_of;

use crate::prove::{Answer, Failure, Subject, proved, unknown, vacuous};
use crate::targets::granted;

pub(super) fn prove(subject: Subject<'_>) -> Answer {
    let strange = strange(subject);
    if !strange.is_empty() {
        return Err(strange);
    }
    let reach = match reach_of(subject.bundle, subject.address) {
        Ok(reach) => reach,
        Err(e) if e.message.ends_with("not built yet") => return unknown(e.message),
        Err(e) => {
            let code = if e.message.contains("exact Lambda ARN") { "S411" } else { "N606" };
            return Err(vec![Failure::new("P3", code, e.path, e.message)]);
        }
    };
    // Groups that are only asked who is in them are counted as such, whatever service they are of.
    let mine = |uses: &Vec<String>| uses.iter().any(|path| !path.starts_with("groups."));
    let functions = reach.aws_lambda.iter().filter(|r| mine(&r.uses)).count();
    let services = reach.http.iter().filter(|r| mine(&r.uses)).count();
    let rotas = reach.pagerduty.iter().filter(|r| mine(&r.uses)).count();
    let groups = |of: &[MemberReach]| of.iter().filter(|r| mine(&r.uses)).count();
    let sets = reach.aws_sso_permission_set.iter().filter(|r| mine(&r.uses)).count();
    let github = reach.github.iter().filter(|r| mine(&r.uses)).count();
    let lookups = reach.people.iter().filter(|r| mine(&r.uses)).count();
    let outside = kept_elsewhere(&reach);
    let heard = |slack: bool| {
        let told = reach.slack.iter().filter(|r| mine(&r.uses));
        told.filter(|r| r.integration.is_some() == slack).count()
    };
    let parts: Vec<String> = [
        (functions, "function", "functions"),
        (services, "HTTP service", "HTTP services"),
        (groups(&reach.okta_group), "Okta group", "Okta groups"),
        (rotas, "PagerDuty object", "PagerDuty objects"),
        (groups(&reach.aws_iam_group), "IAM group", "IAM groups"),
        (groups(&reach.aws_sso_group), "Identity Center group", "Identity Center groups"),
        (sets, "permission set", "permission sets"),
        (github, "GitHub repository or team", "GitHub repositories and teams"),
        (lookups, "look-up of people", "look-ups of people"),
        (outside, "group kept elsewhere", "groups kept elsewhere"),
        (heard(true), "Slack destination", "Slack destinations"),
        (heard(false), "place in the message log", "places in the message log"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many }))
    .collect();
    if parts.is_empty() { vacuous("nothing leaves") } else { proved(parts.join(", ")) }
}

/// How many groups are asked who is in them.
fn kept_elsewhere(reach: &Reach) -> usize {
    let members = reach.okta_group.iter().chain(&reach.aws_sso_group).map(|r| &r.uses);
    let rotas = reach.pagerduty.iter().map(|r| &r.uses);
    let uses = members.chain(rotas).chain(reach.people.iter().map(|r| &r.uses)).flatten();
    uses.filter(|path| path.starts_with("groups.")).collect::<BTreeSet<_>>().len()
}

/// Targets that can be asked for and that the strategy does not grant.
fn strange(subject: Subject<'_>) -> Vec<Failure> {
    let Some(grant) = &subject.flow.grant else { return Vec::new() };
    let Some(strategy) = subject.bundle.strategies.get(&grant.strategy) else { return Vec::new() };
    let mut failures: Vec<Failure> = Vec::new();
    for (target, path) in granted(subject).named {
        if !strategy.targets.contains(&target) {
            let message = format!("`strategy.{}` does not grant `target.{target}`", grant.strategy);
            failures.push(Failure::new("P3", "S403", path, message));
        }
    }
    failures
}
