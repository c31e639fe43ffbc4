//! `flowc explain CODE`: the page of a code.

use anyhow::{Result, bail};
use flow_lang::code::{self, Code};
use flow_lang::{page, suggest};
use serde_json::json;

use super::Answer;
use crate::args::Format;

/// Prints the page of a code, or its line where the code is not raised yet.
///
/// # Errors
/// When there is no such code.
pub fn run(word: &str, format: Format) -> Result<Answer> {
    let Some(found) = find(word) else {
        let words = code::ALL.iter().flat_map(|code| [code.id, code.slug]);
        let upper = word.to_ascii_uppercase();
        let near =
            suggest::nearest(word, words.clone()).or_else(|| suggest::nearest(&upper, words));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        bail!("there is no code `{word}`{hint}");
    };
    let text = match format {
        Format::Human => page::text(found),
        Format::Json => {
            let object = json!({
                "code": found.id,
                "slug": found.slug,
                "severity": found.severity.word(),
                "line": found.line,
                "page": page::find(found),
            });
            format!("{object:#}\n")
        }
    };
    Ok(Answer { text, code: 0 })
}

fn find(word: &str) -> Option<Code> {
    code::find(word).or_else(|| code::ALL.iter().copied().find(|code| code.slug == word))
}
