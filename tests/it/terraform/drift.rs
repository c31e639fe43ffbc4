//! Every change from outside shows at the attribute that it concerns, and the next apply mends it.

use serde_json::{Value, json};
use tests::need;
use tests::terraform::Terraform;

use super::stage::{Stage, user_arn};

/// A change from outside: operation and arguments, as in AWS's Python SDK.
type Change = (&'static str, Value);

/// What somebody does, which attributes show it, and which words of a plan explain it.
struct Case {
    what: &'static str,
    changes: Vec<Change>,
    shows: &'static [&'static str],
}

fn trust(principal: &str, external_id: &str) -> String {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": { "AWS": principal },
        "Condition": { "StringEquals": { "sts:ExternalId": external_id } },
    }]})
    .to_string()
}

fn allow(action: &str, resource: &str) -> String {
    let statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

fn cases(external_id: &str) -> Vec<Case> {
    let role = "flow-prod";
    let inline = |document: String| {
        let args = json!({ "RoleName": role, "PolicyName": "invoke", "PolicyDocument": document });
        ("put_role_policy", args)
    };
    let with_trust = |document: String| {
        let args = json!({ "RoleName": role, "PolicyDocument": document });
        ("update_assume_role_policy", args)
    };
    let user = json!({ "UserName": "flowd", "PolicyName": "flow-prod.assume" });
    let mut widened_user = user.clone();
    widened_user["PolicyDocument"] = allow("sts:AssumeRole", "*").into();
    let tag = |key: &str, value: &str| {
        ("tag_role", json!({ "RoleName": role, "Tags": [{ "Key": key, "Value": value }] }))
    };
    let stranger =
        json!({ "RoleName": role, "PolicyArn": "arn:aws:iam::123456789012:policy/mine" });
    let granted: &[&str] = &["binding", "lambda_arns", "policies"];
    let case = |what, changes, shows| Case { what, changes, shows };
    vec![
        case(
            "another principal",
            vec![with_trust(trust(&user_arn("flowd2"), external_id))],
            &["principal_arn", "trust_policy"],
        ),
        case(
            "another external id",
            vec![with_trust(trust(&user_arn("flowd"), "guessable"))],
            &["trust_policy"],
        ),
        case(
            "a second principal",
            vec![with_trust(
                trust(&user_arn("flowd"), external_id)
                    .replace(r#""arn:aws:iam::123456789012:user/flowd""#, r#"["arn:aws:iam::123456789012:user/flowd","arn:aws:iam::123456789012:user/flowd2"]"#),
            )],
            &["trust_policy"],
        ),
        case("a widened policy", vec![inline(allow("lambda:InvokeFunction", "*"))], granted),
        case("another action", vec![inline(allow("lambda:*", "arn:aws:s3:::b"))], granted),
        case(
            "a policy that is gone",
            vec![("delete_role_policy", json!({ "RoleName": role, "PolicyName": "invoke" }))],
            granted,
        ),
        case(
            "a policy added inside",
            vec![(
                "put_role_policy",
                json!({
                    "RoleName": role, "PolicyName": "mine",
                    "PolicyDocument": allow("s3:GetObject", "arn:aws:s3:::b/*"),
                }),
            )],
            granted,
        ),
        // Terraform's user may not read what it says; that it is there is enough.
        case("a policy attached", vec![("attach_role_policy", stranger)], &["policies"]),
        case("a tag", vec![tag("team", "other")], &["tags"]),
        case("the bundle's tag", vec![tag("flow:bundle", "sha256:2")], &["bundle_hash"]),
        case(
            "a boundary that is gone",
            vec![("delete_role_permissions_boundary", json!({ "RoleName": role }))],
            &["permissions_boundary_arn"],
        ),
        case("a wider right to assume", vec![("put_user_policy", widened_user)], &[
            "assume_policy_json",
        ]),
        case(
            "a right to assume that is gone",
            vec![("delete_user_policy", user)],
            &["assume_policy_json"],
        ),
        case(
            "a role that is gone",
            vec![
                ("delete_role_policy", json!({ "RoleName": role, "PolicyName": "invoke" })),
                ("delete_role", json!({ "RoleName": role })),
            ],
            &["gone"],
        ),
    ]
}

#[test]
fn every_change_from_outside_shows_and_is_mended() {
    let terraform = need!("terraform", Terraform::find());
    let stage = need!("ministack", Stage::start(terraform));
    stage.aws.create_user("flowd2").unwrap();
    for (name, document) in [("mine", "s3:GetObject"), ("bound", "lambda:InvokeFunction")] {
        let document = allow(document, "*");
        let args = json!({ "PolicyName": name, "PolicyDocument": document });
        stage.aws.call("iam", "create_policy", args).unwrap();
    }
    let boundary = "permissions_boundary_arn = \"arn:aws:iam::123456789012:policy/bound\"";
    let lines = [boundary, "tags = { team = \"ops\" }", "bundle_hash = \"sha256:1\""];
    stage.write(&["alpha"], &lines).unwrap();
    stage.apply().unwrap();
    let good = stage.state().unwrap();
    let external_id = good["external_id"].as_str().unwrap();

    for Case { what, changes, shows } in cases(external_id) {
        for (call, args) in changes {
            stage.aws.call("iam", call, args).unwrap();
        }
        let plan = stage.plan().unwrap();
        assert_eq!(plan.drift, shows, "{what}");
        let action = if shows == ["gone"] { "create" } else { "update" };
        assert_eq!(plan.actions, [action], "{what}");
        stage.must(&["apply", "-auto-approve"]).unwrap();
        stage.expect_empty_plan().unwrap();
        if action == "update" {
            assert_eq!(stage.state().unwrap(), good, "{what}");
        }
    }
    // The stranger's policy was taken out of the role, and is the stranger's still.
    let mine = json!({ "PolicyArn": "arn:aws:iam::123456789012:policy/mine" });
    stage.aws.call("iam", "get_policy", mine).unwrap();
    stage.destroy().unwrap();
    assert!(stage.leftovers().unwrap().is_empty());
}

#[test]
fn a_deleted_principal_is_explained_and_waits_for_a_decision() {
    let terraform = need!("terraform", Terraform::find());
    let stage = need!("ministack", Stage::start(terraform));
    stage.write(&["alpha"], &[]).unwrap();
    stage.apply().unwrap();
    let external_id = stage.state().unwrap()["external_id"].as_str().unwrap().to_owned();
    // As AWS shows the trust once its principal is deleted.
    let document = trust("AIDAJQABLZS4A3QDU576Q", &external_id);
    let args = json!({ "RoleName": "flow-prod", "PolicyDocument": document });
    stage.aws.call("iam", "update_assume_role_policy", args).unwrap();
    let ended = stage.run(&["plan", "-detailed-exitcode"]).unwrap();
    assert!(ended.printed.contains("The trusted principal was deleted"), "{}", ended.printed);
    assert_eq!(ended.status, 0, "nothing is repaired by itself:\n{}", ended.printed);
    stage.must(&["apply", "-auto-approve", "-replace=flow_invoke_grant.this"]).unwrap();
    stage.expect_empty_plan().unwrap();
    let trust = stage.state().unwrap()["trust_policy"].as_str().unwrap().to_owned();
    assert!(trust.contains("user/flowd"), "{trust}");
}
