//! Policies of the account, and what they are attached to.

use aws_sdk_iam::types::PolicyVersion;

use super::{Iam, Tags, decoded, read, sdk_tags};
use crate::failure::Failure;

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its ARN, path included.
    pub arn: String,
    /// Its name.
    pub name: String,
}

impl Iam {
    /// Makes a managed policy and says its ARN.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn create_policy(
        &self,
        name: &str,
        path: &str,
        document: &str,
        tags: &Tags,
    ) -> Result<String, Failure> {
        let call = self.0.create_policy().policy_name(name).path(path).policy_document(document);
        let answer = read(call.set_tags(sdk_tags(tags)?).send().await)?;
        let arn = answer.policy().and_then(|policy| policy.arn());
        arn.map(str::to_owned).ok_or_else(|| Failure::unknown("no ARN".to_owned()))
    }

    /// The document that counts now; `None` when the policy is not there.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn policy(&self, arn: &str) -> Result<Option<String>, Failure> {
        match self.default_version(arn).await {
            Ok(document) => Ok(Some(document)),
            Err(failure) if failure.not_found() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn default_version(&self, arn: &str) -> Result<String, Failure> {
        let answer = read(self.0.get_policy().policy_arn(arn).send().await)?;
        let version = answer.policy().and_then(|p| p.default_version_id()).unwrap_or("v1");
        let call = self.0.get_policy_version().policy_arn(arn).version_id(version);
        let answer = read(call.send().await)?;
        Ok(answer.policy_version().and_then(|v| v.document()).map(decoded).unwrap_or_default())
    }

    /// Replaces the document. IAM keeps five versions, so the oldest goes first when they are full.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn set_policy(&self, arn: &str, document: &str) -> Result<(), Failure> {
        let versions = self.versions(arn).await?;
        if versions.len() >= VERSIONS_MAX
            && let Some(oldest) = oldest_unused(&versions)
        {
            self.delete_version(arn, oldest).await?;
        }
        let call = self.0.create_policy_version().policy_arn(arn).policy_document(document);
        read(call.set_as_default(true).send().await).map(drop)
    }

    /// Deletes a policy that is attached nowhere, versions first; fine when it is not there.
    ///
    /// # Errors
    /// See [`crate::Kind`]; [`crate::Kind::Conflict`] while it is attached.
    pub async fn delete_policy(&self, arn: &str) -> Result<(), Failure> {
        let gone = |answer: Result<(), Failure>| match answer {
            Err(failure) if !failure.not_found() => Err(failure),
            _ => Ok(()),
        };
        let versions = match self.versions(arn).await {
            Ok(versions) => versions,
            Err(failure) => return gone(Err(failure)),
        };
        for version in versions.iter().filter(|version| !version.is_default_version()) {
            gone(self.delete_version(arn, version.version_id().unwrap_or_default()).await)?;
        }
        gone(read(self.0.delete_policy().policy_arn(arn).send().await).map(drop))
    }

    /// What is attached to a role; empty when the role is not there.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn attached(&self, role: &str) -> Result<Vec<ManagedPolicy>, Failure> {
        let call = self.0.list_attached_role_policies().role_name(role);
        let mut pages = call.into_paginator().items().send();
        let mut policies = Vec::new();
        while let Some(policy) = pages.next().await {
            match read(policy) {
                Ok(policy) => policies.extend(named(policy.policy_arn(), policy.policy_name())),
                Err(failure) if failure.not_found() => return Ok(Vec::new()),
                Err(failure) => return Err(failure),
            }
        }
        Ok(policies)
    }

    /// Attaches a policy to a role; fine when it is attached.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn attach(&self, role: &str, policy_arn: &str) -> Result<(), Failure> {
        let call = self.0.attach_role_policy().role_name(role).policy_arn(policy_arn);
        read(call.send().await).map(drop)
    }

    /// Detaches a policy from a role; fine when it is not attached.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn detach(&self, role: &str, policy_arn: &str) -> Result<(), Failure> {
        let call = self.0.detach_role_policy().role_name(role).policy_arn(policy_arn);
        match read(call.send().await) {
            Err(failure) if !failure.not_found() => Err(failure),
            _ => Ok(()),
        }
    }

    async fn versions(&self, arn: &str) -> Result<Vec<PolicyVersion>, Failure> {
        let answer = read(self.0.list_policy_versions().policy_arn(arn).send().await)?;
        Ok(answer.versions().to_vec())
    }

    async fn delete_version(&self, arn: &str, version: &str) -> Result<(), Failure> {
        let call = self.0.delete_policy_version().policy_arn(arn).version_id(version);
        read(call.send().await).map(drop)
    }
}

/// IAM's quota of versions of one policy; it can't be raised.
const VERSIONS_MAX: usize = 5;

fn oldest_unused(versions: &[PolicyVersion]) -> Option<&str> {
    versions
        .iter()
        .filter(|version| !version.is_default_version())
        .min_by_key(|version| version.create_date().map(|date| (date.secs(), date.subsec_nanos())))
        .and_then(|version| version.version_id())
}

fn named(arn: Option<&str>, name: Option<&str>) -> Option<ManagedPolicy> {
    Some(ManagedPolicy { arn: arn?.to_owned(), name: name?.to_owned() })
}
