//! Values for variables: `-var`, `-var-file`, the environment; the first of them wins.
//!
//! Two values for one variable at one strength are refused, for nobody could say which was meant.
//! A name that no `variable` block declares is refused too, except in the environment, where other
//! programs may leave what they like.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use flow_lang::compile::Given;
use flow_lang::{Parsed, flowvars, suggest};

use crate::args::Values as Wanted;

/// Values by name, beside who gave them.
type Values = BTreeMap<String, (Given, String)>;

/// What the names of variables in the environment start with.
const PREFIX: &str = "FLOW_VAR_";

/// The value of each variable that has one, but for defaults.
///
/// # Errors
/// When a value cannot be read, has no variable, or stands twice at one strength.
pub fn collect(
    input: &Wanted,
    parsed: &Parsed<'_>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, Given>> {
    let environment = from_environment(environment);
    let mut given = from_files(&input.files)?;
    given.extend(from_arguments(&input.variables)?);
    let declared: Vec<String> =
        parsed.variables().into_iter().map(|variable| variable.name).collect();
    if let Some((name, (_, origin))) = given.iter().find(|(name, _)| !declared.contains(name)) {
        let near = suggest::nearest(name, declared.iter().map(String::as_str));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        bail!("{origin} gives a value to `{name}`, and the module has no such variable{hint}");
    }
    let mut values: BTreeMap<String, Given> =
        environment.into_iter().filter(|(name, _)| declared.contains(name)).collect();
    values.extend(given.into_iter().map(|(name, (given, _))| (name, given)));
    Ok(values)
}

fn from_environment(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> BTreeMap<String, Given> {
    environment
        .into_iter()
        .filter_map(|(name, value)| {
            let name = name.to_str()?.strip_prefix(PREFIX)?.to_owned();
            Some((name, Given::Text(value.into_string().ok()?)))
        })
        .collect()
}

fn from_files(files: &[std::path::PathBuf]) -> Result<Values> {
    let mut values = Values::new();
    for path in files {
        let origin = format!("`{}`", path.display());
        let text = read(path)?;
        for (name, json) in from_file(path, &text)? {
            add(&mut values, name, Given::Json(json), origin.clone())?;
        }
    }
    Ok(values)
}

fn from_file(path: &Path, text: &str) -> Result<BTreeMap<String, serde_json::Value>> {
    let shown = path.display();
    if path.extension().is_some_and(|extension| extension == "json") {
        return serde_json::from_str(text)
            .with_context(|| format!("`{shown}` holds no JSON object of values"));
    }
    flowvars::read(&shown.to_string(), text).map_err(|report| anyhow!("{}", report.trim_end()))
}

fn from_arguments(arguments: &[String]) -> Result<Values> {
    let mut values = Values::new();
    for argument in arguments {
        let Some((name, value)) = argument.split_once('=').filter(|(name, _)| !name.is_empty())
        else {
            bail!("`-var {argument}`: write `-var name=value`, or `-var name=@file`");
        };
        let text = match value.strip_prefix('@') {
            Some(path) => {
                let text = read(Path::new(path))?;
                text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)
            }
            None => value.to_owned(),
        };
        add(&mut values, name.to_owned(), Given::Text(text), "`-var`".to_owned())?;
    }
    Ok(values)
}

fn add(values: &mut Values, name: String, given: Given, origin: String) -> Result<()> {
    if let Some((_, first)) = values.get(&name) {
        if *first == origin {
            bail!("{origin} gives two values to `{name}`");
        }
        bail!("{first} and {origin} both give a value to `{name}`");
    }
    values.insert(name, (given, origin));
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values as text, or the refusal.
    fn collected(
        variables: &[&str],
        files: &[(&str, &str)],
        environment: &[(&str, &str)],
    ) -> String {
        let scratch = tempfile::tempdir().unwrap();
        let path = |name: &str| scratch.path().join(name);
        for (name, text) in files {
            fs::write(path(name), text).unwrap();
        }
        let mut sources = flow_lang::Sources::new();
        sources.add("m.flow.hcl", b"variable \"alpha\" {\n}\nvariable \"beta\" {\n}\n");
        let here = scratch.path().display().to_string();
        let input = Wanted {
            variables: variables.iter().map(|v| v.replace('@', &format!("@{here}/"))).collect(),
            files: files.iter().filter(|(n, _)| n.contains('.')).map(|(n, _)| path(n)).collect(),
        };
        let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
        match collect(&input, &Parsed::of(&sources), environment) {
            Ok(values) => format!("{values:?}"),
            Err(error) => format!("{error:#}").replace(&here, ""),
        }
    }

    #[test]
    fn the_strongest_value_wins() {
        let env = [("FLOW_VAR_alpha", "e"), ("FLOW_VAR_beta", "e"), ("FLOW_VAR_other", "x")];
        let file = [("x.flowvars", "alpha = \"f\"\n")];
        assert_eq!(
            collected(&["alpha=v=w"], &file, &env),
            r#"{"alpha": Text("v=w"), "beta": Text("e")}"#
        );
        assert_eq!(
            collected(&[], &file, &env),
            r#"{"alpha": Json(String("f")), "beta": Text("e")}"#
        );
        assert_eq!(
            collected(&[], &[("x.json", r#"{"beta": [1, true]}"#)], &[]),
            r#"{"beta": Json(Array [Number(1), Bool(true)])}"#
        );
        assert_eq!(collected(&["alpha=@f"], &[("f", "a\nb\n")], &[]), r#"{"alpha": Text("a\nb")}"#);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (variables, files, expected) in [
            (vec!["alpha=1", "alpha=2"], vec![], "`-var` gives two values to `alpha`"),
            (vec!["alpha"], vec![], "`-var alpha`: write `-var name=value`, or `-var name=@file`"),
            (
                vec!["alhpa=1"],
                vec![],
                "`-var` gives a value to `alhpa`, and the module has no such variable; did you \
                 mean `alpha`?",
            ),
            (
                vec![],
                vec![("a.flowvars", "alpha = 1\n"), ("b.json", "{\"alpha\": 2}")],
                "`/a.flowvars` and `/b.json` both give a value to `alpha`",
            ),
            (
                vec![],
                vec![("a.json", "[1]")],
                "`/a.json` holds no JSON object of values: invalid type: sequence, expected a map \
                 at line 1 column 0",
            ),
        ] {
            assert_eq!(collected(&variables, &files, &[]), expected);
        }
        let told = collected(&[], &[("a.flowvars", "alpha = lower(\"X\")\n")], &[]);
        assert!(told.contains("a.flowvars:1:9") && told.contains("B111"), "{told}");
        let told = collected(&["alpha=@none"], &[], &[]);
        assert!(told.starts_with("cannot read `/none`: No such file"), "{told}");
    }
}
