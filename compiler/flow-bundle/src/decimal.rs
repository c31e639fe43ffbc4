//! Exact decimal arithmetic of 28 digits: what would lose a digit is no result.
//!
//! `rust_decimal` rounds silently, so only its representation is used here. A result is always in
//! its shortest form, which makes its text and its hash unique.

use rust_decimal::Decimal;

/// No number has this magnitude or more, whatever its scale.
const LIMIT: i128 = 10_i128.pow(28);
/// Most digits after the point.
const SCALE_MAX: u32 = 28;

/// `mantissa · 10^-scale` in its shortest form; `None` where it needs more than 28 digits.
#[must_use]
pub fn exact(mut mantissa: i128, mut scale: i64) -> Option<Decimal> {
    if mantissa == 0 {
        return Some(Decimal::ZERO);
    }
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    while scale < 0 {
        mantissa = mantissa.checked_mul(10)?;
        scale += 1;
    }
    if mantissa.abs() >= LIMIT {
        return None;
    }
    Decimal::try_from_i128_with_scale(mantissa, u32::try_from(scale).ok()?).ok()
}

/// Reads decimal text, `-12.50` or `1e3`; `None` where it is none or needs more than 28 digits.
#[must_use]
pub fn parse(text: &str) -> Option<Decimal> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits),
    };
    let (whole, part) = match digits.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, part)) => (whole, part),
        None => (digits, ""),
    };
    if whole.is_empty() {
        return None;
    }
    let part = part.trim_end_matches('0');
    let mut mantissa: i128 = 0;
    for byte in whole.bytes().chain(part.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
    }
    let scale = i64::try_from(part.len()).ok()?.checked_sub(exponent)?;
    exact(if negative { -mantissa } else { mantissa }, scale.max(-64))
}

/// The number in its shortest form; `None` where it has more than 28 digits.
#[must_use]
pub fn shortest(n: Decimal) -> Option<Decimal> {
    let (m, s) = parts(n);
    exact(m, s)
}

/// `a + b`.
#[must_use]
pub fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let ((ma, sa), (mb, sb)) = (shortest_parts(a), shortest_parts(b));
    let scale = sa.max(sb);
    // Where the scaled one overflows, the sum ends in the last digit of the other, which is no
    // zero, and so needs far more than 28 digits.
    let sum = ma.checked_mul(power(scale - sa)?)?.checked_add(mb.checked_mul(power(scale - sb)?)?);
    exact(sum?, scale)
}

/// `a - b`.
#[must_use]
pub fn subtract(a: Decimal, b: Decimal) -> Option<Decimal> {
    add(a, -b)
}

/// `a · b`.
#[must_use]
pub fn multiply(a: Decimal, b: Decimal) -> Option<Decimal> {
    let ((mut ma, sa), (mut mb, sb)) = (shortest_parts(a), shortest_parts(b));
    if ma == 0 || mb == 0 {
        return Some(Decimal::ZERO);
    }
    let mut scale = sa + sb;
    // Tens are taken out before the product, which would overflow with them.
    for swapped in [false, true] {
        let (two, five) = if swapped { (&mut mb, &mut ma) } else { (&mut ma, &mut mb) };
        while *two % 2 == 0 && *five % 5 == 0 {
            *two /= 2;
            *five /= 5;
            scale -= 1;
        }
    }
    exact(ma.checked_mul(mb)?, scale)
}

/// `a / b`, rounded half-even to 28 digits and 28 places; `None` where the result is too large.
/// `b` is not zero.
#[must_use]
pub fn divide(a: Decimal, b: Decimal) -> Option<Decimal> {
    let ((ma, sa), (mb, sb)) = (shortest_parts(a), shortest_parts(b));
    let negative = (ma < 0) != (mb < 0);
    let divisor = mb.abs();
    let mut quotient = ma.abs().checked_div(divisor)?;
    let mut rest = ma.abs().checked_rem(divisor)?;
    let mut scale = sa - sb;
    while rest != 0 && scale < i64::from(SCALE_MAX) && quotient < LIMIT / 10 {
        rest *= 10;
        quotient = quotient * 10 + rest / divisor;
        rest %= divisor;
        scale += 1;
    }
    if rest != 0 && scale < 0 {
        return None;
    }
    match (rest * 2).cmp(&divisor) {
        std::cmp::Ordering::Greater => quotient += 1,
        std::cmp::Ordering::Equal => quotient += quotient % 2,
        std::cmp::Ordering::Less => {}
    }
    exact(if negative { -quotient } else { quotient }, scale)
}

