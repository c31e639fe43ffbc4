//! One grant's whole life, and what is refused before anything is done.

use serde_json::{Value, json};
use tests::aws::function_arn;
use tests::need;
use tests::terraform::Terraform;

use super::gate::Gate;
use super::stage::{Stage, user_arn};

fn stage() -> Option<Stage> {
    let terraform = tests::skip::peer("terraform", Terraform::find())?;
    tests::skip::peer("ministack", Stage::start(terraform))
}

fn functions_of(document: &Value) -> Vec<&str> {
    let resources = document["Statement"][0]["Resource"].as_array();
    resources.into_iter().flatten().filter_map(|arn| arn.as_str()).collect()
}

#[test]
fn a_grant_lives_and_goes() {
    let Some(mut stage) = stage() else { return };
    let gate = Gate::open(stage.endpoint()).unwrap();
    stage.redirect(gate.url());

    stage.write(&["alpha", "beta"], &["tags = { team = \"ops\" }"]).unwrap();
    stage.apply().unwrap();
    stage.expect_empty_plan().unwrap();
    let made = stage.state().unwrap();
    let external_id = made["external_id"].as_str().unwrap();
    assert!(external_id.len() == 32 && external_id.bytes().all(|b| b.is_ascii_hexdigit()));
    let policy = stage.role_policy("flow-prod", "invoke").unwrap().unwrap();
    assert_eq!(functions_of(&policy), [function_arn("alpha"), function_arn("beta")]);
    let binding = json!({
        "deployment": "prod",
        "external_id": external_id,
        "roles": [{
            "role_arn": made["role_arns"][0],
            "function_arns": [function_arn("alpha"), function_arn("beta")],
        }],
    });
    assert_eq!(stage.binding().unwrap(), binding);
    assert_eq!(stage.leftovers().unwrap(), ["flow-prod", "flow-prod.assume"]);

    // In place: the role, its external id and the functions that stay are never without.
    stage.write(&["beta", "gamma"], &["bundle_hash = \"sha256:1\""]).unwrap();
    let plan = stage.plan().unwrap();
    assert_eq!(plan.actions, ["update"]);
    let changes = ["binding", "bundle_hash", "lambda_arns", "policies", "tags"];
    assert_eq!(plan.changes, changes);
    gate.take_actions();
    stage.apply().unwrap();
    let actions = gate.take_actions();
    let taken: Vec<_> =
        actions.iter().filter(|a| a.starts_with("Delete") || a.starts_with("Detach")).collect();
    assert!(taken.is_empty(), "an update in place takes nothing away: {taken:?}");
    stage.expect_empty_plan().unwrap();
    assert_eq!(stage.state().unwrap()["external_id"], external_id);
    let policy = stage.role_policy("flow-prod", "invoke").unwrap().unwrap();
    assert_eq!(functions_of(&policy), [function_arn("beta"), function_arn("gamma")]);

    // Another deployment is another role with another external id.
    stage.write(&["beta"], &["deployment = \"test\""]).unwrap();
    let plan = stage.plan().unwrap();
    assert_eq!(plan.actions, ["delete", "create"]);
    stage.apply().unwrap();
    stage.expect_empty_plan().unwrap();
    assert_ne!(stage.state().unwrap()["external_id"], external_id);
    assert_eq!(stage.leftovers().unwrap(), ["flow-test", "flow-test.assume"]);

    stage.destroy().unwrap();
    assert!(stage.leftovers().unwrap().is_empty());
}

