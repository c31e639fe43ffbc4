//! Regular expressions: linear in the text, bounded in size.
//!
//! What one costs is known from its text: a part for each character and each range of a class, one
//! that holds letters of many scripts (`\w`, `\d`, `\p{…}`, `.`) for each of the bytes that these are
//! made of, and all of it as often as it is repeated.

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

use crate::limits::{PATTERN_BYTES, PATTERN_PARTS};

/// Largest compiled form, in bytes. What has few enough parts is smaller.
const COMPILED_BYTES: usize = 2 * 1024 * 1024;

/// Why a text is no pattern that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is longer than [`PATTERN_BYTES`].
    Long,
    /// It has more than [`PATTERN_PARTS`].
    Large(u64),
    /// It is no regular expression: several lines that show where.
    Syntax(String),
}

impl Fault {
    /// The fault in one line.
    #[must_use]
    pub fn told(&self, pattern: &str) -> String {
        match self {
            Self::Long => format!("the pattern is longer than {PATTERN_BYTES} bytes"),
            Self::Large(parts) => format!(
                "the pattern `{pattern}` is too large: {parts} parts, at most {PATTERN_PARTS}"
            ),
            Self::Syntax(lines) => {
                let reason = lines.lines().last().unwrap_or_default();
                format!("`{pattern}` is no pattern: {}", reason.trim_start_matches("error: "))
            }
        }
    }
}

/// How many parts a pattern has, without getting it ready.
///
/// # Errors
/// Why it cannot be used.
pub fn parts(pattern: &str) -> Result<u64, Fault> {
    if pattern.len() > PATTERN_BYTES {
        return Err(Fault::Long);
    }
    let hir = regex_syntax::parse(pattern).map_err(|error| Fault::Syntax(error.to_string()))?;
    match count(&hir) {
        parts if parts > PATTERN_PARTS => Err(Fault::Large(parts)),
        parts => Ok(parts),
    }
}

/// The parser bounds how deep a pattern is nested, and so how deep this goes.
fn count(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => u64::try_from(literal.0.len()).unwrap_or(u64::MAX),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len().try_into().unwrap_or(u64::MAX),
        HirKind::Class(Class::Unicode(class)) => class
            .ranges()
            .iter()
            .flat_map(|range| Utf8Sequences::new(range.start(), range.end()))
            .map(|sequence| u64::try_from(sequence.len()).unwrap_or(u64::MAX))
            .sum(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            count(&repetition.sub).saturating_mul(times.into())
        }
        HirKind::Capture(capture) => count(&capture.sub).saturating_add(1),
        HirKind::Concat(all) | HirKind::Alternation(all) => {
            all.iter().map(count).fold(1, u64::saturating_add)
        }
    }
}

/// The pattern, to be found anywhere in a text.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn part(pattern: &str) -> Result<Regex, String> {
    parts(pattern).map_err(|fault| fault.told(pattern))?;
    ready(pattern, pattern)
}

/// The pattern, to match a whole text.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn whole(pattern: &str) -> Result<Regex, String> {
    // Alone first: `a)|(b` would close the group around it.
    parts(pattern).map_err(|fault| fault.told(pattern))?;
    ready(&format!(r"\A(?:{pattern})\z"), pattern)
}

fn ready(text: &str, pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .size_limit(COMPILED_BYTES)
        .build()
        .map_err(|_| format!("`{pattern}` cannot be used as a pattern"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn whole_means_whole() {
        let fits = |p: &str, s: &str| super::whole(p).map(|r| r.is_match(s));
        assert_eq!(fits("a|ab", "ab"), Ok(true));
        assert_eq!(fits("a", "ab"), Ok(false));
        assert_eq!(fits("a", "a\n"), Ok(false));
        assert!(fits("a)|(b", "b").is_err());
        assert!(fits("(a{1000}){1000}", "a").is_err());
        assert!(fits("(", "a").unwrap_err().contains("unclosed group"));
    }

    /// What has few enough parts is small enough to get ready, and the bounds are where people
    /// would not meet them.
    #[test]
    fn parts_are_counted_as_often_as_they_are_repeated() {
        let large = |p: &str| matches!(super::parts(p), Err(super::Fault::Large(_)));
        for fine in [
            r"[A-Za-z0-9_.+-]{1,64}@[a-z0-9.-]{1,255}\.[a-z]{2,63}",
            r"arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9_+=,.@-]{1,64}",
            r"\w+@\w+\.\w+",
            r".{1,700}",
            r"[^/]{1,500}",
        ] {
            assert!(super::parts(fine).is_ok(), "{fine}: {:?}", super::parts(fine));
            assert!(super::whole(fine).is_ok(), "{fine}");
        }
        for heavy in
            [r"\w{1,64}", r"\p{L}{1,100}", "(a{1000}){1000}", r".{10,2000}", "((.{99}){99}){99}"]
        {
            assert!(large(heavy), "{heavy}: {:?}", super::parts(heavy));
            let told = super::whole(heavy).unwrap_err();
            assert!(told.contains(heavy) && told.contains("at most 20000"), "{told}");
        }
        assert_eq!(super::parts(&"a".repeat(5000)), Err(super::Fault::Long));
        assert_eq!((super::parts("abc[0-9]{2}"), super::parts("a+")), (Ok(6), Ok(1)));
    }
}
