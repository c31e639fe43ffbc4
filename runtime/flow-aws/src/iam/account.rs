//! What the account allows.

use aws_sdk_iam::types::SummaryKeyType;

use super::{Iam, read};
use crate::failure::Failure;

/// How large policies may be and how many a role may have. Sizes are in characters, white space
/// not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// All inline policies of one role together.
    pub inline_size: usize,
    /// One managed policy.
    pub managed_size: usize,
    /// Managed policies on one role.
    pub attached_max: usize,
    /// Roles of the whole account; absent: it does not say.
    pub roles: Option<Stock>,
    /// Managed policies of the whole account, its own ones; absent: it does not say.
    pub policies: Option<Stock>,
}

/// How many of something an account has, and may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    /// That it has.
    pub used: usize,
    /// That it may have.
    pub max: usize,
}

impl Stock {
    /// How many more it may have.
    #[must_use]
    pub const fn free(self) -> usize {
        self.max.saturating_sub(self.used)
    }
}

impl Default for Quotas {
    /// What a new account has: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
    fn default() -> Self {
        let (roles, policies) = (None, None);
        Self { inline_size: 10_240, managed_size: 6_144, attached_max: 10, roles, policies }
    }
}

impl Iam {
    /// The account's quotas; where it does not say, a new account's.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn quotas(&self) -> Result<Quotas, Failure> {
        let answer = read(self.0.get_account_summary().send().await)?;
        let count = |key: SummaryKeyType| {
            let value = answer.summary_map().and_then(|map| map.get(&key)).copied();
            value.and_then(|value| usize::try_from(value).ok())
        };
        let said = |key| count(key).filter(|value| *value > 0);
        let stock = |used, max| Some(Stock { used: count(used)?, max: said(max)? });
        let usual = Quotas::default();
        Ok(Quotas {
            inline_size: said(SummaryKeyType::RolePolicySizeQuota).unwrap_or(usual.inline_size),
            managed_size: said(SummaryKeyType::PolicySizeQuota).unwrap_or(usual.managed_size),
            attached_max: said(SummaryKeyType::AttachedPoliciesPerRoleQuota)
                .unwrap_or(usual.attached_max),
            roles: stock(SummaryKeyType::Roles, SummaryKeyType::RolesQuota),
            policies: stock(SummaryKeyType::Policies, SummaryKeyType::PoliciesQuota),
        })
    }
}
