//! How scenarios went, for programs.

use flow_sim::scenario::Line;
use serde_json::{Value as Json, json as object};

use super::Told;
use super::text::{decided_by, line_of, who};

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
                Some(object!({
                    "name": scenario.words,
                    "flow": scenario.flow,
                    "line": scenario.place.line,
                    "passed": failure.is_none(),
                    "failure": failure,
                    "story": story(&played.lines),
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
        "coverage": coverage(told),
        "explored": explored(told),
    });
    format!("{all:#}\n")
}

fn coverage(told: &Told<'_>) -> Json {
    let Some(flows) = &told.coverage else { return Json::Null };
    let flows = flows.iter().map(|(flow, covered)| {
        let counts = covered.counts.iter();
        let counts: serde_json::Map<String, Json> = counts
            .map(|(what, (some, all))| {
                ((*what).to_owned(), object!({ "covered": some, "all": all }))
            })
            .collect();
        let missed = covered.missed.iter();
        let missed: Vec<Json> = missed
            .map(|point| {
                object!({
                    "path": point.path,
                    "what": point.side.words().1,
                    "line": line_of(told, &point.path),
                })
            })
            .collect();
        (flow.clone(), object!({ "counts": counts, "missed": missed }))
    });
    Json::Object(flows.collect())
}

fn explored(told: &Told<'_>) -> Json {
    let Some(explored) = &told.explored else { return Json::Null };
    let broken = explored.broken.as_ref();
    object!({
        "lives": explored.lives,
        "seed": explored.seed,
        "broken": broken.map(|b| object!({
            "seed": b.seed,
            "flow": b.flow,
            "message": b.message,
            "story": story(&b.lines),
        })),
    })
}

fn story(lines: &[Line]) -> Vec<Json> {
    let lines = lines.iter().map(|line| {
        object!({
            "at": line.at.to_string(),
            "who": who(&line.who),
            "what": line.what,
            "phase": line.phase.map(flow_engine::Phase::word),
        })
    });
    lines.collect()
}
