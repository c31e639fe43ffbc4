//! How scenarios went, for people: a line for each, and the whole story of one that failed.

use std::fmt::Write as _;

use flow_bundle::suite::{Place, Scenario};
use flow_sim::scenario::{Failure, Line, Played, Who};

use super::Told;

/// Lines of a story that are shown; the middle of a longer one is left out.
const LINES_MAX: usize = 60;

/// Everything as text.
pub fn text(told: &Told<'_>) -> String {
    let mut out = String::new();
    for ran in &told.ran {
        if ran.played.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", told.path(&ran.suite.file));
        for (index, played) in &ran.played {
            let Some(scenario) = ran.suite.scenarios.get(*index) else { continue };
            let mark = if played.failure.is_some() { "FAILED" } else { "ok" };
            let _ = writeln!(out, "  {mark:<6} {}", scenario.words);
            if let Some(failure) = &played.failure {
                out.push_str(&failed(told, &ran.suite.file, scenario, played, failure));
            }
        }
    }
    for (suite, mock) in &told.unused {
        let (path, line) = (told.path(&suite.file), mock.place.line);
        let _ = writeln!(
            out,
            "\nwarning Q803: {path}:{line}: no scenario reaches `{}`, so its mock is never asked; remove it",
            mock.effect
        );
    }
    out.push_str(&covered(told));
    out.push_str(&explored(told));
    let (count, failed) = (told.count(), told.failed());
    let scenarios = if count == 1 { "scenario" } else { "scenarios" };
    let result = match failed {
        0 => "all passed".to_owned(),
        n => format!("{n} failed"),
    };
    let _ = writeln!(out, "\n{count} {scenarios}, {result}");
    out
}

/// How much of each flow was covered, and the lines that no scenario came to.
fn covered(told: &Told<'_>) -> String {
    let mut out = String::new();
    for (flow, covered) in told.coverage.iter().flatten() {
        let counts = covered.counts.iter();
        let counts: Vec<String> =
            counts.map(|(what, (some, all))| format!("{some} of {all} {what}")).collect();
        let counts =
            if counts.is_empty() { "nothing to cover".to_owned() } else { counts.join(", ") };
        let _ = writeln!(out, "\ncoverage of {flow}: {counts}");
        for point in &covered.missed {
            let place = line_of(told, &point.path).unwrap_or_else(|| point.path.clone());
            let _ = writeln!(out, "  {place}  ({})", point.side.words().1);
        }
    }
    out
}

/// What chance has found.
fn explored(told: &Told<'_>) -> String {
    let Some(explored) = &told.explored else { return String::new() };
    let (lives, seed) = (explored.lives, explored.seed);
    let Some(broken) = &explored.broken else {
        return format!("\n{lives} random lives from seed {seed}, no promise broken\n");
    };
    let mut out = format!("\nFAILED a random life of `{}`: {}\n", broken.flow, broken.message);
    let _ = writeln!(out, "    again: --explore 1 --seed {}\n\n    what happened:", broken.seed);
    out.push_str(&story(&broken.lines));
    out
}

fn failed(
    told: &Told<'_>,
    file: &str,
    scenario: &Scenario,
    played: &Played,
    failure: &Failure,
) -> String {
    let mut out = String::new();
    let path = told.path(file);
    let code = failure.code.map(|code| format!("{code}: ")).unwrap_or_default();
    let Place { line, column, .. } = failure.place;
    let _ = writeln!(out, "\n    {path}:{line}:{column}: {code}{}", failure.message);
    out.push_str(&drawn(told, file, failure.place));
    if let Some(help) = &failure.help {
        let _ = writeln!(out, "    help: {help}");
    }
    if failure.after_crash {
        let _ = writeln!(
            out,
            "    This was the second playing, with a crash of the daemon after each record."
        );
    }
    for decided in decided_by(told, failure).into_iter().take(2) {
        let _ = writeln!(out, "    decided by {decided}");
    }
    let _ = writeln!(out, "\n    what happened in \"{}\":", scenario.words);
    out.push_str(&story(&played.lines));
    out.push('\n');
    out
}

/// The line of a place, and a mark below what is meant.
fn drawn(told: &Told<'_>, file: &str, place: Place) -> String {
    let Some((_, source)) = told.sources.iter().find(|(_, f)| f.path == file) else {
        return String::new();
    };
    let text = source.text.get(source.line(place.line)).unwrap_or_default();
    let before = " ".repeat(place.column.saturating_sub(1));
    let most = text.chars().count().saturating_sub(place.column.saturating_sub(1)).max(1);
    let mark = "^".repeat(place.width.min(most));
    let number = place.line;
    let gap = " ".repeat(number.to_string().len());
    format!("    {number} | {text}\n    {gap} | {before}{mark}\n")
}

/// `main.flow.hcl:63: quorum = …`, for each part of the flow that decided.
pub fn decided_by(told: &Told<'_>, failure: &Failure) -> Vec<String> {
    let mut out = Vec::new();
    for shown in failure.decided_by.iter().filter_map(|path| line_of(told, path)) {
        if !out.contains(&shown) {
            out.push(shown);
        }
    }
    out
}

/// The line of a part of the bundle, or of what it stands in, with its place.
pub fn line_of(told: &Told<'_>, path: &str) -> Option<String> {
    let sources = &told.module.sources;
    let (file, start, _) = nearest(&sources.map, path)?;
    let file = sources.files.get(usize::try_from(file).ok()?)?;
    let (_, source) = told.sources.iter().find(|(_, f)| f.path == file.path)?;
    let line = source.position(start as usize).line;
    let text = source.text.get(source.line(line)).unwrap_or_default().trim();
    Some(format!("{}:{line}: {text}", told.path(&file.path)))
}

type Spans = std::collections::BTreeMap<String, (u32, u32, u32)>;

/// The place of a part, or of what it stands in.
fn nearest(map: &Spans, path: &str) -> Option<(u32, u32, u32)> {
    let mut path = path;
    loop {
        if let Some(place) = map.get(path) {
            return Some(*place);
        }
        path = path.rsplit_once('.')?.0;
    }
}

/// The story, one line each: time, who, what, and the phase that was reached.
fn story(lines: &[Line]) -> String {
    let mut out = String::new();
    let left_out = lines.len().saturating_sub(LINES_MAX);
    let half = LINES_MAX / 2;
    let mut day = String::new();
    for (index, line) in lines.iter().enumerate() {
        if left_out > 0 && index == half {
            let _ = writeln!(out, "      … {left_out} more …");
        }
        if left_out > 0 && index >= half && index < half + left_out {
            continue;
        }
        out.push_str(&one(line, &mut day));
    }
    out
}

fn one(line: &Line, day: &mut String) -> String {
    let at = line.at.to_string();
    let (date, time) = at.split_once('T').unwrap_or((&at, ""));
    let mut out = String::new();
    if date != day {
        let _ = writeln!(out, "      {date}");
        date.clone_into(day);
    }
    let who = who(&line.who);
    let phase = line.phase.map(|p| format!("  -> {}", p.word())).unwrap_or_default();
    let _ = writeln!(out, "      {}  {who:<8}  {}{phase}", time.trim_end_matches('Z'), line.what);
    out
}

/// Who did something, in a word.
pub fn who(who: &Who) -> &str {
    match who {
        Who::User(name) => name,
        Who::Daemon => "-",
    }
}
