//! ARNs of Lambda functions: exactly one function each, because they become the exact IAM grant.

use crate::check::Module;
use crate::check::body::Opened;
use crate::check::constant::{self, Constant};
use crate::code;
use crate::source::Span;
use crate::syntax::tree::{Expr, ExprKind, Text};

use flow_bundle::{Type, Value};

/// Reads a static attribute that holds a function's ARN, and judges it.
pub(crate) fn function(m: &mut Module<'_>, opened: &Opened<'_>, name: &str) -> Option<Constant> {
    let attribute = opened.attribute(name)?;
    let reads = m.unknown_reads;
    let constant = constant::read(m, &attribute.expr, &Type::String)?;
    // Only the outbound set needs it, and that is computed from the bundle.
    m.unknown_reads = reads;
    if let Some(Value::String(arn)) = &constant.value {
        judge(m, arn, &attribute.expr);
    }
    Some(constant)
}

fn judge(m: &mut Module<'_>, arn: &str, e: &Expr) {
    let literal = literal(e);
    let place = |start: usize, end: usize| literal.map_or(e.span, |text| text.span_of(start, end));
    if let Some(at) = arn.find(['*', '?']) {
        m.say(
            code::S411,
            place(at, at + 1),
            "a Lambda ARN names one function",
            "wildcard",
            "the ARNs written here become the exact IAM grant: write the full ARN",
        );
        return;
    }
    if let Some((start, end, what)) = fault(arn) {
        let help = "write `arn:aws:lambda:<region>:<12 digits>:function:<name>`, and `:<version or alias>` behind it";
        m.say(code::S410, place(start, end), format!("this is no Lambda ARN: {what}"), what, help);
        return;
    }
    let message = match arn.split(':').nth(7) {
        None => "this ARN has no version and no alias",
        Some("$LATEST") => "`$LATEST` is no version and no alias",
        Some(_) => return,
    };
    m.say(
        code::S412,
        place(0, arn.len()),
        message,
        "calls whatever was deployed last",
        "publish a version or an alias and write it behind the name",
    );
}

fn literal(e: &Expr) -> Option<&Text> {
    match &e.kind {
        ExprKind::String(text) => Some(text),
        ExprKind::Parens(inner) => literal(inner),
        _ => None,
    }
}

/// The partitions that there are; the first three are the ones that people meet.
const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`: words of letters, then a number.
fn is_region(text: &str) -> bool {
    let mut parts = text.split('-').rev();
    let number = parts.next().is_some_and(|n| is_made_of(n, |c| c.is_ascii_digit()));
    let words: Vec<&str> = parts.collect();
    let of_letters = words.iter().all(|w| is_made_of(w, |c| c.is_ascii_lowercase()));
    number && of_letters && words.len() >= 2 && text.len() <= 32
}

/// What a part must be, in words and as a question.
type Rule = (&'static str, fn(&str) -> bool);

/// The first part that is wrong: where it stands in the text, and what it is.
fn fault(arn: &str) -> Option<(usize, usize, &'static str)> {
    let mut at = 0;
    let mut count = 0;
    let rules: [Rule; 8] = [
        ("it must start with `arn`", |p| p == "arn"),
        ("its partition must be `aws`, `aws-cn` or `aws-us-gov`", |p| PARTITIONS.contains(&p)),
        ("its service must be `lambda`", |p| p == "lambda"),
        ("its region must look like `us-east-1`", is_region),
        ("its account must have 12 digits", |p| {
            p.len() == 12 && is_made_of(p, |c| c.is_ascii_digit())
        }),
        ("its kind must be `function`", |p| p == "function"),
        ("its name must be made of letters, digits, `-` and `_`, 64 at most", |p| {
            p.len() <= 64 && is_made_of(p, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        }),
        ("its qualifier must be a version or an alias", |p| {
            p == "$LATEST" || is_made_of(p, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        }),
    ];
    for part in arn.split(':') {
        let end = at + part.len();
        match rules.get(count) {
            Some((what, ok)) if !ok(part) => return Some((at, end, what)),
            Some(_) => {}
            None => return Some((at, arn.len(), "it has too many parts")),
        }
        at = end + 1;
        count += 1;
    }
    (count < 7).then_some((0, arn.len(), "it has too few parts"))
}

fn is_made_of(part: &str, of: impl Fn(char) -> bool) -> bool {
    !part.is_empty() && part.chars().all(of)
}

/// Warns where the ARN's region is not that of the integration.
pub(crate) fn check_region(
    m: &mut Module<'_>,
    function: &Constant,
    integration: &str,
    region: Option<(String, Span)>,
) {
    let (Some(Value::String(arn)), Some((region, span))) = (&function.value, region) else {
        return;
    };
    let Some(own) = arn.split(':').nth(3) else { return };
    if own != region && fault(arn).is_none() && is_region(&region) {
        m.report(
            crate::diagnostic::Diagnostic::new(
                code::S414,
                function.span,
                format!("the function is in `{own}`, and `{integration}` calls `{region}`"),
                format!("in `{own}`"),
            )
            .label(span, format!("`{region}` here"))
            .help("name an integration of the function's region"),
        );
    }
}

/// The region of an integration looks like one; reports B120.
pub(crate) fn judge_region(m: &mut Module<'_>, region: &str, span: Span) {
    if !is_region(region) {
        let message = format!("`{region}` is no region of AWS");
        m.say(code::B120, span, message, "not a region", "write a region, such as \"us-east-1\"");
    }
}

/// The static region of an integration, and where it is written.
pub(crate) fn region_of(m: &mut Module<'_>, address: &str) -> Option<(String, Span)> {
    let address = format!("integration.{address}");
    let attribute = m.declared.block(&address)?.body.attribute("region")?;
    let had_unknown = m.has_unknown;
    let constant = m.within(&address, |m| constant::read(m, &attribute.expr, &Type::String));
    m.has_unknown = had_unknown;
    match constant?.value? {
        Value::String(region) => Some((region, attribute.expr.span)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn parts_are_named() {
        let ok = "arn:aws:lambda:us-east-1:123456789012:function:db";
        assert_eq!(fault(ok), None);
        assert_eq!(fault(&format!("{ok}:7")), None);
        assert_eq!(fault(&format!("{ok}:$LATEST")), None);
        for (arn, start) in [
            ("db", 0),
            ("arn:aws:lambda:us-east-1:12345678901:function:db", 25),
            ("arn:aws:lambda:useast1:123456789012:function:db", 15),
            ("arn:aws:lambda:--:123456789012:function:db", 15),
            ("arn:aws:lambda:us--1:123456789012:function:db", 15),
            ("arn:awsevil:lambda:us-east-1:123456789012:function:db", 4),
            ("arn:aws:lambda:us-east-1:123456789012:layer:db", 38),
            ("arn:aws:lambda:us-east-1:123456789012:function", 0),
            ("arn:aws:lambda:us-east-1:123456789012:function:d b", 47),
        ] {
            assert_eq!(fault(arn).map(|(s, ..)| s), Some(start), "{arn}");
        }
    }
}
