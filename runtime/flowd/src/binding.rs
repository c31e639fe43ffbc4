//! The binding that Terraform writes: which role calls which function.
//!
//! Roles are not in the bundle: whoever writes flows cannot choose one.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// Which role calls which function.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Binding {
    /// The deployment's name; part of the id of every grant, so it never changes.
    pub deployment: String,
    /// What the roles' trust asks for.
    pub external_id: String,
    /// The roles.
    pub roles: Vec<Role>,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Role {
    /// Its ARN.
    pub role_arn: String,
    /// The functions that it may call, each exactly as it is called.
    pub function_arns: BTreeSet<String>,
}

impl Binding {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not there or has not the form that `flow_invoke_grant` outputs.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the binding `{}`", path.display()))?;
        Self::parse(&text).with_context(|| {
            format!(
                "`{}` is no binding: write the output `binding` of `flow_invoke_grant` there, with `terraform output -json`",
                path.display()
            )
        })
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        // `terraform output -json binding` gives the value, `jsonencode` a string that holds it.
        let binding: Self = match serde_json::from_str::<String>(text) {
            Ok(inner) => serde_json::from_str(&inner)?,
            Err(_) => serde_json::from_str(text)?,
        };
        ensure!(!binding.deployment.is_empty(), "`deployment` is empty");
        ensure!(!binding.external_id.is_empty(), "`external_id` is empty");
        Ok(binding)
    }

    /// The role that calls this function.
    #[must_use]
    pub fn role_of(&self, function_arn: &str) -> Option<&str> {
        self.roles
            .iter()
            .find(|role| role.function_arns.contains(function_arn))
            .map(|role| role.role_arn.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_found_by_the_function_exactly_as_it_is_called() {
        let text = r#"{"deployment":"prod","external_id":"x","roles":[
            {"role_arn":"r1","function_arns":["a"]},{"role_arn":"r2","function_arns":["a:live"]}]}"#;
        let binding = Binding::parse(text).unwrap();
        assert_eq!(binding, Binding::parse(&serde_json::to_string(text).unwrap()).unwrap());
        for (arn, want) in [("a", Some("r1")), ("a:live", Some("r2")), ("a:", None), ("", None)] {
            assert_eq!(binding.role_of(arn), want);
        }
        assert!(Binding::parse(r#"{"deployment":"","external_id":"x","roles":[]}"#).is_err());
        assert!(Binding::parse("[]").is_err());
    }
}
