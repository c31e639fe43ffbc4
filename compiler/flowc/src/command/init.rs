//! `flowc init [DIR] --template NAME`: a module to start from.
//!
//! To add a template: a folder in `templates/` with `main.flow.hcl` and `example.flowvars`, its row
//! below. A test checks and builds each.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use flow_lang::suggest;

use super::Answer;
use crate::disk;

/// A module to start from.
struct Template {
    name: &'static str,
    /// What it does, in one line.
    line: &'static str,
    flow: &'static str,
    values: &'static str,
    /// A first scenario, where there is one.
    test: Option<&'static str>,
}

macro_rules! template {
    ($name:literal, $line:literal) => {
        Template {
            name: $name,
            line: $line,
            flow: include_str!(concat!("../../templates/", $name, "/main.flow.hcl")),
            values: include_str!(concat!("../../templates/", $name, "/example.flowvars")),
            test: None,
        }
    };
    ($name:literal, $line:literal, tested) => {
        Template {
            test: Some(include_str!(concat!("../../templates/", $name, "/main.flowtest.hcl"))),
            ..template!($name, $line)
        }
    };
}

static TEMPLATES: [Template; 6] = [
    template!("approval-only", "people decide, nothing is granted", tested),
    template!("aws-lambda", "people decide, a Lambda function gives the access and takes it back"),
    template!("http", "people decide, a service of your own gives the access and takes it back"),
    template!("okta-group", "people decide, Okta takes somebody into a group for a while"),
    template!("aws-sso", "people decide, IAM Identity Center assigns a permission set for a while"),
    template!("on-call", "whoever is on call has it at once, people decide about everybody else"),
];

/// Writes a template's files, or lists the templates where none is named.
///
/// # Errors
/// When there is no such template, a file is there already, or one cannot be written.
pub fn run(directory: &Path, name: Option<&str>) -> Result<Answer> {
    let Some(name) = name else { return Ok(Answer { text: list(), code: 0 }) };
    let Some(template) = TEMPLATES.iter().find(|template| template.name == name) else {
        let near = suggest::nearest(name, TEMPLATES.iter().map(|template| template.name));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        bail!(
            "there is no template `{name}`; {}",
            hint.unwrap_or_else(|| "`flowc init` lists them".to_owned())
        );
    };
    let shown = directory.display().to_string();
    let test = template.test.map(|text| ("main.flowtest.hcl", text.to_owned()));
    let files: Vec<(&str, String)> = [
        ("main.flow.hcl", template.flow.to_owned()),
        ("example.flowvars", template.values.to_owned()),
        ("README.md", readme(template)),
    ]
    .into_iter()
    .chain(test)
    .collect();
    if let Some((file, _)) = files.iter().find(|(file, _)| directory.join(file).exists()) {
        bail!("`{}` is there already; nothing was written", directory.join(file).display());
    }
    fs::create_dir_all(directory).with_context(|| format!("cannot make `{shown}`"))?;
    let mut ready = Vec::new();
    for (file, text) in &files {
        ready.push(disk::prepare(&directory.join(file), text)?);
    }
    ready.into_iter().try_for_each(disk::Ready::place)?;
    let mut text = String::new();
    for (file, _) in &files {
        text.push_str(&format!("{} written\n", directory.join(file).display()));
    }
    text.push_str(&format!(
        "\nnext: put your own values into example.flowvars, then\n  \
         flowc check {shown} -var-file {}\n",
        directory.join("example.flowvars").display()
    ));
    Ok(Answer { text, code: 0 })
}

fn list() -> String {
    let mut text = "choose one by `--template`\n".to_owned();
    for template in &TEMPLATES {
        text.push_str(&format!("  {:<14} {}\n", template.name, template.line));
    }
    text
}

fn readme(template: &Template) -> String {
    format!(
        "# {}\n\nWhat it does: {}. The flow and what it means stand in `main.flow.hcl`, the values of its variables \
         in\n`example.flowvars`: put your own there.\n\n```sh\nflowc check . -var-file example.flowvars\nflowc \
         graph . -var-file example.flowvars --format svg -o flow.svg\nflowc reach . -var-file example.flowvars\n\
         flowc build . -var-file example.flowvars -o flow.bundle.json\n```\n\n`flowc explain WHAT` tells what a \
         block, an attribute, a function or a code means.\n",
        template.name, template.line
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_listed() {
        assert!(TEMPLATES.iter().all(|template| list().contains(template.line)));
    }
}
