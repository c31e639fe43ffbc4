//! The type that recorded answers have, as it is written behind `output =`.
//!
//! What all answers have in common: a key that is missing or null in one of them is `optional`,
//! keys that are no names make a `map`, and what has no type of the language is `json`. A text
//! that looks like a date stays a `string`: the next answer need not look so.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::Value;

use crate::fmt;

/// Up to here a type stands on one line.
const LINE: usize = 80;

/// The attribute `output` that all these answers conform to, laid out, with a comment for each
/// part that stays `json`.
#[must_use]
pub fn output<'v>(answers: impl IntoIterator<Item = &'v Value>) -> String {
    let mut seen = Seen::default();
    for answer in answers {
        seen.add(answer);
    }
    let mut writer = Writer::default();
    let line = writer.ty(&seen, &mut Vec::new());
    if line.len() > LINE {
        let mut broken = Writer { is_broken: true, ..Writer::default() };
        let text = broken.ty(&seen, &mut Vec::new());
        return broken.under_its_notes(&text);
    }
    writer.under_its_notes(&line)
}

/// What stood at one place.
#[derive(Default)]
struct Seen {
    /// The words of the kinds of data that stood there, without null.
    kinds: BTreeSet<&'static str>,
    /// How often anything stood there, null too.
    times: usize,
    nulls: usize,
    /// Of lists: all elements together.
    elements: Option<Box<Seen>>,
    /// Of objects: by key.
    keys: BTreeMap<String, Seen>,
    objects: usize,
}

impl Seen {
    fn add(&mut self, value: &Value) {
        self.times += 1;
        match value {
            Value::Null => self.nulls += 1,
            Value::Bool(_) => self.is("a bool"),
            Value::Number(_) => self.is("a number"),
            Value::List(items) => {
                self.is("a list");
                let elements = self.elements.get_or_insert_default();
                for item in items {
                    elements.add(item);
                }
            }
            Value::Map(map) => {
                self.is("an object");
                self.objects += 1;
                for (key, value) in map {
                    self.keys.entry(key.clone()).or_default().add(value);
                }
            }
            // Data has no other kinds; what is made of text prints as text.
            Value::String(_)
            | Value::Duration(_)
            | Value::Timestamp(_)
            | Value::User(_)
            | Value::Channel(_)
            | Value::Principals(_)
            | Value::Target(_)
            | Value::Secret(_) => self.is("a text"),
        }
    }

    fn is(&mut self, kind: &'static str) {
        self.kinds.insert(kind);
    }

    /// Both together, where two keys of a map hold the same kind of thing.
    fn join(&mut self, other: &Self) {
        self.kinds.extend(&other.kinds);
        self.times += other.times;
        self.nulls += other.nulls;
        self.objects += other.objects;
        if let Some(elements) = &other.elements {
            self.elements.get_or_insert_default().join(elements);
        }
        for (key, seen) in &other.keys {
            self.keys.entry(key.clone()).or_default().join(seen);
        }
    }

    /// Keys that are data and no names: e-mail addresses, numbers, paths.
    fn is_map(&self) -> bool {
        !self.keys.is_empty() && !self.keys.keys().any(|key| is_name(key))
    }
}

/// Whether a key can be read as `.key`.
fn is_name(key: &str) -> bool {
    let begins = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Words that mean something else where a key stands.
const KEYWORDS: [&str; 4] = ["for", "null", "true", "false"];

#[derive(Default)]
struct Writer {
    is_broken: bool,
    notes: Vec<String>,
}

impl Writer {
    fn under_its_notes(&self, ty: &str) -> String {
        let notes = self.notes.iter().map(|note| format!("# {note}\n"));
        fmt::text(&format!("{}output = {ty}\n", notes.collect::<String>()))
    }

    fn ty<'s>(&mut self, seen: &'s Seen, path: &mut Vec<&'s str>) -> String {
        if seen.nulls > 0 && seen.nulls < seen.times {
            return self.json(path, "it is null at times");
        }
        self.type_of(seen, path)
    }

    fn type_of<'s>(&mut self, seen: &'s Seen, path: &mut Vec<&'s str>) -> String {
        let mut kinds = seen.kinds.iter();
        match (kinds.next(), kinds.next()) {
            (Some(one), Some(two)) => {
                let why = format!("it is {one} here and {two} there");
                self.json(path, &why)
            }
            (Some(&"a bool"), _) => "bool".to_owned(),
            (Some(&"a number"), _) => "number".to_owned(),
            (Some(&"a text"), _) => "string".to_owned(),
            (Some(&"a list"), _) => match &seen.elements {
                Some(elements) if elements.times > 0 => {
                    path.push("[*]");
                    let of = self.ty(elements, path);
                    path.pop();
                    format!("list({of})")
                }
                _ => format!("list({})", self.json(path, "every list was empty")),
            },
            (Some(_), _) if seen.is_map() => self.map(seen, path),
            (Some(_), _) => self.object(seen, path),
            (None, _) => self.json(path, "it was null in every answer"),
        }
    }

    fn map<'s>(&mut self, seen: &'s Seen, path: &mut Vec<&'s str>) -> String {
        let mut of = Seen::default();
        for value in seen.keys.values() {
            of.join(value);
        }
        // What stands in the notes of a map is about any of its keys.
        let mut inner = Self { is_broken: self.is_broken, notes: Vec::new() };
        let ty = inner.ty(&of, &mut Vec::new());
        let place = place(path);
        self.notes.extend(inner.notes.into_iter().map(|note| format!("{place}: {note}")));
        format!("map({ty})")
    }

    fn object<'s>(&mut self, seen: &'s Seen, path: &mut Vec<&'s str>) -> String {
        if seen.keys.is_empty() {
            return "object({})".to_owned();
        }
        let rows = seen.keys.iter().map(|(key, value)| {
            path.push(key);
            let ty = self.type_of(value, path);
            path.pop();
            let is_optional = value.times < seen.objects || value.nulls > 0;
            let ty = if is_optional { format!("optional({ty})") } else { ty };
            format!("{} = {ty}", written(key))
        });
        let rows: Vec<String> = rows.collect();
        if self.is_broken {
            return format!("object({{\n{}\n}})", rows.join("\n"));
        }
        format!("object({{ {} }})", rows.join(", "))
    }

    fn json(&mut self, path: &[&str], why: &str) -> String {
        self.notes.push(format!("{} stays json: {why}", place(path)));
        "json".to_owned()
    }
}

