//! The Lambda contract, held against others: a real JSON Schema validator, a function whose author
//! knows only Sym, and every answer that a function can give.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::daemon::run_of;
use tests::endpoint::{self, Endpoint, Reply};
use tests::house::{self, At, House};
use tests::ministack::Ministack;
use tests::record::{self, Call};
use tests::venv::{self, Venv};
use tests::{need, process, skip, workspace};

const SOON: Duration = Duration::from_secs(60);

#[test]
fn both_payloads_fit_the_vendors_schema() {
    let Some(folder) = skip::optional("vendors' documents", vendor_specs()) else { return };
    let lambda = Endpoint::start(|_, payload| {
        endpoint::pass(payload).unwrap_or((Duration::ZERO, endpoint::done("done")))
    })
    .unwrap();
    let house = House::open(&At::endpoint(&lambda), |flow| flow.replace("8s", "1s")).unwrap();
    let request = house.approved_request("1s").unwrap();
    house.ana.wait_until(&request, "ended", SOON).unwrap();

    let schema = read_json(&folder.join("sym/payload-union.schema.json"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let calls = lambda.calls();
    for kind in ["escalate", "deescalate"] {
        let found = record::of_run(&calls, run_of(&request), kind);
        let payload = &found.first().unwrap_or_else(|| panic!("no {kind} was called")).event;
        let errors: Vec<String> =
            validator.iter_errors(payload).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{kind}:\n{}\n{payload:#}", errors.join("\n"));
        let mut planted = payload.clone();
        planted["fields"]["duration"] = json!("ten");
        assert!(!validator.is_valid(&planted), "the schema accepts a mistyped duration");
    }
}

#[test]
fn a_strangers_function_runs_unchanged() {
    need!("python3", venv::python());
    let stack = need!("ministack", Ministack::start());
    let packages = need!("Sym's Python SDK", Venv::of("stranger"));
    let scratch = workspace::scratch("stranger").unwrap();
    let record = scratch.path().join("record");
    let aws = stack.aws().unwrap();
    let source = workspace::root().join("tests/peers/handlers/stranger/app.py");
    let environment = BTreeMap::from([("FLOW_RECORD".to_owned(), record.display().to_string())]);
    let arn = aws.create_function_in(&packages, house::FUNCTION, &source, &environment).unwrap();
    let identity = aws.create_user("flowd").unwrap();
    let role_arn = aws.create_invoke_role("stranger", "flowd", "x-1", &[&arn]).unwrap();
    let url = stack.endpoint().to_owned();
    let at = At { identity, url, role_arn, external_id: "x-1".to_owned() };

    let house = House::open(&at, |flow| flow.replace("8s", "1s")).unwrap();
    let request = house.approved_request("1s").unwrap();
    let ended = house.ana.wait_until(&request, "ended", SOON).unwrap();
    assert_eq!(ended["outcome"], "ok", "{ended:#}");
    let seen = std::fs::read_to_string(&record).unwrap();
    assert_eq!(seen, "escalate ana@acme.example\ndeescalate ana@acme.example\n");
    house.ana.wait_for_message(None, &request, "escalate done", SOON).unwrap();
}

/// One row of the contract's table of answers: what an escalation is answered, the phase and
/// outcome that follow, what the error channel says, and whether a deescalation is owed.
struct Row {
    name: &'static str,
    reply: fn() -> Reply,
    outcome: &'static str,
    told: &'static str,
    owed: bool,
}

const ROWS: [Row; 9] = [
    Row { name: "done", reply: || endpoint::done("ok"), outcome: "ok", told: "", owed: true },
    Row {
        name: "errors",
        reply: || answer(json!({ "body": {}, "errors": ["no seat left"] })),
        outcome: "errored",
        told: "no seat left",
        owed: true,
    },
    Row {
        name: "not an object",
        reply: || answer(json!([1])),
        outcome: "errored",
        told: "[1]",
        owed: true,
    },
    Row {
        name: "a key is missing",
        reply: || answer(json!({ "body": { "message": "hm" } })),
        outcome: "errored",
        told: "errors",
        owed: true,
    },
    Row {
        name: "a wrong type",
        reply: || answer(json!({ "body": {}, "errors": "none" })),
        outcome: "errored",
        told: "none",
        owed: true,
    },
    Row {
        name: "not JSON",
        reply: || Reply::Answer("<html>".to_owned()),
        outcome: "errored",
        told: "<html>",
        owed: true,
    },
    Row {
        name: "raised",
        reply: || Reply::Raised(json!({ "errorMessage": "no such table" }).to_string()),
        outcome: "errored",
        told: "no such table",
        owed: true,
    },
    Row {
        name: "403",
        reply: || Reply::Error(403, "AccessDeniedException"),
        outcome: "errored",
        told: "terraform apply",
        owed: false,
    },
    Row {
        name: "404",
        reply: || Reply::Error(404, "ResourceNotFoundException"),
        outcome: "errored",
        told: "no function or qualifier",
        owed: false,
    },
];

#[test]
fn every_answer_of_a_function_means_what_the_contract_says() {
    // The request's reason says which row the function plays.
    let lambda = Endpoint::start(|_, payload| {
        let row = payload["fields"]["reason"].as_str().unwrap_or_default();
        let played = ROWS.iter().find(|known| known.name == row);
        let escalation = payload["event"]["type"] == "escalate";
        endpoint::pass(payload).unwrap_or_else(|| match played {
            Some(row) if escalation => (Duration::ZERO, (row.reply)()),
            _ => (Duration::ZERO, endpoint::done("taken back")),
        })
    })
    .unwrap();
    let house = House::open(&At::endpoint(&lambda), |flow| flow.replace("8s", "1s")).unwrap();
    let asked: Vec<(&Row, String)> = ROWS
        .iter()
        .map(|row| {
            let fields = [("target", "button"), ("duration", "1s"), ("reason", row.name)];
            let request = house.ana.request("button", &fields).unwrap();
            house.ana.wait_until(&request, "pending", SOON).unwrap();
            house.ben.approve(&request).unwrap();
            (row, request)
        })
        .collect();
    for (row, request) in &asked {
        let unknown = row.owed && row.outcome == "errored";
        check_row(&house, &lambda, row, request, unknown);
    }
}

fn check_row(house: &House, lambda: &Endpoint, row: &Row, request: &str, unknown: bool) {
    let name = row.name;
    if !row.told.is_empty() {
        let channel = Some("#access-errors");
        house.admin.wait_for_message(channel, request, row.told, SOON).unwrap_or_else(|error| {
            panic!("{name}: {error:#}");
        });
    }
    // What answered at all has settled, so even an unknown effect ends at the first confirmation.
    let ended = house.ana.wait_until(request, "ended", SOON);
    let ended = ended.unwrap_or_else(|error| panic!("{name} (unknown: {unknown}): {error:#}"));
    assert_eq!(ended["outcome"], row.outcome, "{name}: {ended:#}");
    let calls: Vec<Call> = lambda.calls();
    let escalations = record::of_run(&calls, run_of(request), "escalate").len();
    assert_eq!(escalations, 1, "{name}: escalated {escalations} times");
    let taken_back = !record::of_run(&calls, run_of(request), "deescalate").is_empty();
    assert_eq!(taken_back, row.owed, "{name}: deescalated");
}

#[test]
fn what_never_got_an_answer_is_repeated_only_where_that_is_safe() {
    let lambda = Endpoint::start(|_, payload| {
        let reply = match payload["fields"]["reason"].as_str() {
            Some("429") => Reply::Error(429, "TooManyRequestsException"),
            Some("500") => Reply::Error(500, "ServiceException"),
            _ => Reply::Cut,
        };
        let escalation = payload["event"]["type"] == "escalate";
        let reply = if escalation { reply } else { endpoint::done("taken back") };
        endpoint::pass(payload).unwrap_or((Duration::ZERO, reply))
    })
    .unwrap();
    let house = House::open(&At::endpoint(&lambda), |flow| flow.replace("8s", "1s")).unwrap();
    let approved = |reason: &str| {
        let fields = [("target", "button"), ("duration", "1s"), ("reason", reason)];
        let request = house.ana.request("button", &fields).unwrap();
        house.ana.wait_until(&request, "pending", SOON).unwrap();
        house.ben.approve(&request).unwrap();
        request
    };
    let called = |request: &str, what| record::of_run(&lambda.calls(), run_of(request), what).len();
    let told = |request: &str, words| {
        let said = house.admin.wait_for_message(Some("#access-errors"), request, words, SOON);
        said.unwrap_or_else(|error| panic!("{words}: {error:#}"));
    };

    let throttled = approved("429");
    // Perhaps it ran: one call, taken back at once, and not ended before it has surely settled.
    for reason in ["500", "cut"] {
        let request = approved(reason);
        told(&request, "nobody knows whether");
        house.ana.wait_until(&request, "deescalating", SOON).unwrap();
        process::until("the end to be tried", SOON, || {
            Ok((called(&request, "deescalate") > 0).then_some(()))
        })
        .unwrap();
        assert_eq!((called(&request, "escalate"), called(&request, "deescalate")), (1, 1));
        let state = house.ana.wait_until(&request, "deescalating", SOON).unwrap();
        assert!(state["outcome"].is_null(), "{reason}: {state:#}");
    }
    // Certainly not: tried as often as the flow says, and nothing is owed.
    told(&throttled, "too often");
    assert_eq!(house.ana.wait_until(&throttled, "ended", SOON).unwrap()["outcome"], "errored");
    assert_eq!((called(&throttled, "escalate"), called(&throttled, "deescalate")), (3, 0));
}

fn answer(value: Value) -> Reply {
    Reply::Answer(value.to_string())
}

fn vendor_specs() -> Result<PathBuf> {
    let folder = std::env::var_os("FLOW_VENDOR_SPECS").context("FLOW_VENDOR_SPECS is not set")?;
    Ok(PathBuf::from(folder))
}

fn read_json(path: &std::path::Path) -> Value {
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}
