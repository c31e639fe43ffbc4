//! What the computed attributes will be: pure.
//!
//! Names follow from the configuration and the account, so a plan shows whole policies. Only the
//! external id, and what holds it, is unknown until the roles are made.

use std::collections::{BTreeMap, BTreeSet};

use flow_aws::iam::{Quotas, Stock};
use tfplugin::resource::Outcome;
use tfplugin::{Diagnostic, Diagnostics, Field, Object, Value};

use super::state::{self, Policy};
use crate::arn;
use crate::cloud::Home;
use crate::document;
use crate::names::Names;
use crate::pack::{self, Layout, NoRoom, ROLES_MAX};

/// What follows from other attributes. The external id is made, not computed.
const COMPUTED: [&str; 5] =
    ["role_arns", "trust_policy", "policies", "assume_policy_json", "binding"];
/// What makes it another resource.
const REPLACING: [&str; 3] = ["deployment", "name_prefix", "path"];

/// A plan without access to AWS.
pub fn nothing_known(mut proposed: Object) -> Object {
    for name in COMPUTED {
        proposed.set(name, Value::Unknown);
    }
    proposed
}

/// Completes a plan.
pub fn plan(home: &Home, quotas: Quotas, prior: Option<&Object>, proposed: Object) -> Outcome {
    let same = |prior: &&Object| REPLACING.iter().all(|n| prior.value(n) == proposed.value(n));
    let replaced = prior.is_some_and(|prior| !same(&prior));
    let prior = prior.filter(same);
    let mut planned = nothing_known(proposed);
    if replaced {
        planned.set("external_id", Value::Unknown);
    }
    let mut diagnostics = check_account(home, &planned);
    let (Some(names), Field::Known(functions)) =
        (state::names(&planned), planned.string_set("lambda_arns"))
    else {
        return Outcome::done(planned).saying(diagnostics);
    };
    let held = prior.map(|prior| state::held(&names, &state::policies(prior))).unwrap_or_default();
    let layout = match pack::pack(&functions, &held, quotas) {
        Ok(layout) => layout,
        Err(no_room) => return Outcome::failed(None, too_many(no_room)).saying(diagnostics),
    };
    let roles = roles(&names, home, &layout);
    let role_arns: Vec<String> = roles.iter().map(|(arn, _)| arn.clone()).collect();
    let policies: Vec<_> = layout
        .iter()
        .map(|(slot, functions)| state::policy_of(&names, *slot, functions, home))
        .collect();
    diagnostics.append(check_stock(quotas, prior, &role_arns, &policies));
    planned.set("policies", state::policies_value(&policies));
    planned.set("assume_policy_json", document::assume(&role_arns));
    planned.set("role_arns", Value::strings(role_arns));
    if let Field::Known(external_id) = planned.string("external_id") {
        let deployment = planned.string("deployment").known().unwrap_or_default();
        planned.set("binding", state::binding(&deployment, &external_id, roles));
        if let Field::Known(principal) = planned.string("principal_arn") {
            let (trust, said) = trust(&principal, &external_id, prior);
            planned.set("trust_policy", trust);
            diagnostics.append(said);
        }
    }
    Outcome::done(planned).saying(diagnostics)
}

/// Roles and their functions. The first one is always there: it is what an import names.
fn roles(names: &Names, home: &Home, layout: &Layout) -> Vec<(String, BTreeSet<String>)> {
    let mut roles: BTreeMap<usize, BTreeSet<String>> = BTreeMap::from([(1, BTreeSet::new())]);
    for (slot, functions) in layout {
        roles.entry(slot.role).or_default().extend(functions.iter().cloned());
    }
    roles.into_iter().map(|(number, f)| (names.role_arn(home, number), f)).collect()
}

/// The trust policy. One that names a deleted principal is left as it is: whoever made a new
/// principal of the same name must not get the old one's trust without somebody's decision.
fn trust(principal: &str, external_id: &str, prior: Option<&Object>) -> (String, Diagnostics) {
    let wanted = document::trust(principal, external_id);
    let standing = prior
        .filter(|prior| prior.string("principal_arn") == Field::Known(principal.to_owned()))
        .and_then(|prior| prior.string("trust_policy").known());
    let trusted = standing.as_deref().and_then(document::trusted);
    match (standing, trusted) {
        (Some(standing), Some((id, named))) if arn::is_unique_id(&id) && named == external_id => {
            (standing, deleted_principal(principal, &id).into())
        }
        _ => (wanted, Diagnostics::new()),
    }
}

