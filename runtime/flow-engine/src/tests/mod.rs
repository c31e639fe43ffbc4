//! Lives, told as scripts. Each race of the design has its own test here; what chance finds is in
//! `flow-sim`.

mod break_glass;
mod contract;
mod extend;
pub(crate) mod flows;
mod histories;
pub(crate) mod life;
mod meetings;
mod options;
mod overtaken;
pub(crate) mod polls;
mod prompt;
mod races;
mod services;
mod stages;
mod strategy;
mod table;

/// Runs a script through a bundle and compares what came of each line.
fn check(bundle: &serde_json::Value, told: &str) {
    let mut life = life::Life::new(bundle);
    let script: Vec<&str> = told
        .lines()
        .map(|line| line.split_once(" ->").map_or(line, |(action, _)| action))
        .collect();
    let found = life.run(&script.join("\n"));
    let expected: String = told
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .fold(String::new(), |text, line| text + line + "\n");
    assert_eq!(found, expected, "\nfound:\n{found}");
    for request in life.requests.keys() {
        let replayed = life.replay(*request);
        assert_eq!(replayed.as_ref(), life.requests.get(request), "a replay comes out the same");
    }
}
