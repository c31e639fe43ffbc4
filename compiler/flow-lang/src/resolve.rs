//! Names to declarations: what a module and its children declare, by address.
//!
//! Each attribute of a `locals` block is `local.<name>`. A block that could not be read still
//! declares its name, so that nobody is told that it is missing. How the blocks of a file become
//! declarations is in [`declare`]; which instances a `for_each` makes is worked out in
//! `check::expand`.

use std::collections::BTreeMap;

use flow_bundle::Expr;

use crate::address;
use crate::diagnostic::Diagnostics;
use crate::source::{Sources, Span};
use crate::syntax::tree::{Attribute, Block, File};
use crate::types::Ty;

mod declare;

pub(crate) use declare::check_name;

/// What stands behind a name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body<'a> {
    /// A block.
    Block(&'a Block),
    /// An attribute of `locals`.
    Local(&'a Attribute),
}

/// One declared name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declaration<'a> {
    pub(crate) body: Body<'a>,
    /// The name, for a label.
    pub(crate) span: Span,
    /// The module that it stands in.
    pub(crate) unit: usize,
    /// It stands for instances: it has a `for_each`.
    pub(crate) repeated: bool,
    /// What `each` is, for an instance.
    pub(crate) each: Option<usize>,
}

/// What `each.key` and `each.value` are in one instance.
#[derive(Debug, Clone)]
pub(crate) struct Each {
    pub(crate) key: Expr,
    pub(crate) value_ty: Ty,
    pub(crate) value: Expr,
}

/// The root module, or one instance of a child.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unit {
    /// What the names of its declarations begin with: `module.tenant["billing"].`; empty: the root.
    pub(crate) prefix: String,
    /// Where its files lie.
    pub(crate) directory: String,
    /// Address of the instance of the `module` block that it is; empty: the root.
    pub(crate) address: String,
    /// The module that holds that block.
    pub(crate) parent: usize,
    /// A part of a file could not be read: names may be missing that the author wrote.
    pub(crate) incomplete: bool,
    /// A `locals` block could not be read.
    pub(crate) incomplete_locals: bool,
}

/// What is being checked: names are looked up in its module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Here {
    pub(crate) unit: usize,
    pub(crate) each: Option<usize>,
    /// The declaration; empty: none in particular.
    pub(crate) address: String,
}

/// The instances of a declaration with `for_each`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Instances {
    pub(crate) addresses: Vec<String>,
    /// The keys are not known (`check` only) or were reported: the declaration stands for all.
    pub(crate) unknown: bool,
    /// There are none: what `each` is in the one that is checked all the same.
    pub(crate) spare: Option<usize>,
}

/// Everything that a module and its children declare, by address (see [`crate::address`]).
#[derive(Debug, Default)]
pub(crate) struct Declarations<'a> {
    by_address: BTreeMap<String, Declaration<'a>>,
    /// By module and word, in the order of the sources; instances are not in it.
    by_word: BTreeMap<(usize, String), Vec<String>>,
    pub(crate) units: Vec<Unit>,
    /// The child that an instance of a `module` block opened, by its address.
    pub(crate) opened: BTreeMap<String, usize>,
    pub(crate) eaches: Vec<Each>,
    /// By the address of the declaration.
    pub(crate) instances: BTreeMap<String, Instances>,
    pub(crate) here: Here,
    /// The files of each directory.
    files: BTreeMap<String, Vec<&'a File>>,
    /// The `bundle` block.
    pub(crate) bundle: Option<&'a Block>,
    /// The `identities` block.
    pub(crate) identities: Option<&'a Block>,
    /// The `moved` blocks, each with its module.
    pub(crate) moved: Vec<(usize, &'a Block)>,
}

