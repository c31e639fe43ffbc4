//! What Prometheus is told.

use jiff::SignedDuration;
use serde_json::json;

use super::house::House;

#[test]
fn figures_tell_what_waits_and_how_late() {
    let house = House::open();
    let asked = house.ask();
    house.ask();
    let path = format!("/v1/requests/{}/approve", asked["id"].as_str().unwrap());
    let body = json!({ "stage": "lead", "digest": asked["stages"][0]["digest"] });
    assert_eq!(house.call("ana", "POST", &path, body.clone()).status, 403);
    assert_eq!(house.call("bo", "POST", &path, body).status, 200);
    house.pass(SignedDuration::from_secs(90));

    let (status, kind, text) = house.text("gus", "/metrics");
    assert_eq!(status, 200);
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    for line in [
        "flow_events_total{event=\"ask\",answer=\"accepted\"} 2",
        "flow_events_total{event=\"approve\",answer=\"refused\"} 1",
        "flow_requests_open{phase=\"pending\"} 1",
        "flow_requests_open{phase=\"escalating\"} 1",
        "flow_calls_waiting{calls=\"access\"} 1",
        "flow_calls_oldest_seconds{calls=\"access\"} 90",
        "flow_ready 0",
        "flow_ends_stuck 0",
        "flow_bundle_info{content_hash=\"sha256:",
    ] {
        assert!(text.lines().any(|l| l.starts_with(line)), "{line}\n{text}");
    }
    assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
    // Each family is described once, before its values.
    for name in text.lines().filter_map(|l| l.strip_prefix("# TYPE ")) {
        let name = name.split(' ').next().unwrap();
        assert_eq!(text.matches(&format!("# TYPE {name} ")).count(), 1, "{name}");
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
    }
    assert_eq!(house.text("", "/metrics").0, 401);
}
