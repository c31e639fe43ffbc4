//! What got another name, and what is fetched.

use serde_json::{Value as Json, json};

use super::*;
use crate::testing::LAMBDA;

/// The example with names changed in its text, and `moved` for each.
fn renamed(pairs: &[(&str, &str)], changes: impl FnOnce(&mut Json)) -> Bundle {
    let mut text = LAMBDA.to_owned();
    let mut moved = Vec::new();
    for (from, to) in pairs {
        let (word, before) = from.split_once('.').unwrap();
        let after = to.split_once('.').unwrap().1;
        text = match word {
            // The word is that of a type of strategy too.
            "flow" => text.replacen(&format!("\"{before}\":"), &format!("\"{after}\":"), 1),
            _ => text
                .replace(&format!("\"{before}\""), &format!("\"{after}\""))
                .replace(&format!("\"{from}\""), &format!("\"{to}\"")),
        };
        moved.push(json!({ "from": from, "to": to }));
    }
    let mut json: Json = serde_json::from_str(&text).unwrap();
    json["moved"] = Json::Array(moved);
    changes(&mut json);
    serde_json::from_value(json).unwrap()
}

fn lines(old: &Bundle, new: &Bundle) -> Vec<String> {
    let flows = diff(old, new).flows.into_iter();
    flows
        .map(|f| {
            let said: Vec<String> = f.changes.iter().map(|c| c.text.clone()).collect();
            format!("{} {}: {}", f.address, f.verdict.word(), said.join("; "))
        })
        .collect()
}

#[test]
fn a_flow_of_another_name_is_compared_with_what_it_was() {
    let old = crate::testing::lambda();
    let flow = ("flow.aws_lambda", "flow.button");
    let new = renamed(&[flow], |_| {});
    assert_eq!(lines(&old, &new), ["button changed: it moved: before it was `flow.aws_lambda`"]);
    let alone = renamed(&[flow], |json| {
        json["flows"]["button"]["approvals"][0]["allow_self"] = json!(true);
    });
    let told = lines(&old, &alone);
    assert!(told[0].starts_with("button weaker: "), "{told:?}");
    assert!(told[0].ends_with("; it moved: before it was `flow.aws_lambda`"), "{told:?}");
    // Without `moved` they are two flows.
    let mut stranger = new.clone();
    stranger.moved.clear();
    let told = lines(&old, &stranger);
    assert!(told[0].starts_with("aws_lambda removed") && told[1].starts_with("button added"));
    // A bundle that told of it before tells nothing new.
    assert_eq!(lines(&new, &new), ["button equal: "]);
}

#[test]
fn a_strategy_and_a_target_of_another_name_are_the_same() {
    let old = crate::testing::lambda();
    let strategy = old.strategies.keys().next().unwrap().clone();
    let target = old.targets.keys().next().unwrap().clone();
    let pairs = [
        (format!("strategy.{strategy}"), "strategy.aws_lambda.other".to_owned()),
        (format!("target.{target}"), "target.aws_lambda_function.other".to_owned()),
    ];
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let new = renamed(&pairs, |_| {});
    assert!(!new.strategies.contains_key(&strategy) && !new.targets.contains_key(&target));
    assert_eq!(lines(&old, &new), ["aws_lambda equal: "]);
    let mut stranger = new;
    stranger.moved.clear();
    assert!(lines(&old, &stranger)[0].starts_with("aws_lambda weaker: "));
}

#[test]
fn what_is_fetched_otherwise_is_told() {
    let options = |values: Json, cache: &str| {
        let options = json!({ "cache_s": cache, "steps": [], "values": values });
        json!({"label": ["s", "t"], "limits": {}, "name": "team", "required": ["b", true],
            "visible": ["b", true], "type": "string", "options": options})
    };
    let with = |field: Json| changed(&[("/fields/-", field)]);
    let a = options(json!(["list", ["s", "a"]]), "60");
    let b = options(json!(["list", ["s", "b"]]), "60");
    let told = lines(&with(a.clone()), &with(b.clone()));
    let text = "aws_lambda changed: field `team` makes other values of what its steps fetch";
    assert_eq!(told, [text]);
    let older = options(json!(["list", ["s", "a"]]), "300");
    let told = lines(&with(a.clone()), &with(older));
    assert_eq!(
        told,
        ["aws_lambda changed: field `team` may show values that are 5m old, before it was 1m"]
    );
    // What it fetches decides what is granted.
    let reading = |mut bundle: Bundle| {
        let target = bundle.targets.values_mut().next().unwrap();
        target.kind = "okta_group".to_owned();
        let team = ["request", "fields", "team"].map(str::to_owned).to_vec();
        target.settings = [("group_id".to_owned(), flow_bundle::Expr::Get(team))].into();
        bundle
    };
    let told = lines(&reading(with(a)), &reading(with(b)));
    assert!(told[0].starts_with("aws_lambda weaker: target `"), "{told:?}");
    let why = "is chosen by field `team`, which fetches its values otherwise";
    assert!(told[0].contains(why), "{told:?}");
}
