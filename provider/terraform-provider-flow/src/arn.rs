//! ARNs of functions and principals, read strictly: what is not exact is not granted.

use std::fmt;

/// ARN of a function, exactly as it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionArn {
    /// `aws`, `aws-cn` …
    pub partition: String,
    /// Twelve digits.
    pub account: String,
}

/// ARN of the one principal that may become a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalArn {
    /// `aws`, `aws-cn` …
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// What it is, and its name without its path.
    pub kind: PrincipalKind,
}

/// What a principal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A role, by name.
    Role(String),
    /// A user, by name.
    User(String),
}

/// Why a text is not the ARN that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadArn(String);

impl fmt::Display for BadArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The partition of any ARN.
pub fn partition(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').next().filter(|partition| !partition.is_empty())
}

/// Reads `arn:<partition>:lambda:<region>:<account>:function:<name>[:<qualifier>]`.
pub fn function(text: &str) -> Result<FunctionArn, BadArn> {
    let bad = |why: &str| Err(BadArn(format!("`{text}` {why}")));
    if text.contains(['*', '?']) {
        return bad("holds a wildcard; name each function");
    }
    let parts: Vec<&str> = text.split(':').collect();
    let (partition, region, account, name, qualifier) = match parts.as_slice() {
        ["arn", partition, "lambda", region, account, "function", name] => {
            (partition, region, account, name, "1")
        }
        ["arn", partition, "lambda", region, account, "function", name, qualifier] => {
            (partition, region, account, name, *qualifier)
        }
        _ => return bad("is not the ARN of a Lambda function"),
    };
    if !is_word(partition, "-") || !is_word(region, "-") || !is_account(account) {
        return bad("is not the ARN of a Lambda function");
    }
    if !is_word(name, "-_") || name.len() > 140 {
        return bad("has a name that no function can have");
    }
    if !is_word(qualifier, "-_$") || qualifier.len() > 128 {
        return bad("has a qualifier that is neither a version nor an alias");
    }
    Ok(FunctionArn { partition: (*partition).to_owned(), account: (*account).to_owned() })
}

/// Reads `arn:<partition>:iam::<account>:role/…` or `…:user/…`.
pub fn principal(text: &str) -> Result<PrincipalArn, BadArn> {
    let bad = |why: &str| Err(BadArn(format!("`{text}` {why}")));
    if text.contains('*') {
        return bad("is no single principal; name one role or user");
    }
    let parts: Vec<&str> = text.split(':').collect();
    let (partition, account, path) = match parts.as_slice() {
        ["arn", _, "sts", "", _, session] if session.starts_with("assumed-role/") => {
            return bad("is a session; name the role itself, `arn:…:iam::…:role/…`");
        }
        ["arn", _, "iam", "", _, "root"] => {
            return bad("is a whole account; name one role or user of it");
        }
        ["arn", partition, "iam", "", account, path]
            if is_word(partition, "-") && is_account(account) =>
        {
            (partition, account, path)
        }
        _ => return bad("is not the ARN of an IAM role or user"),
    };
    let name = path.rsplit('/').next().filter(|name| is_word(name, "_+=,.@-"));
    let kind = match (path.split('/').next(), name) {
        (Some("role"), Some(name)) if path.contains('/') => PrincipalKind::Role(name.to_owned()),
        (Some("user"), Some(name)) if path.contains('/') => PrincipalKind::User(name.to_owned()),
        _ => return bad("is not the ARN of an IAM role or user"),
    };
    let (partition, account) = ((*partition).to_owned(), (*account).to_owned());
    Ok(PrincipalArn { partition, account, kind })
}

/// Whether a text is the ARN of a managed policy, of AWS or of an account.
pub fn is_policy(text: &str) -> bool {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "iam", "", account, path] => {
            (is_account(account) || *account == "aws") && path.starts_with("policy/")
        }
        _ => false,
    }
}

/// A deleted principal stands in trust policies as its unique id, `AIDA…` or `AROA…`.
pub fn is_unique_id(principal: &str) -> bool {
    principal.len() >= 16
        && principal.starts_with('A')
        && principal.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_word(text: &str, also: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
}

#[cfg(test)]
mod tests {
    use super::{PrincipalKind, function, is_policy, is_unique_id, partition, principal};

    #[test]
    fn only_exact_functions_are_read() {
        for good in [
            "arn:aws:lambda:eu-west-1:123456789012:function:a",
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:a_b-C:live",
            "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:a:$LATEST",
        ] {
            assert_eq!(function(good).unwrap().account, "123456789012");
        }
        let base = "arn:aws:lambda:eu-west-1:123456789012:function";
        for (bad, why) in [
            (format!("{base}:a*"), "holds a wildcard; name each function"),
            (format!("{base}:*"), "holds a wildcard; name each function"),
            (base.to_owned(), "is not the ARN of a Lambda function"),
            (format!("{base}:a:b:c"), "is not the ARN of a Lambda function"),
            (format!("{base}:a b"), "has a name that no function can have"),
            (format!("{base}:a:"), "has a qualifier that is neither a version nor an alias"),
            ("arn:aws:s3:::b".to_owned(), "is not the ARN of a Lambda function"),
            (
                "arn:aws:lambda:eu-west-1:12345:function:a".to_owned(),
                "is not the ARN of a Lambda function",
            ),
        ] {
            assert_eq!(function(&bad).unwrap_err().to_string(), format!("`{bad}` {why}"));
        }
    }

    #[test]
    fn only_one_role_or_user_is_a_principal() {
        let role = principal("arn:aws:iam::123456789012:role/a/b/flowd").unwrap();
        assert_eq!(role.kind, PrincipalKind::Role("flowd".to_owned()));
        let user = principal("arn:aws-cn:iam::123456789012:user/flowd").unwrap();
        assert_eq!(user.kind, PrincipalKind::User("flowd".to_owned()));
        assert_eq!(user.partition, "aws-cn");
        for (bad, why) in [
            ("*", "is no single principal; name one role or user"),
            ("arn:aws:iam::123456789012:role/*", "is no single principal; name one role or user"),
            ("arn:aws:iam::123456789012:root", "is a whole account; name one role or user of it"),
            (
                "arn:aws:sts::123456789012:assumed-role/flowd/i-1",
                "is a session; name the role itself, `arn:…:iam::…:role/…`",
            ),
            ("arn:aws:iam::123456789012:group/g", "is not the ARN of an IAM role or user"),
            ("arn:aws:iam::123456789012:role/", "is not the ARN of an IAM role or user"),
            ("123456789012", "is not the ARN of an IAM role or user"),
        ] {
            assert_eq!(principal(bad).unwrap_err().to_string(), format!("`{bad}` {why}"));
        }
    }

    #[test]
    fn other_forms() {
        assert_eq!(partition("arn:aws-us-gov:sts::1:user/a"), Some("aws-us-gov"));
        assert_eq!(partition("nothing"), None);
        assert!(is_policy("arn:aws:iam::aws:policy/ReadOnlyAccess"));
        assert!(is_policy("arn:aws:iam::123456789012:policy/flow/boundary"));
        assert!(!is_policy("arn:aws:iam::123456789012:role/flow/boundary"));
        assert!(is_unique_id("AIDAJQABLZS4A3QDU576Q"));
        assert!(!is_unique_id("arn:aws:iam::123456789012:user/a"));
    }
}
