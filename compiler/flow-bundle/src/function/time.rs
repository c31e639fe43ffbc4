//! Functions on time. Zones come from embedded data, never from the machine.

use super::{BASE, Function};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "now",
        signature: "now() -> timestamp",
        min: 0,
        max: Some(0),
        static_safe: false,
        doc: "The time of the event being handled.",
        ..BASE
    },
    Function {
        name: "timestamp",
        signature: "timestamp(s: string) -> timestamp",
        doc: "An RFC 3339 instant.",
        example: r#"tostring(timestamp("2026-01-01T01:00:00+01:00")) == "2026-01-01T00:00:00Z""#,
        ..BASE
    },
    Function {
        name: "timeadd",
        signature: "timeadd(t: timestamp, d: duration) -> timestamp",
        min: 2,
        max: Some(2),
        doc: "The instant `d` later, or earlier where `d` is negative.",
        example: r#"timeadd(timestamp("2026-01-01T00:00:00Z"), duration("1h")) == timestamp("2026-01-01T01:00:00Z")"#,
        ..BASE
    },
    Function {
        name: "timediff",
        signature: "timediff(a: timestamp, b: timestamp) -> duration",
        min: 2,
        max: Some(2),
        doc: "How long `a` is after `b`.",
        example: r#"timediff(timestamp("2026-01-01T02:00:00Z"), timestamp("2026-01-01T00:30:00Z")) == duration("1h30m")"#,
        ..BASE
    },
    Function {
        name: "duration",
        signature: "duration(s: string) -> duration",
        doc: "A span of time: weeks, days, hours, minutes and seconds, `1h30m`.",
        example: r#"seconds(duration("1h30m")) == 5400"#,
        ..BASE
    },
    Function {
        name: "seconds",
        signature: "seconds(d: duration) -> number",
        doc: "The span in seconds.",
        example: r#"seconds(duration("7d")) == 604800"#,
        ..BASE
    },
    Function {
        name: "format_time",
        signature: "format_time(t: timestamp, tz: string) -> string",
        min: 2,
        max: Some(2),
        doc: "Date, time and zone for people.",
        example: r#"format_time(timestamp("2026-07-01T12:00:00Z"), "Europe/Berlin") == "2026-07-01 14:00 CEST""#,
        ..BASE
    },
    Function {
        name: "weekday",
        signature: "weekday(t: timestamp, tz: string) -> string",
        min: 2,
        max: Some(2),
        doc: "`mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`, in the zone.",
        example: r#"weekday(timestamp("2026-01-01T23:30:00Z"), "Europe/Berlin") == "fri""#,
        ..BASE
    },
    Function {
        name: "hour",
        signature: "hour(t: timestamp, tz: string) -> number",
        min: 2,
        max: Some(2),
        doc: "The hour of the day, 0 to 23, in the zone.",
        example: r#"hour(timestamp("2026-01-01T23:30:00Z"), "Europe/Berlin") == 0"#,
        ..BASE
    },
    Function {
        name: "in_window",
        signature: "in_window(t: timestamp, tz: string, days: list(string), from: string, to: string) -> bool",
        min: 5,
        max: Some(5),
        doc: "Whether the instant lies on one of the days, from `from` up to and without `to`; past midnight where `to` is earlier, on the day it began.",
        example: r#"in_window(timestamp("2026-01-05T09:00:00Z"), "UTC", ["mon", "tue"], "09:00", "17:30") == true"#,
        ..BASE
    },
];
