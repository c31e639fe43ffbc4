//! The texts that are read: every file and fence of the house, and what chance makes of them.
#![allow(clippy::disallowed_methods, reason = "a test reads the files of the house")]

use std::fs;
use std::path::Path;

use crate::{code, page};

/// Files, fences of the pages, cases of the data.
pub(super) fn files() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    let mut folders = vec![root.join("data"), root.join("../../examples")];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "hcl" || e == "flowvars") {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    let pages = code::ALL.iter().filter_map(|code| page::find(*code));
    let spec = fs::read_to_string(root.join("../spec.md")).unwrap();
    for page in pages.map(str::to_owned).chain([spec]) {
        let fences = page.split("\n```").skip(1).step_by(2);
        texts.extend(fences.filter(|f| f.starts_with("hcl")).filter_map(fence));
    }
    let cases = include_str!("../../../data/syntax.txt").split("=== ").skip(1);
    texts.extend(cases.filter_map(fence).map(|case| case.split("\n---\n").next().unwrap().into()));
    texts.extend(FORMS.map(str::to_owned));
    texts
}

fn fence(text: &str) -> Option<String> {
    Some(text.split_once('\n')?.1.to_owned() + "\n")
}

/// Every form of the grammar, in few words.
pub(super) const FORMS: [&str; 12] = [
    "a = -1.5e+3 + - 2 * !b.c[0][*].d.* % x[\"k\"] / (y\n - z)\n",
    "a = b ? c : d ? e == f && g || h : i >= j\n",
    "a = [\n  1, # one\n  f(x, y...), /* two */\n  a::b::c(\n    1,\n  ),\n]\n",
    "a = { b = 1, \"c\" : 2, (d) = 3, e.f = 4\n  5 = 6 // seven\n  \"${g}\" = 8 }\n",
    "a = [for x in xs : x if y]\nb = {for k, v in m : k => v... if k != \"\"}\n",
    "a \"b\" c \"d\\t\\u00e9\" {\n  e {}\n  f { g = 1 }\n}\n\n/* x\n*/ h {\n}\n",
    "a = \"$${b} %%{c} $ % $$ %% \\\" \\\\ ${d}${\"e${f}\"}\"\n",
    "a = <<EOT\n b ${c}\n\n $${d} \\n\n  EOT\nb = [<<-E\n    c\n      d\n    E\n  , 1]\n",
    "a = \"%{ if b ~}c%{ else }d%{~ endif }%{ for k, v in m }${v}%{ endfor }\"\n",
    "a = <<-EOT\n  %{ if b }\n  c\n  %{ else ~}\n  d\n  %{ endif }\n  EOT\n",
    "é = ñ-1 + x\u{301}y\n_ = __\n",
    "a = 1\r\nb {\r\n  c = [\r\n    2\r\n  ]\r\n}\r\n",
];

/// Signs and words that chance puts in.
const TOKENS: [&str; 40] = [
    "(", ")", "[", "]", "{", "}", "\"", "${", "%{", "~}", "=", "==", "=>", ",", ".", "...", "*",
    "-", "!", "?", ":", "::", "<", "&&", "|", "/", "/*", "*/", "#", "//", "\n", " ", "\\",
    "<<EOT\n", "0", "1e9", "for ", "in", "if ", "x",
];

/// Texts with one or two changes each, by a number that stays the same.
pub(super) fn mutated(seeds: &[&str], count: usize) -> impl Iterator<Item = String> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut below = move |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % (end.max(1) as u64)).unwrap()
    };
    (0..count).map(move |_| {
        let mut text = seeds[below(seeds.len())].to_owned();
        for _ in 0..=below(2) {
            let places: Vec<usize> =
                text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let at = below(places.len());
            let (start, end) = (places[at], places[(at + 1 + below(4)).min(places.len() - 1)]);
            match below(4) {
                0 => text.replace_range(start..end.max(start), ""),
                1 => text = format!("{}{}", &text[..end.max(start)], &text[start..]),
                2 => text.replace_range(start..end.max(start), TOKENS[below(TOKENS.len())]),
                _ => text.insert_str(start, TOKENS[below(TOKENS.len())]),
            }
        }
        text
    })
}
