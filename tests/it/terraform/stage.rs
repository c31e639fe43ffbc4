//! A local AWS with Terraform's and the daemon's users, and a folder with one grant.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::aws::{Aws, Identity};
use tests::ministack::{ACCOUNT, Ministack};
use tests::terraform::{self, Ended, PROVIDER, Terraform};
use tests::workspace;

/// Where one grant lives.
pub struct Stage {
    pub terraform: Terraform,
    pub aws: Aws,
    pub daemon: Identity,
    pub folder: tempfile::TempDir,
    runner: Identity,
    endpoint: String,
    // Last: it ends after those who talk to it.
    _stack: Ministack,
}

impl Stage {
    /// Starts an AWS. Terraform's user may do what the documentation says it needs, no more.
    pub fn start(terraform: Terraform) -> Result<Self> {
        let stack = Ministack::start()?;
        let aws = stack.aws()?;
        let daemon = aws.create_user("flowd")?;
        let runner = aws.create_user("terraform")?;
        aws.allow_user("terraform", "grants", &needed())?;
        let folder = workspace::scratch("grant")?;
        Terraform::prepare(folder.path())?;
        let endpoint = stack.endpoint().to_owned();
        Ok(Self { terraform, aws, daemon, folder, runner, endpoint, _stack: stack })
    }

    /// The AWS's own address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Sends Terraform to another address.
    pub fn redirect(&mut self, endpoint: &str) {
        endpoint.clone_into(&mut self.endpoint);
    }

    /// Writes the configuration: functions, and lines beside the usual ones.
    pub fn write(&self, functions: &[&str], lines: &[&str]) -> Result<()> {
        let mut text = String::new();
        writeln!(
            text,
            "terraform {{\n  required_providers {{\n    flow = {{ source = \"{PROVIDER}\" }}\n  \
             }}\n}}\nresource \"flow_invoke_grant\" \"this\" {{"
        )?;
        let has = |name: &str| lines.iter().any(|line| line.trim_start().starts_with(name));
        if !has("deployment") {
            writeln!(text, "  deployment = \"prod\"")?;
        }
        if !has("principal_arn") {
            writeln!(text, "  principal_arn = \"{}\"", user_arn("flowd"))?;
        }
        let arns: Vec<String> =
            functions.iter().map(|name| tests::aws::function_arn(name)).collect();
        writeln!(text, "  lambda_arns = {}", json!(arns))?;
        for line in lines {
            writeln!(text, "  {line}")?;
        }
        writeln!(text, "}}\noutput \"binding\" {{")?;
        writeln!(text, "  value = jsondecode(flow_invoke_grant.this.binding)\n}}")?;
        std::fs::write(self.folder.path().join("main.tf"), text).context("cannot write main.tf")
    }

