//! Types as the tables of connectors write them: `list(object({ id = string, at = timestamp? }))`.
//!
//! The same text that [`Type`] prints as, without enums and `optional`; a single `T` stands for the
//! type that the author declares.

use super::Type;

/// Whether the text holds the variable `T`.
#[must_use]
pub fn holds_variable(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == "T")
}

/// The type that is written there; `declared` stands for `T`.
#[must_use]
pub fn parse(text: &str, declared: Option<&Type>) -> Option<Type> {
    let text = text.trim();
    if let Some(inner) = text.strip_suffix('?') {
        return parse(inner, declared).map(Type::nullable);
    }
    if text == "T" {
        return declared.cloned();
    }
    let Some((word, inner)) = text.strip_suffix(')').and_then(|t| t.split_once('(')) else {
        return Type::plain(text);
    };
    match word {
        "list" => parse(inner, declared).map(Type::list),
        "map" => parse(inner, declared).map(|t| Type::Map(Box::new(t))),
        "object" => {
            let inner = inner.trim().strip_prefix('{')?.strip_suffix('}')?;
            let attributes = split_top(inner)
                .into_iter()
                .map(|part| {
                    let (name, ty) = part.split_once('=')?;
                    Some((name.trim(), parse(ty, declared)?))
                })
                .collect::<Option<Vec<_>>>()?;
            Some(Type::object(attributes))
        }
        _ => None,
    }
}

/// Splits at commas where no bracket is open.
fn split_top(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_read_as_it_is_printed() {
        for text in [
            "bool",
            "string?",
            "list(user)",
            "object({ on_call = bool, until = timestamp? })",
            "list(object({ at = timestamp, id = string }))?",
        ] {
            assert_eq!(parse(text, None).unwrap().to_string(), text);
        }
        assert_eq!(parse("map(T)", Some(&Type::Json)).unwrap().to_string(), "map(json)");
        assert!(holds_variable("object({ profile = T })") && !holds_variable("list(Type)"));
        for bad in ["nothing", "list(", "object({ a })", "T"] {
            assert_eq!(parse(bad, None), None, "{bad}");
        }
    }
}
