//! What IAM has, as attributes: every difference shows at the attribute that it concerns.

use std::collections::{BTreeMap, BTreeSet};

use flow_aws::iam::{Holder, Role, Tags};
use flow_aws::{Failure, Kind};
use tfplugin::resource::Outcome;
use tfplugin::{Diagnostic, Diagnostics, Field, Object, Value};

use super::plan::deleted_principal;
use super::state::{self, Policy};
use crate::cloud::Cloud;
use crate::fault::{self, Step};
use crate::names::{Names, TAG_BUNDLE, TAG_DEPLOYMENT, TAG_PREFIX};
use crate::pack::ROLES_MAX;
use crate::{arn, document};

/// A role and everything that it allows.
#[derive(Debug, Clone)]
pub struct Seen {
    pub role: Role,
    /// Inline ones first, each kind by name.
    pub policies: Vec<Policy>,
}

/// Reads everything; no state when no role is there.
pub async fn read(cloud: &Cloud, state: &Object) -> Result<Outcome, Diagnostic> {
    let mut wanted = state::role_names(state);
    let base = state::names(state).map(|names| names.base);
    // What an interrupted apply left behind has the next numbers. An import knows one name.
    let base = base.or_else(|| wanted.first().cloned()).unwrap_or_default();
    let counted = Names { base: base.clone(), path: String::new() };
    wanted.insert(base);
    let mut seen = roles(cloud, &wanted, &BTreeSet::new()).await?;
    let last = wanted.iter().filter_map(|name| counted.role_number(name)).max().unwrap_or(1);
    for number in last + 1..=ROLES_MAX {
        match role(cloud, &counted.role(number), Doubt::NeverMade).await? {
            Some(more) => seen.push(more),
            None => break,
        }
    }
    seen.sort_by_key(|seen| counted.role_number(&seen.role.name));
    let Some(first) = seen.first() else { return Ok(Outcome::gone()) };
    let state = named(state, &first.role)?;
    attributes(cloud, &state, &seen).await
}

/// What a refused look at a role means. IAM has no path for a role that is not there, so a principal
/// whose rights end at a path is refused where others hear "not found".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// The role was there once: the refusal is an error.
    OnceThere,
    /// The role was never made, as far as we know: it is not there.
    NeverMade,
}

/// Reads some roles; those that are not there are left out. `new` ones may never have been made.
pub async fn roles(
    cloud: &Cloud,
    known: &BTreeSet<String>,
    new: &BTreeSet<String>,
) -> Result<Vec<Seen>, Diagnostic> {
    let mut seen = Vec::new();
    for name in known {
        seen.extend(role(cloud, name, Doubt::OnceThere).await?);
    }
    for name in new.difference(known) {
        seen.extend(role(cloud, name, Doubt::NeverMade).await?);
    }
    Ok(seen)
}

async fn role(cloud: &Cloud, name: &str, doubt: Doubt) -> Result<Option<Seen>, Diagnostic> {
    let step = |actions, resource| Step {
        what: "read the role",
        actions,
        resource,
        attribute: "role_arns",
    };
    let iam = &cloud.iam;
    let role = match iam.role(name).await {
        Ok(Some(role)) => role,
        Ok(None) => return Ok(None),
        Err(failure) if failure.kind == Kind::AccessDenied && doubt == Doubt::NeverMade => {
            return Ok(None);
        }
        Err(failure) => {
            let resource = match cloud.home().await {
                Ok(home) => format!("arn:{}:iam::{}:role/{name}", home.partition, home.account),
                Err(_) => name.to_owned(),
            };
            return Err(fault::of(step(&["iam:GetRole"], &resource), &failure));
        }
    };
    let actions = &["iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"];
    let failed = |failure: Failure| fault::of(step(actions, &role.arn), &failure);
    let mut policies = Vec::new();
    for policy in iam.inline_names(name).await.map_err(failed)? {
        let holder = Holder::Role(name.to_owned());
        let document = iam.inline(&holder, &policy).await.map_err(failed)?;
        let document = document.as_deref().map(document::normal);
        policies.push(Policy { role: name.to_owned(), name: policy, arn: None, document });
    }
    let mut attached = iam.attached(name).await.map_err(failed)?;
    attached.sort_by(|a, b| a.name.cmp(&b.name));
    for policy in attached {
        let document = match iam.policy(&policy.arn).await {
            Ok(document) => document.as_deref().map(document::normal),
            // A stranger's policy: it is shown and taken out, whatever it says.
            Err(failure) if failure.kind == Kind::AccessDenied => None,
            Err(failure) => return Err(failed(failure)),
        };
        let (name, arn) = (policy.name, Some(policy.arn));
        policies.push(Policy { role: role.name.clone(), name, arn, document });
    }
    Ok(Some(Seen { role, policies }))
}

/// What an import does not say follows from the first role.
fn named(state: &Object, first: &Role) -> Result<Object, Diagnostic> {
    let mut state = state.clone();
    if state.string("deployment") != Field::Null {
        return Ok(state);
    }
    let deployment = first.tags.get(TAG_DEPLOYMENT).cloned().unwrap_or_default();
    let prefix = first.name.strip_suffix(&deployment).filter(|_| !deployment.is_empty());
    let Some(prefix) = prefix else {
        let detail = format!(
            "the role `{}` has no tag `{TAG_DEPLOYMENT}` that its name ends with, so it was not \
             made by this resource",
            first.name
        );
        return Err(Diagnostic::error("Can't import", detail));
    };
    state.set("name_prefix", prefix);
    state.set("deployment", deployment);
    Ok(state)
}

