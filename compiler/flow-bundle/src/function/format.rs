//! `format`: a small, closed part of the printf patterns.

use rust_decimal::RoundingStrategy;

use super::Arguments;
use crate::decimal;
use crate::eval::{EvalError, Evaluated, conversion, index, too_large};
use crate::limits::RESULT_BYTES;
use crate::print::print;
use crate::value::Value;

/// Widest padding and most digits after the point.
const WIDTH_MAX: usize = 1000;

/// One `%…` of a pattern.
#[derive(Default)]
struct Verb {
    left: bool,
    zeros: bool,
    width: usize,
    places: Option<u32>,
}

pub(super) fn format(a: Arguments) -> Evaluated {
    let mut out = String::new();
    let mut args = a.values.iter().skip(1);
    let mut chars = a.text(0)?.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut verb = Verb::default();
        let word = verb.read(&mut chars)?;
        if word == '%' {
            out.push('%');
            continue;
        }
        let arg = args.next().ok_or_else(|| index("the pattern wants more arguments"))?;
        out.push_str(&verb.pad(&verb.print(word, arg)?));
        if out.len() > RESULT_BYTES {
            return Err(too_large());
        }
    }
    if args.next().is_some() {
        return Err(index("the pattern wants fewer arguments"));
    }
    Ok(Value::String(out))
}

impl Verb {
    /// Reads flags, width and places up to the letter.
    fn read(
        &mut self,
        chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    ) -> Result<char, EvalError> {
        let mut after_point = false;
        for c in chars.by_ref() {
            match c {
                '-' if self.width == 0 && !after_point => self.left = true,
                '0' if self.width == 0 && !after_point => self.zeros = true,
                '.' if !after_point => {
                    after_point = true;
                    self.places = Some(0);
                }
                '0'..='9' => {
                    let digit = c.to_digit(10).unwrap_or(0);
                    if after_point {
                        self.places = self.places.map(|p| p * 10 + digit).filter(|p| *p <= 28);
                        if self.places.is_none() {
                            return Err(conversion("at most 28 digits after the point"));
                        }
                    } else {
                        self.width = self.width * 10 + usize::try_from(digit).unwrap_or(0);
                        if self.width > WIDTH_MAX {
                            return Err(conversion(format!("a width above {WIDTH_MAX}")));
                        }
                    }
                }
                letter => return Ok(letter),
            }
        }
        Err(conversion("the pattern ends after `%`"))
    }

    fn print(&self, word: char, arg: &Value) -> Result<String, EvalError> {
        match (word, arg) {
            ('s', arg) => print(arg),
            ('d', Value::Number(n)) => decimal::to_whole(*n)
                .map(|n| n.to_string())
                .ok_or_else(|| conversion(format!("`%d` wants a whole number, not {n}"))),
            ('f', Value::Number(n)) => {
                let places = self.places.unwrap_or(6);
                let n = n.round_dp_with_strategy(places, RoundingStrategy::MidpointNearestEven);
                let text = n.normalize().to_string();
                let has = text.split_once('.').map_or(0, |(_, part)| part.len());
                let missing = usize::try_from(places).unwrap_or(0).saturating_sub(has);
                let point = if has == 0 && places > 0 { "." } else { "" };
                Ok(format!("{text}{point}{}", "0".repeat(missing)))
            }
            ('d' | 'f', other) => {
                Err(conversion(format!("`%{word}` wants a number, not {}", other.kind())))
            }
            _ => Err(conversion(format!("`%{word}` is no verb: `%s`, `%d`, `%f` or `%%`"))),
        }
    }

    fn pad(&self, text: &str) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        if self.left {
            return format!("{text}{}", " ".repeat(missing));
        }
        if !self.zeros {
            return format!("{}{text}", " ".repeat(missing));
        }
        match text.strip_prefix('-') {
            Some(digits) => format!("-{}{digits}", "0".repeat(missing)),
            None => format!("{}{text}", "0".repeat(missing)),
        }
    }
}
