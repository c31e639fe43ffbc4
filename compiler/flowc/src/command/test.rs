//! `flowc test DIR`: the scenarios of a module, played against the real engine.
//!
//! The module is compiled once; then every scenario is played twice, the second time with a crash
//! after each record of the journal. How it went is told as text, JUnit XML or JSON.

mod json;
mod junit;
mod text;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use flow_bundle::bundle::{Bundle, BundleFile};
use flow_bundle::suite::{Act, Mock, Suite};
use flow_lang::compile::{Compiled, Mode};
use flow_lang::{Sources, suggest};
use flow_sim::scenario::coverage::{self, Covered};
use flow_sim::scenario::explore::{self, Broken};
use flow_sim::scenario::{self, Played, Real, Stage, Version};

use super::{Answer, Done, bundle, compile_module, told};
use crate::args::{Built, Format, Input, Test, TestFormat};

/// One file, and how its scenarios went.
struct Ran<'s> {
    suite: &'s Suite,
    /// By index in the file; those that `--filter` left out are not here.
    played: Vec<(usize, Played)>,
}

/// Everything there is to tell.
struct Told<'s> {
    sources: &'s Sources,
    module: &'s BundleFile,
    /// The module's directory, as it was named.
    directory: String,
    ran: Vec<Ran<'s>>,
    /// Q803, where everything was played.
    unused: Vec<(&'s Suite, &'s Mock)>,
    /// How much of each flow was covered, where that was asked for.
    coverage: Option<BTreeMap<String, Covered>>,
    /// Lives that were lived by chance, where that was asked for.
    explored: Option<Explored>,
}

/// What chance has found.
struct Explored {
    lives: u64,
    seed: u64,
    broken: Option<Broken>,
}

impl Told<'_> {
    fn is_broken(&self) -> bool {
        self.explored.as_ref().is_some_and(|e| e.broken.is_some())
    }

    fn failed(&self) -> usize {
        let played = self.ran.iter().flat_map(|r| &r.played);
        played.filter(|(_, p)| p.failure.is_some()).count()
    }

    fn count(&self) -> usize {
        self.ran.iter().map(|r| r.played.len()).sum()
    }

    /// A path as it is reached from here.
    fn path(&self, file: &str) -> String {
        match self.directory.as_str() {
            "." | "" => file.to_owned(),
            directory => format!("{}/{file}", directory.trim_end_matches('/')),
        }
    }
}

/// Plays the scenarios of a module.
///
/// # Errors
/// Wrong usage, and what cannot be read.
pub fn run(test: &Test) -> Result<Answer> {
    if test.watch {
        watch::run(test)?;
    }
    once(test)
}

fn once(test: &Test) -> Result<Answer> {
    let input = Input {
        directory: test.directory.clone(),
        values: test.values.clone(),
        deny_warnings: test.deny_warnings,
        format: Format::Human,
    };
    let done = compile_module(&input, Mode::Build)?;
    let Compiled { bundle: Some(module), suites, .. } = &done.compiled else {
        return Ok(Answer { text: told(&input, &done, String::new, |_| {}), code: 1 });
    };
    if suites.is_empty() {
        let shown = test.directory.display();
        bail!("`{shown}` holds no `*.flowtest.hcl` file: write one beside the flows");
    }
    let others = others(test, suites)?;
    let tale = play(test, &done, module, suites, &others)?;
    let failed =
        tale.failed() > 0 || tale.is_broken() || (test.deny_warnings && !tale.unused.is_empty());
    let text = match test.format {
        TestFormat::Text => text::text(&tale),
        TestFormat::Junit => junit::junit(&tale),
        TestFormat::Json => json::json(&tale),
    };
    Ok(Answer { text, code: u8::from(failed) })
}

