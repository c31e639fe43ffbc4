//! One control for each field of a flow's form, and the values that come back from it.
//!
//! A name begins with how its text is to be read: `f.` as it was typed, `o.` as the JSON of one of the
//! options, `b.` a box that is there, ticked or not.

use flow_bundle::Type;
use maud::{Markup, html};
use serde_json::{Map, Value as Json};

use super::frame::{at, plain};

/// Options up to which all are shown with a button each.
const BUTTONS_MAX: usize = 6;

/// The control of one field of a form, as the API tells it, with what is wrong with it.
pub fn control(field: &Json, problem: Option<&str>) -> Markup {
    let text = |key: &str| at(field, key).as_str().unwrap_or_default();
    let (name, ty) = (text("name"), text("type"));
    let id = format!("field-{name}");
    let (hint, wrong) = (format!("{id}-hint"), format!("{id}-error"));
    let help = at(field, "help").as_str().map(plain);
    let hints: Vec<String> = help.into_iter().chain(form_hint(ty).map(str::to_owned)).collect();
    let needed = at(field, "required") == true;
    let problem = problem.map(plain).or_else(|| at(field, "problem").as_str().map(plain));
    let described = format!("{hint} {wrong}");
    let value = at(field, "value");
    let label = html! {
        (plain(text("label")))
        @if !needed { span.hint { " (may be left out)" } }
    };
    let options = at(field, "options").as_array();
    let many = ty.contains("list(") || ty.contains("set(");
    html! {
        div.field {
            @if let Some(options) = options.filter(|o| many || o.len() <= BUTTONS_MAX) {
                fieldset aria-describedby=(described) {
                    legend { (label) }
                    @for (i, option) in options.iter().enumerate() {
                        (choice(&format!("{id}-{i}"), name, option, value, many))
                    }
                }
            } @else if let Some(options) = options {
                label for=(id) { (label) }
                select id=(id) name=(format!("o.{name}")) aria-describedby=(described) {
                    option value="" { "– choose –" }
                    @for option in options {
                        option value=(at(option, "value")) selected[*at(option, "value") == *value] {
                            (plain(at(option, "label").as_str().unwrap_or_default()))
                        }
                    }
                }
            } @else if ty.contains("bool") {
                div.check {
                    input type="hidden" name=(format!("b.{name}")) value="1";
                    input type="checkbox" id=(id) name=(format!("f.{name}")) value="true"
                        checked[*value == true] aria-describedby=(described);
                    " " label for=(id) { (label) }
                }
            } @else {
                label for=(id) { (label) }
                (line(&id, name, ty, value, many, &described))
            }
            div.hint id=(hint) {
                @for text in &hints { div { (text) } }
                @if let Some(note) = at(field, "note").as_str() { div { (plain(note)) } }
            }
            div.error id=(wrong) { @if let Some(problem) = &problem { (problem) } }
        }
    }
}

fn choice(id: &str, name: &str, option: &Json, value: &Json, many: bool) -> Markup {
    let chosen = match value {
        Json::Array(all) => all.contains(at(option, "value")),
        one => *one == *at(option, "value"),
    };
    html! {
        div.check {
            input id=(id) type=(if many { "checkbox" } else { "radio" }) name=(format!("o.{name}"))
                value=(at(option, "value")) checked[chosen];
            " " label for=(id) { (plain(at(option, "label").as_str().unwrap_or_default())) }
        }
    }
}

fn line(id: &str, name: &str, ty: &str, value: &Json, many: bool, described: &str) -> Markup {
    let name = format!("f.{name}");
    let shown = match value {
        Json::Null => String::new(),
        Json::Array(all) => all.iter().map(word).collect::<Vec<_>>().join("\n"),
        Json::Number(seconds) if ty.contains("duration") => {
            seconds.as_u64().map_or_else(String::new, spoken)
        }
        one => word(one),
    };
    html! {
        @if many || ty.contains("string") {
            textarea id=(id) name=(name) aria-describedby=(described) { (shown) }
        } @else if ty.contains("timestamp") {
            input type="datetime-local" id=(id) name=(name) value=(shown.trim_end_matches(":00Z"))
                aria-describedby=(described);
        } @else {
            input type="text" id=(id) name=(name) value=(shown) aria-describedby=(described)
                inputmode=[ty.contains("number").then_some("decimal")] autocomplete="off";
        }
    }
}

/// How something is written, where that is not plain.
fn form_hint(ty: &str) -> Option<&'static str> {
    let hints = [
        ("list(", "One on each line."),
        ("duration", "Such as 30m, 1h30m or 2h."),
        ("timestamp", "In UTC."),
        ("user", "E-mail address or username."),
    ];
    hints.into_iter().find(|(word, _)| ty.contains(word)).map(|(_, hint)| hint)
}

