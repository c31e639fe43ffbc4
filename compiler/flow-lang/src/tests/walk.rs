//! Every attribute of every block, with every wrong value: always an error, at the value.
//!
//! The schema gives the rows. Each attribute is written into a good module, once with each value
//! that its form cannot take. What passes is in [`FINE`] with its reason, and nothing else is.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{files, sources_of};
use crate::code::{self, Severity};
use crate::compile::{Mode, Options, compile};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::modules::lock;
use crate::schema::{self, Attribute, Family, Form};
use crate::source::Sources;
use crate::syntax::parse;
use crate::syntax::tree::{Block, Item};

/// Values that no attribute takes, whatever its form.
const NEVER: [&str; 6] = [
    "var.undeclared",
    "undeclared",
    "secret.undeclared",
    "secret.walk",
    "steps.undeclared.output",
    "upper(1, 2)",
];

/// Values that an attribute of no fixed form cannot take: attributes, values.
const OF_TYPE: &[(&[&str], &[&str])] = &[
    (
        &["when", "required", "visible", "list", "condition"],
        &["\"x\"", "1", "[true]", "null", "{}"],
    ),
    (
        &["text", "reason", "message", "header", "refusal"],
        &["5", "[\"x\"]", "{ a = 1 }", "\"\"", "null", "members"],
    ),
    (
        &["approvers", "fallback_approvers", "request", "view", "decide", "revoke"],
        &["\"x\"", "5", "channel(\"#x\")", "[\"x\"]", "true", "user(\"\")", "user(\"ana\")"],
    ),
    (&["quorum"], &["\"2\"", "0", "-1", "1.5", "1000", "null", "true", "true ? 0 : 1"]),
    (&["to", "error_channel"], &["\"#ops\"", "5", "null", "[\"x\"]", "channel(\"ops\")"]),
    (&["payload", "payload_extra"], &["5", "\"x\"", "[1]", "true"]),
    (&["duration"], &["\"0s\"", "5", "null", "\"soon\"", "[\"1h\"]"]),
    (&["target"], &["\"db\"", "5", "[]", "null"]),
    (&["targets"], &["\"db\"", "5", "[]", "[5]"]),
    (&["function"], &["5", "\"db\"", "\"\"", "null", "\"arn:aws:lambda:*:1:function:x\""]),
    (&["members"], &["\"x\"", "[]", "5", "null", "[\"ana\"]", "[user(\"\")]"]),
    (&["rate"], &["0", "\"2\"", "0.5", "1000", "null"]),
    (&["vars", "settings"], &["5", "\"x\"", "[]", "{ a = 1 }", "null", "{ a = null }"]),
    (&["args"], &["5", "\"x\"", "[]"]),
    (
        &[
            "permission_set_arn",
            "account_id",
            "group_id",
            "group",
            "repo",
            "permission",
            "team",
            "role",
        ],
        &["5", "null", "\"\"", "[]"],
    ),
    (&["min", "max"], &["\"x\"", "null", "[1]", "true"]),
    (&["allowed"], &["5", "[]", "null", "\"x\"", "[null]"]),
];

/// Values that an attribute takes although its form says no: block, attribute, value, why.
const FINE: &[(&str, &str, &str, &str)] = &[(
    "output",
    "value",
    "secret.walk",
    "a module hands a secret on by its name; whoever reads it is refused",
)];

/// The files of a good module and of its children, by path.
type Files = Vec<(String, String)>;

fn good() -> Vec<Files> {
    let of = |path: &std::path::PathBuf| {
        let sources = sources_of(path);
        let lock = sources.lock().map(|text| (lock::FILE.to_owned(), text.to_owned()));
        sources.iter().map(|(_, f)| (f.path.clone(), f.text.clone())).chain(lock).collect()
    };
    files("ok").iter().map(of).collect()
}

/// The errors that are found where one file holds another text.
fn errors(files: &Files, changed: usize, text: &str) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    for (index, (path, own)) in files.iter().enumerate() {
        if path == lock::FILE {
            sources.set_lock(own.as_str());
            continue;
        }
        sources.add(path.as_str(), if index == changed { text } else { own }.as_bytes());
    }
    let options = Options { mode: Mode::Check, ..Options::default() };
    let mut told = compile(&sources, &options).diagnostics;
    told.retain(|d| d.code.severity == Severity::Error);
    (sources, told)
}

/// The files one by one that may be changed: what is pinned by its hash may not.
fn each(files: &Files) -> Vec<(Files, usize)> {
    let free = |(path, _): &(String, String)| path != lock::FILE && !path.starts_with("vendor/");
    let numbers = files.iter().enumerate().filter(|(_, file)| free(file)).map(|(i, _)| i);
    numbers.map(|i| (files.clone(), i)).collect()
}

/// A good module, and where in which of its files an attribute can be written.
struct Place {
    files: Files,
    file: usize,
    /// What the new attribute replaces; empty where it is put in.
    range: Range<usize>,
}

