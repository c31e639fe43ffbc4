//! `flowd transitions`: what each event means in each phase of a request, as the engine decides it.
//!
//! `runtime/README.md` holds the same text; `FLOW_UPDATE=1` writes it there anew.

use std::io::Write;

use flow_engine::transition::table;

/// Prints the table.
///
/// # Errors
/// It cannot be written.
pub fn run(out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all(table::print().as_bytes())
}

#[cfg(test)]
mod tests {
    const BEGIN: &str = "<!-- flowd transitions -->\n```\n";
    const END: &str = "```\n<!-- end -->\n";

    #[test]
    fn the_readme_holds_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let mut table = Vec::new();
        super::run(&mut table).unwrap();
        let table = String::from_utf8(table).unwrap();
        let (before, rest) = readme.split_once(BEGIN).expect("where the table begins");
        let (found, after) = rest.split_once(END).expect("where the table ends");
        if std::env::var_os("FLOW_UPDATE").is_some() {
            std::fs::write(path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
            return;
        }
        assert_eq!(found, table, "runtime/README.md is old: write it again with FLOW_UPDATE=1");
    }
}
