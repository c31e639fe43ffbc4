//! `flowc test`: what it prints, and that it fails where it must.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use flow_bundle::bundle::BundleFile;
use flow_bundle::suite::Suite;
use flow_engine::effect::Purpose;
use flow_engine::{Context, Event, EventKind, Pinned, Reply, Request, RequestId, Transition};
use flow_lang::compile::{Mode, Options, compile};
use flow_lang::{Sources, page};
use flow_sim::scenario::{self, Engine, Real, Stage, Version, explore};

use super::{flowc, scratch};

const FLOW: &str = include_str!("../../../../flow-lang/data/pages.flow.hcl");

const TEST: &str = r#"user "dev" { email = "dev@acme.example" }
user "ana" { email = "ana@acme.example" }
user "bo" { email = "bo@acme.example" }

mock "strategy.aws_lambda.db" "escalate" {
  output = { body = { message = "done" }, errors = [] }
}

mock "strategy.aws_lambda.db" "deescalate" {
  output = { body = { message = "gone" }, errors = [] }
}

scenario "an hour" {
  flow = "demo"

  request {
    by     = user.dev
    fields = { reason = "a broken index", duration = "1h" }
  }

  approve "lead" { by = user.ana }
  expect { state = "active" }
  advance { by = "1h" }
  expect { outcome = "ok" }
}

scenario "a denial" {
  flow = "demo"

  request {
    by     = user.ana
    fields = { reason = "a broken index", duration = "30m" }
  }

  deny "lead" { by = user.bo }
  expect { outcome = "denied" }
}
"#;

fn module(test: &str) -> tempfile::TempDir {
    scratch(&[("main.flow.hcl", FLOW), ("main.flowtest.hcl", test)])
}

fn compiled(test: &str) -> (BundleFile, Vec<Suite>) {
    let mut sources = Sources::new();
    sources.add("main.flow.hcl", FLOW.as_bytes());
    sources.add("main.flowtest.hcl", test.as_bytes());
    let done = compile(&sources, &Options { mode: Mode::Build, ..Options::default() });
    (done.bundle.expect("it compiles"), done.suites)
}

#[test]
fn what_passes_is_one_line_each() {
    let scratch = module(TEST);
    let (code, text) = flowc(scratch.path(), "test DIR");
    let expected =
        "DIR/main.flowtest.hcl\n  ok     an hour\n  ok     a denial\n\n2 scenarios, all passed\n";
    assert_eq!((code, text.as_str()), (0, expected));
    let (code, text) = flowc(scratch.path(), "test DIR --filter denial");
    assert_eq!(code, 0);
    assert!(text.ends_with("1 scenario, all passed\n"), "{text}");
    let (code, text) = flowc(scratch.path(), "test DIR --filter denail");
    assert_eq!(code, 2);
    assert!(text.contains("no scenario has `denail` in its name"), "{text}");
}

#[test]
fn what_fails_tells_its_line_the_flow_s_line_and_the_story() {
    let scratch =
        module(&TEST.replace("expect { outcome = \"denied\" }", "expect { outcome = \"ok\" }"));
    let (code, text) = flowc(scratch.path(), "test DIR");
    assert_eq!(code, 1);
    for part in [
        "  FAILED a denial\n",
        "DIR/main.flowtest.hcl:36:12: `outcome` is `denied`, expected `ok`\n",
        "    36 |   expect { outcome = \"ok\" }\n       |            ^^^^^^^^^^^^^^\n",
        "    decided by DIR/main.flow.hcl:65: approval \"lead\" {\n",
        "09:00:00  bo        denies `lead`",
        "-> ended\n",
        "\n2 scenarios, 1 failed\n",
    ] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

#[test]
fn a_refusal_is_a_failure_unless_it_is_the_expected_one() {
    let twice = "approve \"lead\" { by = user.dev }\n  expect { state = \"active\" }";
    let test =
        TEST.replace("approve \"lead\" { by = user.ana }\n  expect { state = \"active\" }", twice);
    let (code, text) = flowc(module(&test).path(), "test DIR");
    assert_eq!(code, 1);
    assert!(text.contains("this `approve` is refused: own_request: "), "{text}");
    assert!(text.contains("help: where that is meant, write `expect = \"refused:own_request\"`"));
}

#[test]
fn programs_are_told_the_same() {
    let scratch =
        module(&TEST.replace("expect { outcome = \"denied\" }", "expect { outcome = \"ok\" }"));
    let (code, text) = flowc(scratch.path(), "test DIR --format junit");
    assert_eq!(code, 1);
    assert!(text.contains("<testsuites tests=\"2\" failures=\"1\">"), "{text}");
    assert!(text.contains("message=\"`outcome` is `denied`, expected `ok`\""), "{text}");
    let (code, text) =
        flowc(scratch.path(), "test DIR --format json --coverage --explore 3 --seed 1");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["scenarios"], &json["failed"]), (1, &2.into(), &1.into()));
    assert_eq!(json["files"][0]["scenarios"][1]["failure"]["line"], 36);
    assert_eq!(json["explored"]["lives"], 3);
    assert_eq!(json["coverage"]["demo"]["counts"]["stages"]["covered"], 2);
}

