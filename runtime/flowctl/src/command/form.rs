//! The form of a flow: shown with what was given so far, and asked for at a terminal.

use std::io::{BufRead, IsTerminal as _, Write};

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::Answer;
use crate::client::{Client, segment};
use crate::fault::Fault;
use crate::text::{Table, one_line, or_dash};
use crate::wire;

/// A form as the daemon shows it.
#[derive(Debug, Deserialize)]
struct Form {
    #[serde(default)]
    header: Option<String>,
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    label: String,
    #[serde(default)]
    help: Option<String>,
    required: bool,
    #[serde(default)]
    value: Option<Json>,
    #[serde(default)]
    options: Option<Vec<Choice>>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    problem: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    value: Json,
    label: String,
}

/// Shows the form with these fields filled in.
pub fn run(client: &Client, flow: &str, fields: &Json) -> Result<Answer, Fault> {
    let json = look(client, flow, fields)?;
    let text = screen(&wire::read(&json)?);
    Ok(Answer { json, text })
}

fn look(client: &Client, flow: &str, fields: &Json) -> Result<Json, Fault> {
    let path = format!("/v1/flows/{}/prompt", segment(flow));
    client.send(Method::POST, &path, &json!({ "fields": fields }))
}

/// Whether somebody sits there who can be asked.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for what is missing, field by field: each answer may change what comes next.
pub fn fill(client: &Client, flow: &str, fields: Json) -> Result<Json, Fault> {
    let Json::Object(mut given) = fields else { return Ok(fields) };
    let (mut answers, mut screen) = (std::io::stdin().lock(), std::io::stderr());
    loop {
        let json = look(client, flow, &Json::Object(given.clone()))?;
        if !ask_next(&wire::read(&json)?, &mut given, &mut answers, &mut screen)? {
            return Ok(Json::Object(given));
        }
    }
}

/// Asks for the first field that is missing or wrong; false where there is none.
fn ask_next(
    form: &Form,
    given: &mut Map<String, Json>,
    answers: &mut impl BufRead,
    screen: &mut impl Write,
) -> Result<bool, Fault> {
    let asks = |field: &&Field| field.problem.is_some() || field.required && field.value.is_none();
    let Some(field) = form.fields.iter().find(asks) else { return Ok(false) };
    let broken = |e: std::io::Error| Fault::Usage(format!("the terminal is gone: {e}"));
    if let (true, Some(header)) = (given.is_empty(), &form.header) {
        writeln!(screen, "{}\n", one_line(header)).map_err(broken)?;
    }
    screen.write_all(question(field).as_bytes()).map_err(broken)?;
    screen.flush().map_err(broken)?;
    let mut line = String::new();
    if answers.read_line(&mut line).map_err(broken)? == 0 {
        return Err(Fault::Usage(format!("`{}` was not answered", field.name)));
    }
    given.insert(field.name.clone(), read(field, line.trim()));
    Ok(true)
}

fn question(field: &Field) -> String {
    let mut text = String::new();
    if let Some(problem) = &field.problem {
        text.push_str(&format!("{}\n", one_line(problem)));
    }
    if let Some(help) = &field.help {
        text.push_str(&format!("{}\n", one_line(help)));
    }
    for (number, choice) in (1..).zip(field.options.iter().flatten()) {
        text.push_str(&format!("  {number}) {}\n", one_line(&choice.label)));
    }
    if let Some(note) = &field.note {
        text.push_str(&format!("  ({})\n", one_line(note)));
    }
    text.push_str(&format!("{} ({}): ", one_line(&field.label), field.kind.trim_end_matches('?')));
    text
}

