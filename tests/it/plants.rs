//! Planted faults of the engine: each patch still fits the source, is short, and says what it breaks and
//! who finds it; every promise, every named race and every story about a race has one.
//!
//! That each is found shows `runtime/flow-sim/plants/run.py`, by hand: it builds the engine once a
//! plant. `FLOW_UPDATE=1` writes the table anew.

use std::collections::BTreeMap;

use tests::workspace;

const FOLDER: &str = "runtime/flow-sim/plants";
const ENGINE: &str = "runtime/flow-engine/src";
const MEETINGS: &str = "runtime/flow-engine/src/tests/meetings.rs";
/// Lines that one plant may add or take away.
const LINES_MAX: usize = 5;
const TABLE: &str = "<!-- the table of the patches, written by a test -->\n";

/// What the design names, in the words of the patches.
const RACES: [&str; 18] = [
    "approve/approve",
    "approve/deny",
    "approve/expire",
    "approve/cancel",
    "approve by somebody just removed",
    "revoke while escalating",
    "time up while escalating",
    "a call that finishes after we gave up on it",
    "crash after the call left and before its outcome was recorded",
    "extend/end",
    "two requests for one target, one revoked early",
    "adjacent windows",
    "escalation errored, then asked again",
    "target or flow deleted while pending",
    "upgrade mid-wait",
    "duplicate and reordered outcomes",
    "a second daemon takes over while the first still runs",
    "every message destination down for a day",
];
/// Rules beside promises and races.
const RULES: [&str; 6] = [
    "steps before a call",
    "identities",
    "access that was there before",
    "dry run",
    "extensions",
    "break-glass",
];

/// A planted fault.
struct Plant {
    name: String,
    breaks: String,
    does: String,
    finder: String,
    diff: String,
}

impl Plant {
    fn read(name: &str, text: &str) -> Option<Self> {
        let (head, diff) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        let mut line = |name: &str| Some(lines.next()?.strip_prefix(name)?.to_owned());
        Some(Self {
            name: name.to_owned(),
            breaks: line("Breaks: ")?,
            does: line("Does: ")?,
            finder: line("Found by: ")?,
            diff: diff.to_owned(),
        })
    }

    fn row(&self) -> String {
        let Self { name, breaks, does, finder, .. } = self;
        let finder = match finder.strip_prefix("test ") {
            Some(test) => format!("`{test}`"),
            None => finder.clone(),
        };
        format!("| {breaks} | [{name}]({name}.patch): {does} | {finder} |\n")
    }

    /// Each change: the file, what stands there and how many lines change.
    fn changes(&self) -> Vec<(&str, String, usize)> {
        let mut changes: Vec<(&str, String, usize)> = Vec::new();
        let mut file = "";
        for line in self.diff.lines() {
            if let Some(path) = line.strip_prefix("+++ b/") {
                file = path;
            } else if line.starts_with("@@ ") {
                changes.push((file, String::new(), 0));
            } else if let Some((_, before, changed)) = changes.last_mut() {
                if line.starts_with("--- ") {
                    continue;
                }
                *changed += usize::from(!line.starts_with(' '));
                if !line.starts_with('+') {
                    before.push_str(line.get(1..).unwrap_or_default());
                    before.push('\n');
                }
            }
        }
        changes
    }
}

fn plants() -> Vec<Plant> {
    let folder = workspace::root().join(FOLDER);
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let patches = entries.filter(|path| path.extension().is_some_and(|e| e == "patch"));
    let mut plants: Vec<Plant> = patches
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            Plant::read(&name, &text)
                .unwrap_or_else(|| panic!("{name}: its head is not as it should be"))
        })
        .collect();
    plants.sort_by(|a, b| order(a).cmp(&order(b)));
    plants
}

/// Promises by their numbers, then everything else.
fn order(plant: &Plant) -> (u32, &str, &str) {
    let number = plant.breaks.strip_prefix("promise ");
    let number = number.and_then(|n| n.split([',', ';']).next()?.parse().ok());
    (number.unwrap_or(u32::MAX), &plant.breaks, &plant.name)
}

/// What is wrong with the plants.
fn findings(plants: &[Plant], read: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for plant in plants {
        found.extend(wrong(plant, read).into_iter().map(|why| format!("{}: {why}", plant.name)));
    }
    let promises = (1..=10).map(|n| format!("promise {n}"));
    let all = promises.chain(RACES.map(|race| format!("race {race}")));
    for wanted in all.chain(RULES.map(str::to_owned)) {
        // `promise 1` is not in `promise 10`.
        let names = |p: &Plant| {
            let whole = p.breaks.split("; ").any(|part| part == wanted);
            whole || p.breaks.split([';', ',']).any(|part| part.trim() == wanted)
        };
        if !plants.iter().any(names) {
            found.push(format!("nothing breaks: {wanted}"));
        }
    }
    found
}

