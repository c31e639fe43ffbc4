//! Two things at once, and calls that end in every way.

use serde_json::json;

use super::check;
use super::flows::{self, changed, lambda, step, with_strategy};

#[test]
fn the_whole_way() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        advance 59m -> active
        advance 1m -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn a_request_without_a_grant_ends_when_approved() {
    check(
        &changed(|flow| drop(flow.as_object_mut().unwrap().remove("grant"))),
        "ask ana -> pending
        approve bo -> ended:ok",
    );
}

#[test]
fn approve_and_approve() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        approve bo -> refused:not_pending escalating
        approve cy -> refused:not_pending escalating",
    );
}

#[test]
fn approve_and_deny() {
    check(
        &lambda(),
        "ask ana -> pending
        deny bo -> ended:denied
        approve cy -> refused:not_pending ended:denied",
    );
}

#[test]
fn approve_and_expire() {
    check(
        &lambda(),
        "ask ana -> pending
        advance 1h -> ended:expired
        approve bo -> refused:expired ended:expired",
    );
    // The time is up, and nobody has looked at the clock yet.
    check(
        &lambda(),
        "ask ana -> pending
        request 2 ->
        advance 1h ->
        request 1 ->
        approve bo -> refused:expired pending
        tick -> ended:expired",
    );
}

#[test]
fn approve_and_cancel() {
    check(
        &lambda(),
        "ask ana -> pending
        cancel bo -> refused:not_permitted pending
        cancel ana -> ended:cancelled
        approve bo -> refused:not_pending ended:cancelled
        cancel ana -> refused:already_ended ended:cancelled",
    );
}

#[test]
fn approve_by_somebody_just_removed_and_by_others_who_may_not() {
    check(
        &lambda(),
        "ask ana -> pending
        leave bo ->
        approve bo -> refused:not_an_approver pending
        approve ana -> refused:own_request pending
        approve zoe -> refused:not_an_approver pending
        approve root -> refused:not_an_approver pending
        approve cy wrong-digest -> refused:digest_changed pending
        approve cy -> escalating | escalate#1",
    );
}

#[test]
fn a_flow_that_is_disabled_grants_nothing_more_before_its_requests_are_swept() {
    check(
        &lambda(),
        "ask ana -> pending
        disable ->
        approve bo -> ended:cancelled",
    );
}

#[test]
fn a_target_that_is_gone_is_not_granted_before_its_requests_are_swept() {
    // Nothing is planned while `on_request` runs, so the sweep of that moment passes it over.
    let slow = changed(|flow| flow["hooks"]["on_request"] = json!([step("s", "fail")]));
    check(
        &slow,
        "ask ana -> requested | step#1
        target-gone aws_lambda_function.button -> refused:not_found requested
        answer step {} -> pending
        leave zoe ->
        drop-targets ->
        approve bo -> ended:cancelled",
    );
}

#[test]
fn revoke_while_escalating_waits_for_the_call() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        revoke zoe -> refused:not_permitted escalating
        revoke ana -> escalating
        answer escalate ok -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn revoke_between_two_tries_withdraws_the_second() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate throttle -> escalating | escalate#2 in 2s
        revoke bo -> ended:ok
        advance 2s -> ended:ok
        answer escalate ok -> dropped: not wanted any more",
    );
}

#[test]
fn a_revoke_that_keeps_the_call_from_leaving_is_no_error() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        revoke ana -> escalating
        answer escalate halted -> ended:ok",
    );
    check(
        &with_strategy(|s| s["idempotent"] = true.into()),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate timeout -> escalating | escalate#2 in 2s
        advance 2s -> escalating
        revoke-all root -> escalating
        answer escalate halted -> deescalating | deescalate#1",
    );
}

#[test]
fn a_call_that_may_finish_after_we_gave_up_is_taken_back_twice() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate timeout -> deescalating | deescalate#1
        answer deescalate ok -> deescalating | deescalate#1 in 915s
        advance 914s -> deescalating
        answer deescalate ok -> no call `deescalate` is due
        advance 1s -> deescalating
        answer deescalate ok -> ended:errored",
    );
}

