//! Lambda ARNs, exact ones only.

/// Whether the text is one full Lambda ARN without wildcards, with or without a version or alias:
/// `arn:<partition>:lambda:<region>:<account>:function:<name>[:<qualifier>]`.
#[must_use]
pub fn is_lambda_arn(text: &str) -> bool {
    let mut parts = text.split(':');
    let mut next = || parts.next().unwrap_or_default();
    let partition = next() == "arn"
        && matches!(
            next(),
            "aws"
                | "aws-cn"
                | "aws-us-gov"
                | "aws-iso"
                | "aws-iso-b"
                | "aws-iso-e"
                | "aws-iso-f"
                | "aws-eusc"
        );
    let service = next() == "lambda";
    let region = next();
    let region = !region.is_empty()
        && region.len() <= 32
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let account = next();
    let account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let function = next() == "function";
    let name = is_word(next(), 64);
    let qualifier = match parts.next() {
        None => true,
        Some("$LATEST") => true,
        Some(q) => is_word(q, 128),
    };
    partition
        && service
        && region
        && account
        && function
        && name
        && qualifier
        && parts.next().is_none()
}

fn is_word(text: &str, most: usize) -> bool {
    !text.is_empty()
        && text.len() <= most
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::is_lambda_arn;

    #[test]
    fn exact_arns_only() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:grant";
        for good in [
            arn.to_owned(),
            format!("{arn}:prod"),
            format!("{arn}:7"),
            format!("{arn}:$LATEST"),
            arn.replace("arn:aws:", "arn:aws-us-gov:"),
        ] {
            assert!(is_lambda_arn(&good), "{good}");
        }
        for bad in [
            String::new(),
            format!("{arn}*"),
            format!("{arn}:*"),
            format!("{arn}:"),
            format!("{arn}:prod:x"),
            arn.replace("us-east-1", "*"),
            arn.replace("123456789012", "1234"),
            arn.replace("function", "layer"),
            arn.replace("aws", "aws?"),
        ] {
            assert!(!is_lambda_arn(&bad), "{bad}");
        }
    }
}
