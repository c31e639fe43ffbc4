//! The evaluator, text in and text out: `expression | expected`.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::expr::{BinaryOp, SetName};
use crate::testing::expr;
use crate::value::User;

fn scope() -> Scope<'static> {
    let data = |text: &str| crate::json::parse(text.as_bytes()).unwrap();
    let requester = User {
        id: "p1".into(),
        email: "ana@x".into(),
        name: "Ana".into(),
        role: "member".into(),
        manager: Some("bo@x".into()),
        identities: BTreeMap::from([("okta".to_owned(), "00u1".to_owned())]),
        ..User::default()
    };
    let target = crate::value::Target {
        address: "aws_lambda_function.button".into(),
        name: "button".into(),
        label: "Button".into(),
        kind: "aws_lambda_function".into(),
        settings: BTreeMap::from([("arn".to_owned(), "arn:x".to_owned())]),
    };
    Scope::new()
        .with("requester", Value::User(requester))
        .with("target", Value::Target(target))
        .with("n", data(r#"{"one":1,"none":null,"list":[1,2,3],"empty":[]}"#))
        .with(
            "who",
            Value::List(vec![Value::User(User::named("a@x")), Value::User(User::named("b@x"))]),
        )
        .with("now", Value::Timestamp("2026-01-02T03:04:05Z".parse().unwrap()))
}

fn shown(expr: &Expr) -> String {
    match eval(expr, &scope()) {
        Ok(value) => crate::payload::to_json(&value).to_string(),
        Err(e) => e.to_string(),
    }
}

const TABLE: &str = r#"
1 + 2 * 3 | 7
0.1 + 0.2 == 0.3 | true
9007199254740993 + -1 == 9007199254740992 | true
7 % 4 | 3
1 / 0 | division_by_zero: 1 / 0
1 % 0 | division_by_zero: 1 % 0
9999999999999999999999999999 + 1 | overflow: 9999999999999999999999999999 + 1 needs more than 28 digits
10 / 3 | "3.333333333333333333333333333"
-(0) == 0 | true
true || 1 / 0 == 1 | true
false && 1 / 0 == 1 | false
true ? 1 : 1 / 0 | 1
n.none == null | true
n.one != null | true
1 == "1" | conversion: a number cannot be compared with a string
n.none ? 1 : 2 | null: a condition is null
n.none + 1 | null: null `+` a number
"a" < "b" | true
[1, 2] == [1, 2.0] | true
{ a = 1 } == { a = 2 } | false
requester.name | "Ana"
requester.manager == user("BO@x") | true
requester == user("ana@x") | true
requester.identities["okta"] | "00u1"
requester.identities["github"] | null
requester.identities.github | null
requester.shoe_size | null: `requester` has no attribute `shoe_size`: it is a user
n.one.two | conversion: `n.one` is a number, which has no attribute `two`
n.none.two | null: `n.none` is null, so it has no `two`
n.two | null: `n` has no attribute `two`
nobody_knows | null: `nobody_knows` has no value here
target.settings.arn | "arn:x"
target.type | "aws_lambda_function"
n.list[1] | 2
n.list[3] | index: there is no element 3, the list has 3
n.list[0.5] | index: there is no element 0.5, the list has 3
{ a = 1 }["b"] | index: there is no key `b`
who[*].email | ["a@x","b@x"]
join(", ", who[*].name) | "a@x, b@x"
duration("1h") + duration("30m") == duration("90m") | true
duration("1h") * 2 == duration("2h") | true
duration("1h") / duration("15m") | 4
timestamp("2026-01-01T00:00:00Z") + duration("1d") | "2026-01-02T00:00:00Z"
now() - duration("5s") | "2026-01-02T03:04:00Z"
now() - timestamp("2026-01-02T00:00:00Z") == duration("3h4m5s") | true
timestamp("9999-12-30T00:00:00Z") + duration("9999w") | overflow: 9999-12-30T00:00:00Z and 6047395200 seconds is no instant
timestamp("2026-01-01 00:00:00Z") | conversion: `2026-01-01 00:00:00Z` is no instant: `2026-01-31T08:00:00Z`
try(n.none.x, 7) | 7
try(1 / 0, 7) | 7
try(length(range(10001)), 7) | too_large: the result is larger than 1 MiB
can(n.none.x) | false
can(n.one) | true
as(n.list, ["list", "number"]) | [1,2,3]
as(n.list, ["list", "string"]) | conversion: 0 should be string and is 1
as("1h", "duration") | 3600
as(jsondecode("{\"a\":1}"), ["object", {"a": "number"}]).a | 1
coalesce(n.none, n.none) | null
min([]) | index: the list is empty
one([1, 2]) | index: there are 2 elements, not one
slice([1], 0, 2) | index: there is no slice 0 to 2, the list has 1
substr("abc", 2, 9) | "c"
substr("abc", -1, 1) | index: the start is -1, not a whole number from 0
truncate("abc", 3) | "abc"
format("%s", 1, 2) | index: the pattern wants fewer arguments
format("%d", 1.5) | conversion: `%d` wants a whole number, not 1.5
format("%.3f/%-4s/%4s", 2, "a", "b") | "2.000/a   /   b"
matches("ab", "a|ab") | true
matches("ab", "(") | conversion: `(` is no pattern: unclosed group
regex("abc", "x") | null
tonumber("1e400") | null
user("nobody") | conversion: `nobody` is no e-mail address
channel("ops") | conversion: `ops` is no channel: `#ops`
weekday(now(), "Europe/Berlin") | "fri"
format_time(now(), "Mars/Olympus") | conversion: `Mars/Olympus` is no time zone: `Europe/Berlin`, `UTC`
in_window(timestamp("2026-01-03T01:00:00Z"), "UTC", ["fri"], "22:00", "06:00") | true
in_window(timestamp("2026-01-02T01:00:00Z"), "UTC", ["fri"], "22:00", "06:00") | false
in_window(now(), "UTC", ["fri"], "09:00", "09:00") | false
in_window(now(), "UTC", ["friday"], "00:00", "24:00") | conversion: `friday` is no day: mon, tue, wed, thu, fri, sat, sun
jsonencode({ b = who, a = 1.5 }) | "{\"a\":\"1.5\",\"b\":[\"a@x\",\"b@x\"]}"
sort([1, null]) | conversion: null has no order
cidrcontains("10.0.0.0/8", "::1") | false
"#;

#[test]
fn table() {
    for row in TABLE.trim().lines() {
        let (text, expected) = row.rsplit_once(" | ").unwrap();
        assert_eq!(shown(&expr(text)), expected, "{text}");
    }
}

#[test]
fn nodes_that_the_table_cannot_write() {
    for (json, expected) in [
        (
            json!([
                "for",
                "list",
                ["v"],
                ["get", "n", "list"],
                null,
                ["*", ["local", "v"], ["n", "2"]],
                [">", ["local", "v"], ["n", "1"]]
            ]),
            "[4,6]",
        ),
        (
            json!([
                "for",
                "map",
                ["k", "v"],
                ["obj", ["a", ["n", "1"]]],
                ["tmpl", ["s", "x"], ["local", "k"]],
                ["local", "v"],
                null
            ]),
            r#"{"xa":1}"#,
        ),
        (
            json!([
                "for",
                "map",
                ["v"],
                ["list", ["n", "1"], ["n", "2"]],
                ["s", "k"],
                ["local", "v"],
                null
            ]),
            "index: the key `k` comes twice",
        ),
        (
            json!([
                "let",
                [["a", ["n", "1"]], ["b", ["+", ["local", "a"], ["n", "1"]]]],
                ["local", "b"]
            ]),
            "2",
        ),
        (
            json!([
                "list",
                ["let", [["a", ["n", "1"]]], ["local", "a"]],
                ["try", ["local", "a"], ["s", "gone"]]
            ]),
            r#"[1,"gone"]"#,
        ),
        (
            json!([
                "tmpl",
                ["s", "for "],
                ["d", "5400"],
                ["s", " "],
                ["b", true],
                ["n", "1.50"],
                ["get", "requester"],
                ["t", "2026-01-01T00:00:00Z"]
            ]),
            r#""for 1h30m true1.5Ana2026-01-01T00:00:00Z""#,
        ),
        (json!(["tmpl", ["get", "n", "none"]]), "null: null has no text"),
        (json!(["map", [["s", "a"], ["n", "1"]]]), r#"{"a":1}"#),
        (json!(["map", [["null"], ["n", "1"]]]), "null: a key is null"),
        (json!(["ref", "target.x.y"]), "null: `target.x.y` is not declared"),
        (
            json!(["call", "lower@2", ["s", "A"]]),
            "conversion: `lower@2` with 1 arguments is no function",
        ),
        (json!(["call", "lower@1"]), "conversion: `lower@1` with 0 arguments is no function"),
        (
            json!(["call", "is_member@1", ["null"], ["null"]]),
            "conversion: `is_member@1` with 2 arguments is no function",
        ),
    ] {
        assert_eq!(shown(&Expr::from_json(&json).unwrap()), expected, "{json}");
    }
    let set = eval(&expr("union(requester, group_of(who))"), &scope()).unwrap();
    assert!(matches!(set, Value::Principals(Principals::Union(sets)) if sets.len() == 2));
    let group = eval(&Expr::Ref("group.leads".into()), &scope()).unwrap();
    assert_eq!(group, Value::Principals(Principals::Group("leads".into())));
    let set = eval(&Expr::Set(SetName::Members), &scope()).unwrap();
    assert_eq!(set, Value::Principals(Principals::Named(SetName::Members)));
}

#[test]
fn every_function_has_an_example_that_holds() {
    for f in function::all() {
        if f.example.is_empty() {
            assert!(
                ["now", "as", "decode", "is_member", "group_of", "union", "intersect", "except"]
                    .contains(&f.name),
                "{}",
                f.name
            );
            continue;
        }
        assert_eq!(shown(&expr(f.example)), "true", "{}", f.example);
    }
}

#[test]
fn a_target_is_filled_in_from_the_scope() {
    let target = bundle::Target {
        kind: "aws_lambda_function".into(),
        label: "Button".into(),
        settings: BTreeMap::from([
            ("function".to_owned(), Expr::string("arn:x")),
            ("team".to_owned(), Expr::get("request.fields.team")),
        ]),
        each_of: None,
    };
    let fields = crate::json::parse(br#"{"fields":{"team":"ops"}}"#).unwrap();
    let scope = Scope::new().with("request", fields);
    let found = resolve_target("aws_lambda_function.button", &target, &scope).unwrap();
    assert_eq!((found.name.as_str(), found.settings["arn"].as_str()), ("button", "arn:x"));
    assert_eq!(found.settings["team"], "ops");
    assert!(resolve_target("x.y", &target, &Scope::new()).is_err());
}

#[test]
fn what_is_too_much_is_refused_and_not_tried() {
    let many = |n: usize| Expr::List((0..n).map(|_| Expr::Null).collect());
    let inner = json!([
        "for",
        "list",
        ["b"],
        ["call", "range@1", ["n", "400"]],
        null,
        ["local", "b"],
        null
    ]);
    let walked = json!([
        "for",
        "list",
        ["a"],
        ["call", "range@1", ["n", "400"]],
        null,
        ["call", "length@1", inner],
        null
    ]);
    let doubled = (0..30).fold(json!(["s", "0123456789abcdef"]), |e, i| {
        json!([
            "let",
            [[format!("x{i}"), e]],
            ["tmpl", ["local", format!("x{i}")], ["local", format!("x{i}")]]
        ])
    });
    for (expr, kind) in [
        (many(70_000), EvalErrorKind::TooLarge),
        (Expr::from_json(&walked).unwrap(), EvalErrorKind::Fuel),
        (Expr::from_json(&doubled).unwrap(), EvalErrorKind::TooLarge),
        (
            expr(&format!("replace(\"{}\", \"a\", \"{}\")", "a".repeat(2000), "b".repeat(2000))),
            EvalErrorKind::TooLarge,
        ),
        (expr(&format!("split(\"\", \"{}\")", "a".repeat(100_000))), EvalErrorKind::TooLarge),
    ] {
        assert_eq!(eval(&expr, &scope()).map_err(|e| e.kind), Err(kind));
    }
}

#[test]
fn the_deepest_expression_fits_a_small_stack() {
    let deep = |n: usize| {
        (0..n).fold(Expr::Number(1.into()), |e, _| {
            Expr::Binary(BinaryOp::Add, Box::new(e), Box::new(Expr::Number(1.into())))
        })
    };
    let run = move || {
        assert_eq!(eval(&deep(EXPR_DEPTH - 1), &Scope::new()).unwrap(), Value::Number(256.into()));
        assert_eq!(eval(&deep(EXPR_DEPTH), &Scope::new()).unwrap_err().kind, EvalErrorKind::Fuel);
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(run).unwrap().join().unwrap();
}

/// A small generator: the same seed gives the same expression.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn leaf(&mut self) -> Expr {
        match self.roll(12) {
            0 => Expr::Null,
            1 => Expr::Bool(true),
            2 => Expr::Number(crate::decimal::parse("9999999999999999999999999999").unwrap()),
            3 => Expr::Number((-1).into()),
            4 => Expr::string("é<a|b>(%s%5d"),
            5 => Expr::Duration(5400.into()),
            6 => Expr::Timestamp("2026-01-01T00:00:00Z".into()),
            7 => Expr::get("requester"),
            8 => Expr::get("n.list"),
            9 => Expr::List(vec![]),
            10 => Expr::string(""),
            _ => Expr::get("target"),
        }
    }

    fn expr(&mut self, depth: usize) -> Expr {
        if depth == 0 {
            return self.leaf();
        }
        let mut next = || Box::new(self.expr(depth - 1));
        let (a, b, c) = (next(), next(), next());
        match self.roll(10) {
            0 => Expr::If(a, b, c),
            1 => Expr::Template(vec![*a, *b]),
            2 => Expr::At(a, b),
            3 => Expr::Attr(a, "name".into()),
            4 => Expr::Splat(a, vec!["email".into()]),
            5 => Expr::Try(a, b),
            6 => Expr::Object(vec![("k".into(), *a), ("l".into(), *b)]),
            7 => Expr::List(vec![*a, *b, *c]),
            8 => {
                let (op, _) = BinaryOp::ALL[self.roll(BinaryOp::ALL.len())];
                Expr::Binary(op, a, b)
            }
            _ => {
                let calls: Vec<_> =
                    function::all().filter(|f| f.form == function::Form::Call).collect();
                let f = calls[self.roll(calls.len())];
                let args = [*a, *b, *c, self.leaf(), self.leaf()];
                let count = f.max.unwrap_or(3).min(5);
                Expr::Call(f.id(), args.into_iter().take(count).collect())
            }
        }
    }
}

#[test]
fn random_expressions_never_panic_and_read_back_the_same() {
    let mut dice = Dice(1);
    let scope = scope();
    let mut values = 0;
    for _ in 0..20_000 {
        let depth = 1 + dice.roll(3);
        let expr = dice.expr(depth);
        let first = eval(&expr, &scope);
        values += usize::from(first.is_ok());
        let again = Expr::from_json(&expr.to_json()).unwrap();
        assert_eq!(again, expr);
        assert_eq!(eval(&again, &scope), first);
    }
    assert!(values > 2_000, "only {values} had a value");
}

#[test]
fn a_target_is_named_without_its_type() {
    for (address, name) in [
        ("okta_group.admins", "admins"),
        ("okta_group.admins[\"a.b\"]", "admins[\"a.b\"]"),
        ("module.t[\"a.b\"].module.u.okta_group.admins", "module.t[\"a.b\"].module.u.admins"),
    ] {
        assert_eq!(super::target_name(address), name);
    }
}