impl Place {
    fn text(&self) -> &str {
        &self.files[self.file].1
    }
}

/// Values that do not fit a form.
fn wrong(name: &str, form: Form) -> Vec<&'static str> {
    let mut values = vec!["null", "now()", "request.fields.undeclared"];
    values.extend(match form {
        Form::Text => ["5", "true", "[\"x\"]", "{ a = 1 }", "\"\"", "\"  \""].as_slice(),
        Form::Count => &["\"3\"", "-1", "1.5", "1e25", "[1]", "true"],
        Form::Duration => {
            &["5", "\"\"", "\"0s\"", "\"-1h\"", "\"1 day\"", "\"99999999999d\"", "[]"]
        }
        Form::Bool => &["\"true\"", "1", "[true]", "\"\""],
        Form::Word(_) => &["\"nonsense\"", "1", "\"\"", "[\"nonsense\"]"],
        Form::Words(_) => &["\"nonsense\"", "[\"nonsense\"]", "[]", "[1]", "5"],
        Form::Reference => &["\"text\"", "5", "secret.undeclared", "group.undeclared"],
        Form::Secret => &["\"text\"", "5", "[]"],
        Form::Type => &["\"string\"", "5", "any", "[string]", "list"],
        Form::Static | Form::RunTime => &[],
    });
    if matches!(form, Form::Static | Form::RunTime | Form::Type | Form::Reference) {
        values.retain(|v| *v != "now()" && *v != "null");
    }
    if name == "cache" {
        // No time is what it means where it is absent: ask each time.
        values.retain(|v| *v != "\"0s\"");
    }
    let own = OF_TYPE.iter().filter(|(names, _)| names.contains(&name)).flat_map(|(_, v)| *v);
    if matches!(form, Form::Static | Form::RunTime) {
        values.extend(own);
    }
    values
}

#[test]
fn every_wrong_value_of_every_attribute_is_an_error_at_that_value() {
    let modules = good();
    let mut faults = Vec::new();
    let mut tried = 0;
    for (word, kind, attribute) in rows() {
        let name = kind.map_or(word.to_owned(), |kind| format!("{word} \"{kind}\""));
        let Some(place) = place(&modules, word, kind, attribute.name) else {
            faults.push(format!("no module of data/ok holds `{name}`"));
            continue;
        };
        for value in wrong(attribute.name, attribute.form).into_iter().chain(NEVER) {
            if attribute.form == Form::Secret && value == "secret.walk" {
                continue;
            }
            let row = |fine: &&(&str, &str, &str, &str)| {
                (fine.0, fine.1, fine.2) == (word, attribute.name, value)
            };
            let fault = judge(&place, attribute.name, value);
            tried += 1;
            match (fault, FINE.iter().find(row)) {
                (Some(fault), None) => {
                    faults.push(format!("{name}: {} = {value}: {fault}", attribute.name));
                }
                (None, Some(_)) => {
                    faults.push(format!("{name}: {} = {value}: is not fine", attribute.name));
                }
                _ => {}
            }
        }
    }
    faults.dedup();
    assert!(faults.is_empty(), "{} of {tried}:\n{}", faults.len(), faults.join("\n"));
    assert!(tried > 500, "only {tried}");
}

/// Every attribute of the schema with its block, and with the block's type where it has one.
fn rows() -> Vec<(&'static str, Option<&'static str>, &'static Attribute)> {
    let mut rows = Vec::new();
    let known = standing();
    for block in schema::blocks().filter(|b| known.contains(b.word)) {
        for attribute in block.attributes.iter() {
            rows.push((block.word, None, attribute));
        }
    }
    for (family, word) in [
        (Family::Integration, "integration"),
        (Family::Target, "target"),
        (Family::Strategy, "strategy"),
        (Family::Step, "step"),
    ] {
        for kind in schema::kinds_of(family) {
            for attribute in kind.attributes.iter() {
                rows.push((word, Some(kind.word), attribute));
            }
        }
    }
    rows
}

/// The blocks that may stand somewhere already.
fn standing() -> BTreeSet<&'static str> {
    let mut words: BTreeSet<&str> = BTreeSet::new();
    let families = [Family::Integration, Family::Target, Family::Strategy, Family::Step];
    let kinds = families.into_iter().flat_map(schema::kinds_of);
    let mut open: Vec<&str> = schema::TOP_LEVEL.to_vec();
    open.extend(kinds.flat_map(|kind| kind.children).map(|child| child.word));
    while let Some(word) = open.pop() {
        if words.insert(word) {
            let children = schema::block(word).map(|b| b.children).unwrap_or_default();
            open.extend(children.iter().map(|c| c.word));
        }
    }
    words
}