#[test]
fn a_jump_of_the_clock_does_not_shorten_the_settling() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate timeout -> deescalating | deescalate#1
        jump 3600 ->
        answer deescalate ok -> deescalating | deescalate#1 in 915s
        advance 915s -> deescalating stuck
        answer deescalate ok -> ended:errored",
    );
}

#[test]
fn a_jump_while_the_call_is_out_does_not_either() {
    // Found by the simulation: the settling was over before it was known to be needed.
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        jump 3600 ->
        answer escalate timeout-early -> deescalating | deescalate#1
        answer deescalate ok -> deescalating | deescalate#1 in 915s",
    );
}

#[test]
fn every_answer_that_is_not_done_is_taken_back() {
    for how in ["errors", "raise", "garbage"] {
        check(
            &lambda(),
            &format!(
                "ask ana -> pending
                approve bo -> escalating | escalate#1
                answer escalate {how} -> deescalating | deescalate#1
                answer deescalate ok -> ended:errored"
            ),
        );
    }
}

#[test]
fn what_certainly_did_not_happen_owes_nothing() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate refuse -> ended:errored",
    );
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate throttle -> escalating | escalate#2 in 2s
        advance 2s -> escalating
        answer escalate throttle -> escalating | escalate#3 in 4s
        advance 4s -> escalating
        answer escalate throttle -> ended:errored",
    );
}

#[test]
fn after_deescalate_runs_where_an_end_was_confirmed_and_only_there() {
    let flow = changed(|flow| flow["hooks"]["after_deescalate"] = json!([step("bye", "continue")]));
    check(
        &flow,
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate refuse -> ended:errored",
    );
    check(
        &flow,
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate errors -> deescalating | deescalate#1
        answer deescalate ok -> ended:errored | step#1",
    );
}

#[test]
fn an_idempotent_escalation_is_repeated_and_still_settles() {
    check(
        &with_strategy(|s| s["idempotent"] = true.into()),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate timeout -> escalating | escalate#2 in 2s
        advance 2s -> escalating
        answer escalate ok -> active
        revoke ana -> deescalating | deescalate#1
        answer deescalate ok -> deescalating | deescalate#1 in 913s
        advance 913s -> deescalating
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn a_crash_in_an_idempotent_escalation_repeats_it_and_still_settles() {
    // Found by the simulation: the daemon repeated the call, the first one finished after the end.
    check(
        &with_strategy(|s| s["idempotent"] = true.into()),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate stopped -> escalating | escalate#2 in 2s
        advance 2s -> escalating
        answer escalate ok -> active
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate stopped -> deescalating | deescalate#1",
    );
}

#[test]
fn an_end_is_tried_for_ever_and_stuck_only_marks_it() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        advance 1h -> deescalating | deescalate#1
        answer deescalate errors -> deescalating | deescalate#2 in 2s
        advance 2s -> deescalating
        answer deescalate raise -> deescalating | deescalate#3 in 4s
        resolve root it is gone -> refused:not_active deescalating
        advance 1h -> deescalating stuck
        answer deescalate timeout -> deescalating stuck | deescalate#4 in 8s
        advance 8s -> deescalating stuck
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn two_people_who_may_revoke_resolve_a_stuck_end() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        advance 1h -> deescalating | deescalate#1
        advance 1h -> deescalating stuck
        resolve ana I looked -> refused:not_permitted deescalating stuck
        resolve zoe I looked -> refused:not_permitted deescalating stuck
        resolve bo I looked -> deescalating stuck
        resolve bo I looked -> refused:not_permitted deescalating stuck
        resolve root so did I -> ended:ok
        answer deescalate ok -> dropped: not wanted any more",
    );
}