/// What was typed: numbers of options, options, or a value. A list is written with commas.
fn read(field: &Field, line: &str) -> Json {
    let options = field.options.as_deref().unwrap_or_default();
    let one = |word: &str| {
        let is_value = |choice: &&Choice| choice.value.as_str() == Some(word);
        let by_number = || {
            let number: usize = word.parse().ok()?;
            options.get(number.checked_sub(1)?)
        };
        let chosen = options.iter().find(is_value).or_else(by_number);
        chosen.map_or_else(|| plain(&field.kind, word), |choice| choice.value.clone())
    };
    if field.kind.starts_with("list(") {
        return line.split(',').map(str::trim).filter(|word| !word.is_empty()).map(one).collect();
    }
    one(line)
}

/// Text to the JSON that the type wants; what is no text stays exact.
fn plain(kind: &str, word: &str) -> Json {
    match (kind.trim_end_matches('?'), word) {
        ("bool", "true" | "yes" | "y") => Json::Bool(true),
        ("bool", "false" | "no" | "n") => Json::Bool(false),
        _ => Json::from(word),
    }
}

fn screen(form: &Form) -> String {
    let mut table = Table::new(["field", "type", "needed", "value", "one of", "note"]);
    for field in &form.fields {
        let choices = field.options.iter().flatten().map(|c| plain_text(&c.value));
        let note = field.problem.as_ref().or(field.note.as_ref()).or(field.help.as_ref());
        table.row([
            field.name.clone(),
            field.kind.clone(),
            if field.required { "yes" } else { "no" }.to_owned(),
            or_dash(field.value.as_ref().map(plain_text)),
            or_dash(field.options.as_ref().map(|_| choices.collect::<Vec<_>>().join(", "))),
            or_dash(note.cloned()),
        ]);
    }
    let header = form.header.as_ref().map(|h| format!("{}\n\n", one_line(h))).unwrap_or_default();
    format!("{header}{}", table.to_text("there is nothing to fill in"))
}

fn plain_text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &Json) -> Form {
        serde_json::from_value(json!({ "header": "Think twice.", "fields": fields })).unwrap()
    }

    fn groups() -> Json {
        json!({ "name": "groups", "type": "list(string)", "label": "Groups", "required": true,
            "options": [{ "value": "00g1", "label": "Dev" }, { "value": "00g2", "label": "Ops" }] })
    }

    #[test]
    fn a_terminal_is_asked_for_what_is_missing_by_number_or_by_value() {
        let asked = form(&json!([
            { "name": "why", "type": "string", "label": "Why?", "required": false },
            groups(),
            { "name": "urgent", "type": "bool", "label": "Urgent?", "required": true },
        ]));
        let (mut given, mut screen) = (Map::new(), Vec::new());
        assert!(ask_next(&asked, &mut given, &mut &b"2, 00g1\n"[..], &mut screen).unwrap());
        assert_eq!(json!(given), json!({ "groups": ["00g2", "00g1"] }));
        assert_eq!(
            String::from_utf8(screen).unwrap(),
            "Think twice.\n\n  1) Dev\n  2) Ops\nGroups (list(string)): "
        );
        let left = form(&json!([
            { "name": "urgent", "type": "bool", "label": "Urgent?", "required": true },
        ]));
        assert!(ask_next(&left, &mut given, &mut &b"no\n"[..], &mut Vec::new()).unwrap());
        assert_eq!(given["urgent"], json!(false));
        let full = form(&json!([
            { "name": "why", "type": "string", "label": "Why?", "required": true, "value": "x" },
        ]));
        assert!(!ask_next(&full, &mut given, &mut &b""[..], &mut Vec::new()).unwrap());
        assert!(ask_next(&left, &mut given, &mut &b""[..], &mut Vec::new()).is_err());
    }

    #[test]
    fn a_form_is_shown_as_a_table() {
        let mut wrong = groups();
        wrong["value"] = json!(["00g9"]);
        wrong["problem"] = json!("`00g9` is not one of 00g1, 00g2");
        let text = screen(&form(&json!([wrong])));
        assert!(text.starts_with("Think twice.\n\n"), "{text}");
        assert!(text.contains("00g1, 00g2") && text.contains("is not one of"), "{text}");
    }
}
