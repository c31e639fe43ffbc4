//! Who am I, and becoming a role.

use std::time::{Duration, SystemTime};

use crate::config::Aws;
use crate::credentials::Credentials;
use crate::failure::Failure;

/// Shortest session that AWS gives, and the one that the daemon asks for.
pub const SESSION: Duration = Duration::from_secs(900);

/// The security token service of the configured region.
#[derive(Debug, Clone)]
pub struct Sts(aws_sdk_sts::Client);

/// Which role to become, and how narrowly.
#[derive(Debug, Clone)]
pub struct AssumeRole<'a> {
    /// The role's ARN.
    pub role_arn: &'a str,
    /// Has to equal `sts:ExternalId` of the trust policy.
    pub external_id: Option<&'a str>,
    /// 2 to 64 of `[\w+=,.@-]`; stands in CloudTrail.
    pub session_name: &'a str,
    /// A policy document that narrows the session; at most 2,048 characters.
    pub session_policy: Option<&'a str>,
    /// From 900 s to the role's own limit.
    pub duration: Duration,
}

/// Who signs the requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// ARN of a user, or of a role's session.
    pub arn: String,
}

impl Sts {
    /// A client of the configured region; makes no request.
    #[must_use]
    pub fn new(aws: &Aws) -> Self {
        let mut config = aws_sdk_sts::config::Builder::from(&aws.sdk);
        if let Some(url) = &aws.endpoints.sts {
            config = config.endpoint_url(url);
        }
        Self(aws_sdk_sts::Client::from_conf(config.build()))
    }

    /// Becomes a role.
    ///
    /// # Errors
    /// [`crate::Kind::AccessDenied`] when the trust, the `ExternalId` or the caller's own policy refuses.
    pub async fn assume_role(&self, role: AssumeRole<'_>) -> Result<Credentials, Failure> {
        let duration_s = i32::try_from(role.duration.as_secs()).unwrap_or(i32::MAX);
        let answer = self
            .0
            .assume_role()
            .role_arn(role.role_arn)
            .role_session_name(role.session_name)
            .set_external_id(role.external_id.map(str::to_owned))
            .set_policy(role.session_policy.map(str::to_owned))
            .duration_seconds(duration_s)
            .send()
            .await
            .map_err(|error| Failure::of(&error))?;
        let keys = answer.credentials().ok_or_else(|| half_answer("no credentials"))?;
        let expires_at = SystemTime::try_from(*keys.expiration())
            .map_err(|_| half_answer("an end that is no time"))?;
        Ok(Credentials::session(
            keys.access_key_id(),
            keys.secret_access_key(),
            keys.session_token(),
            expires_at,
        ))
    }

    /// Who signs the requests of this configuration. AWS allows this call to everybody.
    ///
    /// # Errors
    /// When no credentials are there, or STS can't be reached.
    pub async fn caller_identity(&self) -> Result<Identity, Failure> {
        let answer =
            self.0.get_caller_identity().send().await.map_err(|error| Failure::of(&error))?;
        Ok(Identity {
            account: answer.account().unwrap_or_default().to_owned(),
            arn: answer.arn().unwrap_or_default().to_owned(),
        })
    }
}

fn half_answer(what: &str) -> Failure {
    Failure::unknown(format!("STS answered with {what}"))
}
