//! How scenarios went, as JUnit XML: what test reports of CI systems read.

use std::fmt::Write as _;

use super::Told;
use super::text::{decided_by, who};
use crate::xml::escape;

/// Everything as JUnit XML.
pub fn junit(told: &Told<'_>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(out, "<testsuites tests=\"{}\" failures=\"{}\">", told.count(), told.failed());
    for ran in &told.ran {
        let failed = ran.played.iter().filter(|(_, p)| p.failure.is_some()).count();
        let path = told.path(&ran.suite.file);
        let name = escape(&path);
        let tests = ran.played.len();
        let _ =
            writeln!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\">");
        for (index, played) in &ran.played {
            let Some(scenario) = ran.suite.scenarios.get(*index) else { continue };
            let words = escape(&scenario.words);
            let flow = escape(&scenario.flow);
            let line = scenario.place.line;
            let head = format!(
                "    <testcase name=\"{words}\" classname=\"{flow}\" file=\"{name}\" line=\"{line}\""
            );
            let Some(failure) = &played.failure else {
                let _ = writeln!(out, "{head}/>");
                continue;
            };
            let mut body = format!("{path}:{}: {}\n", failure.place.line, failure.message);
            if let Some(help) = &failure.help {
                let _ = writeln!(body, "help: {help}");
            }
            for decided in decided_by(told, failure) {
                let _ = writeln!(body, "decided by {decided}");
            }
            for line in &played.lines {
                let phase = line.phase.map(|p| format!(" -> {}", p.word())).unwrap_or_default();
                let _ = writeln!(body, "{} {} {}{phase}", line.at, who(&line.who), line.what);
            }
            let kind = failure.code.unwrap_or("expect");
            let _ = writeln!(
                out,
                "{head}>\n      <failure type=\"{kind}\" message=\"{}\">{}</failure>\n    </testcase>",
                escape(&failure.message),
                escape(&body)
            );
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}
