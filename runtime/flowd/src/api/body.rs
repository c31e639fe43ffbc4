//! Reads bodies: unknown keys are refused, a fault is pointed at, numbers stay exact.

use std::collections::BTreeMap;

use flow_bundle::payload;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::problem::{FieldProblem, Problem};

/// Reads a body. An empty one is `{}`.
///
/// # Errors
/// It is no JSON, or not of this form; the problem points at the place.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader);
    let value = read.map_err(|error| {
        let inner = error.inner();
        if inner.is_syntax() || inner.is_eof() {
            return Problem::malformed(format!("the body is no JSON: {inner}"));
        }
        Problem::fields(vec![fault(error.path(), inner)])
    })?;
    reader.end().map_err(|e| Problem::malformed(format!("the body goes on after its end: {e}")))?;
    Ok(value)
}

/// Longest reason or comment, in characters: people read it on a card.
const WORDS_MAX: usize = 2_000;
/// Largest prompt values and context of one request, in bytes of JSON: a request keeps them for as
/// long as it is kept, and each event carries them.
const DATA_MAX: usize = 64 << 10;

/// Whether a reason or a comment can be taken.
///
/// # Errors
/// It is too long, and how long it may be.
pub fn words(pointer: &str, text: &str) -> Result<(), Problem> {
    let length = text.chars().count();
    if length <= WORDS_MAX {
        return Ok(());
    }
    let why = format!(
        "it has {length} characters, and at most {WORDS_MAX} are taken; say it shorter, or name where more stands"
    );
    Err(Problem::field(pointer, why))
}

/// Whether data of a request can be taken.
///
/// # Errors
/// It is too large, and how large it may be.
pub fn data(pointer: &str, json: &str) -> Result<(), Problem> {
    if json.len() <= DATA_MAX {
        return Ok(());
    }
    let why = format!(
        "it has {} bytes of JSON, and at most {DATA_MAX} are taken; send a reference instead",
        json.len()
    );
    Err(Problem::field(pointer, why))
}

fn fault(path: &serde_path_to_error::Path, error: &serde_json::Error) -> FieldProblem {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.clone(),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
    }
    let mut detail = error.to_string();
    if let Some(end) = detail.find(" at line ") {
        detail.truncate(end);
    }
    // Serde names a missing key only in its message.
    if let Some(name) = detail.strip_prefix("missing field `").and_then(|d| d.strip_suffix('`')) {
        pointer = format!("{pointer}/{name}");
        detail = "it is missing".to_owned();
    }
    FieldProblem { pointer, detail }
}

/// Prompt values, as they came.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Fields(#[schemars(with = "BTreeMap<String, Json>")] Box<RawValue>);

impl Default for Fields {
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl Fields {
    /// The values as the engine reads them: numbers that a float could not keep are decimal strings.
    ///
    /// # Errors
    /// No object, a name twice, or a number that nothing can keep.
    pub fn exact(&self) -> Result<BTreeMap<String, Json>, Problem> {
        let text = self.0.get();
        data("/fields", text)?;
        let bad = |why: String| Problem::field("/fields", why);
        let value = flow_bundle::json::parse(text.as_bytes()).map_err(|e| bad(e.to_string()))?;
        match payload::to_json(&value) {
            Json::Null => Ok(BTreeMap::new()),
            Json::Object(fields) => Ok(fields.into_iter().collect()),
            Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
                Err(bad("it is an object: names and values".to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[expect(dead_code, reason = "only how it is read is looked at")]
        flow: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only how it is read is looked at")]
        lines: Vec<Line>,
        #[serde(default)]
        fields: Fields,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[expect(dead_code, reason = "only how it is read is looked at")]
        count: u8,
    }

    #[test]
    fn a_fault_is_pointed_at() {
        for (body, pointer, want) in [
            ("", "/flow", "it is missing"),
            (r#"{"flow":1}"#, "/flow", "invalid type: integer `1`, expected a string"),
            (r#"{"flow":"f","x":1}"#, "/x", "unknown field `x`"),
            (
                r#"{"flow":"f","lines":[{"count":1},{"count":"a"}]}"#,
                "/lines/1/count",
                "expected u8",
            ),
        ] {
            let problem = read::<Order>(body.as_bytes()).unwrap_err();
            assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, pointer));
            assert!(problem.errors[0].detail.contains(want), "{:?}", problem.errors);
        }
        for body in ["{", "[]x", "nonsense", r#"{"flow":"f"} more"#] {
            assert_eq!(read::<Order>(body.as_bytes()).unwrap_err().status / 100, 4, "{body}");
        }
    }

    #[test]
    fn numbers_stay_exact() {
        let body = r#"{"flow":"f","fields":{"a":0.1,"b":12345678901234567.123456789,
            "c":[1,1e3],"d":{"e":-7},"f":"0.10","g":true,"h":null}}"#;
        let order: Order = read(body.as_bytes()).unwrap();
        assert_eq!(
            json!(order.fields.exact().unwrap()),
            json!({ "a": "0.1", "b": "12345678901234567.123456789", "c": [1, 1000],
                    "d": { "e": -7 }, "f": "0.10", "g": true, "h": null })
        );
        for bad in [format!("{{\"a\":1{}}}", "0".repeat(40)), r#"{"a":1,"a":2}"#.into(), "7".into()]
        {
            let order: Order =
                read(format!(r#"{{"flow":"f","fields":{bad}}}"#).as_bytes()).unwrap();
            assert_eq!(order.fields.exact().unwrap_err().errors[0].pointer, "/fields", "{bad}");
        }
    }
}
