//! The file: the same bytes each time, and nothing but those is read.

mod calls;

use serde_json::{Value as Json, json};

use super::*;
use crate::seal::seal;

/// The example of the specification, whose flow hash is a placeholder of the right length.
const EXAMPLE: &str = include_str!("../../data/approval-only.json");
/// The bundle of the Lambda example, before it is sealed.
const LAMBDA: &str = include_str!("../../data/aws-lambda.json");

fn example() -> BundleFile {
    serde_json::from_str(EXAMPLE).unwrap()
}

fn sealed() -> (Bundle, SourceMap) {
    let mut file = example();
    seal(&mut file.bundle).unwrap();
    (file.bundle, file.sources)
}

fn lambda() -> Bundle {
    let mut bundle: Bundle = serde_json::from_str(LAMBDA).unwrap();
    seal(&mut bundle).unwrap();
    bundle
}

#[test]
fn the_example_has_the_hashes_of_the_specification() {
    let file = example();
    assert_eq!(content_hash(&file.bundle), file.content_hash);
    let placeholder = read(EXAMPLE.as_bytes()).unwrap_err();
    assert_eq!(placeholder.path, "flows.friday_deploy.hash");
    let reached = file.bundle.reach.clone();
    let (bundle, sources) = sealed();
    assert_eq!(bundle.reach, reached);
    let text = write(&bundle, &sources, "flowc 0.1.0");
    assert_eq!(read(text.as_bytes()).unwrap().bundle, bundle);
    // Indentation is no matter: hashes cover what was understood.
    let json: Json = serde_json::from_str(&text).unwrap();
    let pretty = serde_json::to_string_pretty(&json).unwrap();
    assert_eq!(read(pretty.as_bytes()).unwrap().bundle, bundle);
}

#[test]
fn the_lambda_example_reaches_one_function() {
    let bundle = lambda();
    let [function] = bundle.reach.aws_lambda.as_slice() else { panic!("{:?}", bundle.reach) };
    assert_eq!(
        function.arn,
        "arn:aws:lambda:us-east-1:123456789012:function:super-secret-button:prod"
    );
    assert_eq!(
        function.uses,
        [
            "flows.aws_lambda.hooks.after_request.audit",
            "flows.aws_lambda.hooks.on_request.precheck",
            "strategies.aws_lambda.button.deescalate",
            "strategies.aws_lambda.button.escalate",
        ]
    );
    let heard: Vec<_> = bundle.reach.slack.iter().map(|s| s.to.as_str()).collect();
    assert_eq!(heard, ["#sym-errors", "#sym-requests", "dm:approvers", "dm:requester"]);
    let text = write(&bundle, &SourceMap::default(), "flowc 0.1.0");
    assert_eq!(read(text.as_bytes()).unwrap().bundle, bundle);
}

#[test]
fn the_same_bundle_has_the_same_bytes() {
    let (bundle, sources) = sealed();
    let text = write(&bundle, &sources, "flowc 0.1.0");
    assert!(text.ends_with("}\n") && !text.trim_end().contains('\n'));
    let again = read(text.as_bytes()).unwrap();
    assert_eq!(write(&again.bundle, &again.sources, &again.compiler), text);
    // It is the canonical JSON of itself, and flow by flow is the same as all at once.
    let json: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(crate::canonical::to_string(&json), text.trim_end());
    assert_eq!(crate::canonical::of(&bundle), bundle_json(&bundle));
}

#[test]
fn what_a_flow_refers_to_is_in_its_hash() {
    let bundle = lambda();
    let hash = bundle.flows["aws_lambda"].hash;
    let changes: [fn(&mut Bundle); 4] = [
        |b| b.targets.values_mut().for_each(|t| t.label.push('x')),
        |b| b.strategies.values_mut().for_each(|s| s.idempotent = true),
        |b| {
            b.environments.values_mut().for_each(|e| {
                e.vars.insert("a".into(), "b".into());
            })
        },
        |b| b.secrets.values_mut().for_each(|s| s.description = None),
    ];
    for change in changes {
        let mut changed = bundle.clone();
        change(&mut changed);
        seal(&mut changed).unwrap();
        assert_ne!(changed.flows["aws_lambda"].hash, hash);
    }
    let mut other = bundle;
    other.groups.insert(
        "unused".into(),
        crate::bundle::Group { members: Some(vec![]), ..Default::default() },
    );
    seal(&mut other).unwrap();
    assert_eq!(other.flows["aws_lambda"].hash, hash);
}

