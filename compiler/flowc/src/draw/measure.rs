//! How wide a text will be, guessed so that no font makes it wider.
//!
//! A picture is drawn by whoever shows it, with the fonts that are there. The widths here are those
//! of a wide sans-serif face; in a narrower one there is a little more air.

/// The width of a text in hundredths of a pixel.
fn width(text: &str, size: usize, bold: bool) -> usize {
    let ems: usize = text.chars().map(em).sum();
    // Thousandths of an em at `size` pixels; bold letters are a tenth wider.
    ems * size * if bold { 11 } else { 10 } / 100
}

/// A letter's width in thousandths of an em.
const fn em(c: char) -> usize {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' => 290,
        '.' | ',' | ':' | ';' | '!' | ' ' | '’' => 330,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' | 'I' | 'J' => 420,
        'm' | 'M' | 'W' | 'w' | '@' | '%' | '—' | '…' => 1000,
        'A'..='Z' | '&' | '=' | '+' | '<' | '>' | '~' => 800,
        ' '..='~' => 640,
        // Wide writing systems and pictures.
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{a4ff}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ffef}'
        | '\u{1f000}'..='\u{3ffff}' => 1250,
        _ => 800,
    }
}

/// The lines of a text that is `most` pixels wide at most. A word that is wider is broken.
pub fn wrap(text: &str, most: usize, size: usize, bold: bool) -> Vec<String> {
    let fits = |text: &str| width(text, size, bold) <= most * 100;
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            line.push(c);
            if !fits(&line) && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::take(&mut line));
                line.push(c);
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_inside_and_lose_nothing() {
        let text = "two of release managers (ana@acme.example, bo@acme.example) and \
                    arn:aws:lambda:us-east-1:123456789012:function:super-secret-access:live 部署請求";
        for most in [20, 60, 100, 300] {
            let lines = wrap(text, most, 13, false);
            assert!(lines.iter().all(|line| width(line, 13, false) <= most * 100), "{lines:?}");
            let letters = |text: &str| text.replace(' ', "");
            assert_eq!(letters(&lines.concat()), letters(text));
        }
        assert_eq!(wrap("a bc", 100, 13, true), ["a bc"]);
        assert_eq!(wrap("  ", 100, 13, true), Vec::<String>::new());
    }
}
