//! An interrupted apply ends early, says so, and leaves something to go on with.

use std::time::Duration;

use tests::need;
use tests::process::Process;
use tests::terraform::Terraform;

use super::gate::Gate;
use super::stage::Stage;

const PATIENCE: Duration = Duration::from_secs(120);

/// Applies, interrupts while a call of `action` is under way, and says what was printed.
fn interrupt_at(stage: &Stage, gate: &Gate, action: &str) -> String {
    gate.hold(action);
    let log = stage.folder.path().join(format!("{action}.log"));
    let mut command = stage.command(&["apply", "-auto-approve"]);
    let mut apply = Process::start("terraform", &mut command, &log).unwrap();
    gate.wait_until_held();
    apply.interrupt().unwrap();
    apply
        .wait_for(PATIENCE, |printed| printed.contains("Stopping operation").then_some(()))
        .unwrap();
    gate.release();
    let status = apply.wait_for_end(PATIENCE).unwrap();
    assert!(!status.success());
    apply.output()
}

#[test]
fn an_interrupted_apply_is_gone_on_with() {
    let terraform = need!("terraform", Terraform::find());
    let mut stage = need!("ministack", Stage::start(terraform));
    let gate = Gate::open(stage.endpoint()).unwrap();
    stage.redirect(gate.url());

    // While it is made: the role is there, the rest is not, and the state knows.
    stage.write(&["alpha"], &[]).unwrap();
    let printed = interrupt_at(&stage, &gate, "CreateRole");
    assert!(printed.contains("Error: Stopped"), "{printed}");
    assert_eq!(stage.leftovers().unwrap(), ["flow-prod"]);
    assert_eq!(stage.state().unwrap()["policies"], serde_json::json!([]));
    stage.apply().unwrap();
    stage.expect_empty_plan().unwrap();
    assert_eq!(stage.leftovers().unwrap(), ["flow-prod", "flow-prod.assume"]);

    // While it is changed: the next apply does the rest, in place.
    let external_id = stage.state().unwrap()["external_id"].clone();
    stage.write(&["alpha", "beta"], &["tags = { team = \"ops\" }"]).unwrap();
    let printed = interrupt_at(&stage, &gate, "TagRole");
    assert!(printed.contains("Error: Stopped"), "{printed}");
    let half = stage.state().unwrap();
    assert_eq!(half["tags"], serde_json::json!({ "team": "ops" }));
    assert_eq!(half["lambda_arns"].as_array().unwrap().len(), 1);
    assert_eq!(stage.plan().unwrap().actions, ["update"]);
    stage.apply().unwrap();
    stage.expect_empty_plan().unwrap();
    assert_eq!(stage.state().unwrap()["external_id"], external_id);

    // While it is deleted: what is left is deleted next time.
    gate.hold("DeleteUserPolicy");
    let log = stage.folder.path().join("destroy.log");
    let mut command = stage.command(&["destroy", "-auto-approve"]);
    let mut destroy = Process::start("terraform", &mut command, &log).unwrap();
    gate.wait_until_held();
    destroy.interrupt().unwrap();
    let stopping = |printed: &str| printed.contains("Stopping operation").then_some(());
    destroy.wait_for(PATIENCE, stopping).unwrap();
    gate.release();
    destroy.wait_for_end(PATIENCE).unwrap();
    assert_eq!(stage.leftovers().unwrap(), ["flow-prod"]);
    stage.destroy().unwrap();
    assert!(stage.leftovers().unwrap().is_empty());
}
