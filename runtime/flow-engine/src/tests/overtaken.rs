//! A store that was restored from a backup, and an audit trail that knows more.

use super::check;
use super::flows::{changed, lambda, step};

#[test]
fn what_the_store_forgot_is_taken_back_at_once() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        lose ->
        overtaken -> deescalating | deescalate#1
        overtaken -> refused:too_late deescalating
        answer deescalate raise -> deescalating | deescalate#2 in 2s
        advance 2s -> deescalating
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn an_escalation_that_was_in_flight_is_taken_back_again_once_it_has_settled() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        lose ->
        overtaken -> deescalating | deescalate#1
        answer deescalate ok -> deescalating | deescalate#1 in 915s
        advance 915s -> deescalating
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn what_nobody_knows_to_stand_is_cancelled_and_never_granted_again() {
    check(
        &lambda(),
        "ask ana -> pending
        overtaken -> ended:cancelled
        approve bo -> refused:not_pending ended:cancelled
        overtaken -> refused:already_ended ended:cancelled",
    );
    // It is not there at all, and nothing of it stands.
    check(&lambda(), "overtaken -> refused:not_found");
}

#[test]
fn what_stands_in_the_store_is_taken_back_whatever_its_call_says() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        overtaken -> deescalating | deescalate#1
        answer escalate ok -> dropped: not wanted any more
        answer deescalate ok -> deescalating | deescalate#1 in 915s",
    );
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        overtaken -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn no_hook_stands_before_it() {
    let slow = serde_json::json!({ "on_approved": [step("s", "fail")] });
    check(
        &changed(|flow| flow["hooks"] = slow.clone()),
        "ask ana -> pending
        approve bo -> approved | step#1
        overtaken -> ended:cancelled
        answer step ok -> dropped: not wanted any more",
    );
}

#[test]
fn what_has_ended_is_not_taken_back_once_more() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        overtaken ended -> ended:cancelled",
    );
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        lose ->
        overtaken ended -> ended:cancelled",
    );
}
