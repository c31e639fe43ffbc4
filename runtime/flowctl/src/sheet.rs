//! Lists for spreadsheets: RFC 4180, a column for each value that an item has.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::fault::Fault;

/// The answer's list; nested values get columns of their own, `person.username`.
///
/// # Errors
/// The answer is no list.
pub fn of(answer: &Json) -> Result<String, Fault> {
    let Some(items) = answer.get("items").and_then(Json::as_array) else {
        let why = "`--format csv` is for lists: `grants`, `list`, `audit` and the like";
        return Err(Fault::Usage(why.to_owned()));
    };
    let mut columns: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for item in items {
        let mut row = BTreeMap::new();
        flatten("", item, &mut row);
        for name in row.keys().filter(|name| !columns.contains(name)).cloned().collect::<Vec<_>>() {
            columns.push(name);
        }
        rows.push(row);
    }
    if columns.is_empty() {
        return Ok(String::new());
    }
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    let cells = |row: &BTreeMap<String, String>| {
        columns.iter().map(|name| row.get(name).cloned().unwrap_or_default()).collect::<Vec<_>>()
    };
    let failed = |why: String| Fault::Strange(format!("the list is no table: {why}"));
    writer.write_record(&columns).map_err(|e| failed(e.to_string()))?;
    for row in &rows {
        writer.write_record(cells(row)).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}

fn flatten(name: &str, value: &Json, row: &mut BTreeMap<String, String>) {
    let cell = match value {
        Json::Object(map) => {
            for (key, value) in map {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, row);
            }
            return;
        }
        Json::Array(items) => items.iter().map(in_a_list).collect::<Vec<_>>().join("; "),
        Json::String(text) => harmless(text),
        Json::Null => String::new(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
    };
    row.insert(name.to_owned(), cell);
}

/// People are told by their usernames.
fn in_a_list(value: &Json) -> String {
    let username = value.get("username").and_then(Json::as_str);
    let text = username.or(value.as_str()).map_or_else(|| value.to_string(), str::to_owned);
    harmless(&text)
}

/// What people wrote must not become a formula where the table is opened
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{text}");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_has_a_column_and_no_cell_is_a_formula() {
        let answer = json!({ "items": [
            { "person": { "username": "ana" }, "approved_by": [{ "username": "bo" }, { "username": "=cho" }],
              "reason": "=HYPERLINK(\"x\"), \"now\"\nplease", "stuck": false, "n": -1 },
            { "person": { "username": "bo" }, "more": null },
        ] });
        assert_eq!(
            of(&answer).unwrap(),
            "approved_by,n,person.username,reason,stuck,more\r\n\
             bo; '=cho,-1,ana,\"'=HYPERLINK(\"\"x\"\"), \"\"now\"\"\nplease\",false,\r\n\
             ,,bo,,,\r\n"
        );
        assert_eq!(of(&json!({ "items": [] })).unwrap(), "");
        assert!(of(&json!({ "id": 1 })).is_err());
    }
}
