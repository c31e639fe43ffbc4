//! Waits until IAM says everywhere what was written.
//!
//! IAM is eventually consistent: a good read may be followed by an old one. Whether the daemon can
//! really call is its own question to ask (a dry run); our principal can't become the roles. IAM's
//! simulator is not asked: it answers for organisations' policies too, which may refuse for good.

use std::collections::BTreeSet;
use std::time::Duration;

use tfplugin::{Diagnostic, Diagnostics, Stop};
use tokio::time::Instant;

use super::observe;
use super::state::{Policy, Wanted};
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
        if good >= READS {
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
    let Ok(seen) = observe::roles(cloud, &BTreeSet::new(), &wanted.role_names()).await else {
        return false;
    };
    let policies: Vec<&Policy> = seen.iter().flat_map(|seen| &seen.policies).collect();
    let same_trust =
        |seen: &observe::Seen| document::normal(&seen.role.trust_policy) == wanted.trust_policy;
    seen.len() == wanted.role_arns.len()
        && seen.iter().all(same_trust)
        && policies.len() == wanted.policies.len()
        && wanted.policies.iter().all(|policy| policies.contains(&policy))
}
