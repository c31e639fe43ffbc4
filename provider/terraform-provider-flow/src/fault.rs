//! What IAM refused, in words that name the missing permission and the statement that gives it.

use flow_aws::{Failure, Kind};
use serde_json::json;
use tfplugin::Diagnostic;

/// What was tried when something failed.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// In words: `make the role`.
    pub what: &'a str,
    /// The IAM actions that it takes.
    pub actions: &'a [&'a str],
    /// What they act on.
    pub resource: &'a str,
    /// The attribute that it is done for.
    pub attribute: &'a str,
}

/// The failure of a step.
pub fn of(step: Step<'_>, failure: &Failure) -> Diagnostic {
    let Step { what, actions, resource, attribute } = step;
    let summary = format!("Can't {what}");
    let detail = match failure.kind {
        Kind::AccessDenied => {
            let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
            format!(
                "the principal that runs Terraform is not allowed to: {}. It needs this \
                 statement:\n\n{statement:#}",
                sentence(failure)
            )
        }
        Kind::AlreadyExists => format!(
            "`{resource}` is there already: {}; import it, or choose another `name_prefix`",
            sentence(failure)
        ),
        Kind::Quota => {
            format!("a quota of the account is used up: {}; ask AWS to raise it", sentence(failure))
        }
        _ => format!("{resource}: {}", sentence(failure)),
    };
    Diagnostic::error(summary, detail).at_attribute(attribute)
}

/// A failure in one sentence without a final stop.
pub fn sentence(failure: &Failure) -> String {
    let message = failure.message.trim_end_matches(['.', '\n']);
    match &failure.code {
        Some(code) if !message.contains(code.as_str()) => format!("{message} ({code})"),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use flow_aws::{Failure, Kind};

    use super::{Step, of};

    #[test]
    fn a_denied_step_names_the_statement_that_allows_it() {
        let failure = Failure {
            kind: Kind::AccessDenied,
            code: Some("AccessDenied".to_owned()),
            message: "you shall not.".to_owned(),
            request_id: None,
        };
        let step = Step {
            what: "make the role",
            actions: &["iam:CreateRole"],
            resource: "arn:r",
            attribute: "deployment",
        };
        let said = of(step, &failure);
        assert_eq!(said.summary, "Can't make the role");
        let detail = "the principal that runs Terraform is not allowed to: you shall not \
                      (AccessDenied). It needs this statement:\n\n{\n  \"Action\": [\n    \
                      \"iam:CreateRole\"\n  ],\n  \"Effect\": \"Allow\",\n  \"Resource\": \
                      \"arn:r\"\n}";
        assert_eq!(said.detail, detail);
    }
}
