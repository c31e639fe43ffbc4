//! IAM, the account and its quotas, as the resources see them.
//!
//! The account and the quotas are asked for once, when first needed: reading a bundle needs neither.

use flow_aws::iam::{Iam, Quotas};
use flow_aws::sts::Sts;
use flow_aws::{Aws, Failure};
use tokio::sync::OnceCell;

use crate::arn;

/// What the provider is configured to reach.
pub struct Cloud {
    /// The verbs.
    pub iam: Iam,
    sts: Sts,
    home: OnceCell<Home>,
    quotas: OnceCell<Quotas>,
}

/// Where everything is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: String,
    /// Twelve digits.
    pub account: String,
}

impl Cloud {
    /// Makes no request.
    pub fn new(aws: &Aws) -> Self {
        let (home, quotas) = (OnceCell::new(), OnceCell::new());
        Self { iam: Iam::new(aws), sts: Sts::new(aws), home, quotas }
    }

    /// The account of Terraform's own principal.
    pub async fn home(&self) -> Result<&Home, Failure> {
        let ask = async || {
            let identity = self.sts.caller_identity().await?;
            let partition = arn::partition(&identity.arn).unwrap_or("aws").to_owned();
            Ok(Home { partition, account: identity.account })
        };
        self.home.get_or_try_init(ask).await
    }

    /// The account's quotas. Terraform's principal may be denied the question; then a new
    /// account's quotas are assumed, and IAM itself refuses what exceeds them.
    pub async fn quotas(&self) -> Quotas {
        let ask = async || self.iam.quotas().await.unwrap_or_default();
        *self.quotas.get_or_init(ask).await
    }
}
