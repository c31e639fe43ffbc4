//! Stages, hooks before them, and what people may fill in.

use serde_json::json;

use super::check;
use super::flows::{changed, stage, step};
use super::life::{Life, person};
use crate::event::{Click, EventKind};

#[test]
fn stages_follow_each_other_and_count_people_once() {
    let mut second = stage("second", 1);
    second["after"] = json!(["first"]);
    let stages = [stage("first", 2), second];
    check(
        &changed(|flow| flow["approvals"] = json!(stages)),
        "ask ana -> pending
        approve bo -> pending
        approve bo -> refused:already_decided pending
        deny bo -> refused:already_decided pending
        approve cy -> pending
        approve di -> escalating | escalate#1",
    );
}

#[test]
fn a_stage_that_nobody_met_opens_nothing() {
    let mut never = stage("lead", 1);
    never["when"] = json!(["b", false]);
    check(&changed(|flow| flow["approvals"] = json!([never])), "ask ana -> ended:errored");
    let mut zero = stage("lead", 0);
    zero["timeout_s"] = json!("60");
    check(&changed(|flow| flow["approvals"] = json!([zero])), "ask ana -> ended:errored");
}

#[test]
fn time_that_is_up_falls_back_or_skips() {
    let mut fallback = stage("lead", 1);
    fallback["on_timeout"] = json!("fallback");
    fallback["fallback_approvers"] = json!(["set", "admins"]);
    check(
        &changed(|flow| flow["approvals"] = json!([fallback])),
        "ask ana -> pending
        approve root -> refused:not_an_approver pending
        advance 1h -> pending
        approve bo -> refused:not_an_approver pending
        approve root -> escalating | escalate#1",
    );
    let mut skipped = stage("first", 1);
    skipped["on_timeout"] = json!("skip");
    check(
        &changed(|flow| flow["approvals"] = json!([skipped, stage("second", 1)])),
        "ask ana -> pending
        advance 59m -> pending
        approve bo -> pending
        advance 1m -> ended:expired",
    );
}

#[test]
fn whoever_approved_before_the_fallback_must_look_again() {
    let mut stage = stage("lead", 2);
    stage["on_timeout"] = json!("fallback");
    stage["fallback_approvers"] = json!(["ref", "group.leads"]);
    check(
        &changed(|flow| flow["approvals"] = json!([stage.clone()])),
        "ask ana -> pending
        approve bo -> pending
        advance 1h -> pending
        approve cy -> pending
        approve bo -> escalating | escalate#1",
    );
    // A click that is checked while others take over was about another card.
    stage["rules"][0]["quorum"] = json!(["n", "1"]);
    check(
        &changed(|flow| {
            flow["approvals"] = json!([stage.clone()]);
            flow["hooks"] = json!({ "on_approve": [step("fit", "ignore")] });
        }),
        "ask ana -> pending
        approve bo -> pending | step#1
        advance 1h -> pending
        answer step {} -> pending
        approve bo -> pending | step#1
        answer step {} -> escalating | escalate#1",
    );
}

#[test]
fn comments_and_denials() {
    let mut wanted = stage("lead", 1);
    wanted["ask_comment"] = json!("required");
    wanted["denials"] = json!("2");
    check(
        &changed(|flow| flow["approvals"] = json!([wanted])),
        "ask ana -> pending
        approve bo -> refused:comment_required pending
        deny cy too early -> pending
        approve bo fine -> escalating | escalate#1",
    );
}

