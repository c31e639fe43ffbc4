//! What the steps reach, kind by kind, and groups that live elsewhere.

use super::granted::GroupKind;
use super::{Found, ReachError, fixed};
use crate::bundle::{Bundle, Group, Step};
use crate::eval::{Scope, eval};
use crate::value::Value;

impl Found {
    /// A group whose members are read at each decision.
    pub(super) fn outside(&mut self, address: &str, group: &Group) {
        let (Some(from), Some(id)) = (group.from.as_deref(), &group.id) else { return };
        let integration = group.integration.clone().unwrap_or_default();
        let user = format!("groups.{address}");
        match from {
            "okta" => {
                self.granted.reads(GroupKind::Okta, id, &integration, user);
            }
            "aws_sso" => self.granted.reads(GroupKind::AwsSso, id, &integration, user),
            "pagerduty_schedule" => {
                let key = ("schedule", id.clone(), integration);
                self.pagerduty.entry(key).or_default().insert(user);
            }
            "slack_channel" => self.people.asked("channel", id, &integration, user),
            "slack_usergroup" => self.people.asked("usergroup", id, &integration, user),
            _ => {}
        }
    }

    pub(super) fn step(
        &mut self,
        bundle: &Bundle,
        path: &str,
        step: &Step,
    ) -> Result<(), ReachError> {
        let integration = step.integration.as_deref().unwrap_or_default();
        match step.kind.as_str() {
            "aws_lambda" => {
                let at = format!("{path}.args.function");
                let expr = step.args.get("function").ok_or_else(|| ReachError {
                    path: at.clone(),
                    message: "is missing".to_owned(),
                })?;
                self.function(&at, expr, integration, &[path.to_owned()])
            }
            "http" => self.call(bundle, path, &step.args, integration),
            "okta_group_members" => {
                let id = argument(step, path, "group_id")?.unwrap_or_default();
                self.okta_reads(id, integration, path);
                Ok(())
            }
            "okta_user_groups" => {
                self.okta_reads("*".to_owned(), integration, path);
                Ok(())
            }
            "pagerduty_on_call" | "pagerduty_users_on_call" => {
                let mut asked = ("on_call", "*".to_owned());
                for kind in ["schedule", "escalation_policy"] {
                    if let Some(id) = argument(step, path, kind)? {
                        asked = (kind, id);
                    }
                }
                self.pagerduty_reads(asked, integration, path);
                Ok(())
            }
            "pagerduty_incidents" => {
                for id in services(step, path)? {
                    self.pagerduty_reads(("service", id), integration, path);
                }
                Ok(())
            }
            "okta_user" | "slack_user" => {
                self.people.asked("user", "*", integration, path.to_owned());
                Ok(())
            }
            "slack_members" => self.slack_members(step, path, integration),
            // Nothing is asked, or what the daemon itself keeps; directories and groups that
            // `identity` and `is_member` ask are listed by their own names.
            "value" | "identity" | "identity_save" | "is_member" | "run_history" => Ok(()),
            other => {
                let message = format!("steps of kind `{other}` are not known");
                Err(ReachError { path: path.to_owned(), message })
            }
        }
    }

    fn slack_members(
        &mut self,
        step: &Step,
        path: &str,
        integration: &str,
    ) -> Result<(), ReachError> {
        if let Some(id) = argument(step, path, "usergroup")? {
            self.people.asked("usergroup", &id, integration, path.to_owned());
        }
        let Some(channel) = step.args.get("channel") else { return Ok(()) };
        let Ok(Value::Channel(name)) = eval(channel, &Scope::new()) else {
            let message = "must be a channel known at build".to_owned();
            return Err(ReachError { path: format!("{path}.args.channel"), message });
        };
        self.people.asked("channel", &name, integration, path.to_owned());
        Ok(())
    }

    fn okta_reads(&mut self, id: String, integration: &str, path: &str) {
        self.granted.reads(GroupKind::Okta, &id, integration, path.to_owned());
    }

    fn pagerduty_reads(
        &mut self,
        (kind, id): (&'static str, String),
        integration: &str,
        path: &str,
    ) {
        let key = (kind, id, integration.to_owned());
        self.pagerduty.entry(key).or_default().insert(path.to_owned());
    }
}

fn argument(step: &Step, path: &str, name: &str) -> Result<Option<String>, ReachError> {
    step.args.get(name).map(|e| fixed(&format!("{path}.args.{name}"), e)).transpose()
}

/// The services whose incidents are asked for; without a list, all.
fn services(step: &Step, path: &str) -> Result<Vec<String>, ReachError> {
    let Some(expr) = step.args.get("services") else { return Ok(vec!["*".to_owned()]) };
    let wrong = || ReachError {
        path: format!("{path}.args.services"),
        message: "must be a list of strings known at build".to_owned(),
    };
    let Ok(Value::List(items)) = eval(expr, &Scope::new()) else { return Err(wrong()) };
    items
        .into_iter()
        .map(|v| if let Value::String(id) = v { Ok(id) } else { Err(wrong()) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::STEPS;
    use crate::expr::Expr;

    #[test]
    fn every_kind_of_the_catalog_is_known_here() {
        for kind in STEPS {
            let step = Step {
                args: std::collections::BTreeMap::new(),
                idempotent: false,
                integration: kind.integration.map(|i| format!("{i}.main")),
                kind: kind.name.to_owned(),
                name: "x".to_owned(),
                on_error: crate::bundle::OnError::Fail,
                output: crate::types::Type::Json,
                reads: true,
                retry: None,
                timeout_s: crate::number::Seconds(10),
                when: Expr::Bool(true),
            };
            let bundle: Bundle = crate::testing::empty();
            let found = Found::default().step(&bundle, "x", &step);
            let message = found.err().map(|e| e.message).unwrap_or_default();
            assert!(!message.contains("not known"), "{}: {message}", kind.name);
        }
    }
}
