//! Policies that live inside a role or a user.

use super::{Iam, decoded, read};
use crate::failure::Failure;

/// Whom an inline policy belongs to, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A role.
    Role(String),
    /// A user.
    User(String),
}

impl Iam {
    /// Writes an inline policy, over the one of the same name.
    ///
    /// # Errors
    /// See [`crate::Kind`]; [`crate::Kind::Quota`] when all inline policies together are too large.
    pub async fn put_inline(
        &self,
        holder: &Holder,
        policy: &str,
        document: &str,
    ) -> Result<(), Failure> {
        match holder {
            Holder::Role(name) => {
                let call = self.0.put_role_policy().role_name(name).policy_name(policy);
                read(call.policy_document(document).send().await).map(drop)
            }
            Holder::User(name) => {
                let call = self.0.put_user_policy().user_name(name).policy_name(policy);
                read(call.policy_document(document).send().await).map(drop)
            }
        }
    }

    /// Reads an inline policy; `None` when it or its holder is not there.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn inline(&self, holder: &Holder, policy: &str) -> Result<Option<String>, Failure> {
        let answer = match holder {
            Holder::Role(name) => {
                let call = self.0.get_role_policy().role_name(name).policy_name(policy);
                read(call.send().await).map(|answer| decoded(answer.policy_document()))
            }
            Holder::User(name) => {
                let call = self.0.get_user_policy().user_name(name).policy_name(policy);
                read(call.send().await).map(|answer| decoded(answer.policy_document()))
            }
        };
        match answer {
            Err(failure) if failure.not_found() => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Names of the inline policies of a role; empty when the role is not there.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn inline_names(&self, role: &str) -> Result<Vec<String>, Failure> {
        let mut pages = self.0.list_role_policies().role_name(role).into_paginator().items().send();
        let mut names = Vec::new();
        while let Some(name) = pages.next().await {
            match read(name) {
                Ok(name) => names.push(name),
                Err(failure) if failure.not_found() => return Ok(Vec::new()),
                Err(failure) => return Err(failure),
            }
        }
        Ok(names)
    }

    /// Deletes an inline policy; fine when it is not there.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn delete_inline(&self, holder: &Holder, policy: &str) -> Result<(), Failure> {
        let answer = match holder {
            Holder::Role(name) => {
                let call = self.0.delete_role_policy().role_name(name).policy_name(policy);
                read(call.send().await).map(drop)
            }
            Holder::User(name) => {
                let call = self.0.delete_user_policy().user_name(name).policy_name(policy);
                read(call.send().await).map(drop)
            }
        };
        match answer {
            Err(failure) if !failure.not_found() => Err(failure),
            _ => Ok(()),
        }
    }
}
