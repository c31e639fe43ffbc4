//! JSON text from outside as a value: numbers exact, size and depth bounded.
//!
//! `serde_json` goes through `f64`, so this is a parser of our own. What the data *should* look
//! like is in [`crate::conform`].

use std::collections::BTreeMap;
use std::fmt;

use crate::decimal;
use crate::limits::{DATA_DEPTH, RESULT_BYTES};
use crate::value::Value;

/// Most values in one text; a bound on memory, because a small text can hold many.
const VALUES_MAX: usize = 100_000;

/// Why a text is no JSON that we take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes from the start.
    pub offset: usize,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)
    }
}

impl std::error::Error for JsonError {}

/// Reads one JSON text of at most 1 MiB and 64 levels. Numbers of more than 28 digits and keys
/// that stand twice are refused: neither can be kept as it was sent.
///
/// # Errors
/// What is wrong and where.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let error = |message: &str, offset| JsonError { message: message.to_owned(), offset };
    if bytes.len() > RESULT_BYTES {
        return Err(error("the text is larger than 1 MiB", RESULT_BYTES));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|e| error("the text is no UTF-8", e.valid_up_to()))?;
    let mut reader = Reader { text, at: 0, values: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.error("something follows the value"));
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    values: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, message: impl Into<String>) -> JsonError {
        JsonError { message: message.into(), offset: self.at }
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        if depth >= DATA_DEPTH {
            return Err(self.error(format!("nested deeper than {DATA_DEPTH} levels")));
        }
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(self.error(format!("more than {VALUES_MAX} values")));
        }
        self.skip_space();
        match self.rest().as_bytes().first() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("null") => Ok(Value::Null),
            _ if self.take("true") => Ok(Value::Bool(true)),
            _ if self.take("false") => Ok(Value::Bool(false)),
            Some(_) => Err(self.error("no JSON value")),
            None => Err(self.error("the text ends too early")),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take("]") {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take("]") {
                return Ok(Value::List(items));
            }
            if !self.take(",") {
                return Err(self.error("a list goes on with `,` or ends with `]`"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.at += 1;
        let mut map = BTreeMap::new();
        self.skip_space();
        if self.take("}") {
            return Ok(Value::Map(map));
        }
        loop {
            self.skip_space();
            if !self.rest().starts_with('"') {
                return Err(self.error("a key stands in quotes"));
            }
            let start = self.at;
            let key = self.string()?;
            self.skip_space();
            if !self.take(":") {
                return Err(self.error("a key is followed by `:`"));
            }
            let value = self.value(depth + 1)?;
            if map.contains_key(&key) {
                self.at = start;
                return Err(self.error(format!("the key `{key}` stands twice")));
            }
            map.insert(key, value);
            self.skip_space();
            if self.take("}") {
                return Ok(Value::Map(map));
            }
            if !self.take(",") {
                return Err(self.error("an object goes on with `,` or ends with `}`"));
            }
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let rest = self.rest();
        let end = rest.find(|c| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let leading_zero =
            digits.first() == Some(&b'0') && digits.get(1).is_some_and(u8::is_ascii_digit);
        let number = if leading_zero { None } else { decimal::parse(text) };
        let shown: String = text.chars().take(40).collect();
        let number = number
            .ok_or_else(|| self.error(format!("`{shown}` is no number of at most 28 digits")))?;
        self.at += text.len();
        Ok(Value::Number(number))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(|c| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.rest().as_bytes().first() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(_) => return Err(self.error("a control character in a string")),
                None => return Err(self.error("the text ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let letter = self.rest().chars().next();
        let plain = match letter {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.error("an unknown escape")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.hex()?;
        let code = if (0xD800..0xDC00).contains(&first) && self.take("\\u") {
            let second = self.hex()?;
            if !(0xDC00..0xE000).contains(&second) {
                return Err(self.error("half of a surrogate pair"));
            }
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair"))
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        let code = code.ok_or_else(|| self.error("`\\u` wants four hex digits"))?;
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        match parse(text.as_bytes()) {
            Ok(value) => format!("{}", crate::payload::to_json(&value)),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn text_in_text_out() {
        for (text, expected) in [
            (r#" {"b":[1,-2.50,true,null],"a":"x"} "#, r#"{"a":"x","b":[1,"-2.5",true,null]}"#),
            (r#""\u00e9\ud83d\ude00\n\/""#, "\"é😀\\n/\""),
            ("9007199254740993", r#""9007199254740993""#),
            ("1e2", "100"),
            ("", "the text ends too early at byte 0"),
            ("[1,]", "no JSON value at byte 3"),
            ("{\"a\":1,\"a\":2}", "the key `a` stands twice at byte 7"),
            ("{a:1}", "a key stands in quotes at byte 1"),
            ("01", "`01` is no number of at most 28 digits at byte 0"),
            (
                "0.12345678901234567890123456789",
                "`0.12345678901234567890123456789` is no number of at most 28 digits at byte 0",
            ),
            ("1 2", "something follows the value at byte 2"),
            (r#""\ud83d""#, "half of a surrogate pair at byte 7"),
            (r#""\x""#, "an unknown escape at byte 2"),
            ("\"a\nb\"", "a control character in a string at byte 2"),
            ("NaN", "no JSON value at byte 0"),
        ] {
            assert_eq!(printed(text), expected, "{text}");
        }
        let deep = "[".repeat(65) + &"]".repeat(65);
        assert_eq!(printed(&deep), "nested deeper than 64 levels at byte 64");
        assert_eq!(parse(&[b'"', 0xff, b'"']).unwrap_err().message, "the text is no UTF-8");
        assert!(parse(&vec![b' '; RESULT_BYTES + 1]).is_err());
        assert!(printed(&format!("[{}0]", "0,".repeat(VALUES_MAX))).starts_with("more than"));
    }

    #[test]
    fn agrees_with_serde_json_on_every_cut_and_flip() {
        let text = r#"{"a":[1,2.5,"x\u0041\n",{"b":null}],"c":true,"d":-1e3}"#;
        let mut seed = 7_u64;
        for _ in 0..20_000 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..2 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = (seed >> 33) as usize % bytes.len();
                bytes[at] = br#"{}[]",:0129eE+-.\untf "#[(seed >> 20) as usize % 22];
            }
            let theirs: Result<serde_json::Value, _> = serde_json::from_slice(&bytes);
            let ours = parse(&bytes);
            // Ours refuses more: twice the same key, numbers of too many digits.
            if let Err(e) = &theirs {
                assert!(ours.is_err(), "{} {e}", String::from_utf8_lossy(&bytes));
            }
        }
    }
}
