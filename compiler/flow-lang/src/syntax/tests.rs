//! Text in, text out: findings and trees of small files.

use std::fmt::Write as _;

use super::tree::{Body, Call, Expr, ExprKind, File, Item, Key, Part, Step};
use crate::diagnostic::Diagnostics;
use crate::source::Sources;

/// What is found in a text, one line each: code, place, message, labels, help.
fn findings(text: &str) -> String {
    let (sources, diagnostics, files) = read(text);
    let mut out = String::new();
    for d in diagnostics.finish(&sources, &files) {
        let place = sources.place(d.primary.span);
        let shown = sources.text(d.primary.span).escape_debug();
        write!(out, "{} {} `{shown}` {}", d.code.id, place.trim_start_matches("t:"), d.message)
            .unwrap();
        write!(out, " [{}]", d.primary.text).unwrap();
        for label in &d.labels {
            let place = sources.place(label.span);
            write!(out, " [{} {}]", place.trim_start_matches("t:"), label.text).unwrap();
        }
        writeln!(out, " {}", d.help.unwrap_or_default()).unwrap();
    }
    out
}

/// The tree of a text in brackets.
fn tree(text: &str) -> String {
    let (_, _, files) = read(text);
    let mut out = String::new();
    body(&files[0].body, &mut out);
    out
}

fn read(text: &str) -> (Sources, Diagnostics, Vec<File>) {
    let mut sources = Sources::new();
    sources.add("t", text.as_bytes());
    let mut diagnostics = Diagnostics::new();
    let files = super::parse(&sources, &mut diagnostics);
    (sources, diagnostics, files)
}

fn body(body: &Body, out: &mut String) {
    for item in &body.items {
        match item {
            Item::Attribute(a) => write!(out, "{}={};", a.name.text, expr(&a.expr)).unwrap(),
            Item::Block(b) => {
                let labels: String = b.labels.iter().map(|l| format!(" {}", l.text)).collect();
                let mark = if b.tombstone { "†" } else { "" };
                write!(out, "{}{labels}{mark}{{", b.kind.text).unwrap();
                self::body(&b.body, out);
                out.push('}');
            }
        }
    }
}

fn expr(e: &Expr) -> String {
    let all = |list: &[Expr]| list.iter().map(expr).collect::<Vec<_>>().join(" ");
    match &e.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(n) => n.clone(),
        ExprKind::String(text) => format!("{:?}", text.value),
        ExprKind::Template(list) => format!("`{}`", parts(list)),
        ExprKind::List(list) => format!("[{}]", all(list)),
        ExprKind::Object(entries) => {
            let entry = |key: &Key, value: &Expr| match key {
                Key::Name(name) => format!("{}: {}", name.text, expr(value)),
                Key::Expr(key) => format!("{}: {}", expr(key), expr(value)),
            };
            let entries: Vec<_> = entries.iter().map(|e| entry(&e.key, &e.value)).collect();
            format!("{{{}}}", entries.join(" "))
        }
        ExprKind::Name(name) => name.clone(),
        ExprKind::Access { base, steps } => {
            let step = |step: &Step| match step {
                Step::Attr(name) => format!(".{}", name.text),
                Step::Index(index, _) => format!("[{}]", expr(index)),
                Step::Splat(_) => ".*".into(),
            };
            format!("{}{}", expr(base), steps.iter().map(step).collect::<String>())
        }
        ExprKind::Call(call) => {
            let Call { namespace, name, args, expand_last, .. } = &**call;
            let space: String = namespace.iter().map(|n| format!("{}::", n.text)).collect();
            let dots = if *expand_last { "..." } else { "" };
            format!("{space}{}({}{dots})", name.text, all(args))
        }
        ExprKind::Unary { op, operand, .. } => format!("({op:?} {})", expr(operand)),
        ExprKind::Binary { left, op, right, .. } => {
            format!("({} {} {})", op.symbol(), expr(left), expr(right))
        }
        ExprKind::Conditional { condition, then, otherwise } => {
            format!("(? {} {} {})", expr(condition), expr(then), expr(otherwise))
        }
        ExprKind::Parens(inner) => format!("paren {}", expr(inner)),
        ExprKind::For(f) => {
            let key = f.key.as_ref().map(|k| format!("{},", k.text)).unwrap_or_default();
            let result_key =
                f.result_key.as_ref().map(|k| format!("{} => ", expr(k))).unwrap_or_default();
            let condition =
                f.condition.as_ref().map(|c| format!(" if {}", expr(c))).unwrap_or_default();
            let dots = if f.grouping { "..." } else { "" };
            let (value, of, result) = (&f.value.text, expr(&f.collection), expr(&f.result));
            format!("(for {key}{value} in {of}: {result_key}{result}{dots}{condition})")
        }
        ExprKind::Error => "ERROR".into(),
    }
}