#[test]
fn a_change_of_principal_moves_the_right_to_assume() {
    let Some(stage) = stage() else { return };
    stage.aws.create_user("flowd2").unwrap();
    stage.write(&["alpha"], &[]).unwrap();
    stage.apply().unwrap();
    let before = stage.state().unwrap();
    let principal = format!("principal_arn = \"{}\"", user_arn("flowd2"));
    stage.write(&["alpha"], &[&principal]).unwrap();
    assert_eq!(stage.plan().unwrap().actions, ["update"]);
    stage.apply().unwrap();
    stage.expect_empty_plan().unwrap();
    let after = stage.state().unwrap();
    assert_eq!(after["external_id"], before["external_id"]);
    let trust = after["trust_policy"].as_str().unwrap();
    assert!(trust.contains("user/flowd2") && !trust.contains("user/flowd\""), "{trust}");
    assert_eq!(stage.leftovers().unwrap(), ["flow-prod"], "the old principal keeps nothing");

    // By hand from now on: the policy goes, and stands in the output to be attached.
    let lines = [principal.as_str(), "attach_assume_policy = false"];
    stage.write(&["alpha"], &lines).unwrap();
    stage.apply().unwrap();
    stage.expect_empty_plan().unwrap();
    let json = json!({ "UserName": "flowd2" });
    let rights = stage.aws.call("iam", "list_user_policies", json).unwrap();
    assert_eq!(rights["PolicyNames"], json!([]));
    assert!(stage.state().unwrap()["assume_policy_json"].as_str().unwrap().contains("flow-prod"));
}

#[test]
fn many_functions_fill_policies_and_roles_and_import_finds_them() {
    let Some(stage) = stage() else { return };
    // 64 characters each: 88 fit inline, 52 in a managed policy, so 700 need a second role.
    let names: Vec<String> = (0..700).map(|n| format!("{n:0>64}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let lines = ["bundle_hash = \"sha256:1\"", "tags = { team = \"ops\" }"];
    stage.write(&names, &lines).unwrap();
    stage.apply().unwrap();
    stage.expect_empty_plan().unwrap();
    let made = stage.state().unwrap();
    assert_eq!(made["role_arns"].as_array().unwrap().len(), 2);
    let policies = made["policies"].as_array().unwrap();
    assert_eq!(policies.len(), 11 + 2);

    let state = stage.folder.path().join("terraform.tfstate");
    std::fs::remove_file(&state).unwrap();
    stage.must(&["import", "flow_invoke_grant.this", "flow-prod"]).unwrap();
    assert_eq!(stage.state().unwrap(), made, "nothing differs after an import");
    stage.expect_empty_plan().unwrap();

    // Fewer functions: the second role goes, and what stays has not moved.
    stage.write(&names[..600], &lines).unwrap();
    stage.apply().unwrap();
    stage.expect_empty_plan().unwrap();
    let fewer = stage.state().unwrap();
    assert_eq!(fewer["role_arns"].as_array().unwrap().len(), 1);
    let kept = fewer["policies"].as_array().unwrap();
    let whole = kept.len() - 1;
    assert_eq!(kept[..whole], policies[..whole], "only the last one became smaller");
    stage.destroy().unwrap();
    assert!(stage.leftovers().unwrap().is_empty());
}

#[test]
fn what_is_refused_is_said_at_its_attribute() {
    let terraform = need!("terraform", Terraform::find());
    let stage = need!("ministack", Stage::start(terraform));
    let root = "principal_arn = \"arn:aws:iam::123456789012:root\"";
    let far = "principal_arn = \"arn:aws:iam::999999999999:role/flowd\"";
    let table: [(&[&str], &[&str], &str); 5] = [
        (&["alpha"], &[root], "is a whole account; name one role or user of it"),
        (&["alpha"], &[far], "attach_assume_policy = false"),
        (&["al*"], &[], "holds a wildcard; name each function"),
        (&[], &[], "there is no function to grant"),
        (&["alpha"], &["path = \"flow\""], "has to begin and end with `/`"),
    ];
    for (functions, lines, expected) in table {
        stage.write(functions, lines).unwrap();
        let ended = stage.run(&["plan"]).unwrap();
        // Terraform breaks lines where it likes.
        let words = ended.printed.replace(['│', '\n'], " ");
        let said = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(ended.status == 1 && said.contains(expected), "{expected}: {}", ended.printed);
    }
    assert!(stage.leftovers().unwrap().is_empty());

    // A missing permission is named, with the statement that gives it; nothing is left half-made.
    let args = json!({ "UserName": "terraform", "PolicyName": "grants" });
    stage.aws.call("iam", "delete_user_policy", args).unwrap();
    stage.write(&["alpha"], &[]).unwrap();
    let ended = stage.run(&["apply", "-auto-approve"]).unwrap();
    assert_eq!(ended.status, 1);
    assert!(ended.printed.contains("\"iam:CreateRole\""), "{}", ended.printed);
    assert!(stage.leftovers().unwrap().is_empty());
}
