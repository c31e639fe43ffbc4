//! Makes IAM have what is wanted. Additions come first and removals last, so that no function loses
//! its grant in between; each step looks at what is there, so an interrupted apply goes on where it
//! stopped.

use std::collections::BTreeSet;
use std::time::Duration;

use flow_aws::iam::{Holder, NewRole};
use flow_aws::{Failure, Kind};
use tfplugin::{Diagnostic, Object, Stop};
use tokio::time::Instant;

use super::observe::{self, Seen};
use super::remove;
use super::state::{self, Policy, Wanted};
use crate::cloud::Cloud;
use crate::document;
use crate::fault::{self, Step};

/// AWS's shortest limit; the daemon's own sessions are shorter.
const SESSION_MAX_S: i32 = 3600;
/// How long a new principal or role may be unknown to parts of IAM.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(2);

/// Makes the first role: from then on there is something to save.
pub async fn begin(cloud: &Cloud, wanted: &Wanted, stop: &Stop) -> Result<(), Diagnostic> {
    halt(stop)?;
    match wanted.role_arns.first() {
        Some(arn) => make_role(cloud, wanted, arn, stop).await,
        None => Ok(()),
    }
}

/// Makes it so.
pub async fn reconcile(
    cloud: &Cloud,
    prior: &Object,
    wanted: &Wanted,
    stop: &Stop,
) -> Result<(), Diagnostic> {
    let seen = observe::roles(cloud, &state::role_names(prior), &wanted.role_names()).await?;
    for arn in &wanted.role_arns {
        halt(stop)?;
        let name = state::name_of(arn);
        match seen.iter().find(|seen| seen.role.name == name) {
            None => make_role(cloud, wanted, arn, stop).await?,
            Some(seen) => change_role(cloud, wanted, seen).await?,
        }
    }
    for policy in &wanted.policies {
        halt(stop)?;
        let found = seen.iter().flat_map(|seen| &seen.policies).find(|found| {
            found.role == policy.role && found.name == policy.name && found.arn == policy.arn
        });
        match found {
            Some(found) if found.document == policy.document => {}
            found => put_policy(cloud, wanted, policy, found.is_some(), stop).await?,
        }
    }
    halt(stop)?;
    allow_assuming(cloud, wanted, stop).await?;
    halt(stop)?;
    take_out(cloud, wanted, &seen, stop).await?;
    forget_principal(cloud, prior, wanted).await
}

/// The user asked to stop: what is made so far is saved, and the next apply goes on.
pub fn halt(stop: &Stop) -> Result<(), Diagnostic> {
    if stop.is_told() {
        return Err(Diagnostic::error(
            "Stopped",
            "the apply was interrupted; what is done so far is in the state, and the next apply \
             does the rest",
        ));
    }
    Ok(())
}

fn is_taken(role: &str) -> Diagnostic {
    let detail = format!(
        "the role `{role}` is there already; import it (`terraform import flow_invoke_grant.… \
         {role}`), or choose another `name_prefix`"
    );
    Diagnostic::error("The role exists", detail).at_attribute("deployment")
}

async fn make_role(
    cloud: &Cloud,
    wanted: &Wanted,
    arn: &str,
    stop: &Stop,
) -> Result<(), Diagnostic> {
    let name = state::name_of(arn);
    let description = format!("Invokes the functions of the Flow deployment {}", wanted.deployment);
    let step = Step {
        what: "make the role",
        actions: &["iam:CreateRole", "iam:TagRole"],
        resource: arn,
        attribute: "deployment",
    };
    let made = patiently(stop, || {
        cloud.iam.create_role(NewRole {
            name: &name,
            path: &wanted.names.path,
            description: &description,
            trust_policy: &wanted.trust_policy,
            permissions_boundary_arn: wanted.permissions_boundary_arn.as_deref(),
            session_max_s: SESSION_MAX_S,
            tags: &wanted.tags,
        })
    });
    match made.await {
        Ok(_) => Ok(()),
        Err(failure) if failure.kind == Kind::AlreadyExists => Err(is_taken(&name)),
        Err(failure) => Err(fault::of(step, &failure)),
    }
}

async fn change_role(cloud: &Cloud, wanted: &Wanted, seen: &Seen) -> Result<(), Diagnostic> {
    let Seen { role, .. } = seen;
    let step = |what, actions, attribute| Step { what, actions, resource: &role.arn, attribute };
    if document::normal(&role.trust_policy) != wanted.trust_policy {
        let step = step("change the trust", &["iam:UpdateAssumeRolePolicy"], "principal_arn");
        let done = cloud.iam.set_trust(&role.name, &wanted.trust_policy).await;
        done.map_err(|failure| fault::of(step, &failure))?;
    }
    if role.permissions_boundary_arn != wanted.permissions_boundary_arn {
        let actions = &["iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"];
        let step = step("change the boundary", actions, "permissions_boundary_arn");
        let boundary = wanted.permissions_boundary_arn.as_deref();
        let done = cloud.iam.set_boundary(&role.name, boundary).await;
        done.map_err(|failure| fault::of(step, &failure))?;
    }
    if role.tags != wanted.tags {
        let step = step("change the tags", &["iam:TagRole", "iam:UntagRole"], "tags");
        let done = cloud.iam.set_role_tags(&role.name, &role.tags, &wanted.tags).await;
        done.map_err(|failure| fault::of(step, &failure))?;
    }
    Ok(())
}