fn parts(list: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.value.escape_debug().to_string(),
        Part::Interpolation { expr: e, .. } => format!("<{}>", expr(e)),
        Part::If { condition, then, otherwise, .. } => {
            format!("<if {}|{}|{}>", expr(condition), parts(then), parts(otherwise))
        }
        Part::For { value, collection, body, .. } => {
            format!("<for {} in {}|{}>", value.text, expr(collection), parts(body))
        }
    };
    list.iter().map(part).collect()
}

#[test]
fn the_tree_holds_what_was_written() {
    for (text, expected) in [
        ("a = 1.50\n", "a=1.50;"),
        ("a = - 5\nb = 99999999999999999999999\n", "a=-5;b=99999999999999999999999;"),
        ("a = b.c[0].d[*].e\n", "a=b.c[0].d.*.e;"),
        ("a = x[\"k\"] == null ? !y : -z.w\n", "a=(? (== x[\"k\"] null) (Not y) (Neg z.w));"),
        ("a = 1 + 2 * 3 > 4 && true\n", "a=(&& (> (+ 1 (* 2 3)) 4) true);"),
        ("a = fn::f(1, [2, 3]...)\n", "a=fn::f(1 [2 3]...);"),
        ("a = [for k, v in m : v if k != \"\"]\n", "a=(for k,v in m: v if (!= k \"\"));"),
        ("a = {for x in xs : x => 1...}\n", "a=(for x in xs: x => 1...);"),
        ("a = { b = 1, \"c\": 2, (d) = 3 }\n", "a={b: 1 \"c\": 2 paren d: 3};"),
        ("a \"b\" c {\n  d = (1)\n}\n", "a b c{d=paren 1;}"),
        (r#"a = "\u00e9\"$${x}%%{y}\n" "#, r#"a="é\"${x}%{y}\n";"#),
        (r#"a = "x ${~ y ~} z""#, "a=`x<y>z`;"),
        ("a = \"x${\n  y\n}z\"\n", "a=`x<y>z`;"),
        (r#"a = "%{ if x }1%{ else }2%{ endif }""#, "a=`<if x|1|2>`;"),
        ("a = <<EOT\n  x\n EOT\n", "a=\"  x\\n\";"),
        ("a = <<-EOT\n    x\n\n      y\\n\r\n  EOT\n", "a=\"x\\n\\n  y\\\\n\\n\";"),
        ("a = <<EOT\nEOT\n", "a=\"\";"),
        ("a = <<-EOT\n  x ${1}\n  %{if y~}\n  z\n  %{endif~}\nEOT\n", "a=`x <1>\\n<if y|z\\n|>`;"),
        (
            "a = <<-EOT\n    %{for x in y ~}\n    ${x}\n    %{endfor}\nEOT\n",
            "a=`<for x in y|<x>\\n>\\n`;",
        ),
    ] {
        assert_eq!(findings(text), "", "{text}");
        assert_eq!(tree(text), expected, "{text}");
    }
}

#[test]
fn characters_lead_back_to_their_place() {
    let text = "a = \"é\\t*b\"\nb = <<-EOT\n    one\n    two\n  EOT\n";
    let (sources, _, files) = read(text);
    let place = |name: &str, of: &str| {
        let attribute = files[0].body.attribute(name).unwrap();
        let ExprKind::String(string) = &attribute.expr.kind else { panic!("no string") };
        let at = string.value.find(of).unwrap();
        let span = string.span_of(at, at + of.len());
        (sources.place(span), sources.text(span).to_owned())
    };
    assert_eq!(place("a", "*"), ("t:1:9".into(), "*".into()));
    assert_eq!(place("a", "\t"), ("t:1:7".into(), "\\t".into()));
    assert_eq!(place("b", "two"), ("t:4:5".into(), "two".into()));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may write its expectations when asked to")]
fn findings_name_the_word_to_change() {
    let data = include_str!("../../data/syntax.txt");
    let mut got = String::new();
    for case in data.split("=== ").skip(1) {
        let (name, rest) = case.split_once('\n').unwrap();
        let text = rest.split("\n---\n").next().unwrap();
        let text = text.replace("\\r", "\r").replace("\\BOM", "\u{feff}");
        let text = text.strip_suffix("\\EOF").map_or_else(|| format!("{text}\n"), str::to_owned);
        let shown = rest.split("\n---\n").next().unwrap();
        write!(got, "=== {name}\n{shown}\n---\n{}{}\n", findings(&text), tree(&text)).unwrap();
    }
    let head = data.split("=== ").next().unwrap();
    let got = format!("{head}{got}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/syntax.txt"), &got).unwrap();
    }
    assert_eq!(got, data);
}

/// Every part lies in what it is part of, and a word's place holds the word.
#[test]
fn every_place_is_exact() {
    let rich = "a = { b = f(-1.50, x[0].y[*].z, \"q${ r ? s : !t }\") }\n\
                c = {for k, v in m : (k) => v + 2 * w if k != \"\"}\n";
    for text in [
        include_str!("../../../../examples/approval-only/main.flow.hcl"),
        include_str!("../../../../examples/aws-lambda/main.flow.hcl"),
        rich,
    ] {
        let (sources, found, files) = read(text);
        assert!(found.is_empty());
        exact_body(&sources, &files[0].body);
    }
}

fn exact_body(sources: &Sources, body: &Body) {
    for item in &body.items {
        match item {
            Item::Attribute(a) => {
                assert_eq!(sources.text(a.name.span), a.name.text);
                assert!(sources.text(a.span).starts_with(&a.name.text));
                exact(sources, &a.expr, a.span);
            }
            Item::Block(b) => {
                assert_eq!(sources.text(b.kind.span), b.kind.text);
                for label in &b.labels {
                    assert_eq!(sources.text(label.span).trim_matches('"'), label.text);
                }
                assert!(sources.text(b.span).ends_with('}'));
                exact_body(sources, &b.body);
            }
        }
    }
}

fn exact(sources: &Sources, e: &Expr, outer: crate::source::Span) {
    let text = sources.text(e.span);
    assert!(outer.start <= e.span.start && e.span.end <= outer.end, "{e:?}");
    assert_eq!(text, text.trim(), "{e:?}");
    let all = |list: &[&Expr]| list.iter().for_each(|inner| exact(sources, inner, e.span));
    match &e.kind {
        ExprKind::Name(name) | ExprKind::Number(name) => assert_eq!(text, name),
        ExprKind::Bool(value) => assert_eq!(text, value.to_string()),
        ExprKind::Null | ExprKind::Error => {}
        ExprKind::String(string) => {
            for (i, c) in string.value.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
                assert_eq!(sources.text(string.span_of(i, i + c.len_utf8())), c.to_string());
            }
        }
        ExprKind::Template(list) => list.iter().for_each(|part| exact_part(sources, part, e.span)),
        ExprKind::List(list) => all(&list.iter().collect::<Vec<_>>()),
        ExprKind::Object(entries) => entries.iter().for_each(|entry| {
            assert!(!entry.key.span().is_empty());
            exact(sources, &entry.value, e.span);
        }),
        ExprKind::Access { base, steps } => {
            all(&[base]);
            for step in steps {
                match step {
                    Step::Attr(name) => assert_eq!(sources.text(name.span), name.text),
                    Step::Index(index, span) => exact(sources, index, *span),
                    Step::Splat(span) => assert!(["[*]", ".*"].contains(&sources.text(*span))),
                }
            }
        }
        ExprKind::Call(call) => {
            assert_eq!(sources.text(call.name.span), call.name.text);
            let parens = sources.text(call.parens);
            assert!(parens.starts_with('(') && parens.ends_with(')'));
            call.args.iter().for_each(|arg| exact(sources, arg, call.parens));
        }
        ExprKind::Unary { op_span, operand, .. } => {
            assert!(["!", "-"].contains(&sources.text(*op_span)));
            all(&[operand]);
        }
        ExprKind::Binary { left, op, op_span, right } => {
            assert_eq!(sources.text(*op_span), op.symbol());
            all(&[left, right]);
        }
        ExprKind::Conditional { condition, then, otherwise } => all(&[condition, then, otherwise]),
        ExprKind::Parens(inner) => all(&[inner]),
        ExprKind::For(f) => {
            assert_eq!(sources.text(f.value.span), f.value.text);
            all(&[&f.collection, &f.result]);
            f.condition.iter().chain(&f.result_key).for_each(|inner| exact(sources, inner, e.span));
        }
    }
}

fn exact_part(sources: &Sources, part: &Part, outer: crate::source::Span) {
    match part {
        Part::Text(text) => {
            for (i, c) in text.value.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
                assert_eq!(sources.text(text.span_of(i, i + c.len_utf8())), c.to_string());
            }
        }
        Part::Interpolation { expr: inner, span } => {
            assert!(sources.text(*span).starts_with("${") && sources.text(*span).ends_with('}'));
            exact(sources, inner, *span);
        }
        Part::If { condition, then, otherwise, span } => {
            exact(sources, condition, outer);
            then.iter().chain(otherwise).for_each(|part| exact_part(sources, part, *span));
        }
        Part::For { collection, body, span, .. } => {
            exact(sources, collection, outer);
            body.iter().for_each(|part| exact_part(sources, part, *span));
        }
    }
}
