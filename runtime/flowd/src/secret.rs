//! The values of secrets: read at the start, used by connectors, never printed.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context as _, ensure};

use crate::config::SecretSource;

/// What stands where a secret stood.
const REDACTED: &str = "[redacted]";
/// A value that is shorter would be cut out of innocent words.
const SHORTEST: usize = 8;

/// The values of secrets, by name.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Secrets {
    /// Reads every source.
    ///
    /// # Errors
    /// A source is not there, or holds less than eight characters.
    pub fn read(sources: &BTreeMap<String, SecretSource>) -> anyhow::Result<Self> {
        let mut values = BTreeMap::new();
        for (name, source) in sources {
            let value = match (&source.file, &source.env) {
                (Some(path), _) => std::fs::read_to_string(path).with_context(|| {
                    format!("`secrets.{name}`: cannot read `{}`", path.display())
                })?,
                (None, Some(variable)) => std::env::var(variable).with_context(|| {
                    format!("`secrets.{name}`: the variable `{variable}` is not set")
                })?,
                (None, None) => String::new(),
            };
            let value = value.strip_suffix('\n').unwrap_or(&value).to_owned();
            ensure!(
                value.len() >= SHORTEST,
                "`secrets.{name}` has fewer than {SHORTEST} characters: too short to be a secret"
            );
            values.insert(name.clone(), value);
        }
        Ok(Self(values))
    }

    /// The value of a secret.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The text without the value of any secret.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // The longest first: one that begins with another would leave its own rest.
        let mut values: Vec<&String> = self.0.values().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        for value in values {
            if text.contains(value) {
                text = text.replace(value, REDACTED);
            }
        }
        text
    }

    /// Something to write a log to, which passes no secret on. A line must come in one write.
    pub fn guard<W: Write>(&self, inner: W) -> Guarded<W> {
        Guarded { secrets: self.clone(), inner }
    }
}

/// A writer that passes no secret on.
pub struct Guarded<W> {
    secrets: Secrets,
    inner: W,
}

impl<W: Write> Write for Guarded<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = self.secrets.redact(&String::from_utf8_lossy(bytes));
        self.inner.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const CANARY: &str = "canary-5f1d9c";

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_canary_reaches_no_log_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        std::fs::write(&file, format!("{CANARY}\n")).unwrap();
        let source = SecretSource { file: Some(file), env: None, integrations: vec![] };
        let secrets = Secrets::read(&BTreeMap::from([("okta".to_owned(), source)])).unwrap();

        let lines = Lines::default();
        let (guard, to) = (secrets.clone(), lines.clone());
        let log = tracing_subscriber::fmt()
            .with_writer(move || guard.guard(to.clone()))
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(log, || {
            tracing::error!(body = %format!("Bearer {CANARY}"), "the answer was {CANARY} {secrets:?}");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains(REDACTED) && text.contains("okta"), "{text}");
        assert!(!text.contains(CANARY), "{text}");
        assert!(!format!("{secrets:?}").contains(CANARY));
    }

    #[test]
    fn a_secret_that_begins_with_another_leaves_nothing() {
        let values = [("a", "canary-5"), ("b", CANARY)];
        let secrets = Secrets(values.map(|(n, v)| (n.to_owned(), v.to_owned())).into());
        assert_eq!(secrets.redact(&format!("<{CANARY}>")), format!("<{REDACTED}>"));
    }

    #[test]
    fn a_source_that_is_not_there_is_named() {
        let source =
            SecretSource { file: Some("/nowhere/x".into()), env: None, integrations: vec![] };
        let error = Secrets::read(&BTreeMap::from([("okta".to_owned(), source)])).unwrap_err();
        assert_eq!(format!("{error}"), "`secrets.okta`: cannot read `/nowhere/x`");
    }
}
