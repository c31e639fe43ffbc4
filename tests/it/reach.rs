//! Do AWS's own tools know the actions and hosts that `flowc reach` tells?
//!
//! A linter that knows every action and its resources reads the policies; AWS's Python SDK says
//! where it would call.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::venv::Venv;
use tests::{bins, need, workspace};

/// Asks the SDK for the host of each pair of service and region that stands on a line.
const ENDPOINTS: &str = r"
import sys, botocore.session
from urllib.parse import urlparse
session = botocore.session.get_session()
for line in sys.stdin:
    service, region = line.split()
    client = session.create_client(
        service, region_name=region, aws_access_key_id='x', aws_secret_access_key='x')
    print(urlparse(client.meta.endpoint_url).hostname)
";

fn feed(command: &mut Command, input: &str) -> Result<String> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot start it")?;
    child.stdin.take().context("no input")?.write_all(input.as_bytes())?;
    let ended = child.wait_with_output()?;
    let mut printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    printed.push_str(&String::from_utf8_lossy(&ended.stderr));
    Ok(printed)
}

/// Flows that grant in Identity Center, IAM and by Lambda, in this region and its partition.
fn module(region: &str) -> String {
    let file = "compiler/flow-lang/data/ok/targets.hcl";
    let text = std::fs::read_to_string(workspace::root().join(file)).unwrap();
    let partition = match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    text.replace("eu-central-1", region).replace("arn:aws:", &format!("arn:{partition}:"))
}

fn told(region: &str, format: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.flow.hcl"), module(region)).unwrap();
    let ran = bins::command("flowc")
        .unwrap()
        .args(["reach", "--format", format])
        .arg(folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{printed}{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn a_linter_knows_every_action_and_its_resources() {
    let linter = need!("parliament", Venv::of("parliament"));
    let policy = told("us-east-1", "iam");
    let text = policy.to_string();
    for service in ["sso:", "identitystore:", "iam:", "lambda:"] {
        assert!(text.contains(&format!("\"{service}")), "no action of {service} in {text}");
    }
    let findings = |policy: &str| feed(&mut linter.command("parliament"), policy).unwrap();
    assert_eq!(findings(&text), "");
    // The linter itself: an action that is not there, and a resource that is not the action's.
    for (is, planted) in [
        ("sso:CreateAccountAssignment", "sso:CreateAssignment"),
        ("identitystore:GetUserId", "identitystore:FindUser"),
        ("iam:RemoveUserFromGroup", "iam:RemoveFromGroup"),
        (":group/", ":role/"),
    ] {
        assert!(text.contains(is), "{is} is not in {text}");
        assert_ne!(findings(&text.replace(is, planted)), "", "{planted}");
    }
}

#[test]
fn the_hosts_are_those_that_the_sdk_calls() {
    let sdk = need!("the AWS SDK for Python", Venv::of("parliament"));
    for region in ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"] {
        let services = ["lambda", "sts", "sso-admin", "identitystore", "iam"];
        let asked: String = services.iter().map(|s| format!("{s} {region}\n")).collect();
        let answer = feed(sdk.command("python").args(["-c", ENDPOINTS]), &asked).unwrap();
        let theirs: Vec<&str> = answer.lines().collect();
        assert_eq!(theirs.len(), services.len(), "{answer}");
        let told = told(region, "json");
        let ours: Vec<&str> = told["hosts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|host| host["integrations"] == json!(["aws.main"]))
            .filter_map(|host| host["host"].as_str())
            .collect();
        for host in &theirs {
            assert!(ours.contains(host), "{host} is not in {ours:?}");
        }
        assert_eq!(ours.len(), theirs.len(), "{ours:?}");
    }
}
