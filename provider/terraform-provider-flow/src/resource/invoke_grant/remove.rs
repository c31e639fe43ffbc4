//! Deletes everything that was made. What is gone already is fine.

use std::collections::BTreeSet;

use flow_aws::Failure;
use flow_aws::iam::Holder;
use tfplugin::{Diagnostic, Object, Stop};

use super::state::{self, Policy};
use super::{observe, reconcile};
use crate::arn;
use crate::cloud::Cloud;
use crate::fault::{self, Step};
use crate::names::Names;

/// Deletes the resource: the daemon's right first, so that nobody becomes a role meanwhile.
pub async fn everything(cloud: &Cloud, state: &Object, stop: &Stop) -> Result<(), Diagnostic> {
    let Some(names) = state::names(state) else { return Ok(()) };
    if state.bool("attach_assume_policy").known().unwrap_or(true) {
        let principal = state.string("principal_arn").known().unwrap_or_default();
        assume_policy(cloud, &names, &principal).await?;
    }
    for seen in observe::roles(cloud, &state::role_names(state), &BTreeSet::new()).await? {
        for found in &seen.policies {
            reconcile::halt(stop)?;
            policy(cloud, &names, found).await?;
        }
        role(cloud, &seen.role.name).await?;
    }
    // Policies that were made and never attached, or detached by somebody.
    for orphan in state::policies(state) {
        reconcile::halt(stop)?;
        if let Some(arn) = orphan.arn.filter(|_| is_ours(&names, &orphan.role, &orphan.name)) {
            managed(cloud, &arn).await?;
        }
    }
    Ok(())
}

/// Takes a policy out of its role, and deletes it if it is ours.
pub async fn policy(cloud: &Cloud, names: &Names, policy: &Policy) -> Result<(), Diagnostic> {
    let Policy { role, name, arn, .. } = policy;
    let Some(arn) = arn else {
        let step = step("delete the role's policy", &["iam:DeleteRolePolicy"], role);
        let done = cloud.iam.delete_inline(&Holder::Role(role.clone()), name).await;
        return done.map_err(|failure| fault::of(step, &failure));
    };
    let detach = step("detach the policy", &["iam:DetachRolePolicy"], role);
    cloud.iam.detach(role, arn).await.map_err(|failure| fault::of(detach, &failure))?;
    if is_ours(names, role, name) { managed(cloud, arn).await } else { Ok(()) }
}

/// Deletes a role that has no policies any more.
pub async fn role(cloud: &Cloud, name: &str) -> Result<(), Diagnostic> {
    let done = cloud.iam.delete_role(name).await;
    done.map_err(|failure| fault::of(step("delete the role", &["iam:DeleteRole"], name), &failure))
}

/// Takes back the right to become the roles. A principal of another account never had it from us,
/// and its name may be somebody else's here.
pub async fn assume_policy(
    cloud: &Cloud,
    names: &Names,
    principal_arn: &str,
) -> Result<(), Diagnostic> {
    let account = cloud.home().await.map(|home| home.account.clone()).unwrap_or_default();
    let is_here = arn::principal(principal_arn).is_ok_and(|read| read.account == account);
    let Some(holder) = state::holder(principal_arn).filter(|_| is_here) else { return Ok(()) };
    let step = Step {
        what: "take the right to become the roles back",
        actions: match holder {
            Holder::Role(_) => &["iam:DeleteRolePolicy"],
            Holder::User(_) => &["iam:DeleteUserPolicy"],
        },
        resource: principal_arn,
        attribute: "attach_assume_policy",
    };
    let done = cloud.iam.delete_inline(&holder, &names.assume_policy()).await;
    done.map_err(|failure: Failure| fault::of(step, &failure))
}

async fn managed(cloud: &Cloud, arn: &str) -> Result<(), Diagnostic> {
    let actions = &["iam:DeletePolicy", "iam:ListPolicyVersions", "iam:DeletePolicyVersion"];
    let done = cloud.iam.delete_policy(arn).await;
    done.map_err(|failure| fault::of(step("delete the policy", actions, arn), &failure))
}

fn is_ours(names: &Names, role: &str, policy: &str) -> bool {
    names.slot(role, policy).is_some()
}

fn step<'a>(what: &'a str, actions: &'a [&'a str], resource: &'a str) -> Step<'a> {
    Step { what, actions, resource, attribute: "role_arns" }
}
