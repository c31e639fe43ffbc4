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
}

impl Default for Quotas {
    /// What a new account has: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
    fn default() -> Self {
        Self { inline_size: 10_240, managed_size: 6_144, attached_max: 10 }
    }
}

impl Iam {
    /// The account's quotas; where it does not say, a new account's.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn quotas(&self) -> Result<Quotas, Failure> {
        let answer = read(self.0.get_account_summary().send().await)?;
        let said = |key: SummaryKeyType| {
            let value = answer.summary_map().and_then(|map| map.get(&key)).copied();
            value.and_then(|value| usize::try_from(value).ok()).filter(|value| *value > 0)
        };
        let usual = Quotas::default();
        Ok(Quotas {
            inline_size: said(SummaryKeyType::RolePolicySizeQuota).unwrap_or(usual.inline_size),
            managed_size: said(SummaryKeyType::PolicySizeQuota).unwrap_or(usual.managed_size),
            attached_max: said(SummaryKeyType::AttachedPoliciesPerRoleQuota)
                .unwrap_or(usual.attached_max),
        })
    }
}