#[test]
fn coverage_names_the_lines_that_no_scenario_came_to() {
    let (code, text) = flowc(module(TEST).path(), "test DIR --filter denial --coverage");
    assert_eq!(code, 0);
    assert!(text.contains("coverage of demo: 1 of 2 stages\n"), "{text}");
    assert!(
        text.contains("  DIR/main.flow.hcl:65: approval \"lead\" {  (is never met)\n"),
        "{text}"
    );
}

#[test]
fn a_module_without_tests_and_one_that_does_not_compile_are_told() {
    let bare = scratch(&[("main.flow.hcl", FLOW)]);
    let (code, text) = flowc(bare.path(), "test DIR");
    assert_eq!(code, 2);
    assert!(text.contains("`DIR` holds no `*.flowtest.hcl` file"), "{text}");
    let (code, text) = flowc(module(&TEST.replace("user.bo", "user.bob")).path(), "test DIR");
    assert_eq!(code, 1);
    assert!(text.contains("there is no user `bob` in this file"), "{text}");
    let (code, text) = flowc(module(&TEST.replace("\"demo\"", "\"dmo\"")).path(), "check DIR");
    assert_eq!(code, 1);
    assert!(text.contains("there is no flow `dmo`"), "{text}");
}

/// The examples of the two pages that only playing can show.
#[test]
fn the_pages_of_what_is_found_by_playing_say_the_truth() {
    for id in ["Q802", "Q803"] {
        let text = page::find(flow_lang::code::find(id).unwrap()).unwrap();
        for (word, told) in [("bad", true), ("good", false)] {
            let open = format!("```hcl {word}\n# file: demo.flowtest.hcl\n");
            let example = text.split(&open).nth(1).unwrap().split("```").next().unwrap();
            let (code, out) = flowc(module(example).path(), "test DIR --deny-warnings");
            assert_eq!((code, out.contains(id)), (u8::from(told), told), "{word} of {id}:\n{out}");
        }
    }
}

#[test]
fn a_bundle_that_is_deployed_narrows_what_runs() {
    let test = TEST.replace(
        "  approve \"lead\" { by = user.ana }\n  expect { state = \"active\" }",
        "  deploy { bundle = \"next\" }\n  approve \"lead\" {\n    by     = user.ana\n    expect = \"refused:not_an_approver\"\n  }\n  approve \"lead\" { by = user.bo }\n  expect { state = \"active\" }",
    );
    let scratch = module(&test);
    fs::create_dir(scratch.path().join("next")).unwrap();
    let next = FLOW
        .replace("[user(\"ana@acme.example\"), user(\"bo", "[user(\"cy@acme.example\"), user(\"bo");
    fs::write(scratch.path().join("next/main.flow.hcl"), next).unwrap();
    let (code, text) = flowc(scratch.path(), "test DIR");
    assert_eq!(code, 0, "{text}");
}

/// An engine that remembers in memory which requests it has seen.
#[derive(Default)]
struct Remembers(RefCell<BTreeSet<RequestId>>);

