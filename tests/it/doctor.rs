//! Does `flowctl doctor` find what would fail at the next request, in an AWS that enforces, and say
//! what to do about it?

use std::collections::BTreeMap;

use serde_json::json;
use tests::aws::{self, Aws, Identity};
use tests::house::{self, At, House};
use tests::ministack::Ministack;
use tests::need;

/// What is printed, and whether everything works.
fn doctor(house: &House) -> (bool, String) {
    let mut command = house.admin.command(&["doctor"]).unwrap();
    let done = command.output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(text).unwrap())
}

fn as_root(aws: &Aws, service: &str, call: &str, args: serde_json::Value) {
    aws.call_as(&Identity::root(), service, call, args).unwrap();
}

#[test]
fn what_is_missing_is_said_before_somebody_needs_it() {
    let stack = need!("ministack", Ministack::start());
    let aws = stack.aws().unwrap();
    let source = aws::access_source();
    let arn = aws.create_function(house::FUNCTION, &source, &BTreeMap::new()).unwrap();
    let identity = aws.create_user("flowd").unwrap();
    let role_arn = aws.create_invoke_role("doctor", "flowd", "x-1", &[&arn]).unwrap();
    let url = stack.endpoint().to_owned();
    let at = At { identity, url, role_arn, external_id: "x-1".to_owned() };
    let house = House::open(&at, |flow| flow).unwrap();

    let (well, text) = doctor(&house);
    assert!(well && text.contains("can be called (flows.button."), "{text}");
    assert!(text.contains("calls as arn:aws:iam::123456789012:user/flowd\n"), "{text}");
    // Trying asks AWS and runs nothing; only an admin may.
    let mut asked = house.ana.command(&["doctor"]).unwrap();
    assert!(!asked.output().unwrap().status.success(), "somebody else may try");

    let policy = json!({ "RoleName": "doctor", "PolicyName": "invoke" });
    as_root(&aws, "iam", "delete_role_policy", policy);
    let (well, text) = doctor(&house);
    assert!(!well && text.contains(":role/flow/doctor` may not call it"), "{text}");
    assert!(text.contains("-> run `terraform apply`"), "{text}");

    let other = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "*" },
        "Condition": { "StringEquals": { "sts:ExternalId": "another" } },
    }]});
    let trust = json!({ "RoleName": "doctor", "PolicyDocument": other.to_string() });
    as_root(&aws, "iam", "update_assume_role_policy", trust);
    let (well, text) = doctor(&house);
    assert!(!well && text.contains("-> its trust names the daemon's principal"), "{text}");
}