/// A span of seconds, as people write it.
pub fn spoken(seconds: u64) -> String {
    let (h, m, s) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let parts = [(h, "h"), (m, "m"), (s, "s")];
    let said: String =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, u)| format!("{n}{u}")).collect();
    if said.is_empty() { "0s".to_owned() } else { said }
}

/// A value as a text.
pub fn word(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => "–".to_owned(),
        Json::Bool(true) => "yes".to_owned(),
        Json::Bool(false) => "no".to_owned(),
        Json::Array(all) => all.iter().map(word).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The values that a form brought, as the API takes them. What was left empty is left out.
pub fn values<'a>(
    given: &[(String, String)],
    types: impl Iterator<Item = (&'a str, &'a Type)>,
) -> Json {
    let mut values = Map::new();
    for (name, ty) in types {
        let all = |kind: &str| -> Vec<&str> {
            let key = format!("{kind}.{name}");
            given
                .iter()
                .filter(|(k, v)| *k == key && !v.trim().is_empty())
                .map(|(_, v)| v.as_str())
                .collect()
        };
        let (typed, chosen) = (all("f"), all("o"));
        let mut parsed = chosen.iter().filter_map(|text| serde_json::from_str(text).ok());
        let value = match plain_type(ty) {
            Type::List(_) if !chosen.is_empty() => Json::Array(parsed.collect()),
            Type::List(of) => {
                let lines = typed.iter().flat_map(|text| text.lines()).map(str::trim);
                let lines = lines.filter(|line| !line.is_empty());
                Json::Array(lines.map(|text| typed_value(text, of)).collect())
            }
            _ if !chosen.is_empty() => parsed.next().unwrap_or_default(),
            Type::Bool if !all("b").is_empty() => Json::Bool(!typed.is_empty()),
            other => typed.first().map_or(Json::Null, |text| typed_value(text, other)),
        };
        if value != Json::Null && value != Json::Array(Vec::new()) {
            values.insert(name.to_owned(), value);
        }
    }
    Json::Object(values)
}

fn plain_type(ty: &Type) -> &Type {
    match ty {
        Type::Nullable(of) => plain_type(of),
        other => other,
    }
}

fn typed_value(text: &str, ty: &Type) -> Json {
    let line = text.trim();
    match plain_type(ty) {
        // A browser leaves out the seconds and the zone.
        Type::Timestamp if line.len() == "2026-01-01T00:00".len() => {
            Json::from(format!("{line}:00Z"))
        }
        Type::Timestamp if !line.ends_with('Z') && line.len() == "2026-01-01T00:00:00".len() => {
            Json::from(format!("{line}Z"))
        }
        Type::Bool => Json::Bool(matches!(line, "true" | "yes")),
        // A browser ends lines as HTTP does.
        Type::String => Json::from(text.replace("\r\n", "\n").trim()),
        _ => Json::from(line),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_type_comes_back_as_the_api_takes_it() {
        let pair = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        let given = [
            ("f.why", " two\r\nlines "),
            ("f.long", "1h30m"),
            ("f.when", "2026-01-05T09:00"),
            ("f.much", "1.10"),
            ("b.sure", "1"),
            ("f.sure", "true"),
            ("b.other", "1"),
            ("o.target", "\"button\""),
            ("o.many", "\"a\""),
            ("o.many", "\"b\""),
            ("f.people", "bo@acme.example\r\n\r\nchi"),
            ("f.empty", "  "),
            ("f.stranger", "x"),
        ];
        let given: Vec<_> = given.iter().map(pair).collect();
        let list = |of| Type::List(Box::new(of));
        let types = [
            ("why", Type::String),
            ("long", Type::Duration),
            ("when", Type::Timestamp),
            ("much", Type::Nullable(Box::new(Type::Number))),
            ("sure", Type::Bool),
            ("other", Type::Bool),
            ("target", Type::Target),
            ("many", list(Type::String)),
            ("people", list(Type::User)),
            ("empty", Type::String),
            ("none", list(Type::User)),
        ];
        assert_eq!(
            values(&given, types.iter().map(|(name, ty)| (*name, ty))),
            json!({ "why": "two\nlines", "long": "1h30m", "when": "2026-01-05T09:00:00Z",
                "much": "1.10", "sure": true, "other": false, "target": "button",
                "many": ["a", "b"], "people": ["bo@acme.example", "chi"] })
        );
        assert_eq!((spoken(5_400), spoken(0)), ("1h30m".to_owned(), "0s".to_owned()));
    }

    #[test]
    fn nothing_that_somebody_wrote_becomes_markup() {
        let field = json!({ "name": "x", "type": "string", "label": "<b>&\u{202e}", "required": true,
            "value": "</textarea><script>", "problem": "\"<i>" });
        let shown = control(&field, None).into_string();
        assert!(!shown.contains("<b>") && !shown.contains("<script>") && !shown.contains("<i>"));
        assert!(shown.contains("\\u{202e}"), "{shown}");
    }
}
