//! What everything of a deployment is called.
//!
//! A dot stands before every number, and deployments have no dots: so no deployment's second role
//! is another deployment's first.

use crate::cloud::Home;
use crate::pack::Slot;

/// Tag that says which deployment a thing belongs to.
pub const TAG_DEPLOYMENT: &str = "flow:deployment";
/// Tag that says which bundle was granted last.
pub const TAG_BUNDLE: &str = "flow:bundle";
/// Tags that begin so are ours.
pub const TAG_PREFIX: &str = "flow:";
/// Name of a role's inline policy.
pub const INLINE: &str = "invoke";

/// Names of a deployment's roles and policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Name of the first role.
    pub base: String,
    /// Begins and ends with `/`.
    pub path: String,
}

impl Names {
    /// Of a deployment.
    pub fn new(prefix: &str, deployment: &str, path: &str) -> Self {
        Self { base: format!("{prefix}{deployment}"), path: path.to_owned() }
    }

    /// Name of a role; the first is 1.
    pub fn role(&self, number: usize) -> String {
        if number <= 1 { self.base.clone() } else { format!("{}.{number}", self.base) }
    }

    /// ARN of a role.
    pub fn role_arn(&self, home: &Home, number: usize) -> String {
        let Home { partition, account } = home;
        format!("arn:{partition}:iam::{account}:role{}{}", self.path, self.role(number))
    }

    /// Name of a slot's policy.
    pub fn policy(&self, slot: Slot) -> String {
        match slot.policy {
            0 => INLINE.to_owned(),
            policy => format!("{}.{}.{policy:02}", self.base, slot.role),
        }
    }

    /// ARN of a slot's policy; an inline one has none.
    pub fn policy_arn(&self, home: &Home, slot: Slot) -> Option<String> {
        let Home { partition, account } = home;
        let (path, name) = (&self.path, self.policy(slot));
        (slot.policy > 0).then(|| format!("arn:{partition}:iam::{account}:policy{path}{name}"))
    }

    /// Name of the inline policy that lets the daemon's principal become the roles.
    pub fn assume_policy(&self) -> String {
        format!("{}.assume", self.base)
    }

    /// The number of a role with this name.
    pub fn role_number(&self, role: &str) -> Option<usize> {
        if role == self.base {
            return Some(1);
        }
        role.strip_prefix(&self.base)?.strip_prefix('.')?.parse().ok().filter(|n| *n > 1)
    }

    /// The slot of a policy with this name on a role with this name.
    pub fn slot(&self, role: &str, policy: &str) -> Option<Slot> {
        let role = self.role_number(role)?;
        if policy == INLINE {
            return Some(Slot { role, policy: 0 });
        }
        let numbers = policy.strip_prefix(&self.base)?.strip_prefix('.')?;
        let (of_role, policy) = numbers.split_once('.')?;
        let slot = Slot { role, policy: policy.parse().ok()? };
        (of_role.parse() == Ok(role) && slot.policy > 0).then_some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;
    use crate::cloud::Home;
    use crate::pack::Slot;

    #[test]
    fn names_lead_back_to_their_slots() {
        let names = Names::new("flow-", "prod", "/flow/");
        let home = Home { partition: "aws-cn".to_owned(), account: "123456789012".to_owned() };
        for (slot, role, policy, arn) in [
            (Slot { role: 1, policy: 0 }, "flow-prod", "invoke", None),
            (
                Slot { role: 1, policy: 3 },
                "flow-prod",
                "flow-prod.1.03",
                Some("arn:aws-cn:iam::123456789012:policy/flow/flow-prod.1.03"),
            ),
            (
                Slot { role: 12, policy: 10 },
                "flow-prod.12",
                "flow-prod.12.10",
                Some("arn:aws-cn:iam::123456789012:policy/flow/flow-prod.12.10"),
            ),
        ] {
            assert_eq!((names.role(slot.role), names.policy(slot)), (role.into(), policy.into()));
            assert_eq!(names.policy_arn(&home, slot).as_deref(), arn);
            assert_eq!(names.slot(role, policy), Some(slot));
        }
        assert_eq!(names.role_arn(&home, 2), "arn:aws-cn:iam::123456789012:role/flow/flow-prod.2");
        for stranger in ["other", "flow-prod-2", "flow-prod.x", "flow-prod.1", "flow-prod.0"] {
            assert_eq!(names.role_number(stranger), None, "{stranger}");
        }
        for stranger in ["ReadOnlyAccess", "flow-prod.2.01", "flow-prod.1.00", "flow-prod.1.x"] {
            assert_eq!(names.slot("flow-prod", stranger), None, "{stranger}");
        }
    }
}
