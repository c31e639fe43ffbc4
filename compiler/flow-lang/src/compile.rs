//! The pipeline: sources in, a bundle and everything there is to say out.

use std::collections::BTreeMap;

use flow_bundle::bundle::{BundleFile, Proof};
use flow_bundle::suite::Suite;
use serde_json::Value as Json;

use crate::check::{Module, scenario, unopened};
use crate::code::Severity;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::flowvars::Declared;
use crate::resolve::directory_of;
use crate::source::Sources;
use crate::syntax::tree::File;
use crate::{flowvars, lint, lower, modules, resolve, syntax};

/// What is compiled, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Values of variables by name.
    pub variables: BTreeMap<String, Given>,
    /// What for.
    pub mode: Mode,
}

/// The value of a variable, as it came from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// From a command line or the environment: taken as it is where a text is wanted, read as JSON
    /// where not.
    Text(String),
    /// From a file.
    Json(Json),
}

/// What the compiler is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Findings. A variable without a value is unknown, and what needs it is not judged.
    #[default]
    Check,
    /// A bundle. Every variable needs a value.
    Build,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The bundle that was built; none where there is an error, and none in [`Mode::Check`], where
    /// nobody takes it and its hashes would cost as much as the findings.
    pub bundle: Option<BundleFile>,
    /// By file and position.
    pub diagnostics: Vec<Diagnostic>,
    /// What was proven of each flow, by its address; empty where there is an error.
    pub proofs: BTreeMap<String, BTreeMap<String, Proof>>,
    /// What the `*.flowtest.hcl` files say, in the order of the sources; of use where there is a
    /// bundle.
    pub suites: Vec<Suite>,
    /// Variables that have neither a value nor a default, in the order of the sources.
    pub unset: Vec<String>,
}

impl Compiled {
    /// Whether an error was found.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.code.severity == Severity::Error)
    }
}

/// The files of a project once they are parsed, so that what is asked before they are compiled
/// (which variables there are) costs no second parse.
#[derive(Debug)]
pub struct Parsed<'s> {
    sources: &'s Sources,
    files: Vec<File>,
    found: Diagnostics,
}

impl<'s> Parsed<'s> {
    /// Parses every file. What could not be read is a finding of [`Parsed::compile`].
    #[must_use]
    pub fn of(sources: &'s Sources) -> Self {
        let mut found = Diagnostics::new();
        let mut files = syntax::parse(sources, &mut found);
        files.sort_by_key(|file| is_test(sources, file));
        Self { sources, files, found }
    }

    /// The variables of the root module, in the order of the sources.
    #[must_use]
    pub fn variables(&self) -> Vec<Declared> {
        let place = |id| self.sources.file(id).map_or("", |file| directory_of(&file.path));
        let root = self.files.first().map_or("", |file| place(file.id));
        flowvars::declared_in(self.files.iter().filter(|file| place(file.id) == root))
    }

    /// Compiles the files. Never fails and never panics: what is wrong is a finding.
    #[must_use]
    pub fn compile(self, options: &Options) -> Compiled {
        compile_with(self, options, Leave::Nothing)
    }

    /// The same in a process that ends with it: what was built on the way is left to the system,
    /// which takes it back at once, and not given back piece by piece.
    #[must_use]
    pub fn compile_last(self, options: &Options) -> Compiled {
        compile_with(self, options, Leave::All)
    }
}

/// What becomes of all that was built on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// It is given back.
    Nothing,
    /// It stays until the process ends.
    All,
}

fn compile_with(parsed: Parsed<'_>, options: &Options, leave: Leave) -> Compiled {
    let unset = parsed
        .variables()
        .into_iter()
        .filter(|variable| !variable.has_default && !options.variables.contains_key(&variable.name))
        .map(|variable| variable.name)
        .collect();
    let Parsed { sources, files, mut found } = parsed;
    lint::unicode::check(sources, &files, &mut found);
    let (flows, tests) = files.split_at(files.partition_point(|f| !is_test(sources, f)));
    let declared = resolve::declare(flows, sources, &mut found);
    let mut module = Module::new(sources, options, declared, found);
    module.has_tests = !tests.is_empty();
    let bundle = lower::bundle(&mut module);
    unopened::check(&mut module, flows);
    let suites = scenario::all(&mut module, tests, bundle.as_ref());
    let mut bundle = bundle.filter(|_| !module.found.has_errors());
    let builds = options.mode == Mode::Build && !module.has_unknown;
    let proofs = bundle.iter_mut().flat_map(|bundle| &mut bundle.flows);
    let proofs = proofs.map(|(address, flow)| {
        let proofs = if builds { flow.proofs.clone() } else { std::mem::take(&mut flow.proofs) };
        (address.clone(), proofs)
    });
    let proofs = proofs.collect();
    let built = bundle.take_if(|_| builds).map(|bundle| lower::file(&module, bundle));
    let mut diagnostics = std::mem::take(&mut module.found).finish(sources, &files);
    // Nobody edits what is pinned by its hash: of a module from elsewhere only errors are told.
    diagnostics.retain(|d| {
        d.code.severity == Severity::Error || !modules::is_vendored(sources, d.primary.span.file)
    });
    if leave == Leave::All {
        std::mem::forget((module, bundle));
        std::mem::forget(files);
    }
    Compiled { bundle: built, diagnostics, proofs, suites, unset }
}

/// Whether a file holds scenarios and no flows.
fn is_test(sources: &Sources, file: &File) -> bool {
    sources.file(file.id).is_some_and(|f| f.path.ends_with(scenario::ENDING))
}

/// Compiles the files of one project, see [`Parsed::compile`].
#[must_use]
pub fn compile(sources: &Sources, options: &Options) -> Compiled {
    Parsed::of(sources).compile(options)
}
