//! `flowc schema`: the structure of the language as a JSON Schema.

use super::Answer;

/// Prints the schema; the same bytes each time.
pub fn run() -> Answer {
    Answer { text: format!("{:#}\n", flow_lang::structure::json_schema()), code: 0 }
}