async fn attributes(cloud: &Cloud, state: &Object, seen: &[Seen]) -> Result<Outcome, Diagnostic> {
    let mut found = state.clone();
    let mut diagnostics = Diagnostics::new();
    let all: Vec<&Policy> = seen.iter().flat_map(|seen| &seen.policies).collect();
    found.set("path", differing(state.string("path").known(), seen, |r| Some(r.path.clone())));
    found.set("lambda_arns", Value::strings(all.iter().flat_map(|p| functions(p))));
    found.set(
        "permissions_boundary_arn",
        differing(state.string("permissions_boundary_arn").known(), seen, |role| {
            role.permissions_boundary_arn.clone()
        }),
    );
    let bundle = |role: &Role| role.tags.get(TAG_BUNDLE).cloned();
    found.set("bundle_hash", differing(state.string("bundle_hash").known(), seen, bundle));
    let tags = differing(state.string_map("tags").known(), seen, |role| {
        let tags: Tags = theirs(&role.tags);
        // No tags is written as none at all, unless the configuration says `{}`.
        Some(tags).filter(|tags| !tags.is_empty() || *state.value("tags") != Value::Null)
    });
    found.set("tags", tags);
    trust(state, seen, &mut found, &mut diagnostics);
    let arns: Vec<String> = seen.iter().map(|seen| seen.role.arn.clone()).collect();
    let policies: Vec<Policy> = all.into_iter().cloned().collect();
    found.set("policies", state::policies_value(&policies));
    found.set("role_arns", Value::strings(&arns));
    let bound = seen
        .iter()
        .map(|seen| (seen.role.arn.clone(), seen.policies.iter().flat_map(functions).collect()));
    if let (Field::Known(deployment), Field::Known(external_id)) =
        (found.string("deployment"), found.string("external_id"))
    {
        found.set("binding", state::binding(&deployment, &external_id, bound));
    }
    assume(cloud, state, &arns, &mut found).await?;
    Ok(Outcome::done(found).saying(diagnostics))
}

/// What the roles have, where it is not what the state says; one differing role is enough.
fn differing<T: PartialEq>(
    said: Option<T>,
    seen: &[Seen],
    of: impl Fn(&Role) -> Option<T>,
) -> Option<T> {
    seen.iter().map(|seen| of(&seen.role)).find(|found| *found != said).unwrap_or(said)
}

fn functions(policy: &Policy) -> BTreeSet<String> {
    document::allowed_resources(policy.document.as_deref().unwrap_or_default())
}

fn theirs(tags: &Tags) -> BTreeMap<String, String> {
    let theirs = tags.iter().filter(|(key, _)| !key.starts_with(TAG_PREFIX));
    theirs.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Trust policy, principal and external id. The external id of a state is never changed by what is
/// read: it is ours to choose, and a trust policy that names another one is a difference.
fn trust(state: &Object, seen: &[Seen], found: &mut Object, diagnostics: &mut Diagnostics) {
    let said = state.string("trust_policy").known();
    let trust = differing(said, seen, |role| Some(document::normal(&role.trust_policy)));
    let trusted = trust.as_deref().and_then(document::trusted);
    found.set("trust_policy", trust);
    let Some((principal, external_id)) = trusted else { return };
    if state.string("external_id") == Field::Null {
        found.set("external_id", external_id);
    }
    if arn::is_unique_id(&principal) {
        let named = state.string("principal_arn").known().unwrap_or_default();
        diagnostics.push(deleted_principal(&named, &principal));
    } else {
        found.set("principal_arn", principal);
    }
}

/// The right of the daemon's principal to become the roles.
async fn assume(
    cloud: &Cloud,
    state: &Object,
    arns: &[String],
    found: &mut Object,
) -> Result<(), Diagnostic> {
    let attach = state.bool("attach_assume_policy").known();
    // The one that was given the right; a changed trust gives it to nobody.
    let principal = state.string("principal_arn").known();
    let principal = principal.or_else(|| found.string("principal_arn").known()).unwrap_or_default();
    let (Some(names), Some(holder), true) =
        (state::names(found), state::holder(&principal), attach.unwrap_or(true))
    else {
        found.set("assume_policy_json", document::assume(arns));
        return Ok(());
    };
    let step = Step {
        what: "read the policy of the daemon's principal",
        actions: match holder {
            Holder::Role(_) => &["iam:GetRolePolicy"],
            Holder::User(_) => &["iam:GetUserPolicy"],
        },
        resource: &principal,
        attribute: "attach_assume_policy",
    };
    let policy = cloud.iam.inline(&holder, &names.assume_policy()).await;
    let policy = policy.map_err(|failure| fault::of(step, &failure))?;
    if attach.is_none() {
        // An import: it is attached, or somebody attaches it by hand.
        found.set("attach_assume_policy", policy.is_some());
    }
    found.set("assume_policy_json", policy.as_deref().map(document::normal));
    if attach.is_none() && policy.is_none() {
        found.set("assume_policy_json", document::assume(arns));
    }
    Ok(())
}
