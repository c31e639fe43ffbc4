//! Every change from outside shows at the attribute that it concerns, and the next apply mends it.

use serde_json::{Value, json};
use tests::need;
use tests::terraform::Terraform;

use super::stage::{Stage, user_arn};

/// A change from outside: operation and arguments, as in AWS's Python SDK.
type Change = (&'static str, Value);

/// What somebody does, and which attributes show it.
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

const ROLE: &str = "flow-prod";
/// What shows when the granted functions are others.
const GRANTED: &[&str] = &["binding", "lambda_arns", "policies"];

fn case(what: &'static str, changes: Vec<Change>, shows: &'static [&'static str]) -> Case {
    Case { what, changes, shows }
}

fn trust_cases(external_id: &str) -> Vec<Case> {
    let with = |document: String| {
        let args = json!({ "RoleName": ROLE, "PolicyDocument": document });
        vec![("update_assume_role_policy", args)]
    };
    let (daemon, other) = (user_arn("flowd"), user_arn("flowd2"));
    let one = format!("\"{daemon}\"");
    let both = trust(&daemon, external_id).replace(&one, &format!("[{one},\"{other}\"]"));
    let another = trust(&other, external_id);
    let guessable = trust(&daemon, "guessable");
    vec![
        case("another principal", with(another), &["principal_arn", "trust_policy"]),
        case("another external id", with(guessable), &["trust_policy"]),
        case("a second principal", with(both), &["trust_policy"]),
    ]
}

fn policy_cases() -> Vec<Case> {
    let put = |name: &str, document: String| {
        let args = json!({ "RoleName": ROLE, "PolicyName": name, "PolicyDocument": document });
        vec![("put_role_policy", args)]
    };
    let gone = json!({ "RoleName": ROLE, "PolicyName": "invoke" });
    let mine = json!({ "RoleName": ROLE, "PolicyArn": "arn:aws:iam::123456789012:policy/mine" });
    let widened = allow("lambda:InvokeFunction", "*");
    let another = allow("lambda:*", "arn:aws:s3:::b");
    let added = allow("s3:GetObject", "arn:aws:s3:::b/*");
    vec![
        case("a widened policy", put("invoke", widened), GRANTED),
        case("another action", put("invoke", another), GRANTED),
        case("a policy that is gone", vec![("delete_role_policy", gone)], GRANTED),
        case("a policy added inside", put("mine", added), GRANTED),
        // Terraform's user may not read what it says; that it is there is enough.
        case("a policy attached", vec![("attach_role_policy", mine)], &["policies"]),
    ]
}

fn other_cases() -> Vec<Case> {
    let tag = |key: &str, value: &str| {
        let args = json!({ "RoleName": ROLE, "Tags": [{ "Key": key, "Value": value }] });
        vec![("tag_role", args)]
    };
    let role = json!({ "RoleName": ROLE });
    let inline = json!({ "RoleName": ROLE, "PolicyName": "invoke" });
    let right = json!({ "UserName": "flowd", "PolicyName": "flow-prod.assume" });
    let mut wider = right.clone();
    wider["PolicyDocument"] = allow("sts:AssumeRole", "*").into();
    let unbound = vec![("delete_role_permissions_boundary", role.clone())];
    let widened = vec![("put_user_policy", wider)];
    let taken = vec![("delete_user_policy", right)];
    let gone = vec![("delete_role_policy", inline), ("delete_role", role)];
    vec![
        case("a tag", tag("team", "other"), &["tags"]),
        case("the bundle's tag", tag("flow:bundle", "sha256:2"), &["bundle_hash"]),
        case("a boundary that is gone", unbound, &["permissions_boundary_arn"]),
        case("a wider right to assume", widened, &["assume_policy_json"]),
        case("a right to assume that is gone", taken, &["assume_policy_json"]),
        case("a role that is gone", gone, &["gone"]),
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

    let cases = trust_cases(external_id).into_iter().chain(policy_cases()).chain(other_cases());
    for Case { what, changes, shows } in cases {
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