/// What is left of `a` after whole multiples of `b`, with the sign of `a`. `b` is not zero.
#[must_use]
pub fn remainder(a: Decimal, b: Decimal) -> Option<Decimal> {
    let ((ma, sa), (mb, sb)) = (shortest_parts(a), shortest_parts(b));
    let divisor = mb.abs();
    if sa >= sb {
        // A divisor too large for the scale of `a` is larger than `a`.
        let Some(scaled) = power(sa - sb).and_then(|p| divisor.checked_mul(p)) else {
            return Some(a);
        };
        return exact(ma.checked_rem(scaled)?, sa);
    }
    let mut rest = ma.checked_rem(divisor)?;
    for _ in sa..sb {
        rest = (rest * 10).checked_rem(divisor)?;
    }
    exact(rest, sb)
}

/// The number as a count, where it is whole and not negative.
#[must_use]
pub fn to_count(n: Decimal) -> Option<usize> {
    match shortest_parts(n) {
        (m, 0) => usize::try_from(m).ok(),
        _ => None,
    }
}

/// The number as a whole number.
#[must_use]
pub fn to_whole(n: Decimal) -> Option<i128> {
    match shortest_parts(n) {
        (m, 0) => Some(m),
        _ => None,
    }
}

fn parts(n: Decimal) -> (i128, i64) {
    (n.mantissa(), i64::from(n.scale()))
}

fn shortest_parts(n: Decimal) -> (i128, i64) {
    let (mut m, mut s) = parts(n);
    while s > 0 && m % 10 == 0 {
        m /= 10;
        s -= 1;
    }
    (m, s)
}

fn power(of_ten: i64) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(of_ten).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Decimal {
        parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn exact_or_nothing() {
        let big = "9999999999999999999999999999";
        let tiny = "0.0000000000000000000000000001";
        let rows: &[(&str, &str, &str, Option<&str>)] = &[
            ("0.1", "+", "0.2", Some("0.3")),
            ("9007199254740993", "+", "-1", Some("9007199254740992")),
            (big, "+", "1", None),
            (big, "-", "1", Some("9999999999999999999999999998")),
            ("1", "+", tiny, None),
            ("0.1", "+", tiny, Some("0.1000000000000000000000000001")),
            ("1000000000000000000000000000", "+", tiny, None),
            ("1.50", "*", "2", Some("3")),
            (big, "*", "10", None),
            ("5000000000000000000000000000", "*", "0.0000000000000000000000000002", Some("1")),
            (tiny, "*", "0.1", None),
            ("1", "/", "3", Some("0.3333333333333333333333333333")),
            ("2", "/", "3", Some("0.6666666666666666666666666667")),
            ("10", "/", "3", Some("3.333333333333333333333333333")),
            ("1", "/", "8", Some("0.125")),
            (tiny, "/", "2", Some("0")),
            ("0.0000000000000000000000000003", "/", "2", Some("0.0000000000000000000000000002")),
            (big, "/", tiny, None),
            ("-7", "/", "2", Some("-3.5")),
            ("-7", "%", "2", Some("-1")),
            ("5.5", "%", "2", Some("1.5")),
            ("1", "%", "0.3", Some("0.1")),
            ("0.1", "%", big, Some("0.1")),
        ];
        for (a, op, b, expected) in rows {
            let (x, y) = (n(a), n(b));
            let found = match *op {
                "+" => add(x, y),
                "-" => subtract(x, y),
                "*" => multiply(x, y),
                "/" => divide(x, y),
                _ => remainder(x, y),
            };
            assert_eq!(found.map(|d| d.to_string()).as_deref(), *expected, "{a} {op} {b}");
        }
    }

    #[test]
    fn reads_only_what_it_can_hold() {
        for text in ["", "-", ".5", "1.", "1e", "1e400", "0x1", "1_0", "+1", "1e-29", "NaN"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(n("1.500").to_string(), "1.5");
        assert_eq!(n("-0").to_string(), "0");
        assert_eq!(n("12e2").to_string(), "1200");
        assert_eq!(n("0.00000000000000000000000000010"), n("1e-28"));
        assert_eq!(parse("10000000000000000000000000000"), None);
    }
}
