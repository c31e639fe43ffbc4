//! Options of a field: asked for again when a request arrives, whatever surface it came through.

use serde_json::{Value as Json, json};

use super::check;
use super::flows::{changed, step};
use super::life::Life;

/// A field `group` whose options a function knows.
pub fn choosing(steps: &Json, values: &Json) -> Json {
    changed(|flow| {
        flow["fields"] = json!([{
            "name": "group", "type": "string", "label": ["s", "Group"], "required": ["b", true],
            "visible": ["b", true], "limits": {},
            "options": { "steps": steps, "values": values, "cache_s": "0" },
        }]);
    })
}

pub fn asked() -> Json {
    choosing(&json!([step("groups", "fail")]), &json!(["get", "steps", "groups", "output"]))
}

const TWO: &str = r#"[{"value":"dev","label":"Developers"},{"value":"ops","label":"Ops"}]"#;

#[test]
fn a_value_among_the_options_is_taken() {
    check(
        &asked(),
        &format!(
            "ask ana group=ops -> requested | step#1
            answer step {TWO} -> pending
            approve bo -> escalating | escalate#1"
        ),
    );
}

#[test]
fn a_value_that_is_none_of_them_or_that_nobody_can_look_up_opens_nothing() {
    for how in [TWO, "[]", "{}", "refuse", "timeout", "raise", "stopped", r#"[{"label":"root"}]"#] {
        let told = format!(
            "ask ana group=root -> requested | step#1
            answer step {how} -> ended:cancelled"
        );
        check(&asked(), &told);
    }
    let mut life = Life::new(&asked());
    life.run(&format!("ask ana group=root\nanswer step {TWO}"));
    let told = serde_json::to_string(&life.told).unwrap();
    assert!(told.contains("`root` is not one of dev, ops"), "{told}");
}

#[test]
fn an_answer_that_comes_too_late_is_none() {
    let told = format!(
        "ask ana group=ops -> requested | step#1
        advance 11s -> requested
        answer step {TWO} -> ended:cancelled"
    );
    check(&asked(), &told);
}

#[test]
fn options_that_need_no_call_are_checked_at_once() {
    let values = json!(["list", ["obj", ["value", ["s", "dev"]], ["label", ["s", "Dev"]]]]);
    let told = "ask ana group=ops -> refused:bad_field (group)
        ask ana group=dev -> pending";
    check(&choosing(&json!([]), &values), told);
}

#[test]
fn whoever_withdraws_while_options_are_asked_for_is_not_asked_again() {
    let told = "ask ana group=ops -> requested | step#1
        cancel ana -> ended:cancelled
        answer step [] -> dropped: not wanted any more";
    check(&asked(), told);
    let told = "ask ana group=ops -> requested | step#1
        flow-gone -> ended:cancelled";
    check(&asked(), told);
}

#[test]
fn a_target_that_stands_for_many_can_be_chosen() {
    let mut bundle = changed(|flow| {
        flow["fields"] = json!([
            { "name": "target", "type": "target", "label": ["s", "Role"], "limits": {},
              "required": ["b", true], "visible": ["b", true],
              "allowed": ["list", ["ref", "target.aws_lambda_function.button"]] },
            { "name": "names", "type": ["list", "string"], "label": ["s", "Names"], "limits": {},
              "required": ["b", true], "visible": ["b", true],
              "default": ["list", ["s", "shop"], ["s", "search"]] },
        ]);
        flow["grant"]["target"] = json!(["get", "request", "target"]);
    });
    let target = &mut bundle["targets"]["aws_lambda_function.button"];
    target["each_of"] = json!(["get", "request", "fields", "names"]);
    target["settings"]["name"] = json!(["get", "item"]);
    check(
        &bundle,
        "ask ana target=button -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> escalating | escalate#1
        answer escalate ok -> active",
    );
}
