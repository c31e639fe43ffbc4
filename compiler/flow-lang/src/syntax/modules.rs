//! Which modules a file names, without reading the rest of it.
//!
//! The files of a project are gathered before any of them is compiled, so only the `module` blocks
//! are parsed here, and a file without one costs a search.

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, SourceFile};

use super::parse::parse_piece;
use super::parse_file;
use super::tree::{Block, Body, ExprKind};

/// The `source` and the `version` of a `module` block, as plain texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// `source`.
    pub source: String,
    /// `version`.
    pub version: Option<String>,
}

/// The modules that a file names.
#[must_use]
pub fn modules(id: FileId, file: &SourceFile) -> Vec<Named> {
    let text = file.text.as_str();
    let mut named = Vec::new();
    let mut ignored = Diagnostics::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let is_module = line
            .trim_start_matches('\u{feff}')
            .trim_start()
            .strip_prefix("module")
            .is_some_and(|rest| rest.starts_with([' ', '\t', '"']));
        if !is_module {
            continue;
        }
        match piece(id, text, start, &mut ignored) {
            Some(body) => named.extend(body.blocks().filter_map(name)),
            None => {
                let whole = parse_file(id, file, &mut ignored);
                return whole.body.blocks_of("module").filter_map(name).collect();
            }
        }
    }
    named
}

/// The block that starts at `start` and ends with a line that starts with `}`.
fn piece(id: FileId, text: &str, start: usize, ignored: &mut Diagnostics) -> Option<Body> {
    let mut end = start;
    for (number, line) in text.get(start..)?.split_inclusive('\n').enumerate() {
        end += line.len();
        if (number == 0 && line.contains('}')) || line.starts_with('}') {
            if let Ok(body) = parse_piece(id, text, start..end, ignored, &mut Vec::new()) {
                return Some(body);
            }
            if number > 0 {
                return None;
            }
        }
    }
    None
}

fn name(block: &Block) -> Option<Named> {
    let text = |name: &str| match &block.body.attribute(name)?.expr.kind {
        ExprKind::String(text) => Some(text.value.clone()),
        _ => None,
    };
    let source = text("source").filter(|_| block.kind.text == "module")?;
    Some(Named { source, version: text("version") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn of(text: &str) -> Vec<String> {
        let mut sources = Sources::new();
        let id = sources.add("m", text.as_bytes());
        modules(id, sources.file(id).unwrap()).into_iter().map(|n| n.source).collect()
    }

    #[test]
    fn modules_are_found_whatever_stands_around_them() {
        let one = "module \"a\" { source = \"./a\" }\n";
        let two = "module \"b\" {\n  x = { a = 1\n}\n  source = \"./b\"\n}\n";
        let three = "  module \"c\" {\n    source = \"./c\"\n  }\n";
        assert_eq!(of(one), ["./a"]);
        assert_eq!(of(two), ["./b"]);
        assert_eq!(of(three), ["./c"]);
        assert_eq!(of(&format!("flow \"x\" {{\n}}\n{one}{two}")), ["./a", "./b"]);
        assert_eq!(of(&format!("flow \"x\" {{\n  = \n}}\n{one}")), ["./a"]);
        assert_eq!(of("# module of ours\nflow \"x\" {\n}\n"), Vec::<String>::new());
    }
}
