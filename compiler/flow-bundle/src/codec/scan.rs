//! A look over JSON text before it is parsed: how deep it is, and where a byte stands.
//!
//! Text that is no JSON is no matter here: the parser will say so.

use crate::limits::BUNDLE_DEPTH;

/// What a look found.
pub(super) struct Scanned {
    /// Most brackets that were open at once; counting stops one above the limit.
    pub deepest: usize,
    /// Keys and indices of the place where the look ended, without the leading `bundle`.
    pub path: String,
}

/// A bracket that is open.
enum Open {
    Object { key: String, key_comes: bool },
    Array(usize),
}

/// Looks at the first `until` bytes.
pub(super) fn scan(bytes: &[u8], until: usize) -> Scanned {
    let mut open: Vec<Open> = Vec::new();
    let mut deepest = 0;
    let mut rest = bytes.iter().take(until);
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => {
                let text = string(&mut rest);
                if let Some(Open::Object { key, key_comes: key_comes @ true }) = open.last_mut() {
                    *key = String::from_utf8_lossy(&text).into_owned();
                    *key_comes = false;
                }
            }
            b',' => match open.last_mut() {
                Some(Open::Array(i)) => *i += 1,
                Some(Open::Object { key_comes, .. }) => *key_comes = true,
                None => {}
            },
            b'{' => open.push(Open::Object { key: String::new(), key_comes: true }),
            b'[' => open.push(Open::Array(0)),
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
        deepest = deepest.max(open.len());
        if deepest > BUNDLE_DEPTH {
            break;
        }
    }
    Scanned { deepest, path: path(&open) }
}

/// The rest of a string; escapes are skipped, not read.
fn string<'b>(rest: &mut impl Iterator<Item = &'b u8>) -> Vec<u8> {
    let mut text = Vec::new();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => break,
            b'\\' => text.extend(rest.next()),
            other => text.push(*other),
        }
    }
    text
}

fn path(open: &[Open]) -> String {
    let names = open.iter().filter_map(|o| match o {
        Open::Object { key, .. } => Some(key.clone()).filter(|k| !k.is_empty()),
        Open::Array(i) => Some(i.to_string()),
    });
    // Below this an expression or a type begins; its inner indices help nobody.
    let text = names.take(12).collect::<Vec<_>>().join(".");
    text.strip_prefix("bundle.").map(str::to_owned).unwrap_or(text)
}