/// Changes the Lambda bundle at a JSON pointer, hashes it again and loads it.
fn load_changed(pointer: &str, value: Json) -> String {
    let mut json = serde_json::to_value(lambda()).unwrap();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match json.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}")) {
        Json::Object(map) if value == json!("REMOVE") => drop(map.remove(key)),
        Json::Object(map) => drop(map.insert(key.to_owned(), value)),
        Json::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => panic!("{pointer}: {other}"),
    }
    let mut bundle: Bundle = match serde_json::from_value(json) {
        Ok(bundle) => bundle,
        Err(e) => return format!("structure: {e}"),
    };
    let reach = bundle.reach.clone();
    let _ = seal(&mut bundle);
    if pointer.starts_with("/reach") {
        bundle.reach = reach;
    }
    match read(write(&bundle, &SourceMap::default(), "test").as_bytes()) {
        Ok(_) => "loaded".to_owned(),
        Err(e) => format!("{}: {}", e.path, e.message),
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    let stage = "/flows/aws_lambda/approvals/0";
    let step = "/flows/aws_lambda/hooks/on_request/0";
    let strategy = "/strategies/aws_lambda.button";
    let rows: Vec<(String, Json, &str)> = vec![
        ("/name".into(), json!("other"), "loaded"),
        (
            "/required_runtime".into(),
            json!(">= 99"),
            "required_runtime: needs a runtime `>= 99`, this is 0.1.0",
        ),
        ("/required_runtime".into(), json!("new"), "required_runtime: `` is no version: `1.2.3`"),
        (
            format!("{stage}/when"),
            json!(["call", "lower@2", ["s", "a"]]),
            "flows.aws_lambda.approvals.member.when: the function `lower@2` is not known",
        ),
        (
            format!("{stage}/when"),
            json!(["call", "is_member@1", ["null"], ["null"]]),
            "flows.aws_lambda.approvals.member.when: the function `is_member@1` is not known",
        ),
        (
            format!("{stage}/when"),
            json!(["call", "lower@1"]),
            "flows.aws_lambda.approvals.member.when: `lower(s: string) -> string` is called with 0 arguments",
        ),
        (
            format!("{stage}/when"),
            json!(["local", "x"]),
            "flows.aws_lambda.approvals.member.when: the name `x` is not bound",
        ),
        (format!("{stage}/when"), json!(["nope"]), "structure: `[\"nope\"]` is no expression"),
        (
            format!("{stage}/rules/0/approvers"),
            json!(["ref", "group.x"]),
            "flows.aws_lambda.approvals.member.rules.0.approvers: the group `x` is not declared",
        ),
        (
            format!("{stage}/after"),
            json!(["later"]),
            "flows.aws_lambda.approvals.member.after: `later` is no stage written before it",
        ),
        (
            format!("{stage}/timeout_s"),
            json!("99999999"),
            "flows.aws_lambda.approvals.member.timeout_s: 99999999 seconds, allowed are 1 to 2592000",
        ),
        (
            format!("{stage}/on_timeout"),
            json!("fallback"),
            "flows.aws_lambda.approvals.member: `fallback` needs `fallback_approvers`",
        ),
        (
            "/flows/aws_lambda/approvals".into(),
            json!([]),
            "flows.aws_lambda.approvals: nobody approves and nothing may do so by itself",
        ),
        (
            "/flows/aws_lambda/grant/strategy".into(),
            json!("aws_lambda.x"),
            "flows.aws_lambda.grant.strategy: the strategy `aws_lambda.x` is not declared",
        ),
        (
            "/flows/aws_lambda/grant/max_duration_s".into(),
            json!("REMOVE"),
            "flows.aws_lambda.grant: a grant that ends by itself needs `duration` and `max_duration`",
        ),
        (
            "/flows/aws_lambda/environment".into(),
            json!("x"),
            "flows.aws_lambda.environment: the environment `x` is not declared",
        ),
        (
            format!("{step}/integration"),
            json!("slack.main"),
            "flows.aws_lambda.hooks.on_request.precheck.integration: `slack.main` is no integration of type `aws`",
        ),
        (
            format!("{step}/kind"),
            json!("shell"),
            "flows.aws_lambda.hooks.on_request.precheck: `shell` is no kind of step",
        ),
        (
            format!("{step}/args/function"),
            json!(["get", "request", "fields", "reason"]),
            "flows.aws_lambda.hooks.on_request.precheck.args.function: must be known at build (null: `request` has no value here)",
        ),
        (
            format!("{step}/args/function"),
            json!(["s", "arn:aws:lambda:us-east-1:123456789012:function:*"]),
            "flows.aws_lambda.hooks.on_request.precheck.args.function: `arn:aws:lambda:us-east-1:123456789012:function:*` is not one exact Lambda ARN",
        ),
        (
            format!("{strategy}/targets"),
            json!([]),
            "strategies.aws_lambda.button.targets: it grants nothing",
        ),
        (
            format!("{strategy}/integration"),
            json!("x"),
            "strategies.aws_lambda.button.integration: the integration `x` is not declared",
        ),
        (
            format!("{strategy}/escalate/retry/on"),
            json!(["timeout"]),
            "strategies.aws_lambda.button.escalate.retry: `timeout` may have happened, and the strategy is not idempotent",
        ),
        ("/reach/aws_lambda".into(), json!([]), "reach: it is not what the flows reach"),
        (
            "/secrets".into(),
            json!({}),
            "integrations.slack.main: the secret `slack_bot_token` is not declared",
        ),
        (
            "/groups/g".into(),
            json!({"members": ["Ana@x"]}),
            "groups.g.members: `Ana@x` is no e-mail address in lower case",
        ),
        ("/format".into(), json!(2), "format: `format` is 2, this runtime knows up to 1"),
        ("/ir".into(), json!(0), "ir: `ir` is 0, which never existed"),
    ];
    for (pointer, value, expected) in rows {
        assert_eq!(load_changed(&pointer, value.clone()), expected, "{pointer} = {value}");
    }
}

