//! Spans of time as text: `1h30m`, `7d`, `1.5s`.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use crate::decimal;

const UNITS: [(char, i128); 5] = [('w', 604_800), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// Reads a span and gives its seconds: whole numbers with the units `w d h m s`, from large to
/// small, each at most once; seconds may have a fraction.
#[must_use]
pub fn parse(text: &str) -> Option<Decimal> {
    let mut total = Decimal::ZERO;
    let mut units = UNITS.iter();
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(end)?;
        let unit = tail.chars().next()?;
        let (_, seconds) = units.find(|(u, _)| *u == unit)?;
        if number.contains('.') && unit != 's' {
            return None;
        }
        let part = decimal::multiply(decimal::parse(number)?, decimal::exact(*seconds, 0)?)?;
        total = decimal::add(total, part)?;
        rest = tail.strip_prefix(unit)?;
    }
    Some(total)
}

/// Prints seconds as `1d2h3m4.5s`, leaving out what is zero.
#[must_use]
pub fn print(seconds: Decimal) -> String {
    let mut text = String::new();
    if seconds.is_sign_negative() && !seconds.is_zero() {
        text.push('-');
    }
    let mut rest = seconds.abs().normalize();
    for (unit, size) in UNITS.into_iter().skip(1).take(3) {
        let Some(size) = decimal::exact(size, 0) else { continue };
        let whole = decimal::divide(rest, size).map_or(Decimal::ZERO, |d| d.trunc());
        if !whole.is_zero() {
            let _ = write!(text, "{whole}{unit}");
            rest = decimal::multiply(whole, size)
                .and_then(|taken| decimal::subtract(rest, taken))
                .unwrap_or(Decimal::ZERO);
        }
    }
    if !rest.is_zero() || text.len() < 2 {
        let _ = write!(text, "{rest}s");
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_and_prints() {
        for (text, seconds, printed) in [
            ("1h30m", "5400", "1h30m"),
            ("90m", "5400", "1h30m"),
            ("7d", "604800", "7d"),
            ("1w", "604800", "7d"),
            ("1.5s", "1.5", "1.5s"),
            ("0s", "0", "0s"),
            ("36h", "129600", "1d12h"),
        ] {
            let found = super::parse(text).unwrap();
            assert_eq!(found.to_string(), seconds, "{text}");
            assert_eq!(super::print(found), printed, "{text}");
        }
        assert_eq!(super::print("-5400".parse().unwrap()), "-1h30m");
        for text in ["", "h", "1", "1.5h", "1m1h", "1h1h", "-1h", "1 h", "1x", "1..5s"] {
            assert_eq!(super::parse(text), None, "{text}");
        }
    }
}