fn wrong(plant: &Plant, read: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    let changes = plant.changes();
    if changes.is_empty() {
        found.push("changes nothing".to_owned());
    }
    for (path, before, _) in &changes {
        let fits = read(path).is_some_and(|text| text.contains(before.as_str()));
        if !fits || !path.starts_with(ENGINE) {
            found.push(format!("does not fit `{path}` any more: plant it anew"));
        }
    }
    let lines: usize = changes.iter().map(|(_, _, lines)| lines).sum();
    if lines > 2 * LINES_MAX {
        found.push(format!("changes {lines} lines: one is wanted"));
    }
    let Some(test) = plant.finder.strip_prefix("test ") else {
        let known = (1..=10).any(|n| plant.finder == format!("lives, promise {n}"));
        if !known {
            found.push(format!("`{}` finds nothing", plant.finder));
        }
        return found;
    };
    let (module, name) = test.rsplit_once("::").unwrap_or(("", test));
    let module = module.replace("::", "/");
    // The tests of a small module stand in its own file.
    let files =
        [format!("{ENGINE}/{module}.rs"), format!("{ENGINE}/{}.rs", module.replace("/tests", ""))];
    let there = files
        .iter()
        .filter_map(|path| read(path))
        .any(|text| text.contains(&format!("fn {name}(")));
    if !there {
        found.push(format!("there is no test `{test}`"));
    }
    found
}

#[test]
fn every_plant_fits_the_engine_and_everything_has_one() {
    let read = |path: &str| std::fs::read_to_string(workspace::root().join(path)).ok();
    let found = findings(&plants(), &read);
    assert!(found.is_empty(), "{FOLDER}:\n{}", found.join("\n"));
}

#[test]
fn every_story_about_a_race_was_seen_to_fail() {
    let text = std::fs::read_to_string(workspace::root().join(MEETINGS)).unwrap();
    let stories = text.split("#[test]\nfn ").skip(1).filter_map(|part| part.split('(').next());
    let plants = plants();
    let unseen: Vec<&str> = stories
        .filter(|story| {
            !plants.iter().any(|p| p.finder == format!("test tests::meetings::{story}"))
        })
        .collect();
    assert!(unseen.is_empty(), "stories that no plant breaks: {unseen:?}");
}

#[test]
fn the_table_lists_every_plant() {
    let path = workspace::root().join(FOLDER).join("README.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, _) = page.split_once(TABLE).expect("the mark before the table");
    let rows: String = plants().iter().map(Plant::row).collect();
    let head = "\n| breaks | plant | found by |\n| --- | --- | --- |\n";
    let wanted = format!("{before}{TABLE}{head}{rows}");
    if std::env::var_os("FLOW_UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap();
    assert_eq!(page, wanted, "write it anew with FLOW_UPDATE=1");
}

#[test]
fn a_plant_that_does_not_fit_and_a_promise_without_one_are_found() {
    let source = "fn a() {\n    one();\n    two();\n}\n";
    let path = format!("{ENGINE}/a.rs");
    let files = BTreeMap::from([
        (path.clone(), source.to_owned()),
        (format!("{ENGINE}/tests/b.rs"), "fn there() {}".to_owned()),
    ]);
    let read = |path: &str| files.get(path).cloned();
    let plant = |finder: &str, removed: &str| {
        let diff = format!(
            "--- a/{path}\n+++ b/{path}\n@@ -1,3 +1,3 @@\n fn a() {{\n-{removed}\n+    x();\n     two();\n"
        );
        let head = format!("Breaks: promise 10\nDoes: x\nFound by: {finder}\n\n");
        Plant::read("p", &format!("{head}{diff}")).unwrap()
    };
    let about = |p: Plant| wrong(&p, &read).join("; ");
    assert_eq!(about(plant("lives, promise 1", "    one();")), "");
    assert_eq!(about(plant("test tests::b::there", "    one();")), "");
    assert_eq!(
        about(plant("test tests::b::gone", "    one();")),
        "there is no test `tests::b::gone`"
    );
    assert_eq!(
        about(plant("lives, promise 11", "    one();")),
        "`lives, promise 11` finds nothing"
    );
    let fits = format!("does not fit `{path}` any more: plant it anew");
    assert_eq!(about(plant("lives, promise 1", "    gone();")), fits);
    let found = findings(&[plant("lives, promise 1", "    one();")], &read);
    assert_eq!(found.len(), 9 + RACES.len() + RULES.len(), "{found:?}");
    assert!(!found.contains(&"nothing breaks: promise 10".to_owned()), "{found:?}");
}
