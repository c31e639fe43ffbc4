//! `flowc graph DIR|BUNDLE`: a flow as a drawing.

use std::path::Path;

use anyhow::{Result, bail};

use super::{Answer, bundle, flow_named};
use crate::args::{Built, GraphFormat};
use crate::{disk, draw};

/// Draws one flow, or all of them.
///
/// # Errors
/// What cannot be read or written, and a flow that is not there.
pub fn run(
    built: &Built,
    flow: Option<&str>,
    format: GraphFormat,
    output: Option<&Path>,
) -> Result<Answer> {
    let file = match bundle(built)? {
        Ok(file) => file,
        Err(found) => return Ok(found),
    };
    let flows = &file.bundle.flows;
    if let Some(name) = flow {
        flow_named(&file.bundle, name)?;
    }
    let stories: Vec<draw::Story> = flows
        .iter()
        .filter(|(name, _)| flow.is_none_or(|wanted| wanted == *name))
        .map(|(name, flow)| draw::story(&file.bundle, name, flow))
        .collect();
    if stories.is_empty() {
        bail!("`{}` has no flow to draw", built.path.display());
    }
    let text = match format {
        GraphFormat::Mermaid => draw::mermaid(&stories),
        GraphFormat::Svg => draw::svg(&stories),
    };
    let Some(output) = output else { return Ok(Answer { text, code: 0 }) };
    disk::put(output, &text)?;
    Ok(Answer { text: format!("{} written\n", output.display()), code: 0 })
}