/// `items[*].id`, in the form that a flow reads it.
fn place(path: &[&str]) -> String {
    if path.is_empty() {
        return "the answer".to_owned();
    }
    let text = path.join(".").replace(".[*]", "[*]");
    // A key may hold anything; a comment ends with its line.
    format!("`{}`", text.escape_default())
}

fn written(key: &str) -> String {
    if is_name(key) && !KEYWORDS.contains(&key) {
        return key.to_owned();
    }
    let mut out = String::from("\"");
    for c in key.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    // `${` and `%{` would begin a template.
    out.replace("${", "$${").replace("%{", "%%{") + "\""
}

#[cfg(test)]
mod tests {
    use flow_bundle::{conform, json};

    use super::*;
    use crate::{Mode, Options, Sources};

    fn inferred(answers: &[&str]) -> String {
        let values: Vec<Value> =
            answers.iter().map(|text| json::parse(text.as_bytes()).unwrap()).collect();
        output(&values)
    }

    #[test]
    fn one_answer_says_a_type() {
        for (answer, wanted) in [
            (r#"{"late": true, "by": 3}"#, "output = object({ by = number, late = bool })\n"),
            (r#"["a"]"#, "output = list(string)\n"),
            (r#"{"a@b.example": 1, "c@d.example": 2}"#, "output = map(number)\n"),
            (
                r#"{"at": "2026-01-05T09:00:00Z", "for": {}}"#,
                "output = object({ at = string, \"for\" = object({}) })\n",
            ),
            ("[]", "# the answer stays json: every list was empty\noutput = list(json)\n"),
            ("null", "# the answer stays json: it was null in every answer\noutput = json\n"),
        ] {
            assert_eq!(inferred(&[answer]), wanted, "{answer}");
        }
    }

    #[test]
    fn what_some_answers_leave_out_is_optional() {
        let text = inferred(&[
            r#"{"items": [{"id": 1, "note": null, "labels": {"1": "x"}}], "next": "abc"}"#,
            r#"{"items": [{"id": "2", "note": "n", "labels": {}}], "next": null}"#,
        ]);
        assert_eq!(
            text,
            "# `items[*].id` stays json: it is a number here and a text there\n\
             output = object({\n  items = list(object({\n    id     = json\n    \
             labels = map(string)\n    note   = optional(string)\n  }))\n  \
             next = optional(string)\n})\n"
        );
    }

    /// What is written compiles, and each answer conforms to it.
    #[test]
    fn each_answer_conforms_to_what_was_inferred_from_all() {
        let answers = [
            r#"{"a": [1, null], "b": {"x y": {"${q}": "\"", "k": 1}}, "for": true, "c-d": 2}"#,
            r#"{"a": [], "b": {}, "for": false, "c-d": null, "é": [{"p": []}, {"q": 1.50}]}"#,
        ];
        let text = inferred(&answers);
        let module = format!(
            "bundle \"b\" {{ language = 1 }}\n\
             integration \"http\" \"h\" {{ base_url = \"https://h.example\" }}\n\
             flow \"f\" {{\npermissions {{ request = members }}\n\
             approval \"a\" {{ approvers = [user(\"a@b.example\"), user(\"c@b.example\")] }}\n\
             hook \"on_request\" {{\nstep \"http\" \"s\" {{\nmethod = \"GET\"\npath = \"/\"\n{text}}}\n}}\n}}\n"
        );
        let mut sources = Sources::new();
        sources.add("a.flow.hcl", module.as_bytes());
        let compiled =
            crate::compile(&sources, &Options { mode: Mode::Build, ..Options::default() });
        let bundle =
            compiled.bundle.unwrap_or_else(|| panic!("{module}\n{:?}", compiled.diagnostics));
        let json = serde_json::to_value(&bundle).unwrap();
        let ty = json.pointer("/bundle/flows/f/hooks/on_request/0/output").unwrap();
        let ty = flow_bundle::Type::from_json(ty).unwrap();
        for answer in answers {
            conform::conform(&json::parse(answer.as_bytes()).unwrap(), &ty).unwrap();
        }
    }
}
