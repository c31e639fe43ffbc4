//! Blocks to declarations: which address each has, and which blocks may stand where.

use super::{Body, Declaration, Declarations};
use crate::address;
use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::{TOP_LEVEL, block as schema_of};
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Block, File, Ident};

/// Words that may stand only in the root module.
const ROOT_ONLY: [&str; 2] = ["bundle", "identities"];

/// Words whose blocks may have a `for_each`.
const REPEATED: [&str; 7] =
    ["flow", "target", "group", "strategy", "integration", "environment", "module"];

/// Declares what stands in a file of a module.
pub(super) fn file<'a>(
    file: &'a File,
    unit: usize,
    declared: &mut Declarations<'a>,
    found: &mut Diagnostics,
) {
    for attribute in file.body.attributes() {
        found.push(stray_attribute(&attribute.name));
    }
    for block in file.body.blocks() {
        declare_block(block, unit, declared, found);
    }
}

fn declare_block<'a>(
    block: &'a Block,
    unit: usize,
    declared: &mut Declarations<'a>,
    found: &mut Diagnostics,
) {
    let word = block.kind.text.as_str();
    let Some(spec) = schema_of(word).filter(|_| TOP_LEVEL.contains(&word)) else {
        return found.push(unknown_block(&block.kind));
    };
    if unit != 0 && ROOT_ONLY.contains(&word) {
        return found.push(only_in_root(&block.kind));
    }
    if unit == 0 && word == "output" {
        return found.push(only_in_child(&block.kind));
    }
    if word == "locals" {
        if let Some(unit) = declared.units.get_mut(unit) {
            unit.incomplete_locals |= block.tombstone;
        }
        for attribute in block.body.attributes() {
            let address = format!("local.{}", attribute.name.text);
            check_name(&attribute.name, found);
            let body = Body::Local(attribute);
            let span = attribute.name.span;
            let declaration = Declaration { body, span, unit, repeated: false, each: None };
            insert(declared, &address, declaration, found);
        }
        return;
    }
    if block.labels.len() != spec.labels.len() {
        return found.push(wrong_labels(block, spec.labels));
    }
    if word == "bundle" {
        if let Some(first) = declared.bundle {
            return found.push(second(first, block));
        }
        declared.bundle = Some(block);
        return;
    }
    if word == "identities" {
        if let Some(first) = declared.identities {
            return found.push(second(first, block));
        }
        declared.identities = Some(block);
        return;
    }
    if word == "moved" {
        declared.moved.push((unit, block));
        return;
    }
    let Some(last) = block.labels.last() else { return };
    check_name(last, found);
    let labels: Vec<&str> = block.labels.iter().map(|l| l.text.as_str()).collect();
    let address = format!("{word}.{}", labels.join("."));
    let repeated = REPEATED.contains(&word) && block.body.attribute("for_each").is_some();
    let body = Body::Block(block);
    insert(
        declared,
        &address,
        Declaration { body, span: last.span, unit, repeated, each: None },
        found,
    );
}

fn insert<'a>(
    declared: &mut Declarations<'a>,
    relative: &str,
    declaration: Declaration<'a>,
    found: &mut Diagnostics,
) {
    let unit = declaration.unit;
    let prefix = declared.units.get(unit).map_or("", |u| u.prefix.as_str());
    let address = address::within(prefix, relative);
    if let Some(first) = declared.find(&address) {
        let message = format!("`{relative}` is declared twice");
        found.push(
            Diagnostic::new(code::B109, declaration.span, message, "declared again")
                .label(first.span, "declared first here")
                .help("give one of them another name"),
        );
        return;
    }
    let word = relative.split('.').next().unwrap_or_default().to_owned();
    declared.by_word.entry((unit, word)).or_default().push(address.clone());
    declared.by_address.insert(address, declaration);
}

fn only_in_root(word: &Ident) -> Diagnostic {
    let message = format!("`{}` may stand only in the root module", word.text);
    Diagnostic::new(code::B101, word.span, message, "in a child module")
        .help("move it to the module that uses this one")
}

fn only_in_child(word: &Ident) -> Diagnostic {
    let message = "`output` may stand only in a child module";
    Diagnostic::new(code::B101, word.span, message, "in the root module")
        .help("remove it: no module reads what the root gives")
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
        let rule =
            "a name starts with a small letter and holds small letters, digits and `_`, 63 at most";
        // A letter of another alphabet is not left out: the name would be another word.
        if let Some(other) = text.chars().find(|c| c.is_alphabetic() && !c.is_ascii()) {
            let help = format!("write it without `{other}`, which is none of a to z: {rule}");
            found.push(Diagnostic::new(code::B108, name.span, message, "not a name").help(help));
            return;
        }
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
        let help = format!("write `{near}`: {rule}");
        found.push(Diagnostic::new(code::B108, name.span, message, "not a name").help(help));
    }
}

fn unknown_block(word: &Ident) -> Diagnostic {
    let message = format!("there is no block `{}`", word.text);
    let known = TOP_LEVEL.iter().copied();
    let belongs = [
        ("flow", &["prompt", "permissions", "hook", "approval", "break_glass", "grant"][..]),
        ("prompt", &["field"][..]),
        ("hook", &["step", "decision", "notify", "fail"][..]),
        ("approval", &["rule", "route"][..]),
        ("strategy", &["escalate", "deescalate", "identity"][..]),
        ("identities", &["override", "from"][..]),
    ]
    .into_iter()
    .find(|(_, words)| words.contains(&word.text.as_str()))
    .map(|(parent, _)| format!("it belongs inside `{parent}`"));
    let meant = suggest::only(&word.text, known.clone()).filter(|_| belongs.is_none());
    Diagnostic::new(code::B101, word.span, message, "unknown block")
        .rename(word.span, meant)
        .help_if(belongs.or_else(|| suggest::help(&word.text, known, "")))
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

/// A block of which a module has one.
fn second(first: &Block, second: &Block) -> Diagnostic {
    let message = format!("there are two `{}` blocks", second.kind.text);
    Diagnostic::new(code::B105, second.header, message, "the second")
        .label(first.header, "the first is here")
        .help("keep one")
}

pub(super) fn missing_bundle(files: &[File]) -> Diagnostic {
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
