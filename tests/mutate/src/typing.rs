//! One input as somebody writes it: what may stand at some places of it is asked for.
//!
//! An editor asks at each key that is pressed, so the answer may take no longer than a check.

use std::time::Duration;

use flow_lang::Sources;
use flow_lang::complete::complete;

use crate::judge::processor;

/// How many places of an input are asked about.
const PLACES: usize = 7;

/// What is wrong with what may stand in a text, if anything, and the longest time that one answer
/// took on the processor.
#[must_use]
pub fn fault(bytes: &[u8]) -> (Option<String>, Duration) {
    let mut sources = Sources::new();
    let file = sources.add("main.flow.hcl", bytes);
    let text = sources.file(file).map_or("", |file| file.text.as_str()).to_owned();
    let mut longest = Duration::ZERO;
    for place in places(&text) {
        let before = processor();
        let found = complete(&sources, file, place);
        longest = longest.max(processor().saturating_sub(before));
        // Inside a character the place is before it.
        let place = (0..=place).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        if !text.get(..place).is_some_and(|before| before.ends_with(&found.begun)) {
            let said = format!("at byte {place} `{}` is said to be begun", found.begun);
            return (Some(said), longest);
        }
        for item in &found.items {
            if !item.text.starts_with(&found.begun) || item.text.contains('\n') {
                let said = format!("at byte {place} `{}` is offered", item.text.escape_debug());
                return (Some(said), longest);
            }
        }
        if complete(&sources, file, place) != found {
            return (Some(format!("at byte {place} others are offered the second time")), longest);
        }
    }
    (None, longest)
}

/// The ends of the text, one place behind it, and some inside, which move with its length.
fn places(text: &str) -> impl Iterator<Item = usize> + use<> {
    let length = text.len();
    let inside = (1..=PLACES).map(move |n| length * n / (PLACES + 1) + length % n);
    [0, length, length + 9].into_iter().chain(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_not_finished_are_completed() {
        for text in ["", "é", "flow \"f\" {\n  on_", "x = \"${v", "a {{{{", "x = <<E\n", "/*"] {
            assert_eq!(fault(text.as_bytes()).0, None, "{text}");
        }
    }

    #[test]
    fn blocks_in_blocks_take_no_longer_by_their_square() {
        // `steps.` asks which steps stand in the same flow.
        let text = format!("flow \"f\" {{\n{}x = steps.", "step {\n".repeat(14_000));
        let (fault, longest) = fault(text.as_bytes());
        let limit = if cfg!(debug_assertions) { 1_000 } else { 100 };
        assert_eq!(fault, None);
        assert!(longest < Duration::from_millis(limit), "{longest:?}");
    }
}
