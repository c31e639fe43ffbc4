//! `flowc diff OLD NEW`: whether approval got weaker, flow by flow and in words.

use std::path::Path;

use anyhow::{Result, bail};
use flow_bundle::bundle::Bundle;
use flow_proof::diff;

use super::{Answer, bundle};
use crate::args::{Built, DiffFormat, Sides, Values, Versions};

/// Compares two bundles, or the modules of two directories.
///
/// # Errors
/// What cannot be read, or is no bundle.
pub fn run(versions: &Versions) -> Result<Answer> {
    let Sides { old_var, old_var_file, new_var, new_var_file } = versions.sides.clone();
    let old = Values { variables: old_var, files: old_var_file };
    let new = Values { variables: new_var, files: new_var_file };
    let old = side(&versions.old, &versions.values, old)?;
    let new = side(&versions.new, &versions.values, new)?;
    let found = diff(&old, &new);
    let text = match versions.format {
        DiffFormat::Human => found.to_text(),
        DiffFormat::Markdown => found.to_markdown(),
        DiffFormat::Json => {
            let weaker = serde_json::Value::from(found.is_weaker());
            let mut json = serde_json::to_value(&found)?;
            if let Some(object) = json.as_object_mut() {
                object.insert("weaker".to_owned(), weaker);
            }
            format!("{json:#}\n")
        }
    };
    Ok(Answer { text, code: u8::from(versions.deny_weaker && found.is_weaker()) })
}

/// What one side is: a bundle file, or what a directory compiles to with the values for both sides
/// and for this one.
fn side(path: &Path, both: &Values, own: Values) -> Result<Bundle> {
    let values = Values {
        variables: [both.variables.clone(), own.variables].concat(),
        files: [both.files.clone(), own.files].concat(),
    };
    match bundle(&Built { path: path.to_owned(), values })? {
        Ok(file) => Ok(file.bundle),
        Err(found) => bail!("`{}` does not compile:\n\n{}", path.display(), found.text),
    }
}