/// The bundles that scenarios deploy, by directory.
fn others(test: &Test, suites: &[Suite]) -> Result<BTreeMap<String, BundleFile>> {
    let mut files = BTreeMap::new();
    for action in suites.iter().flat_map(|s| &s.scenarios).flat_map(|s| &s.actions) {
        let Act::Deploy { bundle: directory } = &action.act else { continue };
        if files.contains_key(directory) {
            continue;
        }
        let path = test.directory.join(directory);
        match bundle(&Built { path, values: test.values.clone() })? {
            Ok(file) => files.insert(directory.clone(), *file),
            Err(found) => bail!(
                "`{directory}`, which a scenario deploys, does not compile:\n\n{}",
                found.text
            ),
        };
    }
    Ok(files)
}

fn play<'s>(
    test: &Test,
    done: &'s Done,
    module: &'s BundleFile,
    suites: &'s [Suite],
    others: &BTreeMap<String, BundleFile>,
) -> Result<Told<'s>> {
    let bundles: Vec<Bundle> =
        suites.iter().map(|suite| scenario::with_people(&module.bundle, suite)).collect();
    let others = others
        .iter()
        .map(|(d, f)| (d.clone(), Version { bundle: &f.bundle, hash: f.content_hash }))
        .collect();
    let mut ran = Vec::new();
    let mut unused = Vec::new();
    let mut covered = BTreeSet::new();
    let mut stages = Vec::new();
    for (suite, bundle) in suites.iter().zip(&bundles) {
        let own = Version { bundle, hash: module.content_hash };
        let stage = Stage { suite, module: own, others: &others, engine: &Real };
        let wanted = |words: &str| test.filter.as_deref().is_none_or(|f| words.contains(f));
        let chosen = suite.scenarios.iter().enumerate().filter(|(_, s)| wanted(&s.words));
        let played: Vec<(usize, Played)> =
            chosen.map(|(i, s)| (i, scenario::play(&stage, s))).collect();
        if test.filter.is_none() {
            unused.extend(never_asked(suite, &played).into_iter().map(|mock| (suite, mock)));
        }
        covered.extend(played.iter().flat_map(|(_, p)| p.covered.iter().cloned()));
        ran.push(Ran { suite, played });
        stages.push(stage);
    }
    if let Some(filter) = &test.filter
        && ran.iter().all(|r| r.played.is_empty())
    {
        let all = suites.iter().flat_map(|s| &s.scenarios).map(|s| s.words.as_str());
        let near = suggest::nearest(filter, all).map(|near| format!("; did you mean \"{near}\"?"));
        bail!("no scenario has `{filter}` in its name{}", near.unwrap_or_default());
    }
    let directory = test.directory.display().to_string();
    let coverage = test.coverage.then(|| coverage::summary(&module.bundle, &covered));
    let explored = test.explore.map(|lives| explored(&stages, lives, test.seed));
    Ok(Told { sources: &done.sources, module, directory, ran, unused, coverage, explored })
}

/// Lives as many lives as were asked for, or up to the first that breaks a promise.
fn explored(stages: &[Stage<'_>], lives: u64, seed: Option<u64>) -> Explored {
    let clock = || std::time::UNIX_EPOCH.elapsed().map_or(0, |t| t.as_secs());
    let seed = seed.unwrap_or_else(clock);
    for number in 0..lives {
        let own = seed.wrapping_add(number);
        let at = usize::try_from(own).unwrap_or(0).checked_rem(stages.len()).unwrap_or(0);
        let broken = stages.get(at).and_then(|stage| explore::life(stage, own));
        if broken.is_some() {
            return Explored { lives: number.saturating_add(1), seed, broken };
        }
    }
    Explored { lives, seed, broken: None }
}

/// Mocks that no scenario asked. One of a scenario that failed may have been asked later.
fn never_asked<'s>(suite: &'s Suite, played: &[(usize, Played)]) -> Vec<&'s Mock> {
    let all_passed = played.iter().all(|(_, p)| p.failure.is_none());
    let used = |mock: &Mock| played.iter().any(|(_, p)| p.used.contains(&mock.place));
    let file = suite.mocks.iter().filter(|_| all_passed);
    let passed = played.iter().filter(|(_, p)| p.failure.is_none());
    let own = passed.filter_map(|(i, _)| suite.scenarios.get(*i)).flat_map(|s| &s.mocks);
    file.chain(own).filter(|mock| !used(mock)).collect()
}