impl<'a> Declarations<'a> {
    /// By its whole address.
    pub(crate) fn find(&self, address: &str) -> Option<Declaration<'a>> {
        self.by_address.get(address).copied()
    }

    /// The block at this address, unless it is a local.
    pub(crate) fn block(&self, address: &str) -> Option<&'a Block> {
        match self.find(address)?.body {
            Body::Block(block) => Some(block),
            Body::Local(_) => None,
        }
    }

    /// The module that is being checked.
    pub(crate) fn unit(&self) -> &Unit {
        const ROOT: &Unit = &Unit {
            prefix: String::new(),
            directory: String::new(),
            address: String::new(),
            parent: 0,
            incomplete: false,
            incomplete_locals: false,
        };
        self.units.get(self.here.unit).unwrap_or(ROOT)
    }

    /// The whole address of what is called `relative` in the module that is being checked.
    pub(crate) fn absolute(&self, relative: &str) -> String {
        address::within(&self.unit().prefix, relative)
    }

    /// Addresses of this module that begin with `word.`, in the order of the sources; of a
    /// declaration with `for_each` those of its instances.
    pub(crate) fn of(&self, word: &str) -> Vec<String> {
        self.of_unit(self.here.unit, word)
    }

    /// The same in every module, the root first.
    pub(crate) fn everywhere(&self, word: &str) -> Vec<String> {
        (0..self.units.len()).flat_map(|unit| self.of_unit(unit, word)).collect()
    }

    /// Every declaration of a word that has no instances, with what `each` is in a spare one.
    pub(crate) fn nowhere(&self, word: &str) -> Vec<(String, usize)> {
        let bases = (0..self.units.len()).flat_map(|unit| self.declared_in(unit, word));
        let spare = |base: &String| Some((base.clone(), self.instances.get(base)?.spare?));
        bases.filter_map(spare).collect()
    }

    fn of_unit(&self, unit: usize, word: &str) -> Vec<String> {
        let mut out = Vec::new();
        for base in self.declared_in(unit, word) {
            match self.instances.get(base) {
                Some(instances) => out.extend(instances.addresses.iter().cloned()),
                None => out.push(base.clone()),
            }
        }
        out
    }

    /// Addresses of declarations, each once however many instances it has.
    pub(crate) fn declared_in(&self, unit: usize, word: &str) -> impl Iterator<Item = &String> {
        let first = word.split('.').next().unwrap_or_default().to_owned();
        let prefix = self.units.get(unit).map_or("", |u| u.prefix.as_str());
        let wanted = address::within(prefix, &format!("{word}."));
        let all = self.by_word.get(&(unit, first)).into_iter().flatten();
        all.filter(move |a| a.starts_with(&wanted))
    }

    /// Where the names of a module's declarations stand, those with `for_each` left out.
    pub(crate) fn single_spans(&self, unit: usize) -> Vec<Span> {
        let words = self.by_word.range((unit, String::new())..(unit + 1, String::new()));
        let single = words.flat_map(|(_, addresses)| addresses).filter_map(|a| self.find(a));
        single.filter(|d| !d.repeated).map(|d| d.span).collect()
    }

    /// What stands behind `word.` in this module's addresses of this kind, for suggestions.
    pub(crate) fn names(&self, word: &str) -> Vec<String> {
        let wanted = self.absolute(&format!("{word}."));
        let all = self.declared_in(self.here.unit, word);
        all.filter_map(|a| a.strip_prefix(&wanted)).map(str::to_owned).collect()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, Declaration<'a>)> {
        self.by_address.iter().map(|(address, declaration)| (address.as_str(), *declaration))
    }

    /// Whether a name of this kind may exist although it is not declared in what could be read.
    pub(crate) fn may_hide(&self, word: &str) -> bool {
        let unit = self.unit();
        unit.incomplete || (word == "local" && unit.incomplete_locals)
    }

    /// Whether a `locals` block of a module could not be read.
    pub(crate) fn has_lost_locals(&self, unit: usize) -> bool {
        self.units.get(unit).is_some_and(|unit| unit.incomplete_locals)
    }

    /// Whether some file of any module could not be read whole.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.units.iter().any(|unit| unit.incomplete)
    }

    /// Whether there are files in a directory.
    pub(crate) fn has_files(&self, directory: &str) -> bool {
        self.files.contains_key(directory)
    }

    /// `each.key` of an instance, where it is known.
    pub(crate) fn key_of(&self, address: &str) -> Option<String> {
        match &self.eaches.get(self.find(address)?.each?)?.key {
            Expr::String(key) => Some(key.clone()),
            _ => None,
        }
    }

    /// Makes one instance of a declaration known.
    pub(crate) fn add_instance(&mut self, base: &str, address: &str, each: usize) {
        if let Some(declaration) = self.find(base) {
            let repeated = address == base;
            let instance = Declaration { repeated, each: Some(each), ..declaration };
            self.by_address.insert(address.to_owned(), instance);
        }
    }

    /// Declares what stands in the files of `unit.directory`; its number.
    pub(crate) fn open(&mut self, unit: Unit, found: &mut Diagnostics) -> usize {
        let number = self.units.len();
        let files = self.files.get(&unit.directory).cloned().unwrap_or_default();
        // What is said of a directory's names is said once, however often it is used.
        let mut again = Diagnostics::new();
        let is_again = self.units.iter().any(|u| u.directory == unit.directory);
        let found = if is_again { &mut again } else { found };
        self.opened.insert(unit.address.clone(), number);
        self.units.push(unit);
        for file in files {
            if let Some(unit) = self.units.get_mut(number) {
                unit.incomplete |= file.incomplete;
            }
            declare::file(file, number, self, found);
        }
        number
    }
}

/// Where a file lies: its path up to the last `/`.
pub(crate) fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Collects the declarations of the root module, which lies where the first file does.
pub(crate) fn declare<'a>(
    files: &'a [File],
    sources: &Sources,
    found: &mut Diagnostics,
) -> Declarations<'a> {
    let mut declared = Declarations::default();
    let mut root = String::new();
    for (index, file) in files.iter().enumerate() {
        let path = sources.file(file.id).map_or("", |f| f.path.as_str());
        let directory = directory_of(path).to_owned();
        if index == 0 {
            root.clone_from(&directory);
        }
        declared.files.entry(directory).or_default().push(file);
    }
    declared.open(Unit { directory: root, ..Unit::default() }, found);
    if declared.bundle.is_none() && !declared.is_incomplete() {
        found.push(declare::missing_bundle(files));
    }
    declared
}
