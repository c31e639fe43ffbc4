//! A local AWS with three users (an administrator, Terraform's, the daemon's) and two functions,
//! of which the flow names one. Who may call what is asked of AWS itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::narrate::Say;
use super::place::Place;
use crate::aws::{self, Aws, Identity};
use crate::ministack::{ACCOUNT, Ministack};

/// The function that the flow calls.
const FUNCTION: &str = "button";
/// A function beside it that no flow names.
const OTHER: &str = "payroll";
/// The daemon's own user.
const DAEMON: &str = "flowd";
/// The user that applies.
const TERRAFORM: &str = "terraform";

/// The local AWS and who is in it.
#[derive(Debug)]
pub struct Cloud {
    stack: Ministack,
    aws: Aws,
    /// The daemon's own identity.
    pub daemon: Identity,
    /// Terraform's identity.
    pub terraform: Identity,
    /// The ARN that the flow calls.
    pub function_arn: String,
    /// An ARN that it does not.
    other_arn: String,
    /// What the function records.
    pub record: PathBuf,
}

impl Cloud {
    /// Starts it.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(place: &Place, say: &mut Say) -> Result<Self> {
        let stack = Ministack::start_in(place.folder())?;
        let aws = stack.aws()?;
        let record = place.record();
        let function_arn = aws::access_function(&aws, FUNCTION, &record)?;
        let other_arn = aws.create_function(OTHER, &aws::access_source(), &BTreeMap::new())?;
        let daemon = aws.create_user(DAEMON)?;
        let terraform = aws.create_user(TERRAFORM)?;
        aws.allow_user(TERRAFORM, "may-make-invoke-roles", &terraform_policy())?;
        say.line(&format!("ministack at {}, account {ACCOUNT}", stack.endpoint()));
        say.line(&format!(
            "functions `{FUNCTION}` and `{OTHER}`: Python, run by AWS's own runtime client"
        ));
        say.line(&format!(
            "users `{DAEMON}` (may do nothing) and `{TERRAFORM}` (may make roles below /flow/)"
        ));
        Ok(Self { stack, aws, daemon, terraform, function_arn, other_arn, record })
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        self.stack.endpoint()
    }

    /// The ARN of the daemon's user, the one principal that the roles trust.
    pub fn daemon_arn(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:user/{DAEMON}")
    }

    /// Nobody has granted anything yet: the daemon's user may not call the function.
    ///
    /// # Errors
    /// When AWS lets it.
    pub fn expect_no_access(&self, say: &mut Say) -> Result<()> {
        let refused = self.refused_call(&self.daemon, &self.function_arn)?;
        say.proof(&format!("`{DAEMON}` calls `{FUNCTION}`: {refused}"));
        Ok(())
    }

    /// The role may be assumed with the external id only, and may call the bundle's function only.
    ///
    /// # Errors
    /// When AWS allows more, or less.
    pub fn expect_exact_access(&self, binding: &Value, say: &mut Say) -> Result<()> {
        let text = |path: &str| {
            let found = binding.pointer(path).and_then(Value::as_str);
            found.with_context(|| format!("the binding has no `{path}`: {binding:#}"))
        };
        let (role, external_id) = (text("/roles/0/role_arn")?, text("/external_id")?);
        for wrong in [None, Some("guessed")] {
            let refused = refusal_of(self.aws.assume_role(&self.daemon, role, wrong))?;
            let how =
                wrong.map_or("without external id".to_owned(), |id| format!("external id `{id}`"));
            say.proof(&format!("assume the role {how}: {refused}"));
        }
        let session = self.aws.assume_role(&self.daemon, role, Some(external_id))?;
        say.proof("assume the role with the binding's external id: allowed");
        self.aws.dry_run(&session, &self.function_arn).context("the granted call was refused")?;
        say.proof(&format!("the role calls `{FUNCTION}`: allowed"));
        let refused = self.refused_call(&session, &self.other_arn)?;
        say.proof(&format!("the role calls `{OTHER}`: {refused}"));
        let refused =
            refusal_of(self.aws.call_as(&session, "lambda", "list_functions", json!({})))?;
        say.proof(&format!("the role lists functions: {refused}"));
        Ok(())
    }

    /// Stops it.
    ///
    /// # Errors
    /// When it does not end.
    pub fn stop(&mut self) -> Result<()> {
        self.stack.stop()
    }

    fn refused_call(&self, who: &Identity, function: &str) -> Result<String> {
        refusal_of(self.aws.dry_run(who, function))
    }
}

/// AWS's code for a call that must be refused.
fn refusal_of<T>(called: Result<T>) -> Result<String> {
    match called {
        Ok(_) => bail!("AWS allowed what must be refused"),
        Err(error) => match aws::refusal(&error) {
            Some(said) if said.status == 403 => Ok(said.code.clone()),
            _ => Err(error.context("AWS did not refuse, it failed")),
        },
    }
}

/// What Terraform's user needs: our roles below one path, and the daemon's right to assume them.
/// Not `iam:SimulatePrincipalPolicy`, which the provider asks where it may: the local AWS answers
/// it with a denial for every role that has a path, and the provider would wait for two minutes.
fn terraform_policy() -> Value {
    let ours = [
        format!("arn:aws:iam::{ACCOUNT}:role/flow/*"),
        // The local AWS looks roles up without their path.
        format!("arn:aws:iam::{ACCOUNT}:role/flow-*"),
        format!("arn:aws:iam::{ACCOUNT}:policy/flow/*"),
        format!("arn:aws:iam::{ACCOUNT}:user/{DAEMON}"),
    ];
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "iam:*", "Resource": ours },
        { "Effect": "Allow", "Resource": "*", "Action": [
            "iam:GetAccountSummary", "sts:GetCallerIdentity",
        ] },
    ]})
}