#[test]
fn limits_and_structure_name_their_place() {
    let (bundle, sources) = sealed();
    let text = write(&bundle, &sources, "flowc 0.1.0");
    let problem = |text: String| {
        let e = read(text.as_bytes()).unwrap_err();
        format!("{}: {}", e.path, e.message)
    };
    assert_eq!(
        problem("{}".into()),
        ": the file is no bundle (missing field `bundle` at line 1 column 2)"
    );
    assert_eq!(
        problem(text.replace("\"denials\"", "\"denails\"")),
        "flows.friday_deploy.approvals.0.denails: unknown field `denails`, expected one of `after`, `allow_self`, `ask_comment`, `denials`, `distinct`, `fallback_approvers`, `name`, `notify`, `on_timeout`, `refusal`, `remind_s`, `routes`, `rules`, `steps`, `timeout_s`, `when`"
    );
    assert_eq!(
        problem(text.replace("[\"n\",\"2\"]", "[\"n\",\"x\"]")).split(':').next(),
        Some("flows.friday_deploy.approvals.0.rules.0")
    );
    let deep = format!("{}{}", "[".repeat(400), "]".repeat(400));
    assert!(problem(text.replace("[\"n\",\"2\"]", &deep)).contains("nested deeper than 288"));
    assert!(read(&vec![b' '; BUNDLE_BYTES + 1]).unwrap_err().message.contains("64 MiB"));
    let renamed = problem(text.replace("deploy-approvals", "deploy-Approvals"));
    assert!(
        renamed.starts_with("content_hash: ") && renamed.ends_with("it was changed"),
        "{renamed}"
    );
}

#[test]
fn the_deepest_expression_loads_on_a_small_stack() {
    use crate::expr::{Expr, UnaryOp};
    let mut bundle = lambda();
    let not = |e, _| Expr::Unary(UnaryOp::Not, Box::new(e));
    let flow = bundle.flows.get_mut("aws_lambda").unwrap();
    flow.approvals[0].notify[0].when = (1..crate::limits::EXPR_DEPTH).fold(Expr::Bool(true), not);
    assert_eq!(crate::walk::depth(&flow.approvals[0].notify[0].when), crate::limits::EXPR_DEPTH);
    seal(&mut bundle).unwrap();
    let run = move || {
        let text = write(&bundle, &SourceMap::default(), "test");
        assert!(read(text.as_bytes()).is_ok());
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn changed_bytes_are_refused_and_never_panic() {
    let text = write(&lambda(), &SourceMap::default(), "flowc 0.1.0");
    let bundle = lambda();
    let mut seed = 1_u64;
    let mut deeper = 0;
    for round in 0..3_000 {
        let mut bytes = text.clone().into_bytes();
        let mut roll = |sides: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % sides
        };
        let at = roll(bytes.len());
        match round % 3 {
            0 => bytes[at] = b"{}[]\",:0 \\x"[roll(11)],
            1 => drop(bytes.drain(at..(at + roll(9)).min(text.len()))),
            _ => {
                let from = roll(text.len() - 40);
                let piece = text.as_bytes()[from..from + roll(40)].to_vec();
                bytes.splice(at..at, piece);
            }
        }
        if let Ok(file) = read(&bytes) {
            assert_eq!(file.bundle, bundle);
        }
        // Past the hashes: what still has the structure of a bundle is hashed again.
        if let Ok(file) = typed::<BundleFile>(&bytes) {
            deeper += 1;
            let _ = read(write(&file.bundle, &file.sources, "test").as_bytes());
        }
    }
    assert!(deeper > 100, "{deeper}");
}

/// A fifth of the flows that are allowed, so that the test is quick.
#[test]
fn as_many_flows_as_allowed_fit_the_file() {
    let (mut bundle, sources) = sealed();
    let flow = bundle.flows.remove("friday_deploy").unwrap();
    let many = FLOWS / 5;
    bundle.flows.extend((0..many).map(|i| (format!("f{i}"), flow.clone())));
    seal(&mut bundle).unwrap();
    let text = write(&bundle, &sources, "test");
    assert!(5 * text.len() < BUNDLE_BYTES, "{}", text.len());
    assert_eq!(read(text.as_bytes()).unwrap().bundle.flows.len(), many);
}
