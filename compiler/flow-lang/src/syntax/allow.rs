//! Comments that silence a finding: `# flowc:allow S413 "reason"`.

use super::lex::{Kind, Token};
use super::tree::Allow;
use crate::source::{FileId, Span};

/// The allow comments among the tokens of a file.
pub(super) fn collect(file: FileId, text: &str, tokens: &[Token]) -> Vec<Allow> {
    tokens
        .iter()
        .filter(|token| token.kind == Kind::Comment)
        .filter_map(|token| read(text.get(token.range())?, Span::new(file, token.range())))
        .collect()
}

/// What a comment silences, if it is of this kind.
pub(super) fn read(comment: &str, span: Span) -> Option<Allow> {
    let words = comment.trim_start_matches(['#', '/']).trim().strip_prefix("flowc:allow")?;
    let words = words.trim();
    let (code, reason) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let reason = reason.trim().trim_matches('"').trim();
    Some(Allow {
        span,
        code: code.to_owned(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    })
}