async fn put_policy(
    cloud: &Cloud,
    wanted: &Wanted,
    policy: &Policy,
    is_attached: bool,
    stop: &Stop,
) -> Result<(), Diagnostic> {
    let text = policy.document.as_deref().unwrap_or_default();
    let iam = &cloud.iam;
    let step = |what, actions, resource| Step { what, actions, resource, attribute: "lambda_arns" };
    let Some(arn) = &policy.arn else {
        let step = step("write the role's policy", &["iam:PutRolePolicy"], &policy.role);
        let holder = Holder::Role(policy.role.clone());
        let done = patiently(stop, || iam.put_inline(&holder, &policy.name, text)).await;
        return done.map_err(|failure| fault::of(step, &failure));
    };
    let change: &[&str] =
        &["iam:CreatePolicyVersion", "iam:ListPolicyVersions", "iam:DeletePolicyVersion"];
    if is_attached {
        let step = step("change the policy", change, arn);
        return iam.set_policy(arn, text).await.map_err(|failure| fault::of(step, &failure));
    }
    match iam.create_policy(&policy.name, &wanted.names.path, text, &wanted.tags).await {
        Ok(_) => {}
        // Left by an apply that was interrupted between making and attaching it.
        Err(failure) if failure.kind == Kind::AlreadyExists => {
            let step = step("change the policy", change, arn);
            iam.set_policy(arn, text).await.map_err(|failure| fault::of(step, &failure))?;
        }
        Err(failure) => {
            let actions = &["iam:CreatePolicy", "iam:TagPolicy"];
            return Err(fault::of(step("make the policy", actions, arn), &failure));
        }
    }
    let step = step("attach the policy", &["iam:AttachRolePolicy"], &policy.role);
    let done = patiently(stop, || iam.attach(&policy.role, arn)).await;
    done.map_err(|failure| fault::of(step, &failure))
}

/// The daemon's principal may become exactly these roles.
async fn allow_assuming(cloud: &Cloud, wanted: &Wanted, stop: &Stop) -> Result<(), Diagnostic> {
    let (Some(text), Some(holder)) = (&wanted.assume_policy, state::holder(&wanted.principal_arn))
    else {
        return Ok(());
    };
    let step = Step {
        what: "let the daemon's principal become the roles",
        actions: match holder {
            Holder::Role(_) => &["iam:GetRolePolicy", "iam:PutRolePolicy"],
            Holder::User(_) => &["iam:GetUserPolicy", "iam:PutUserPolicy"],
        },
        resource: &wanted.principal_arn,
        attribute: "attach_assume_policy",
    };
    let name = wanted.names.assume_policy();
    let standing = cloud.iam.inline(&holder, &name).await;
    let standing = standing.map_err(|failure| fault::of(step, &failure))?;
    if standing.as_deref().map(document::normal).as_ref() == Some(text) {
        return Ok(());
    }
    let done = patiently(stop, || cloud.iam.put_inline(&holder, &name, text)).await;
    done.map_err(|failure| fault::of(step, &failure))
}

/// Takes out every policy and role that is not wanted, strangers' policies included.
async fn take_out(
    cloud: &Cloud,
    wanted: &Wanted,
    seen: &[Seen],
    stop: &Stop,
) -> Result<(), Diagnostic> {
    let keep: BTreeSet<_> = wanted.policies.iter().map(|p| (&p.role, &p.name, &p.arn)).collect();
    let roles = wanted.role_names();
    for seen in seen {
        for policy in &seen.policies {
            if !keep.contains(&(&policy.role, &policy.name, &policy.arn)) {
                halt(stop)?;
                remove::policy(cloud, &wanted.names, policy).await?;
            }
        }
        if !roles.contains(&seen.role.name) {
            remove::role(cloud, &seen.role.name).await?;
        }
    }
    Ok(())
}

/// The principal that was the daemon's before keeps nothing.
async fn forget_principal(
    cloud: &Cloud,
    prior: &Object,
    wanted: &Wanted,
) -> Result<(), Diagnostic> {
    let attached = prior.bool("attach_assume_policy").known().unwrap_or(true);
    let before = prior.string("principal_arn").known().unwrap_or_default();
    let still = wanted.assume_policy.is_some() && before == wanted.principal_arn;
    if attached && !still {
        return remove::assume_policy(cloud, &wanted.names, &before).await;
    }
    Ok(())
}

/// Tries a step again while parts of IAM do not know yet what was just made.
async fn patiently<T, F>(stop: &Stop, attempt: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let until = Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Err(failure) if is_early(&failure) && Instant::now() < until => {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = stop.told() => return Err(failure),
                }
            }
            ended => return ended,
        }
    }
}

/// IAM's words for a principal or role that it does not know, or does not know yet.
fn is_early(failure: &Failure) -> bool {
    match failure.kind {
        Kind::NotFound | Kind::Conflict => true,
        Kind::Invalid => failure.message.contains("Invalid principal"),
        _ => false,
    }
}
