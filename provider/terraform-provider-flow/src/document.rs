//! IAM documents: those that we write, and what those that we read say.
//!
//! Every document is kept in one form, with keys sorted and no white space, so that a difference
//! between two texts is a difference in meaning. IAM counts characters without white space, so a
//! text's length is its size.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

/// The one action that is ever granted.
pub const INVOKE: &str = "lambda:InvokeFunction";
/// The action that makes the daemon's principal a role.
pub const ASSUME: &str = "sts:AssumeRole";

/// Lets its holder invoke exactly these functions.
pub fn invoke<'a>(functions: impl IntoIterator<Item = &'a String>) -> String {
    let functions: BTreeSet<&String> = functions.into_iter().collect();
    document(&json!({ "Effect": "Allow", "Action": INVOKE, "Resource": functions }))
}

/// Lets exactly one principal become a role, and only with the external id.
pub fn trust(principal_arn: &str, external_id: &str) -> String {
    document(&json!({
        "Effect": "Allow",
        "Action": ASSUME,
        "Principal": { "AWS": principal_arn },
        "Condition": { "StringEquals": { "sts:ExternalId": external_id } },
    }))
}

/// Lets its holder become exactly these roles.
pub fn assume(role_arns: &[String]) -> String {
    document(&json!({ "Effect": "Allow", "Action": ASSUME, "Resource": role_arns }))
}

fn document(statement: &Json) -> String {
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

/// A document in the one form. What is no JSON stays as it is, to be shown and overwritten.
pub fn normal(text: &str) -> String {
    let Ok(mut document) = serde_json::from_str::<Json>(text) else { return text.to_owned() };
    for statement in statements_mut(&mut document) {
        if let Some(Json::Array(resources)) = statement.get_mut("Resource") {
            resources.sort_by_key(Json::to_string);
        }
    }
    document.to_string()
}

/// The resources that a document allows something on.
pub fn allowed_resources(text: &str) -> BTreeSet<String> {
    let Ok(mut document) = serde_json::from_str::<Json>(text) else { return BTreeSet::new() };
    statements_mut(&mut document)
        .filter(|statement| statement.get("Effect").and_then(Json::as_str) == Some("Allow"))
        .flat_map(|statement| match statement.get("Resource") {
            Some(Json::String(one)) => vec![one.clone()],
            Some(Json::Array(all)) => {
                all.iter().filter_map(Json::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        })
        .collect()
}

/// The one principal and the external id of a trust policy of our form.
pub fn trusted(text: &str) -> Option<(String, String)> {
    let document: Json = serde_json::from_str(text).ok()?;
    let text = |path: &str| document.pointer(path).and_then(Json::as_str).map(str::to_owned);
    let principal = text("/Statement/0/Principal/AWS")?;
    let external_id = text("/Statement/0/Condition/StringEquals/sts:ExternalId")?;
    // Whatever else it says, it is not of our form.
    (normal(&document.to_string()) == trust(&principal, &external_id))
        .then_some((principal, external_id))
}

fn statements_mut(document: &mut Json) -> impl Iterator<Item = &mut Json> {
    let statements = document.get_mut("Statement");
    statements.into_iter().flat_map(|statements| match statements {
        Json::Array(all) => all.iter_mut().collect::<Vec<_>>(),
        one => vec![one],
    })
}

#[cfg(test)]
mod tests {
    use super::{allowed_resources, assume, invoke, normal, trust, trusted};

    #[test]
    fn documents_say_exactly_what_is_granted() {
        let functions = ["arn:b".to_owned(), "arn:a".to_owned()];
        let text = r#"{"Statement":[{"Action":"lambda:InvokeFunction","Effect":"Allow","Resource":["arn:a","arn:b"]}],"Version":"2012-10-17"}"#;
        assert_eq!(invoke(&functions), text);
        let text = r#"{"Statement":[{"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}},"Effect":"Allow","Principal":{"AWS":"arn:p"}}],"Version":"2012-10-17"}"#;
        assert_eq!(trust("arn:p", "x"), text);
        assert_eq!(trusted(text), Some(("arn:p".to_owned(), "x".to_owned())));
        let text = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Resource":["arn:r"]}],"Version":"2012-10-17"}"#;
        assert_eq!(assume(&["arn:r".to_owned()]), text);
    }

    #[test]
    fn one_meaning_has_one_form() {
        let spaced = "{ \"Version\": \"2012-10-17\",\n \"Statement\": [ { \"Resource\": [ \"b\", \"a\" ] } ] }";
        assert_eq!(
            normal(spaced),
            r#"{"Statement":[{"Resource":["a","b"]}],"Version":"2012-10-17"}"#
        );
        assert_eq!(normal("no JSON"), "no JSON");
    }

    #[test]
    fn strangers_documents_are_read() {
        let one = r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#;
        assert_eq!(allowed_resources(one).into_iter().collect::<Vec<_>>(), ["*"]);
        let deny = r#"{"Statement":[{"Effect":"Deny","Resource":"*"}]}"#;
        assert!(allowed_resources(deny).is_empty());
        assert!(allowed_resources("no JSON").is_empty());
        let two = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":["arn:p","arn:q"]},"Condition":{"StringEquals":{"sts:ExternalId":"x"}}}]}"#;
        assert_eq!(trusted(two), None);
        let added = trust("arn:p", "x").replace("}]", r#"},{"Effect":"Allow"}]"#);
        assert_eq!(trusted(&added), None);
    }
}
