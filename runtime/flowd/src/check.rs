//! `flowd config check`: what `serve` would say of its configuration, without serving.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::admit::admit;
use crate::binding::Binding;
use crate::config::{Config, ServeArgs};
use crate::envelope;
use crate::load::{LoadError, Upload, parse};
use crate::secret::Secrets;

/// What is checked.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    /// A bundle that is to be served under it.
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// The binding that Terraform wrote.
    #[arg(long)]
    binding: Option<PathBuf>,
    /// As with `serve --dev`.
    #[arg(long)]
    dev: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Checked {
    /// What was looked at and is right.
    good: Vec<String>,
    /// What the people who run this should know.
    notes: Vec<String>,
    /// What `serve` would refuse.
    pub refusals: Vec<String>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [("ok", &self.good), ("note", &self.notes), ("refused", &self.refusals)];
        for (word, sentences) in all {
            sentences.iter().try_for_each(|sentence| writeln!(f, "{word:<9}{sentence}"))?;
        }
        Ok(())
    }
}

/// Checks the configuration, each secret's source, and what of a bundle does not need the database:
/// people that it names are not looked up.
pub fn check(args: &CheckArgs, at: Timestamp) -> Checked {
    let mut found = Checked::default();
    let serve = ServeArgs {
        config: Some(args.config.clone()),
        bundle: args.bundle.clone(),
        binding: args.binding.clone(),
        dev: args.dev,
        ..ServeArgs::default()
    };
    let config = match Config::read(&serve) {
        Ok(config) => config,
        Err(error) => {
            found.refusals.push(format!("{error:#}"));
            return found;
        }
    };
    found.good.push(format!("`{}` can be read", args.config.display()));
    match Secrets::read(&config.secrets) {
        Ok(_) if config.secrets.is_empty() => {}
        Ok(_) => found.good.push(format!("{} secrets have a value", config.secrets.len())),
        Err(error) => found.refusals.push(format!("{error:#}")),
    }
    if config.unsigned && !config.dev {
        let why = "bundles without a signature are taken (`unsigned`): `/readyz` fails";
        found.notes.push(why.to_owned());
    }
    for key in &config.bundle_keys {
        match key.not_after {
            Some(end) if end <= at => found.notes.push(format!(
                "the time of bundle key {} ended at {end:.0}: it lets nothing in any more",
                key.id
            )),
            Some(_) | None => {}
        }
    }
    let binding = match config.binding.as_deref().map(Binding::read).transpose() {
        Ok(binding) => binding,
        Err(error) => {
            found.refusals.push(format!("{error:#}"));
            return found;
        }
    };
    if let Some(path) = &config.bundle {
        let shown = path.display().to_string();
        match Upload::read(path).and_then(|upload| bundle(&upload, &config, binding.as_ref(), at)) {
            Ok(notes) => {
                found.good.push(format!("`{shown}` can be served"));
                found.notes.extend(notes);
            }
            Err(error) => found.refusals.push(format!("`{shown}`: {error}")),
        }
    }
    found
}

fn bundle(
    upload: &Upload,
    config: &Config,
    binding: Option<&Binding>,
    at: Timestamp,
) -> Result<Vec<String>, LoadError> {
    let file = parse(&upload.text)?;
    let mut found = admit(&file.bundle, config, binding, &|_| true);
    let audience = config.deployment.as_deref().or(binding.map(|b| b.deployment.as_str()));
    let asked = envelope::Asked {
        text: &upload.text,
        bundle: file.content_hash,
        audience,
        last: None,
        served: false,
        at,
    };
    if let Err(why) = envelope::check(&asked, upload.signature.as_ref(), config) {
        found.refusals.extend(why);
    }
    if found.refusals.is_empty() {
        Ok(found.notes)
    } else {
        Err(LoadError::Refused(found.refusals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(config: &str, bundle: Option<&str>) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("flowd.toml"), config).unwrap();
        let args = CheckArgs {
            config: path("flowd.toml"),
            bundle: bundle.map(|text| {
                std::fs::write(path("b.json"), text).unwrap();
                path("b.json")
            }),
            binding: None,
            dev: false,
        };
        let at = "2026-01-05T09:00:00Z".parse().unwrap();
        check(&args, at).to_string().replace(&dir.path().display().to_string(), "DIR")
    }

    #[test]
    fn a_configuration_is_checked_without_serving() {
        assert_eq!(told("", None), "ok       `DIR/flowd.toml` can be read\n");
        let key = "public_key = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"";
        let ended = format!("[[bundle_keys]]\n{key}\nnot_after = \"2026-01-05T09:00:00Z\"");
        assert!(told(&ended, None).contains("note     the time of bundle key "));
        assert!(told("unsigned = true", None).contains("`/readyz` fails"));
        let refused = told("listen = \"0.0.0.0:80\"", None);
        assert!(
            refused.starts_with("refused  in the configuration `DIR/flowd.toml`: "),
            "{refused}"
        );
        let refused = told("[secrets.a]\nfile = \"/nowhere/a\"", None);
        assert!(refused.contains("refused  ") && refused.contains("/nowhere/a"), "{refused}");
        let refused = told("unsigned = true", Some("{}"));
        assert!(refused.contains("refused  `DIR/b.json`: "), "{refused}");
    }
}