#[test]
fn a_step_before_anybody_is_asked() {
    let hooks = json!({ "on_request": [
        step("check", "fail"),
        { "k": "decision", "do": "deny", "reason": ["s", "not today"],
          "when": ["!", ["get", "steps", "check", "output", "allowed"]] },
    ]});
    let bundle = changed(|flow| flow["hooks"] = hooks.clone());
    check(&bundle, "ask ana -> requested | step#1\n answer step {\"allowed\":true} -> pending");
    check(
        &bundle,
        "ask ana -> requested | step#1\n answer step {\"allowed\":false} -> ended:denied",
    );
    check(&bundle, "ask ana -> requested | step#1\n answer step {} -> ended:errored");
    check(&bundle, "ask ana -> requested | step#1\n answer step raise -> ended:errored");
    check(
        &bundle,
        "ask ana -> requested | step#1
        approve bo -> refused:not_pending requested
        cancel ana -> ended:cancelled
        answer step {\"allowed\":true} -> dropped: not wanted any more",
    );
}

#[test]
fn auto_approval_only_where_the_flow_declares_it() {
    let hooks = json!({ "on_request": [
        { "k": "decision", "do": "approve", "when": ["b", true] },
    ]});
    check(
        &changed(|flow| {
            flow["hooks"] = hooks.clone();
            flow["auto"] = json!(true);
        }),
        "ask ana -> escalating | escalate#1",
    );
    check(&changed(|flow| flow["hooks"] = hooks.clone()), "ask ana -> ended:errored");
}

#[test]
fn a_check_at_the_click_may_refuse_it() {
    let hooks = json!({ "on_approve": [
        step("fit", "ignore"),
        { "k": "decision", "do": "ignore", "message": ["s", "busy"],
          "when": ["get", "steps", "fit", "output", "busy"] },
    ]});
    let bundle = changed(|flow| flow["hooks"] = hooks.clone());
    check(
        &bundle,
        "ask ana -> pending
        approve bo -> pending | step#1
        answer step {\"busy\":true} -> pending
        approve bo -> pending | step#1
        answer step raise -> pending
        approve bo -> pending | step#1
        leave bo ->
        answer step {\"busy\":false} -> pending
        approve cy -> pending | step#1
        answer step {\"busy\":false} -> escalating | escalate#1",
    );
}

#[test]
fn whoever_is_deactivated_while_their_click_is_checked_decides_nothing() {
    for hook in ["on_approve", "on_deny"] {
        let click = hook.trim_start_matches("on_");
        let hooks = json!({ hook: [step("fit", "ignore")] });
        check(
            &changed(|flow| flow["hooks"] = hooks.clone()),
            &format!(
                "ask ana -> pending
                {click} bo -> pending | step#1
                dismiss bo ->
                answer step {{}} -> pending"
            ),
        );
    }
}

#[test]
fn two_clicks_that_are_checked_at_once_do_not_read_each_others_steps() {
    let hooks = json!({ "on_approve": [
        step("fit", "ignore"),
        step("more", "ignore"),
        { "k": "decision", "do": "ignore", "message": ["s", "busy"],
          "when": ["get", "steps", "fit", "output", "busy"] },
    ]});
    check(
        &changed(|flow| flow["hooks"] = hooks.clone()),
        "ask ana -> pending
        approve bo -> pending | step#1
        answer step {\"busy\":true} -> pending | step#1
        approve cy -> pending | step#1
        answer-last step {\"busy\":false} -> pending | step#1
        answer step {} -> pending
        answer step {} -> escalating | escalate#1",
    );
}

#[test]
fn fields_are_checked_whatever_surface_they_came_through() {
    let field = |name: &str, ty: serde_json::Value, limits: serde_json::Value| {
        json!({ "name": name, "label": ["s", name], "limits": limits, "required": ["b", true],
            "type": ty, "visible": ["b", true] })
    };
    let mut target = field("target", json!("target"), json!({}));
    target["allowed"] = json!(["list", ["ref", "target.aws_lambda_function.button"]]);
    let mut hidden = field("hidden", json!("string"), json!({}));
    hidden["visible"] = json!(["==", ["get", "request", "fields", "why"], ["s", "show me"]]);
    let fields = [
        field("why", json!("string"), json!({ "min_length": "3", "pattern": "[a-z ]+" })),
        field("long", json!("duration"), json!({ "max": "3600" })),
        field("size", json!(["enum", ["s", "m"]]), json!({})),
        target,
        hidden,
    ];
    check(
        &changed(|flow| {
            flow["fields"] = json!(fields);
            flow["grant"]["duration"] = json!(["get", "request", "fields", "long"]);
            flow["grant"]["target"] = json!(["get", "request", "target"]);
        }),
        "ask ana -> refused:bad_field (why)
        ask ana why=ab -> refused:bad_field (why)
        ask ana why=Abc -> refused:bad_field (why)
        ask ana why=abc long=2h -> refused:bad_field (long)
        ask ana why=abc long=soon -> refused:bad_field (long)
        ask ana why=abc long=30m size=x -> refused:bad_field (size)
        ask ana why=abc long=30m size=s -> refused:bad_field (target)
        ask ana why=abc long=30m size=s target=nope -> refused:bad_field (target)
        ask ana why=abc long=30m size=s target=button more=1 -> refused:bad_field (more)
        ask ana why=abc long=30m size=s target=button hidden=x -> refused:bad_field (hidden)
        ask ana why=abc long=30m size=s target=button -> pending
        approve bo -> escalating | escalate#1
        answer escalate ok -> active
        advance 30m -> deescalating | deescalate#1",
    );
}

#[test]
fn who_may_not_ask() {
    let only_root = json!(["set", "admins"]);
    check(
        &changed(|flow| flow["permissions"]["request"] = only_root.clone()),
        "ask ana -> refused:not_permitted",
    );
    check(
        &changed(|flow| flow["sources"] = json!(["slack"])),
        "ask ana -> refused:source_not_allowed",
    );
    check(&changed(|flow| flow["enabled"] = json!(false)), "ask ana -> refused:flow_disabled");
}

#[test]
fn the_next_route_hears_when_its_time_comes() {
    let route = |name: &str, channel: &str| {
        json!({ "name": name, "to": ["call", "channel@1", ["s", channel]], "timeout_s": "60",
            "next_on": ["timeout"] })
    };
    let mut routed = stage("lead", 1);
    routed["routes"] = json!([route("near", "#near"), route("far", "#far")]);
    let hooks = json!({ "on_request_forward": [step("who", "continue")] });
    let bundle = changed(|flow| {
        flow["approvals"] = json!([routed.clone()]);
        flow["hooks"] = hooks.clone();
    });
    check(
        &bundle,
        "ask ana -> pending
        advance 1m -> pending | step#1
        answer step raise -> pending
        advance 10m -> pending
        approve bo -> escalating | escalate#1",
    );
    let mut life = super::life::Life::new(&bundle);
    life.run("ask ana\nadvance 1m\nanswer step {}");
    assert_eq!(life.request().unwrap().stages[0].route, Some(1));
}

/// Found by the simulation: after an outage, or a jump of the clock, a reminder was due together with
/// something else, stayed due, and the clock never woke the request again.
#[test]
fn nothing_stays_due_in_the_past() {
    let mut late = stage("lead", 1);
    late["remind_s"] = json!("600");
    let mut falls_back = late.clone();
    falls_back["on_timeout"] = json!("fallback");
    falls_back["fallback_approvers"] = json!(["set", "admins"]);
    let mut routed = late;
    let route = |name: &str, timeout_s: &str| {
        json!({ "name": name, "to": ["call", "channel@1", ["s", name]], "timeout_s": timeout_s,
            "next_on": ["timeout"] })
    };
    routed["routes"] = json!([route("near", "700"), route("far", "60")]);
    for (stage, outage) in [(falls_back, "2h"), (routed, "20m")] {
        let mut life = Life::new(&changed(|flow| flow["approvals"] = json!([stage.clone()])));
        life.run(&format!("ask ana\nrequest 2\nadvance {outage}\nrequest 1"));
        assert_eq!(life.run("tick"), "tick -> pending\n");
        let wake_at = life.request().and_then(crate::state::Request::wake_at).unwrap();
        assert!(wake_at > life.now, "{wake_at} is not after {}", life.now);
    }
}

#[test]
fn an_approval_covers_the_text_that_was_shown() {
    let route = |name: &str, text: &str| {
        json!({ "name": name, "to": ["call", "channel@1", ["s", format!("#{name}")]],
            "timeout_s": "60", "next_on": ["timeout"], "text": ["s", text] })
    };
    let mut routed = stage("lead", 2);
    routed["routes"] = json!([route("near", "a harmless change"), route("far", "a risky change")]);
    routed["remind_s"] = json!("600");
    let mut life = Life::new(&changed(|flow| flow["approvals"] = json!([routed.clone()])));
    let digest = |life: &Life| life.request().unwrap().stages[0].digest.unwrap().hex();
    life.run("ask ana");
    let near = digest(&life);
    life.run("advance 1m");
    let far = digest(&life);
    assert_ne!(near, far, "another text is another digest");
    assert_eq!(life.told.last().unwrap().plain(), "a risky change");
    assert_eq!(life.request().unwrap().stages[0].shown, ["a risky change"]);
    assert!(far.starts_with(&life.told.last().unwrap().actions[0].digest));
    // The reminder says all that is decided about, and changes nothing.
    life.run("advance 10m");
    let reminder = life.told.last().unwrap();
    assert_eq!(reminder.plain(), "Still waiting for a decision. a risky change");
    assert_eq!(digest(&life), far);
    // Whoever read the first card decides about the first card; both know the same facts.
    let click = |life: &mut Life, who: &str, digest: &str| {
        let click = Click { stage: None, digest: digest.to_owned(), comment: None };
        life.send(Some(person(who)), EventKind::Approve(click))
    };
    assert_eq!(click(&mut life, "bo", &near), "pending");
    assert_eq!(click(&mut life, "cy", &"0".repeat(64)), "refused:digest_changed pending");
    assert!(click(&mut life, "cy", &far).starts_with("escalating"));
    let shown = life.request().unwrap().stages[0].approvals.iter().map(|d| d.digest.unwrap().hex());
    assert_eq!(shown.collect::<Vec<_>>(), [near, far]);
}
