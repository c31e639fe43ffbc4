//! One input, formatted: stable, and with the same meaning.

use flow_lang::{Diagnostics, Options, Sources, compile, fmt};

/// What is wrong with the layout of a text, if it has one.
#[must_use]
pub fn fault(bytes: &[u8], options: &Options) -> Option<String> {
    let mut sources = Sources::new();
    let file = sources.add("main.flow.hcl", bytes);
    let formatted = fmt::file(&sources, file, &mut Diagnostics::new())?;
    if fmt::text(&formatted) != formatted {
        return Some("its layout is not stable".to_owned());
    }
    let changed = meaning(bytes, options) != meaning(formatted.as_bytes(), options);
    changed.then(|| "its layout means something else".to_owned())
}

/// The codes that are told, and the hash of what is built. Formatting takes a byte-order mark away.
fn meaning(bytes: &[u8], options: &Options) -> (Vec<&'static str>, Option<String>) {
    let mut sources = Sources::new();
    sources.add("main.flow.hcl", bytes);
    let done = compile(&sources, options);
    let ids = done.diagnostics.iter().map(|d| d.code.id);
    let mut codes: Vec<_> = ids.filter(|id| *id != "X005").collect();
    codes.sort_unstable();
    (codes, done.bundle.map(|bundle| bundle.content_hash.to_string()))
}