/// What is said about a trust policy that names a unique id.
pub fn deleted_principal(principal: &str, id: &str) -> Diagnostic {
    let detail = format!(
        "the roles trust `{id}`, a principal that was deleted; `{principal}` may be another one of \
         the same name, so it is not trusted by itself. If it is the daemon's, run `terraform \
         apply -replace` on this resource"
    );
    Diagnostic::warning("The trusted principal was deleted", detail).at_attribute("principal_arn")
}

fn check_account(home: &Home, planned: &Object) -> Diagnostics {
    let mut found = Diagnostics::new();
    let attach = planned.bool("attach_assume_policy").known().unwrap_or(true);
    let principal = planned.string("principal_arn").known();
    if let Some(Ok(principal)) = principal.map(|text| arn::principal(&text)) {
        if principal.partition != home.partition {
            let detail = format!(
                "the daemon's principal is in the partition `{}`, the roles in `{}`",
                principal.partition, home.partition
            );
            found.push(Diagnostic::error("Bad value", detail).at_attribute("principal_arn"));
        } else if attach && principal.account != home.account {
            let detail = format!(
                "the daemon's principal is in account {}, not in {}; say `attach_assume_policy = \
                 false` and attach `assume_policy_json` there",
                principal.account, home.account
            );
            found.push(Diagnostic::error("Bad value", detail).at_attribute("attach_assume_policy"));
        }
    }
    let functions = planned.string_set("lambda_arns").known().unwrap_or_default();
    let read = functions.iter().filter_map(|text| Some((text, arn::function(text).ok()?)));
    for (text, function) in read {
        if function.partition != home.partition {
            let detail = format!("`{text}` is not in the partition `{}`", home.partition);
            found.push(Diagnostic::error("Bad value", detail).at_attribute("lambda_arns"));
        } else if function.account != home.account {
            let detail = format!(
                "`{text}` is in another account: its own policy has to allow the roles as well"
            );
            let warning = Diagnostic::warning("A function of another account", detail);
            found.push(warning.at_attribute("lambda_arns"));
        }
    }
    found
}

/// Whether the whole account has room for what is new. What the apply takes away first is not
/// counted: new ones are made before old ones go.
fn check_stock(
    quotas: Quotas,
    prior: Option<&Object>,
    role_arns: &[String],
    policies: &[Policy],
) -> Diagnostics {
    let there = prior.map(|p| p.strings("role_arns").known().unwrap_or_default());
    let there: BTreeSet<String> = there.into_iter().flatten().collect();
    let new_roles = role_arns.iter().filter(|arn| !there.contains(*arn)).count();
    let there: BTreeSet<String> =
        prior.map(state::policies).into_iter().flatten().filter_map(|p| p.arn).collect();
    let new = policies.iter().filter_map(|p| p.arn.as_ref()).filter(|arn| !there.contains(*arn));
    let kinds =
        [("roles", new_roles, quotas.roles), ("managed policies", new.count(), quotas.policies)];
    let mut found = Diagnostics::new();
    for (what, new, stock) in kinds {
        let Some(stock) = stock.filter(|stock| new > stock.free()) else { continue };
        let Stock { used, max } = stock;
        let detail = format!(
            "{new} new {what} are needed, and the account has {used} of the {max} that it may \
             have; remove some that nobody uses, or ask AWS for more"
        );
        found.push(Diagnostic::error(format!("Too many {what}"), detail));
    }
    found
}

fn too_many(no_room: NoRoom) -> Diagnostic {
    let NoRoom { wanted, fit } = no_room;
    let detail = format!(
        "{wanted} functions, and the account's quotas have room for {fit} on {ROLES_MAX} roles; \
         ask AWS for more attached policies per role, or divide the bundle"
    );
    Diagnostic::error("Too many functions", detail).at_attribute("lambda_arns")
}

#[cfg(test)]
mod tests;
