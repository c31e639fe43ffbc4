//! Names to declarations: what a module declares, by address.
//!
//! An address is the block word and the labels, `integration.slack.main`; each attribute of a
//! `locals` block is `local.<name>`. A block that could not be read still declares its name, so
//! that nobody is told that it is missing.

use std::collections::BTreeMap;

use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::{TOP_LEVEL, block as schema_of};
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Attribute, Block, File, Ident};

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
}

/// Everything that a module declares.
#[derive(Debug, Default)]
pub(crate) struct Declarations<'a> {
    by_address: BTreeMap<String, Declaration<'a>>,
    /// By word, in the order of the sources.
    by_word: BTreeMap<String, Vec<String>>,
    /// The `bundle` block.
    pub(crate) bundle: Option<&'a Block>,
    /// A part of a file could not be read: names may be missing that the author wrote.
    pub(crate) incomplete: bool,
    /// A `locals` block could not be read.
    pub(crate) incomplete_locals: bool,
}

impl<'a> Declarations<'a> {
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

    /// Addresses that begin with `word.`, in the order of the sources.
    pub(crate) fn of(&self, word: &str) -> Vec<String> {
        let prefix = format!("{word}.");
        let first = word.split('.').next().unwrap_or_default();
        let all = self.by_word.get(first).into_iter().flatten();
        all.filter(|a| a.starts_with(&prefix)).cloned().collect()
    }

    /// What stands behind `word.` in the addresses of this kind.
    pub(crate) fn names(&self, word: &str) -> Vec<String> {
        let prefix = format!("{word}.");
        self.of(word).iter().filter_map(|a| a.strip_prefix(&prefix)).map(str::to_owned).collect()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, Declaration<'a>)> {
        self.by_address.iter().map(|(address, declaration)| (address.as_str(), *declaration))
    }

    /// Whether a name of this kind may exist although it is not declared in what could be read.
    pub(crate) fn may_hide(&self, word: &str) -> bool {
        self.incomplete || (word == "local" && self.incomplete_locals)
    }
}

/// Collects the declarations of all files.
pub(crate) fn declare<'a>(files: &'a [File], found: &mut Diagnostics) -> Declarations<'a> {
    let mut declared = Declarations::default();
    for file in files {
        declared.incomplete |= file.incomplete;
        for attribute in file.body.attributes() {
            found.push(stray_attribute(&attribute.name));
        }
        for block in file.body.blocks() {
            declare_block(block, &mut declared, found);
        }
    }
    if declared.bundle.is_none() && !declared.incomplete {
        found.push(missing_bundle(files));
    }
    declared
}

fn declare_block<'a>(block: &'a Block, declared: &mut Declarations<'a>, found: &mut Diagnostics) {
    let word = block.kind.text.as_str();
    if !TOP_LEVEL.contains(&word) {
        return found.push(unknown_block(&block.kind));
    }
    let Some(spec) = schema_of(word) else {
        return found.push(later_block(block));
    };
    if word == "locals" {
        declared.incomplete_locals |= block.tombstone;
        for attribute in block.body.attributes() {
            let address = format!("local.{}", attribute.name.text);
            check_name(&attribute.name, found);
            let body = Body::Local(attribute);
            insert(declared, address, Declaration { body, span: attribute.name.span }, found);
        }
        return;
    }
    if block.labels.len() != spec.labels.len() {
        return found.push(wrong_labels(block, spec.labels));
    }
    if word == "bundle" {
        if let Some(first) = declared.bundle {
            return found.push(second_bundle(first, block));
        }
        declared.bundle = Some(block);
        return;
    }
    let Some(last) = block.labels.last() else { return };
    check_name(last, found);
    let labels: Vec<&str> = block.labels.iter().map(|l| l.text.as_str()).collect();
    let address = format!("{word}.{}", labels.join("."));
    insert(declared, address, Declaration { body: Body::Block(block), span: last.span }, found);
}

