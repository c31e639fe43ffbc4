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
        let unset = self
            .variables()
            .into_iter()
            .filter(|variable| {
                !variable.has_default && !options.variables.contains_key(&variable.name)
            })
            .map(|variable| variable.name)
            .collect();
        let Self { sources, files, mut found } = self;
        lint::unicode::check(sources, &files, &mut found);
        let (flows, tests) = files.split_at(files.partition_point(|f| !is_test(sources, f)));
        let declared = resolve::declare(flows, sources, &mut found);
        let mut module = Module::new(sources, options, declared, found);
        let bundle = lower::bundle(&mut module);
        unopened::check(&mut module, flows);
        let suites = scenario::all(&mut module, tests, bundle.as_ref());
        let bundle = bundle.filter(|_| !module.found.has_errors());
        let proofs = match &bundle {
            Some(bundle) => {
                bundle.flows.iter().map(|(a, f)| (a.clone(), f.proofs.clone())).collect()
            }
            None => BTreeMap::new(),
        };
        let bundle = match bundle {
            Some(bundle) if options.mode == Mode::Build && !module.has_unknown => {
                Some(lower::file(&module, bundle))
            }
            _ => None,
        };
        let mut diagnostics = module.found.finish(sources, &files);
        // Nobody edits what is pinned by its hash: of a module from elsewhere only errors are told.
        diagnostics.retain(|d| {
            d.code.severity == Severity::Error
                || !modules::is_vendored(sources, d.primary.span.file)
        });
        Compiled { bundle, diagnostics, proofs, suites, unset }
    }
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