#[test]
fn the_first_of_two_words_is_void_once_its_speaker_is_gone() {
    check(
        &changed(|flow| flow["approvals"] = json!([flows::stage("lead", 2)])),
        "ask ana -> pending
        approve bo -> pending
        approve cy -> escalating | escalate#1
        answer escalate ok -> active
        advance 1h -> deescalating | deescalate#1
        advance 1h -> deescalating stuck
        resolve bo I looked -> deescalating stuck
        dismiss bo ->
        resolve root so did I -> deescalating stuck
        resolve root really -> refused:not_permitted deescalating stuck
        resolve cy so did I -> ended:ok",
    );
}

#[test]
fn outcomes_that_come_twice_or_late_change_nothing() {
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        late outcome -> refused:not_found active
        revoke ana -> deescalating | deescalate#1
        late outcome -> refused:not_found deescalating
        answer deescalate ok -> ended:ok
        late outcome -> refused:not_found ended:ok",
    );
}

#[test]
fn flow_or_target_gone_while_pending() {
    check(&lambda(), "ask ana -> pending\n flow-gone -> ended:cancelled");
    check(
        &lambda(),
        "ask ana -> pending
        target-gone aws_lambda_function.other -> refused:not_found pending
        target-gone aws_lambda_function.button -> ended:cancelled",
    );
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        flow-gone -> refused:too_late active",
    );
}

#[test]
fn emergencies_cancel_what_waits_and_end_what_stands() {
    check(&lambda(), "ask ana -> pending\n deactivate x -> ended:cancelled");
    check(
        &lambda(),
        "ask ana -> pending
        revoke-all root -> refused:not_active pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        revoke-all zoe -> refused:not_permitted active
        revoke-all root -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn a_freeze_stops_beginnings_and_no_end() {
    check(&lambda(), "freeze ->\n ask ana -> refused:frozen");
    check(
        &lambda(),
        "ask ana -> pending
        freeze ->
        approve bo -> ended:errored",
    );
    check(
        &lambda(),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        freeze ->
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn a_hook_that_hangs_or_fails_holds_up_no_end() {
    let hooks = serde_json::json!({
        "after_escalate": [step("a", "fail")], "on_deescalate": [step("d", "continue")],
    });
    check(
        &changed(|flow| flow["hooks"] = hooks.clone()),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active | step#1
        advance 1h -> deescalating | deescalate#1 | step#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn a_hook_may_ignore_a_persons_revoke_and_nothing_else() {
    let hooks = serde_json::json!({ "on_deescalate": [
        { "k": "decision", "do": "ignore", "when": ["b", true] },
    ]});
    check(
        &changed(|flow| flow["hooks"] = hooks.clone()),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        revoke ana -> refused:ignored active
        advance 1h -> deescalating | deescalate#1
        answer deescalate ok -> ended:ok",
    );
}

#[test]
fn a_freeze_stops_who_waits_for_a_shared_grant() {
    // Found by the simulation: the one who waited was escalated during the freeze.
    let flow = flows::flow(&[flows::stage("lead", 1)], serde_json::json!({}), Some(flows::grant()));
    check(
        &flows::bundle(flow, "share", false),
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        request 2 ->
        ask ana -> pending
        approve bo -> escalating
        request 1 ->
        answer escalate refuse -> ended:errored
        freeze ->
        request 2 ->
        advance 5s -> ended:errored",
    );
}

#[test]
fn two_requests_share_a_grant_and_the_last_one_out_removes_it() {
    let bundle = flows::bundle(
        flows::flow(&[flows::stage("lead", 1)], serde_json::json!({}), Some(flows::grant())),
        "share",
        false,
    );
    check(
        &bundle,
        "ask ana -> pending
        approve bo -> escalating | escalate#1
        request 2 ->
        ask ana -> pending
        approve bo -> escalating
        request 1 ->
        answer escalate ok -> active
        request 2 ->
        advance 5s -> active
        request 1 ->
        revoke ana -> ended:ok
        request 2 ->
        advance 1h -> deescalating | deescalate#1
        request 3 ->
        ask ana -> pending
        approve bo -> escalating
        request 2 ->
        answer deescalate ok -> ended:ok
        request 3 ->
        advance 5s -> escalating | escalate#1",
    );
}
