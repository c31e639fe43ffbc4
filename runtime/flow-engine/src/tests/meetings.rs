//! Races of a request with time, with other requests, with another daemon and with a new bundle.
//! Those of people with each other and with calls are in `races`, those of extensions in `extend`.

use serde_json::{Value as Json, json};

use super::check;
use super::flows::{self, changed, lambda, stage};
use super::life::{Life, first_effect};
use crate::context::Newest;
use crate::event::Outcome;

fn shared() -> Json {
    flows::bundle(flows::flow(&[stage("lead", 1)], json!({}), Some(flows::grant())), "share", false)
}

/// Runs a script, and compares what came of each line.
fn told(life: &mut Life, story: &str) {
    let script: Vec<&str> = story.lines().map(|l| l.split(" ->").next().unwrap_or(l)).collect();
    let wanted: Vec<&str> = story.lines().map(str::trim).collect();
    let found = life.run(&script.join("\n"));
    assert_eq!(found.lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn the_time_does_not_run_while_a_call_is_out() {
    // Asked for an hour; the call takes three. The hour begins when access does.
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        advance 3h -> escalating
        answer escalate ok -> active
        advance 59m -> active
        advance 1m -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn a_stage_that_was_met_does_not_expire_while_the_call_is_out() {
    check(
        &lambda(),
        "ask ana -> pending
        advance 59m -> pending
        approve bo -> escalating | escalate#1
        advance 2h -> escalating
        answer escalate ok -> active",
    );
}

#[test]
fn a_crash_after_the_call_left_and_before_its_outcome_was_recorded() {
    // Whether it happened nobody knows: it is not made a second time, and taken back twice, at once
    // and when it cannot run any more.
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate stopped -> deescalating | deescalate#1
        answer deescalate ok -> deescalating | deescalate#1 in 915s
        advance 16m -> deescalating
        answer deescalate ok -> ended:errored",
    );
}

#[test]
fn a_second_daemon_takes_over_while_the_first_still_runs() {
    // The second one knows nothing of the call that the first one made, and says so. What the first
    // one hears later comes too late to make the request active: the end is owed, and stays owed.
    let mut life = Life::new(&lambda());
    life.run("ask ana\napprove bo");
    let call = first_effect(&life, "escalate");
    let began = life.now;
    told(&mut life, "answer escalate stopped -> deescalating | deescalate#1");
    let ok = json!({ "body": {}, "errors": [] });
    let answered =
        Outcome::Answered(crate::event::Answer { payload: Some(ok), ..Default::default() });
    assert_eq!(life.settle(&call, answered, began), "dropped: not wanted any more");
    told(
        &mut life,
        "answer deescalate ok -> deescalating | deescalate#1 in 915s
        advance 16m -> deescalating
        answer deescalate ok -> ended:errored",
    );
}

#[test]
fn the_end_of_an_end_that_two_daemons_tried() {
    // Both took it back: the first confirmation ends it, the second is late.
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        revoke ana -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok
        late outcome -> refused:not_found ended:ok",
    );
}

#[test]
fn two_requests_for_one_target_and_one_is_revoked_early() {
    // A function that makes a pair of calls for each: the other's access stands.
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        request 2 ->
        ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        request 1 ->
        revoke ana -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok
        request 2 ->
        advance 59m -> active
        advance 1m -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
    // One grant that both share: nothing is taken away before the last one ends.
    check(
        &shared(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        request 2 ->
        ask ana -> pending
        approve bo -> active
        request 1 ->
        revoke ana -> ended:ok
        request 2 ->
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn adjacent_windows_in_which_one_ends_as_the_other_begins() {
    // The second begins in the very second in which the first ends, before that end was seen: the
    // grant has two holders, and the end of the first takes nothing away.
    check(
        &shared(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        advance 59m -> active
        request 2 ->
        ask ana -> pending
        advance 1m -> pending
        approve bo -> active
        request 1 ->
        tick -> ended:ok
        request 2 ->
        advance 1h -> deescalating | deescalate#1",
    );
    // It begins while the end is under way: it waits for it, and is then made anew.
    check(
        &shared(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        request 2 ->
        ask ana -> pending
        request 1 ->
        advance 1h -> deescalating | deescalate#1
        request 2 ->
        tick -> ended:expired
        request 3 ->
        ask ana -> pending
        approve bo -> escalating
        request 1 ->
        answer deescalate ok -> ended:ok
        request 3 ->
        advance 5s -> escalating | escalate#1
        answer escalate ok -> active",
    );
}

#[test]
fn an_escalation_that_failed_and_is_asked_for_again() {
    // What the first one may have left is taken back by the first one; the second one has calls of
    // its own, and its access is not touched by that end.
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate errors -> deescalating | deescalate#1
        request 2 ->
        ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        request 1 ->
        answer deescalate ok -> ended:errored
        request 2 ->
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
    // Shared, the second waits until the first one's end is confirmed.
    check(
        &shared(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate errors -> deescalating | deescalate#1
        request 2 ->
        ask ana -> pending
        approve bo -> escalating
        request 1 ->
        answer deescalate ok -> ended:errored
        request 2 ->
        advance 5s -> escalating | escalate#1
        answer escalate ok -> active",
    );
}

#[test]
fn an_upgrade_while_a_request_waits() {
    // The new bundle lets more people decide and takes one away. What narrows counts at once; what
    // widens never reaches a request that was opened before.
    let mut life = Life::new(&changed(|flow| flow["approvals"] = json!([stage("lead", 1)])));
    told(&mut life, "ask ana -> pending");
    let members = ["cy", "di", "eve"].map(|name| format!("{name}@x.example")).to_vec();
    let groups = [("leads".to_owned(), members)].into();
    life.context.newest = Some(Newest { groups, ..Newest::default() });
    told(
        &mut life,
        "approve bo -> refused:not_an_approver pending
        approve eve -> refused:not_an_approver pending
        approve cy -> escalating | escalate#1
        answer escalate ok -> active
        flow-gone -> refused:too_late active
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn outcomes_of_an_end_that_come_in_another_order() {
    // The first try is given up and a second one is out when the first one's answer comes.
    let mut life = Life::new(&lambda());
    life.run("ask ana\napprove bo\nanswer escalate ok\nrevoke ana");
    let first = first_effect(&life, "deescalate");
    let began = life.now;
    told(
        &mut life,
        "answer deescalate timeout -> deescalating | deescalate#2 in 2s
        advance 2s -> deescalating",
    );
    let ok = json!({ "body": {}, "errors": [] });
    let answered =
        Outcome::Answered(crate::event::Answer { payload: Some(ok), ..Default::default() });
    assert_eq!(life.settle(&first, answered, began), "dropped: not wanted any more");
    told(&mut life, "answer deescalate ok -> ended:ok");
}

#[test]
fn every_message_destination_is_down_for_a_day() {
    // Nothing that is said is delivered, and nobody reports that it was: what nobody decides
    // expires, and what stands ends on time.
    let story = changed(|flow| {
        flow["approvals"][0]["timeout_s"] = json!("86400");
        flow["approvals"][0]["remind_s"] = json!("3600");
    });
    check(&story, "ask ana -> pending\nadvance 23h -> pending\nadvance 1h -> ended:expired");
    check(
        &story,
        "ask ana -> pending
        advance 23h -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}
