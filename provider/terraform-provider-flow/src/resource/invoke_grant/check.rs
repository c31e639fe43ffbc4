//! What is wrong with a configuration by itself. Values may be unknown.

use tfplugin::{Diagnostic, Diagnostics, Object, Path};

use crate::arn;
use crate::names::TAG_PREFIX;

/// Everything that is wrong, each at its attribute.
pub fn config(config: &Object) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut wrong = |at: Path, detail: String| {
        found.push(Diagnostic::error("Bad value", detail).at(at));
    };
    let text = |name: &str| config.string(name).known();
    if let Some(deployment) = text("deployment")
        && let Some(why) = bad_deployment(&deployment)
    {
        wrong(Path::attribute("deployment"), format!("`{deployment}` {why}"));
    }
    let prefix = text("name_prefix").unwrap_or_else(|| "flow-".to_owned());
    if !prefix.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        let why = "may hold letters, digits, `-` and `_`";
        wrong(Path::attribute("name_prefix"), format!("`{prefix}` {why}"));
    }
    if prefix.len() + text("deployment").map_or(0, |name| name.len()) > BASE_MAX {
        let why = format!("and `deployment` have more than {BASE_MAX} characters together");
        wrong(Path::attribute("name_prefix"), format!("`{prefix}` {why}"));
    }
    if let Some(path) = text("path")
        && !is_path(&path)
    {
        let why = "has to begin and end with `/`, as `/flow/` does";
        wrong(Path::attribute("path"), format!("`{path}` {why}"));
    }
    if let Some(Err(bad)) = text("principal_arn").map(|text| arn::principal(&text)) {
        wrong(Path::attribute("principal_arn"), bad.to_string());
    }
    if let Some(boundary) = text("permissions_boundary_arn")
        && !arn::is_policy(&boundary)
    {
        let why = "is not the ARN of a managed policy";
        wrong(Path::attribute("permissions_boundary_arn"), format!("`{boundary}` {why}"));
    }
    functions(config, &mut wrong);
    tags(config, &mut wrong);
    found
}

/// A role's name has 64 characters at most; numbers of further roles need three of them.
const BASE_MAX: usize = 61;
/// IAM takes 50 tags; two are ours.
const TAGS_MAX: usize = 48;

fn bad_deployment(name: &str) -> Option<&'static str> {
    let first = name.chars().next();
    if !first.is_some_and(|c| c.is_ascii_lowercase()) {
        return Some("has to begin with a lower case letter");
    }
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (!name.chars().all(good)).then_some("may hold lower case letters, digits and `-`")
}

fn is_path(path: &str) -> bool {
    path.len() <= 512
        && path.starts_with('/')
        && path.ends_with('/')
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'*' && b != b'?')
}

fn functions(config: &Object, wrong: &mut impl FnMut(Path, String)) {
    let at = || Path::attribute("lambda_arns");
    let Some(functions) = config.string_set("lambda_arns").known() else { return };
    if functions.is_empty() {
        wrong(at(), "there is no function to grant; leave the resource out".to_owned());
    }
    let mut partitions = std::collections::BTreeSet::new();
    for function in &functions {
        match arn::function(function) {
            Ok(read) => drop(partitions.insert(read.partition)),
            Err(bad) => wrong(at(), bad.to_string()),
        }
    }
    if partitions.len() > 1 {
        let partitions: Vec<_> = partitions.into_iter().collect();
        let detail = format!("functions of several partitions: {}", partitions.join(", "));
        wrong(at(), format!("{detail}; no role reaches across"));
    }
}

fn tags(config: &Object, wrong: &mut impl FnMut(Path, String)) {
    let Some(tags) = config.string_map("tags").known() else { return };
    if tags.len() > TAGS_MAX {
        let detail = format!("{} tags; IAM takes {TAGS_MAX} beside ours", tags.len());
        wrong(Path::attribute("tags"), detail);
    }
    for key in tags.keys() {
        if key.starts_with(TAG_PREFIX) || key.to_ascii_lowercase().starts_with("aws:") {
            let detail = format!("`{key}`: tags that begin with `flow:` or `aws:` are taken");
            wrong(Path::attribute("tags").key(key), detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tfplugin::{Object, Value};

    fn said(changes: &[(&str, Value)]) -> Vec<String> {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:a";
        let mut config = Object::new([
            ("deployment", "prod".into()),
            ("lambda_arns", Value::strings([arn])),
            ("principal_arn", "arn:aws:iam::123456789012:role/flowd".into()),
        ]);
        for (name, value) in changes {
            config.set(name, value.clone());
        }
        super::config(&config).iter().map(|d| d.detail.clone()).collect()
    }

    #[test]
    fn each_fault_is_said_in_words() {
        assert!(said(&[]).is_empty());
        let unknown = |name| (name, Value::Unknown);
        assert!(said(&[unknown("deployment"), unknown("lambda_arns")]).is_empty());
        let two = ["a", "aws-cn"].map(|p| format!("arn:{p}:lambda:r-1:123456789012:function:a"));
        let tags = BTreeMap::from([("flow:x".to_owned(), "1".to_owned())]);
        let long = "d".repeat(57);
        let table: Vec<(&str, Value, &str)> = vec![
            ("deployment", "Prod".into(), "`Prod` has to begin with a lower case letter"),
            ("deployment", "a.2".into(), "`a.2` may hold lower case letters, digits and `-`"),
            (
                "deployment",
                long.into(),
                "`flow-` and `deployment` have more than 61 characters together",
            ),
            ("name_prefix", "a.".into(), "`a.` may hold letters, digits, `-` and `_`"),
            ("path", "flow".into(), "`flow` has to begin and end with `/`, as `/flow/` does"),
            ("path", "/*/".into(), "`/*/` has to begin and end with `/`, as `/flow/` does"),
            ("principal_arn", "*".into(), "`*` is no single principal; name one role or user"),
            (
                "permissions_boundary_arn",
                "ReadOnly".into(),
                "`ReadOnly` is not the ARN of a managed policy",
            ),
            (
                "lambda_arns",
                Value::List(Vec::new()),
                "there is no function to grant; leave the resource out",
            ),
            ("lambda_arns", Value::strings(["*"]), "`*` holds a wildcard; name each function"),
            (
                "lambda_arns",
                Value::strings(two),
                "functions of several partitions: a, aws-cn; no role reaches across",
            ),
            ("tags", tags.into(), "`flow:x`: tags that begin with `flow:` or `aws:` are taken"),
        ];
        for (name, value, expected) in table {
            assert_eq!(said(&[(name, value)]), [expected]);
        }
    }
}
