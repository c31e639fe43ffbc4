//! Completes an example of a page to a module.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostics;
use crate::source::Sources;
use crate::syntax::parse;
use crate::syntax::tree::{Body, Item};

const BASE: &str = include_str!("../../data/pages.flow.hcl");

/// Blocks that stand in a flow: an example that writes one means the flow of the base.
const FLOW_PARTS: [&str; 6] = ["prompt", "permissions", "hook", "approval", "break_glass", "grant"];

/// The files of a module that an example means. A line `# file: path` starts another file.
pub(super) fn complete(example: &str) -> Sources {
    let mut files = example.split("# file: ");
    let mut sources = of_root(files.next().unwrap());
    for file in files {
        let (path, text) = file.split_once('\n').unwrap();
        if path == "flow.lock" {
            sources.set_lock(text);
        } else {
            sources.add(path, text.as_bytes());
        }
    }
    sources
}

fn of_root(example: &str) -> Sources {
    let base = items(BASE);
    let parts = items(example);
    let own: BTreeSet<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let is_flow_part = |name: &str| {
        let kind = name.split(' ').next().unwrap();
        FLOW_PARTS.contains(&kind) || kind.ends_with('=')
    };
    let mut sources = Sources::new();
    let flow_parts: Vec<&str> = parts
        .iter()
        .filter(|(name, _)| is_flow_part(name))
        .map(|(_, text)| text.as_str())
        .collect();
    let has_flow = parts.iter().any(|(name, _)| name.starts_with("flow "));
    let mut text = String::new();
    for (name, block) in &base {
        if own.contains(name.as_str()) || (has_flow && name == "flow demo") {
            continue;
        }
        if name == "flow demo" {
            let inner = block.split_once('{').unwrap().1.trim_end().strip_suffix('}').unwrap();
            text.push_str("flow \"demo\" {\n");
            for (name, part) in items(inner) {
                if !own.contains(name.as_str()) {
                    text.push_str(&format!("{part}\n"));
                }
            }
            text.push_str(&format!("{}\n}}\n", flow_parts.join("\n")));
        } else {
            text.push_str(&format!("{block}\n"));
        }
    }
    sources.add("base.flow.hcl", text.as_bytes());
    if flow_parts.is_empty() {
        sources.add("example.flow.hcl", example.as_bytes());
    } else {
        let rest = parts.iter().filter(|(name, _)| !is_flow_part(name));
        let rest: Vec<&str> = rest.map(|(_, text)| text.as_str()).collect();
        sources.add("example.flow.hcl", format!("{}\n", rest.join("\n")).as_bytes());
    }
    sources
}

/// The items of a text by kind and labels; an attribute's name ends in `=`.
fn items(text: &str) -> Vec<(String, String)> {
    let mut sources = Sources::new();
    sources.add("text", text.as_bytes());
    let files = parse(&sources, &mut Diagnostics::new());
    let body: &Body = &files[0].body;
    body.items
        .iter()
        .map(|item| match item {
            Item::Attribute(a) => (format!("{}=", a.name.text), sources.text(a.span).to_owned()),
            Item::Block(b) => {
                let labels = b.labels.iter().map(|label| label.text.as_str());
                // There is one bundle, whatever it is called.
                let labels = labels.filter(|_| b.kind.text != "bundle");
                let name: Vec<&str> = std::iter::once(b.kind.text.as_str()).chain(labels).collect();
                (name.join(" "), sources.text(b.span).to_owned())
            }
        })
        .collect()
}