fn insert<'a>(
    declared: &mut Declarations<'a>,
    address: String,
    declaration: Declaration<'a>,
    found: &mut Diagnostics,
) {
    if let Some(first) = declared.find(&address) {
        let message = format!("`{address}` is declared twice");
        found.push(
            Diagnostic::new(code::B109, declaration.span, message, "declared again")
                .label(first.span, "declared first here")
                .help("give one of them another name"),
        );
        return;
    }
    let word = address.split('.').next().unwrap_or_default().to_owned();
    declared.by_word.entry(word).or_default().push(address.clone());
    declared.by_address.insert(address, declaration);
}

/// Names match `[a-z][a-z0-9_]{0,62}`; one that starts with `_` is meant to be unused.
pub(crate) fn check_name(name: &Ident, found: &mut Diagnostics) {
    let text = name.text.as_str();
    let start = text.strip_prefix('_').unwrap_or(text);
    let good = start.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 63
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !good {
        let message = format!("`{text}` is no name");
        let mut near: String = text
            .chars()
            .map(|c| if c == '-' || c == ' ' { '_' } else { c.to_ascii_lowercase() })
            .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')
            .skip_while(|c| !c.is_ascii_lowercase())
            .take(63)
            .collect();
        if near.is_empty() {
            near = "name".to_owned();
        }
        let help = format!(
            "write `{near}`: a name starts with a small letter and holds small letters, digits and `_`, 63 at most"
        );
        found.push(Diagnostic::new(code::B108, name.span, message, "not a name").help(help));
    }
}

fn unknown_block(word: &Ident) -> Diagnostic {
    let message = format!("there is no block `{}`", word.text);
    let known = TOP_LEVEL.iter().copied();
    let belongs = [
        ("flow", &["prompt", "permissions", "hook", "approval", "grant"][..]),
        ("prompt", &["field"][..]),
        ("hook", &["step", "decision", "notify", "fail"][..]),
        ("approval", &["rule", "route"][..]),
        ("strategy", &["escalate", "deescalate"][..]),
    ]
    .into_iter()
    .find(|(_, words)| words.contains(&word.text.as_str()))
    .map(|(parent, _)| format!("it belongs inside `{parent}`"));
    let meant = suggest::only(&word.text, known.clone()).filter(|_| belongs.is_none());
    Diagnostic::new(code::B101, word.span, message, "unknown block")
        .rename(word.span, meant)
        .help_if(belongs.or_else(|| suggest::help(&word.text, known, "")))
}

fn later_block(block: &Block) -> Diagnostic {
    let message = format!(
        "the block `{}` is not supported by flowc {}",
        block.kind.text,
        env!("CARGO_PKG_VERSION")
    );
    Diagnostic::new(code::B113, block.kind.span, message, "not supported yet")
        .help("leave it out, or use a newer flowc")
}

fn wrong_labels(block: &Block, wanted: &[&str]) -> Diagnostic {
    let form: Vec<String> = wanted.iter().map(|l| format!(" \"<{l}>\"")).collect();
    let form = format!("{}{} {{ … }}", block.kind.text, form.concat());
    let labels = if wanted.len() == 1 { "label" } else { "labels" };
    let message = format!(
        "`{}` takes {} {labels}, not {}",
        block.kind.text,
        wanted.len(),
        block.labels.len()
    );
    Diagnostic::new(code::B106, block.header, message, "wrong number of labels")
        .help(format!("write `{form}`"))
}

fn second_bundle(first: &Block, second: &Block) -> Diagnostic {
    Diagnostic::new(code::B105, second.header, "there are two `bundle` blocks", "the second")
        .label(first.header, "the first is here")
        .help("keep one")
}

fn missing_bundle(files: &[File]) -> Diagnostic {
    let span = files.first().map_or_else(
        || Span::new(crate::source::FileId(0), 0..0),
        |f| Span { end: f.body.span.start, ..f.body.span },
    );
    Diagnostic::new(code::B104, span, "a module needs a `bundle` block", "missing in these files")
        .help("add `bundle \"<name>\" { language = 1 }`")
}

fn stray_attribute(name: &Ident) -> Diagnostic {
    let message = format!("`{}` stands outside of a block", name.text);
    Diagnostic::new(code::B102, name.span, message, "no attribute may stand here")
        .help("move it into a block; named values stand in `locals`")
}
