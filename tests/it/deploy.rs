//! A daemon that takes signed bundles only: planned, deployed, and no old one again.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::json;
use tests::daemon::Setup;
use tests::{bins, process, workspace};

const DEPLOYMENT: &str = "acme-production";

#[test]
fn only_a_signed_bundle_for_this_deployment_comes_in_and_no_old_one_again() {
    let scratch = workspace::scratch("deploy").unwrap();
    let folder = scratch.path();
    let source =
        std::fs::read_to_string(workspace::root().join("examples/friday-deploy/main.flow.hcl"))
            .unwrap();
    let first = build(folder, "first", &source).unwrap();
    let second = source.replace("ben@acme.example", "bo@acme.example");
    let second = build(folder, "second", &second).unwrap();

    let told = process::run(flowc().args(["keygen"]).arg(folder.join("key.pem"))).unwrap();
    let key = told.split_once("[[bundle_keys]]").unwrap().1;
    let config = format!("deployment = \"{DEPLOYMENT}\"\n[[bundle_keys]]{key}");
    sign(folder, "first", DEPLOYMENT, 1).unwrap();
    let setup = Setup {
        folder: folder.to_owned(),
        bundle: first.clone(),
        binding: None,
        aws: None,
        production: Some(config),
    };
    let token = setup.init("ada@acme.example").unwrap();
    let mut daemon = setup.serve().unwrap();
    let ada = daemon.person("ada", &token);
    // Nothing speaks against a daemon that takes only what is signed.
    let ready = ada.flowctl(&["status"]).unwrap();
    assert!(ready.contains("ready     yes"), "{ready}");

    let deploy = |more: &[&str]| {
        let bundle = second.display().to_string();
        ada.flowctl(&[&["deploy", &bundle], more].concat()).map_err(|e| format!("{e:#}"))
    };
    let refused = deploy(&[]).unwrap_err();
    assert!(refused.contains("it has no signature: sign it with `flowc sign`"), "{refused}");
    sign(folder, "second", "acme-staging", 2).unwrap();
    let refused = deploy(&[]).unwrap_err();
    assert!(refused.contains("signed for the deployment `acme-staging`"), "{refused}");

    sign(folder, "second", DEPLOYMENT, 2).unwrap();
    let plan = deploy(&["--plan"]).unwrap();
    assert!(plan.contains("sequence 2") && plan.contains("Nothing was changed"), "{plan}");
    let served = deploy(&[]).unwrap();
    assert!(served.starts_with("served now: sha256:"), "{served}");

    // The first one is an old one now, also at the next start.
    let bundle = first.display().to_string();
    let refused = ada.flowctl(&["deploy", &bundle]).unwrap_err();
    assert!(format!("{refused:#}").contains("2 was accepted already"), "{refused:#}");
    daemon.stop().unwrap();
    let refused = setup.serve().unwrap_err();
    assert!(format!("{refused:#}").contains("2 was accepted already"), "{refused:#}");

    // Back to it: signed again.
    sign(folder, "first", DEPLOYMENT, 3).unwrap();
    let daemon = setup.serve().unwrap();
    let ada = ada.at(&daemon);
    let kept = ada.post("/v1/bundles?dry_run=true", &json!({ "bundle": "{}" })).unwrap();
    assert_eq!(kept.0, 422, "{kept:?}");
    let audit = ada.flowctl(&["audit"]).unwrap();
    assert_eq!(audit.matches("bundle.loaded").count(), 3, "{audit}");
}

fn flowc() -> Command {
    bins::command("flowc").unwrap()
}

fn build(folder: &Path, name: &str, source: &str) -> Result<std::path::PathBuf> {
    let module = folder.join(name);
    std::fs::create_dir_all(&module)?;
    std::fs::write(module.join("main.flow.hcl"), source)?;
    let bundle = folder.join(format!("{name}.json"));
    process::run(flowc().arg("build").arg(&module).arg("-o").arg(&bundle))?;
    Ok(bundle)
}

fn sign(folder: &Path, name: &str, audience: &str, sequence: u64) -> Result<String> {
    let bundle = folder.join(format!("{name}.json"));
    let mut command = flowc();
    command.arg("sign").arg(bundle).arg("--key").arg(folder.join("key.pem"));
    process::run(command.args(["--audience", audience, "--sequence", &sequence.to_string()]))
}