    /// A Terraform command with Terraform's own identity.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut plain: Vec<&str> = arguments.to_vec();
        plain.insert(1, "-no-color");
        let mut command = self.terraform.command(self.folder.path(), &plain);
        self.runner.lend(&mut command, &self.endpoint);
        command
    }

    /// Runs a command, whatever its end.
    pub fn run(&self, arguments: &[&str]) -> Result<Ended> {
        terraform::run(&mut self.command(arguments))
    }

    /// Runs a command that must succeed.
    pub fn must(&self, arguments: &[&str]) -> Result<String> {
        terraform::must_run(&mut self.command(arguments))
    }

    pub fn apply(&self) -> Result<String> {
        self.must(&["apply", "-auto-approve"])
    }

    pub fn destroy(&self) -> Result<String> {
        self.must(&["destroy", "-auto-approve"])
    }

    /// What the next apply would do, and what has changed from outside.
    pub fn plan(&self) -> Result<Plan> {
        self.must(&["plan", "-out=plan.bin"])?;
        let shown = self.must(&["show", "-json", "plan.bin"])?;
        // A warning about overridden providers may stand before and after.
        let line = shown.lines().find(|line| line.starts_with('{')).context("no plan in JSON")?;
        Plan::read(line)
    }

    /// Fails unless nothing would be done.
    pub fn expect_empty_plan(&self) -> Result<()> {
        let ended = self.run(&["plan", "-detailed-exitcode"])?;
        ensure!(ended.status == 0, "the plan is not empty:\n{}", ended.printed);
        Ok(())
    }

    /// The grant's attributes in the state.
    pub fn state(&self) -> Result<Value> {
        let path = self.folder.path().join("terraform.tfstate");
        let text = std::fs::read_to_string(&path).context("no state")?;
        let state: Value = serde_json::from_str(&text).context("the state is no JSON")?;
        Ok(state.pointer("/resources/0/instances/0/attributes").cloned().unwrap_or(Value::Null))
    }

    /// The binding that the daemon would read.
    pub fn binding(&self) -> Result<Value> {
        let text = self.state()?["binding"].as_str().context("no binding")?.to_owned();
        serde_json::from_str(&text).context("the binding is no JSON")
    }

    /// The document of an inline policy of a role; `None` when it is not there.
    pub fn role_policy(&self, role: &str, policy: &str) -> Result<Option<Value>> {
        let args = json!({ "RoleName": role, "PolicyName": policy });
        match self.aws.call("iam", "get_role_policy", args) {
            Ok(answer) => Ok(Some(answer["PolicyDocument"].clone())),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Names of everything of ours that IAM still has.
    pub fn leftovers(&self) -> Result<Vec<String>> {
        let roles = self.aws.call("iam", "list_roles", json!({}))?;
        let policies = self.aws.call("iam", "list_policies", json!({ "Scope": "Local" }))?;
        let rights = json!({ "UserName": "flowd" });
        let rights = self.aws.call("iam", "list_user_policies", rights)?;
        let mut names = Vec::new();
        for (list, field) in [(&roles["Roles"], "RoleName"), (&policies["Policies"], "PolicyName")]
        {
            let all = list.as_array().into_iter().flatten();
            names.extend(all.filter_map(|one| one[field].as_str()).map(str::to_owned));
        }
        let rights = rights["PolicyNames"].as_array().into_iter().flatten();
        names.extend(rights.filter_map(|name| name.as_str()).map(str::to_owned));
        names.retain(|name| name.starts_with("flow-"));
        Ok(names)
    }
}

/// The ARN of a user.
pub fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

/// Whether AWS said that something is not there.
pub fn is_gone(error: &anyhow::Error) -> bool {
    tests::aws::refusal(error).is_some_and(|said| said.code == "NoSuchEntity")
}

/// What Terraform's principal needs, as the resource's page says it, and what the local AWS wants
/// beside: it looks roles up without their path, and policies that are made as `*`.
fn needed() -> Value {
    let ours = [
        format!("arn:aws:iam::{ACCOUNT}:role/flow/*"),
        format!("arn:aws:iam::{ACCOUNT}:role/flow-*"),
        format!("arn:aws:iam::{ACCOUNT}:policy/flow/*"),
    ];
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Resource": ours, "Action": [
            "iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:CreateRole",
            "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:DeleteRole",
            "iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
            "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies", "iam:ListPolicyVersions", "iam:ListRolePolicies",
            "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:TagPolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy",
        ] },
        { "Effect": "Allow", "Resource": [user_arn("flowd"), user_arn("flowd2")], "Action": [
            "iam:DeleteUserPolicy", "iam:GetUserPolicy", "iam:PutUserPolicy",
        ] },
        { "Effect": "Allow", "Resource": "*", "Action": [
            "iam:CreatePolicy", "iam:GetAccountSummary",
        ] },
    ]})
}

/// A plan, as far as one grant goes.
#[derive(Debug)]
pub struct Plan {
    /// `no-op`, `create`, `update`, `delete`, `create`: in Terraform's own words and order.
    pub actions: Vec<String>,
    /// Attributes that would change, sorted.
    pub changes: Vec<String>,
    /// Attributes that have changed from outside, sorted; `gone` where the whole thing is.
    pub drift: Vec<String>,
}

impl Plan {
    fn read(json: &str) -> Result<Self> {
        let plan: Value = serde_json::from_str(json).context("the plan is no JSON")?;
        let change = &plan["resource_changes"][0]["change"];
        let actions = change["actions"].as_array().into_iter().flatten();
        let drift = &plan["resource_drift"][0]["change"];
        Ok(Self {
            actions: actions.filter_map(|action| action.as_str()).map(str::to_owned).collect(),
            changes: differing(change),
            drift: differing(drift),
        })
    }
}

fn differing(change: &Value) -> Vec<String> {
    let (Some(before), after) = (change["before"].as_object(), &change["after"]) else {
        return Vec::new();
    };
    let Some(after) = after.as_object() else { return vec!["gone".to_owned()] };
    before.keys().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}
