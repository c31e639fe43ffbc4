//! Cases of the formatter, as `data/fmt` holds them: a text, and what is made of it.
//!
//! ```text
//! === name
//! a=1
//! ---
//! a = 1
//! ```
//!
//! What an editor would hide or mend is written as a sign: `␉` a tab, `␍` a carriage return, `␂` a
//! byte-order mark, and `␃` at the end of a text that has no last line break.

/// A text and its layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The text.
    pub given: String,
    /// Its layout.
    pub formatted: String,
}

/// Signs in a case, and what they stand for.
pub const SIGNS: [(char, char); 3] = [('␉', '\t'), ('␍', '\r'), ('␂', '\u{feff}')];

/// Reads the cases of a file.
pub fn read(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for part in text.split("=== ").skip(1) {
        let (name, part) = part.split_once('\n').unwrap_or((part, ""));
        let (given, formatted) = part.split_once("---\n").unwrap_or((part, ""));
        let (given, formatted) = (unsigned(given), unsigned(formatted));
        cases.push(Case { name: name.to_owned(), given, formatted });
    }
    cases
}

fn unsigned(text: &str) -> String {
    let mut out = text.strip_suffix("␃\n").unwrap_or(text).to_owned();
    for (sign, meant) in SIGNS {
        out = out.replace(sign, &meant.to_string());
    }
    out
}
