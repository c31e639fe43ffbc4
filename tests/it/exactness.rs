//! Do other engines read the granted policies as we do?
//!
//! The policies are read back from IAM, not taken from the provider. One engine sweeps every action
//! of every service and near misses of every function, qualified ones included; a linter that knows
//! all actions stays silent.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::aws::function_arn;
use tests::npm::Npm;
use tests::terraform::Terraform;
use tests::venv::Venv;
use tests::{need, workspace};

use crate::terraform::stage::Stage;

/// AWS allows this to everybody; no policy can take it away.
const ALWAYS: &str = "sts:GetCallerIdentity *";

/// Feeds a command and hands back its exit status and what it printed.
fn feed(command: &mut Command, input: &str) -> Result<(i32, String)> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot start it")?;
    child.stdin.take().context("no input")?.write_all(input.as_bytes())?;
    let ended = child.wait_with_output()?;
    let mut printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    printed.push_str(&String::from_utf8_lossy(&ended.stderr));
    Ok((ended.status.code().context("it was killed")?, printed))
}

/// Everything that the policies allow, of everything that was asked.
fn allowed(
    npm: &Npm,
    role: &str,
    policies: &[Value],
    granted: &[String],
) -> Result<BTreeSet<String>> {
    let script = workspace::root().join("tests/peers/exact.mjs");
    let input = json!({ "role": role, "policies": policies, "granted": granted });
    let (status, printed) = feed(&mut npm.command(&script)?, &input.to_string())?;
    ensure!(status == 0, "the engine failed: {printed}");
    let told: Value = serde_json::from_str(&printed).context("the engine told no JSON")?;
    ensure!(told["errors"] == json!([]), "the engine could not decide: {}", told["errors"]);
    let actions = told["actions"].as_u64().unwrap_or_default();
    ensure!(actions > 20_000, "the engine knows only {actions} actions");
    let allowed = told["allowed"].as_array().context("no list")?.iter();
    Ok(allowed.filter_map(|one| one.as_str()).map(str::to_owned).collect())
}

/// What the linter finds.
fn findings(linter: &Venv, policy: &Value) -> Result<String> {
    feed(&mut linter.command("parliament"), &policy.to_string()).map(|(_, printed)| printed)
}

fn exactly(granted: &[String]) -> BTreeSet<String> {
    let granted = granted.iter().map(|arn| format!("lambda:InvokeFunction {arn}"));
    granted.chain([ALWAYS.to_owned()]).collect()
}

#[test]
fn other_engines_allow_exactly_the_granted_functions() {
    let terraform = need!("terraform", Terraform::find());
    let npm = need!("node", Npm::of("exact"));
    let linter = need!("parliament", Venv::of("parliament"));
    let stage = need!("ministack", Stage::start(terraform));
    // Enough for an inline and a managed policy, with qualifiers among them.
    let mut names: Vec<String> = (0..120).map(|n| format!("{n:0>40}")).collect();
    names.extend(["alpha:live", "beta:3", "gamma"].map(str::to_owned));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    stage.write(&names, &[]).unwrap();
    stage.apply().unwrap();

    let role = "arn:aws:iam::123456789012:role/flow/flow-prod";
    let inline = stage.role_policy("flow-prod", "invoke").unwrap().unwrap();
    let managed = json!({
        "PolicyArn": "arn:aws:iam::123456789012:policy/flow/flow-prod.1.01", "VersionId": "v1",
    });
    let managed = stage.aws.call("iam", "get_policy_version", managed).unwrap();
    let policies = [inline, managed["PolicyVersion"]["Document"].clone()];
    let granted: Vec<String> = names.iter().map(|name| function_arn(name)).collect();
    let told = allowed(&npm, role, &policies, &granted).unwrap();
    assert_eq!(told, exactly(&granted));
    for policy in &policies {
        assert_eq!(findings(&linter, policy).unwrap(), "");
    }
}

#[test]
fn the_engines_see_what_is_too_wide() {
    let npm = need!("node", Npm::of("exact"));
    let linter = need!("parliament", Venv::of("parliament"));
    let arn = function_arn("alpha");
    let wide = |action: &str, resource: &str| {
        let statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource });
        json!({ "Version": "2012-10-17", "Statement": [statement] })
    };
    let role = "arn:aws:iam::123456789012:role/flow/flow-prod";
    let granted = [arn.clone()];
    for policy in [
        wide("lambda:InvokeFunction", &format!("{arn}*")),
        wide("lambda:InvokeFunction", &format!("{arn}:*")),
        wide("lambda:*", &arn),
        wide("s3:ListAllMyBuckets", "*"),
    ] {
        let told = allowed(&npm, role, std::slice::from_ref(&policy), &granted).unwrap();
        assert_ne!(told, exactly(&granted), "{policy}");
    }
    assert_ne!(findings(&linter, &wide("lambda:Invoke", &arn)).unwrap(), "");
}
