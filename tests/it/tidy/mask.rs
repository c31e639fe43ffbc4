//! Rust text with comments and literals blanked out, so that braces and words can be counted.
//! A scanner, not a parser: it knows just enough of Rust's surface.

/// The text with every comment, string and character literal replaced by spaces. Lines and
/// columns (in characters) stay where they were.
pub(super) fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at).unwrap_or(at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment or literal that starts at `at` ends, if one starts there.
fn literal_end(chars: &[char], at: usize) -> Option<usize> {
    let rest = &chars[at..];
    match rest {
        ['/', '/', ..] => Some(find(chars, at, |r| r[0] == '\n')),
        ['/', '*', ..] => Some(block_comment_end(chars, at)),
        ['"', ..] => Some(string_end(chars, at + 1)),
        ['r', '"' | '#', ..] if !continues_word(chars, at) => raw_string_end(chars, at + 1),
        ['b', 'r', '"' | '#', ..] if !continues_word(chars, at) => raw_string_end(chars, at + 2),
        ['\'', '\\', ..] => Some(find(chars, at + 3, |r| r[0] == '\'') + 1),
        ['\'', _, '\'', ..] => Some(at + 3),
        _ => None,
    }
}

fn continues_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn find(chars: &[char], from: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|&at| found(&chars[at..])).unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut at) = (0usize, start);
    while at < chars.len() {
        match &chars[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] if depth == 1 => return at + 2,
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at..].iter().take_while(|&&c| c == '#').count();
    if chars.get(at + hashes) != Some(&'"') {
        return None;
    }
    let closing: Vec<char> = std::iter::once('"').chain(vec!['#'; hashes]).collect();
    let end = find(chars, at + hashes + 1, |rest| rest.starts_with(&closing));
    Some((end + closing.len()).min(chars.len()))
}

#[test]
fn comments_and_literals_are_blanked_and_code_is_kept() {
    for (text, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ */ d", "a                 d"),
        ("f(\"{\", '{', '\\'', b\"}\")", "f(   ,    ,     , b   )"),
        ("r#\"} \" {\"# + for<'a>", "           + for<'a>"),
        (r#"r"\" }"#, "     }"),
        ("var\"x\"", "var   "),
    ] {
        assert_eq!(code_only(text), expected, "of {text:?}");
    }
}
