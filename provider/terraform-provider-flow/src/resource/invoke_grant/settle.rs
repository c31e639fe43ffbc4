//! Waits until IAM says everywhere what was written.
//!
//! IAM is eventually consistent: a good read may be followed by an old one. Whether the daemon can
//! really call is its own question to ask (a dry run); our principal can't become the roles.

use std::collections::BTreeSet;
use std::time::Duration;

use flow_aws::Kind;
use tfplugin::{Diagnostic, Diagnostics, Stop};
use tokio::time::Instant;

use super::observe;
use super::state::{Policy, Wanted, name_of};
use crate::cloud::Cloud;
use crate::document;

/// Good reads in a row that are believed.
const READS: usize = 5;
const PAUSE: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(120);

/// Waits; what is still not seen at the end is said as a warning.
pub async fn settle(cloud: &Cloud, wanted: &Wanted, stop: &Stop) -> Diagnostics {
    let until = Instant::now() + LIMIT;
    let mut good = 0;
    let mut pause = PAUSE;
    while Instant::now() < until && !stop.is_told() {
        let reads_well = is_seen(cloud, wanted).await;
        good = if reads_well { good + 1 } else { 0 };
        if good >= READS && denied(cloud, wanted).await.is_empty() {
            return Diagnostics::new();
        }
        pause = if reads_well { PAUSE } else { (pause * 2).min(PAUSE * 50) };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.told() => {}
        }
    }
    let detail = format!(
        "everything was written, but IAM did not show it within {} s; the daemon may be refused \
         for some minutes",
        LIMIT.as_secs()
    );
    Diagnostic::warning("Not yet seen everywhere", detail).at_attribute("role_arns").into()
}

async fn is_seen(cloud: &Cloud, wanted: &Wanted) -> bool {
    let Ok(seen) = observe::roles(cloud, &wanted.role_names()).await else { return false };
    let policies: Vec<&Policy> = seen.iter().flat_map(|seen| &seen.policies).collect();
    let same_trust =
        |seen: &observe::Seen| document::normal(&seen.role.trust_policy) == wanted.trust_policy;
    seen.len() == wanted.role_arns.len()
        && seen.iter().all(same_trust)
        && policies.len() == wanted.policies.len()
        && wanted.policies.iter().all(|policy| policies.contains(&policy))
}

/// The functions that IAM's own simulator would refuse; none where we may not ask.
async fn denied(cloud: &Cloud, wanted: &Wanted) -> Vec<String> {
    let mut denied = Vec::new();
    for arn in &wanted.role_arns {
        let name = name_of(arn);
        let documents = wanted.policies.iter().filter(|policy| policy.role == name);
        let functions: BTreeSet<String> = documents
            .flat_map(|p| document::allowed_resources(p.document.as_deref().unwrap_or_default()))
            .collect();
        // A boundary may refuse for good, and that is not ours to wait for.
        let functions: Vec<String> = functions.into_iter().collect();
        if functions.is_empty() || wanted.permissions_boundary_arn.is_some() {
            continue;
        }
        match cloud.iam.simulated_denials(arn, document::INVOKE, &functions).await {
            Ok(refused) => denied.extend(refused),
            Err(failure) if failure.kind == Kind::NotFound => denied.extend(functions),
            Err(_) => {}
        }
    }
    denied
}