impl Engine for Remembers {
    fn decide(
        &self,
        pinned: &Pinned<'_>,
        request: Option<&Request>,
        event: &Event,
        context: &Context,
    ) -> Transition {
        if let EventKind::Ask(ask) = &event.kind {
            self.0.borrow_mut().insert(ask.request);
        }
        let knows = request.is_none_or(|r| self.0.borrow().contains(&r.id));
        Real.decide(pinned, request.filter(|_| knows), event, context)
    }

    fn restart(&self) {
        self.0.borrow_mut().clear();
    }
}

fn stage<'p>(
    (module, suites): &'p (BundleFile, Vec<Suite>),
    others: &'p BTreeMap<String, Version<'p>>,
    engine: &'p dyn Engine,
) -> Stage<'p> {
    let module = Version { bundle: &module.bundle, hash: module.content_hash };
    Stage { suite: &suites[0], module, others, engine }
}

#[test]
fn an_engine_that_forgets_fails_in_the_second_playing_alone() {
    let (all, others, engine) = (compiled(TEST), BTreeMap::new(), Remembers::default());
    let stage = stage(&all, &others, &engine);
    let played = scenario::play(&stage, &stage.suite.scenarios[0]);
    let failure = played.failure.expect("it fails");
    assert!(failure.after_crash, "{failure:?}");
    let real = self::stage(&all, &others, &Real);
    assert!(scenario::play(&real, &real.suite.scenarios[0]).failure.is_none());
}

/// An engine with a fault.
struct Planted(fn(&Pinned<'_>, Option<&Request>, &Event, &Context) -> Transition);

impl Engine for Planted {
    fn decide(
        &self,
        pinned: &Pinned<'_>,
        request: Option<&Request>,
        event: &Event,
        context: &Context,
    ) -> Transition {
        (self.0)(pinned, request, event, context)
    }
}

/// Takes a click for that of the first who may decide.
fn anybody_approves(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut event = event.clone();
    if let (EventKind::Approve(_), Some(by)) = (&event.kind, &mut event.by) {
        by.id = "person_00000000-0000-0000-0000-000000000007".parse().unwrap();
        by.emails = vec!["bo@acme.example".to_owned()];
    }
    Real.decide(pinned, request, &event, context)
}

/// Never asks for an end.
fn keeps_access(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let mut done = Real.decide(pinned, request, event, context);
    done.effects.retain(|e| e.kind.purpose() != Some(Purpose::Deescalate));
    done
}

/// Does nothing when time is up.
fn sleeps(
    pinned: &Pinned<'_>,
    request: Option<&Request>,
    event: &Event,
    context: &Context,
) -> Transition {
    let done = Real.decide(pinned, request, event, context);
    match (&event.kind, request) {
        (EventKind::Tick, Some(before)) => Transition {
            request: Some(before.clone()),
            grants: Vec::new(),
            effects: Vec::new(),
            audit: Vec::new(),
            reply: Reply::Accepted { note: None },
            branches: Vec::new(),
        },
        _ => done,
    }
}

#[test]
fn exploring_finds_each_planted_fault_and_none_in_the_engine() {
    let (all, others) = (compiled(TEST), BTreeMap::new());
    let first = |engine: &dyn Engine| {
        let stage = stage(&all, &others, engine);
        (0..400).find_map(|seed| explore::life(&stage, seed))
    };
    assert!(first(&Real).is_none(), "{:?}", first(&Real));
    for (plant, claim) in [
        (Planted(anybody_approves), "P1: "),
        (Planted(keeps_access), "P2: "),
        (Planted(sleeps), "P"),
    ] {
        let broken = first(&plant).unwrap_or_else(|| panic!("{claim} is not found"));
        assert!(broken.message.starts_with(claim), "{}", broken.message);
        assert!(!broken.lines.is_empty());
        let stage = stage(&all, &others, &plant);
        let again = explore::life(&stage, broken.seed).expect("the seed tells it again");
        assert_eq!(again.message, broken.message);
    }
}
