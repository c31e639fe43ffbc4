//! `resource "flow_invoke_grant"`: the roles that a daemon becomes to invoke a bundle's functions.
//!
//! The roles are ours alone: whatever else is in them, a policy that somebody attached by hand too,
//! is shown as a difference and taken out, because a role must grant exactly what it says.
//!
//! | file | holds |
//! | --- | --- |
//! | `schema` | the attributes |
//! | `check` | what is wrong with a configuration by itself |
//! | `state` | the attributes, typed |
//! | `plan` | what the computed attributes will be: pure |
//! | `observe` | what IAM has |
//! | `reconcile` | makes IAM have what is wanted, additions first |
//! | `settle` | waits until IAM says so everywhere |
//! | `remove` | deletes everything |

mod check;
mod observe;
mod plan;
mod reconcile;
mod remove;
mod schema;
mod settle;
mod state;

use tfplugin::resource::Outcome;
use tfplugin::{Diagnostic, Diagnostics, Object, Resource, Schema, Stop, Value, async_trait};

use crate::cloud::Cloud;
use crate::fault;
use state::Wanted;

/// The resource.
pub struct InvokeGrant;

#[async_trait]
impl Resource<Cloud> for InvokeGrant {
    fn name(&self) -> &'static str {
        "flow_invoke_grant"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn validate(&self, config: &Object) -> Diagnostics {
        check::config(config)
    }

    async fn plan(
        &self,
        cloud: Option<&Cloud>,
        prior: Option<&Object>,
        proposed: Object,
    ) -> Outcome {
        let Some(cloud) = cloud else { return Outcome::done(plan::nothing_known(proposed)) };
        match cloud.home().await {
            Ok(home) => plan::plan(home, cloud.quotas().await, prior, proposed),
            Err(failure) => Outcome::failed(None, no_identity(&failure)),
        }
    }

    async fn create(&self, cloud: &Cloud, mut planned: Object, stop: &Stop) -> Outcome {
        match fresh_external_id() {
            Ok(external_id) => planned.set("external_id", external_id),
            Err(diagnostic) => return Outcome::failed(None, diagnostic),
        }
        let (state, wanted) = match complete(cloud, None, planned).await {
            Ok(complete) => complete,
            Err(diagnostics) => return Outcome { state: None, diagnostics },
        };
        match reconcile::begin(cloud, &wanted, stop).await {
            Ok(()) => {
                let mut begun = state.clone();
                begun.set("role_arns", Value::strings(wanted.role_arns.first()));
                apply(cloud, &begun, state, &wanted, stop).await
            }
            Err(diagnostic) => Outcome::failed(None, diagnostic),
        }
    }

    async fn read(&self, cloud: &Cloud, state: Object) -> Outcome {
        match observe::read(cloud, &state).await {
            Ok(outcome) => outcome,
            Err(diagnostic) => Outcome::failed(Some(state), diagnostic),
        }
    }

    async fn update(&self, cloud: &Cloud, prior: Object, planned: Object, stop: &Stop) -> Outcome {
        match complete(cloud, Some(&prior), planned).await {
            Ok((state, wanted)) => apply(cloud, &prior, state, &wanted, stop).await,
            Err(diagnostics) => Outcome { state: Some(prior), diagnostics },
        }
    }

    async fn delete(&self, cloud: &Cloud, prior: Object, stop: &Stop) -> Outcome {
        match remove::everything(cloud, &prior, stop).await {
            Ok(()) => Outcome::gone(),
            Err(diagnostic) => Outcome::failed(left(cloud, prior).await, diagnostic),
        }
    }

    fn import(&self, id: &str) -> Result<Object, Diagnostics> {
        if id.is_empty() || id.contains(['/', ':', '.', ' ']) {
            let detail = format!("`{id}` is not the name of a role; import takes the first role's");
            return Err(Diagnostic::error("Can't import", detail).into());
        }
        // A name is its own last part, so reading finds the role by it.
        Ok(Object::new([("role_arns", Value::strings([id]))]))
    }
}

/// What was not known when the plan was made is known now.
async fn complete(
    cloud: &Cloud,
    prior: Option<&Object>,
    planned: Object,
) -> Result<(Object, Wanted), Diagnostics> {
    let home = cloud.home().await.map_err(|failure| Diagnostics::from(no_identity(&failure)))?;
    let completed = plan::plan(home, cloud.quotas().await, prior, planned);
    match completed.state {
        Some(state) if !completed.diagnostics.has_error() => {
            let wanted = Wanted::of(&state)?;
            Ok((state, wanted))
        }
        _ => Err(completed.diagnostics),
    }
}

async fn apply(
    cloud: &Cloud,
    prior: &Object,
    state: Object,
    wanted: &Wanted,
    stop: &Stop,
) -> Outcome {
    match reconcile::reconcile(cloud, prior, wanted, stop).await {
        Ok(()) => Outcome::done(state).saying(settle::settle(cloud, wanted, stop).await),
        Err(diagnostic) => Outcome::failed(left(cloud, prior.clone()).await, diagnostic),
    }
}

/// What is there after something went wrong half-way, to be saved and gone on with. What was
/// known last stands where even reading fails.
async fn left(cloud: &Cloud, last: Object) -> Option<Object> {
    match observe::read(cloud, &last).await {
        Ok(outcome) => outcome.state,
        Err(_) => Some(last),
    }
}

fn no_identity(failure: &flow_aws::Failure) -> Diagnostic {
    let detail = format!("who runs Terraform can't be found out: {}", fault::sentence(failure));
    Diagnostic::error("No access to AWS", detail)
}

/// 128 random bits: no other deployment's, and nobody's choice.
fn fresh_external_id() -> Result<String, Diagnostic> {
    let mut bits = [0; 16];
    aws_lc_rs::rand::fill(&mut bits).map_err(|_| {
        Diagnostic::error("No randomness", "the system gives no random bytes for `external_id`")
    })?;
    Ok(hex::encode(bits))
}
