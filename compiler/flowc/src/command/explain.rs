//! `flowc explain WHAT`: the page of a code, or what a block, an attribute or a function is for.

use anyhow::{Result, bail};
use flow_lang::code::{self, Code};
use flow_lang::{page, reference, suggest};
use serde_json::json;

use super::Answer;
use crate::args::TextFormat;

/// Prints the page of a code (its line where the code is not raised yet), or an entry of the
/// reference.
///
/// # Errors
/// When there is no such code, block, attribute or function.
pub fn run(words: &[String], format: TextFormat) -> Result<Answer> {
    let asked = words.join(" ");
    if let Some(found) = find(&asked) {
        return Ok(Answer { text: code(found, format), code: 0 });
    }
    let Some(topic) = reference::find(&asked) else {
        bail!("there is nothing called `{asked}`{}", hint(&asked));
    };
    let text = match format {
        TextFormat::Json => format!("{:#}\n", serde_json::to_value(&topic)?),
        TextFormat::Human => reference::text(&topic),
    };
    Ok(Answer { text, code: 0 })
}

fn code(found: Code, format: TextFormat) -> String {
    match format {
        TextFormat::Json => {
            let object = json!({
                "code": found.id,
                "slug": found.slug,
                "severity": found.severity.word(),
                "line": found.line,
                "page": page::find(found),
            });
            format!("{object:#}\n")
        }
        TextFormat::Human => page::text(found),
    }
}

fn find(word: &str) -> Option<Code> {
    code::find(word).or_else(|| code::ALL.iter().copied().find(|code| code.slug == word))
}

/// The nearest thing that can be asked about, or what kinds of things there are.
fn hint(asked: &str) -> String {
    let topics = reference::topics();
    let codes = code::ALL.iter().flat_map(|code| [code.id, code.slug]);
    let words = codes.chain(topics.iter().map(String::as_str));
    let dotted = asked.replace([' ', '"'], ".");
    let upper = asked.to_ascii_uppercase();
    // Only the last two words of `flow.approval.quroum` can be near to what is offered.
    let tail =
        dotted.rmatch_indices('.').nth(1).map_or(dotted.as_str(), |(at, _)| &dotted[at + 1..]);
    let near = [asked, dotted.as_str(), tail, upper.as_str()]
        .into_iter()
        .find_map(|word| suggest::nearest(word, words.clone()));
    near.map_or_else(
        || {
            "; ask about a code (`R102`), a block (`strategy`), one of its types \
             (`step.aws_lambda`), an attribute (`approval.quorum`) or a function (`coalesce`)"
                .to_owned()
        },
        |near| format!("; did you mean `{near}`?"),
    )
}
