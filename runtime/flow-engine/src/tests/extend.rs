//! Extensions: more time, where people agree before the end. The end wins every race.

use serde_json::{Value as Json, json};

use super::check;
use super::flows::{changed, stage, step};
use super::life::Life;
use crate::message::About;

/// An hour, twice an hour more at most, three in all.
fn longer(approval: &str) -> Json {
    changed(|flow| {
        flow["auto"] = json!(approval == "none");
        flow["grant"]["extend"] =
            json!({ "approval": approval, "max_times": "2", "max_total_s": "10800" });
    })
}

const ACTIVE: &str = "ask ana -> pending
    approve bo -> escalating | escalate#1
    answer escalate ok -> active
";

fn story(bundle: &Json, told: &str) {
    check(bundle, &format!("{ACTIVE}{told}"));
}

#[test]
fn the_end_moves_once_everybody_has_agreed_and_nothing_is_called() {
    story(
        &longer("same"),
        "advance 30m -> active
        extend ana 3600 the import runs -> active
        approve bo -> active
        advance 89m -> active
        advance 1m -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn nobody_decides_about_their_own_and_strangers_do_not() {
    story(
        &longer("same"),
        "extend bo 60 -> refused:not_permitted active
        extend ana 60 -> active
        approve ana -> refused:own_request active
        approve zoe -> refused:not_an_approver active
        approve bo wrong-digest -> refused:digest_changed active
        extend ana 60 -> refused:extend_limit active
        approve bo -> active
        approve bo -> refused:not_pending active",
    );
}

/// The card that led to the access is no approval of its extension.
#[test]
fn what_was_approved_first_is_another_question() {
    let mut life = Life::new(&longer("same"));
    life.run("ask ana\napprove bo\nanswer escalate ok\nextend ana 3600");
    let request = life.request().unwrap();
    let digests: Vec<_> = request.stages.iter().filter_map(|s| s.digest).collect();
    assert_eq!(digests.len(), 2);
    assert_ne!(digests[0], digests[1]);
    let card = life.told.iter().rev().find(|m| m.about == About::Card).unwrap();
    assert!(card.plain().starts_with("EXTENSION by 1h"), "{}", card.plain());
    let facts: Vec<_> = card.facts.iter().map(|f| format!("{}={}", f.label, f.value)).collect();
    let facts = facts.join(" ");
    assert!(facts.contains("Longer by=1h Then until=2026-01-01T02:00:00Z"), "{facts}");
}

#[test]
fn a_denial_closes_the_matter_and_leaves_the_end_where_it_was() {
    story(
        &longer("same"),
        "extend ana 3600 -> active
        deny bo -> active
        extend ana 60 -> refused:extend_limit active
        advance 59m -> active
        advance 1m -> deescalating | deescalate#1",
    );
}

#[test]
fn the_end_wins_while_people_decide() {
    story(
        &longer("same"),
        "advance 59m -> active
        extend ana 3600 -> active
        advance 1m -> deescalating | deescalate#1
        approve bo -> refused:not_pending deescalating
        extend ana 60 -> refused:too_late deescalating
        answer deescalate ok -> ended:ok
        extend ana 60 -> refused:already_ended ended:ok",
    );
    story(
        &longer("same"),
        "extend ana 3600 -> active
        revoke ana -> deescalating | deescalate#1
        approve bo -> refused:not_pending deescalating",
    );
}

#[test]
fn nobody_decides_in_time_and_it_may_be_asked_for_again() {
    let mut short = longer("same");
    short["flows"]["button"]["approvals"][0]["timeout_s"] = json!("600");
    story(
        &short,
        "extend ana 3600 -> active
        advance 10m -> active
        approve bo -> refused:not_pending active
        extend ana 3600 -> active
        approve bo -> active
        advance 109m -> active
        advance 1m -> deescalating | deescalate#1",
    );
}

#[test]
fn as_often_and_as_long_as_the_flow_says() {
    story(
        &longer("none"),
        "extend ana 0 -> refused:bad_field (duration) active
        extend ana 3601 -> refused:bad_field (duration) active
        extend ana 3600 -> active
        extend ana 3601 -> refused:bad_field (duration) active
        extend ana 1800 -> active
        extend ana 60 -> refused:extend_limit active
        advance 149m -> active
        advance 1m -> deescalating | deescalate#1",
    );
    let mut total = longer("none");
    total["flows"]["button"]["grant"]["extend"]["max_total_s"] = json!("5400");
    story(
        &total,
        "extend ana 1801 -> refused:extend_limit active
        extend ana 1800 -> active
        extend ana 1 -> refused:extend_limit active",
    );
    let none = changed(|_| {});
    story(&none, "extend ana 60 -> refused:extend_limit active");
}

#[test]
fn before_it_is_active_there_is_nothing_to_extend() {
    check(
        &longer("same"),
        "ask ana -> pending
        extend ana 60 -> refused:not_active pending
        approve bo -> escalating | escalate#1
        extend ana 60 -> refused:not_active escalating",
    );
}

#[test]
fn one_stage_can_be_enough() {
    let mut second = stage("second", 1);
    second["after"] = json!(["lead"]);
    let mut bundle = longer("second");
    bundle["flows"]["button"]["approvals"] = json!([stage("lead", 1), second]);
    check(
        &bundle,
        "ask ana -> pending
        approve bo -> pending
        approve cy -> escalating | escalate#1
        answer escalate ok -> active
        extend ana 3600 -> active
        approve bo -> active
        advance 119m -> active
        advance 1m -> deescalating | deescalate#1",
    );
}

#[test]
fn a_freeze_gives_nobody_more_time() {
    story(&longer("none"), "freeze -> \n        extend ana 60 -> refused:frozen active");
    story(
        &longer("same"),
        "extend ana 3600 -> active
        freeze -> \n        approve bo -> active
        advance 1h -> deescalating | deescalate#1",
    );
}

#[test]
fn a_flow_or_target_that_goes_away_closes_it_and_leaves_access_to_its_end() {
    for gone in ["flow-gone", "target-gone aws_lambda_function.button"] {
        let mut life = Life::new(&longer("same"));
        life.run("ask ana\napprove bo\nanswer escalate ok\nextend ana 3600");
        assert_eq!(life.run(gone), format!("{gone} -> active\n"));
        assert!(life.run("approve bo").contains("refused:not_pending active"));
        assert!(life.run(gone).contains("refused:too_late active"));
        assert!(life.run("advance 1h").contains("deescalating"), "as before");
    }
}

/// A click whose check is still running when the end comes counts for nothing.
#[test]
fn a_check_that_ends_after_the_end() {
    let mut bundle = longer("same");
    let mut slow = step("look", "fail");
    slow["when"] = json!(["!=", ["get", "run", "phase"], ["s", "pending"]]);
    bundle["flows"]["button"]["hooks"] = json!({ "on_approve": [slow] });
    let mut life = Life::new(&bundle);
    life.run("ask ana\napprove bo\nanswer escalate ok\nadvance 59m\nextend ana 3600\napprove bo");
    let came = life.run("advance 1m\nanswer step {}\nanswer deescalate ok");
    assert!(came.ends_with("ended:ok\n"), "{came}");
    let request = life.request().unwrap();
    assert_eq!(request.extensions[0].state, crate::state::ExtensionState::Overtaken);
}
