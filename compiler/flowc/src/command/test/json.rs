//! How scenarios went, for programs.

use serde_json::{Value as Json, json as object};

use super::Told;
use super::text::{decided_by, who};

/// Everything as one JSON object.
pub fn json(told: &Told<'_>) -> String {
    let files: Vec<Json> = told
        .ran
        .iter()
        .map(|ran| {
            let scenarios = ran.played.iter().filter_map(|(index, played)| {
                let scenario = ran.suite.scenarios.get(*index)?;
                let failure = played.failure.as_ref().map(|failure| {
                    object!({
                        "code": failure.code,
                        "message": failure.message,
                        "help": failure.help,
                        "line": failure.place.line,
                        "column": failure.place.column,
                        "after_crash": failure.after_crash,
                        "decided_by": decided_by(told, failure),
                    })
                });
                let story: Vec<Json> = played
                    .lines
                    .iter()
                    .map(|line| {
                        object!({
                            "at": line.at.to_string(),
                            "who": who(&line.who),
                            "what": line.what,
                            "phase": line.phase.map(flow_engine::Phase::word),
                        })
                    })
                    .collect();
                Some(object!({
                    "name": scenario.words,
                    "flow": scenario.flow,
                    "line": scenario.place.line,
                    "passed": failure.is_none(),
                    "failure": failure,
                    "story": story,
                }))
            });
            object!({
                "file": told.path(&ran.suite.file),
                "scenarios": scenarios.collect::<Vec<_>>(),
            })
        })
        .collect();
    let unused: Vec<Json> = told
        .unused
        .iter()
        .map(|(suite, mock)| {
            object!({
                "code": "Q803",
                "file": told.path(&suite.file),
                "line": mock.place.line,
                "effect": mock.effect,
            })
        })
        .collect();
    let all = object!({
        "scenarios": told.count(),
        "failed": told.failed(),
        "files": files,
        "warnings": unused,
    });
    format!("{all:#}\n")
}