/// A block of this word, rather one that has the attribute already.
fn place(modules: &[Files], word: &str, kind: Option<&str>, name: &str) -> Option<Place> {
    let mut best = None;
    for (of, file) in modules.iter().flat_map(each) {
        let text = &of[file].1;
        let mut sources = Sources::new();
        sources.add("main.flow.hcl", text.as_bytes());
        let files = parse(&sources, &mut Diagnostics::new());
        let mut blocks: Vec<&Block> = files[0].body.blocks().collect();
        while let Some(block) = blocks.pop() {
            blocks.extend(block.body.blocks());
            if block.kind.text != word || kind.is_some_and(|k| block.label(0) != Some(k)) {
                continue;
            }
            let written = block.body.items.iter().find_map(|item| match item {
                Item::Attribute(a) if a.name.text == name => Some(a.span.range()),
                _ => None,
            });
            let brace =
                text[block.header.end as usize..].find('{')? + block.header.end as usize + 1;
            let is_better = best.is_none() || written.is_some();
            if is_better {
                let range = written.clone().unwrap_or(brace..brace);
                best = Some(Place { files: of.clone(), file, range });
            }
            if written.is_some() {
                return best;
            }
        }
    }
    best
}

/// What is wrong with how a wrong value is told, if anything.
fn judge(place: &Place, name: &str, value: &str) -> Option<String> {
    let line = format!("{name} = {value}");
    let text = place.text();
    let (before, after) = (&text[..place.range.start], &text[place.range.end..]);
    let is_new = place.range.is_empty();
    let (lead, trail) = if is_new { ("\n", "\n") } else { ("", "") };
    let start = before.len() + lead.len();
    let own = start..start + line.len();
    let text = format!("{before}{lead}{line}{trail}{after}\nsecret \"walk\" {{}}\n");
    let (_, errors) = errors(&place.files, place.file, &text);
    if errors.is_empty() {
        return Some("passes".to_owned());
    }
    let inside = |d: &Diagnostic| {
        let at = d.primary.span.range();
        let is_here = d.primary.span.file.0 as usize == place.file;
        is_here && at.start >= own.start && at.end <= own.end
    };
    if !errors.iter().any(inside) {
        let told: Vec<String> =
            errors.iter().map(|d| format!("{}: {}", d.code.id, d.message)).collect();
        return Some(format!("is told elsewhere: {}", told.join("; ")));
    }
    // One fault, one error: what only follows from it is not news.
    let told: Vec<String> = errors
        .iter()
        .filter(|d| !inside(d) && d.code != code::B110)
        // The condition that was there is gone, and with it what it made certain.
        .filter(|d| name != "when" || ![code::T203, code::T204].contains(&d.code))
        .map(|d| format!("{}: {}", d.code.id, d.message))
        .collect();
    (!told.is_empty()).then(|| format!("has consequences: {}", told.join("; ")))
}

#[test]
fn an_attribute_that_stands_twice_is_an_error() {
    let modules = good();
    for (word, kind, attribute) in rows() {
        let Some(place) = place(&modules, word, kind, attribute.name) else { continue };
        let line = format!("\n{0} = null\n{0} = null\n", attribute.name);
        let text = place.text();
        let text = format!("{}{line}{}", &text[..place.range.start], &text[place.range.end..]);
        let codes = codes(&place.files, place.file, &text);
        assert!(codes.contains("X008"), "{word}: {}: {codes:?}", attribute.name);
    }
}

#[test]
fn a_label_that_is_no_name_is_an_error_and_so_are_too_many_and_too_few() {
    let modules = good();
    let mut faults = Vec::new();
    for block in schema::blocks().filter(|b| !b.labels.is_empty()) {
        let place = modules.iter().flat_map(each).find_map(|(files, file)| {
            let found = header(&files[file].1, block.word)?;
            Some((files, file, found))
        });
        let Some((files, file, found)) = place else { continue };
        let text = &files[file].1;
        let (start, last, end) = found;
        for label in ["\"\"", "\"Two Words\"", "\"ünï\"", "\"x\" \"y\" \"z\"", ""] {
            let is_short = label.is_empty();
            let from = if is_short { start } else { last };
            let changed = format!("{}{label}{}", &text[..from], &text[end..]);
            let codes = codes(&files, file, &changed);
            let wanted = ["B106", "B108", "B101", "H301", "H314"];
            if !wanted.iter().any(|code| codes.contains(code)) {
                faults.push(format!("{} {label}: {codes:?}", block.word));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn codes(files: &Files, changed: usize, text: &str) -> BTreeSet<&'static str> {
    errors(files, changed, text).1.iter().map(|d| d.code.id).collect()
}

/// Where the labels of a block of this word start, where the last one does, and where it ends.
fn header(text: &str, word: &str) -> Option<(usize, usize, usize)> {
    let mut sources = Sources::new();
    sources.add("main.flow.hcl", text.as_bytes());
    let files = parse(&sources, &mut Diagnostics::new());
    let mut blocks: Vec<&Block> = files[0].body.blocks().collect();
    while let Some(block) = blocks.pop() {
        blocks.extend(block.body.blocks());
        if block.kind.text == word {
            let (first, last) =
                (block.labels.first()?.span.range(), block.labels.last()?.span.range());
            return Some((first.start, last.start, last.end));
        }
    }
    None
}
