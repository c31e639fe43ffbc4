//! Regular expressions: linear in the text, bounded in size.

use regex::{Regex, RegexBuilder};

use crate::limits::PATTERN_BYTES;

/// Largest compiled form, in bytes.
const COMPILED_BYTES: usize = 1024 * 1024;

/// The pattern, to be found anywhere in a text.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn part(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > PATTERN_BYTES {
        return Err(format!("the pattern is longer than {PATTERN_BYTES} bytes"));
    }
    RegexBuilder::new(pattern).size_limit(COMPILED_BYTES).build().map_err(|e| match e {
        regex::Error::CompiledTooBig(_) => "the pattern repeats too much".to_owned(),
        other => {
            let text = other.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("`{pattern}` is no pattern: {reason}")
        }
    })
}

/// The pattern, to match a whole text.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn whole(pattern: &str) -> Result<Regex, String> {
    // Alone first: `a)|(b` would close the group around it.
    part(pattern)?;
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .size_limit(COMPILED_BYTES)
        .build()
        .map_err(|_| format!("`{pattern}` cannot stand for a whole text"))
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
}
