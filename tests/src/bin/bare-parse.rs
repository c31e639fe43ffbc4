//! The bare parse of files by the HCL parser and nothing else: the floor for `flowc check`.

use anyhow::{Context, Result, anyhow};

fn main() -> Result<()> {
    let mut blocks = 0;
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let body: hcl_edit::structure::Body = text.parse().map_err(|e| anyhow!("{path}: {e}"))?;
        blocks += body.blocks().count();
    }
    println!("{blocks} blocks");
    Ok(())
}
