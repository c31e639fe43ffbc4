//! The scenarios of the examples: all pass, and one fails where its flow is broken, at the line.

use std::path::Path;
use std::process::Command;

use tests::{bins, workspace};

fn flowc(directory: &Path, values: &Path) -> (bool, String) {
    let mut flowc = Command::new(bins::path("flowc").unwrap());
    bins::forget_settings(&mut flowc);
    flowc.args(["test", "--deny-warnings"]).arg(directory);
    if values.exists() {
        flowc.arg("-var-file").arg(values);
    }
    let done = flowc.output().unwrap();
    (done.status.success(), String::from_utf8([done.stdout, done.stderr].concat()).unwrap())
}

#[test]
fn every_scenario_of_the_examples_passes() {
    let folder = workspace::root().join("examples");
    let mut played = 0;
    for entry in folder.read_dir().unwrap() {
        let example = entry.unwrap().path();
        if !example.join("main.flow.hcl").exists() {
            continue;
        }
        let (ok, text) = flowc(&example, &example.join("example.flowvars"));
        assert!(ok, "{}:\n{text}", example.display());
        played += 1;
    }
    assert!(played >= 31, "only {played} examples");
}

/// A fault that somebody could make, and what then is told: example, what is written, what stands
/// there instead, the scenario that fails, what it says, and a line of the flow that decided.
const FAULTS: [[&str; 6]; 5] = [
    [
        "approval-only",
        "quorum      = request.fields.urgency == \"high\" ? 1 : 2",
        "quorum      = 1",
        "FAILED any other deploy needs two of them",
        "no stage waits, the request is `ended`",
        "approval \"release\" {",
    ],
    [
        "aws-lambda",
        "when   = !steps.precheck.output.allowed",
        "when   = steps.precheck.output.risk > 99",
        "FAILED the pre-check says no",
        "the request has not ended, it is `pending`: expected `denied`",
        "approval \"member\" {",
    ],
    [
        "data-export",
        "rule \"security\" { approvers = group.security }",
        "",
        "FAILED the first export needs privacy and security too",
        "no stage waits, the request is `ended`",
        "approval \"both\" {",
    ],
    [
        "database-user",
        "allowed = request.fields.role == \"owner\" ? [\"15m\", \"1h\"] : [\"1h\", \"4h\", \"8h\"]",
        "allowed = [\"15m\", \"1h\", \"4h\", \"8h\"]",
        "FAILED an owner needs two, for an hour at most",
        "this `request` is taken, and should be refused: bad_field",
        "approval \"dba\" {",
    ],
    [
        "jira-ticket",
        "when   = steps.ticket.output.fields.status.name != \"In Progress\"",
        "when   = steps.ticket.output.fields.status.name == \"Closed\"",
        "FAILED a ticket that is done",
        "the request has not ended, it is `pending`: expected `denied`",
        "approval \"sre\" {",
    ],
];

#[test]
fn a_broken_flow_fails_the_right_scenario_and_names_the_lines() {
    for [example, written, instead, scenario, told, decided] in FAULTS {
        let from = workspace::root().join("examples").join(example);
        let scratch = workspace::scratch("flowtests").unwrap();
        let flow = std::fs::read_to_string(from.join("main.flow.hcl")).unwrap();
        assert!(flow.contains(written), "{example} does not hold `{written}`");
        let flow = flow.replacen(written, instead, 1);
        std::fs::write(scratch.path().join("main.flow.hcl"), flow).unwrap();
        let test = "main.flowtest.hcl";
        std::fs::copy(from.join(test), scratch.path().join(test)).unwrap();
        let (ok, text) = flowc(scratch.path(), &from.join("example.flowvars"));
        assert!(!ok, "{example}: no scenario notices that `{written}` became `{instead}`\n{text}");
        for part in [scenario, told, decided, "main.flowtest.hcl:", "decided by "] {
            assert!(text.contains(part), "{example}: no `{part}` in\n{text}");
        }
    }
}
