//! Flow to bundle by `flowc`, bundle to IAM by Terraform and our provider.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::cloud::Cloud;
use super::narrate::Say;
use super::place::Place;
use crate::terraform::{self, Terraform};
use crate::{bins, process};

/// Checks the flow and builds the bundle.
///
/// # Errors
/// When the compiler finds fault.
pub fn build(place: &Place, cloud: &Cloud, say: &mut Say) -> Result<()> {
    let variable = format!("lambda_arn={}", cloud.function_arn);
    let project = place.project();
    let mut check = bins::command("flowc")?;
    check.arg("check").arg(&project).args(["-var", &variable]);
    process::run(&mut check)?;
    say.proof("flowc check: no error");
    let mut build = bins::command("flowc")?;
    build.arg("build").arg(&project).args(["-var", &variable]).arg("-o").arg(place.bundle());
    process::run(&mut build)?;
    let text = std::fs::read_to_string(place.bundle()).context("flowc wrote no bundle")?;
    let bundle: Value = serde_json::from_str(&text).context("the bundle is not JSON")?;
    let hash = bundle.get("content_hash").and_then(Value::as_str).unwrap_or("?");
    say.proof(&format!("flowc build: {} bytes, {hash}", text.len()));
    Ok(())
}

/// Applies the example's Terraform, writes the binding beside it and hands it back.
///
/// # Errors
/// When Terraform fails, or its second plan is not empty.
pub fn apply(place: &Place, cloud: &Cloud, say: &mut Say) -> Result<Value> {
    let terraform = Terraform::find()?;
    let project = place.project();
    Terraform::prepare(&project)?;
    say.line(&format!("Terraform {}", terraform.version()?));
    let apply = ["apply", "-auto-approve", "-no-color"];
    let printed = terraform::must_run(&mut command(&terraform, place, cloud, &apply))?;
    let done = printed.lines().find(|line| line.starts_with("Apply complete"));
    say.line(done.unwrap_or("applied"));
    for warning in printed.lines().filter(|line| line.starts_with("Warning: ")) {
        say.line(warning);
    }
    let plan = command(&terraform, place, cloud, &["plan", "-detailed-exitcode", "-no-color"]);
    terraform::must_run(&mut { plan }).context("the second plan is not empty")?;
    say.proof("a second plan is empty");
    let mut output = command(&terraform, place, cloud, &["output", "-raw", "binding"]);
    let binding = process::run(&mut output)?;
    std::fs::write(place.binding(), &binding).context("cannot write the binding")?;
    serde_json::from_str(&binding).context("the binding is not JSON")
}

/// Destroys what was applied.
///
/// # Errors
/// When Terraform fails.
pub fn destroy(place: &Place, cloud: &Cloud) -> Result<()> {
    let destroy = ["destroy", "-auto-approve", "-no-color"];
    terraform::must_run(&mut command(&Terraform::find()?, place, cloud, &destroy)).map(drop)
}

fn command(terraform: &Terraform, place: &Place, cloud: &Cloud, arguments: &[&str]) -> Command {
    let mut command = terraform.command(&place.project(), arguments);
    cloud.terraform.lend(&mut command, cloud.endpoint());
    command.env("TF_VAR_daemon_principal_arn", cloud.daemon_arn());
    command.env("TF_VAR_bundle", place.bundle());
    command
}
