//! Roles: who may become them, their boundary and their tags.

use aws_sdk_iam::types::Role as SdkRole;

use super::{Iam, Tags, decoded, read, sdk_tags};
use crate::failure::Failure;

/// A role as IAM knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its ARN, path included.
    pub arn: String,
    /// Its name, unique in the account whatever the path.
    pub name: String,
    /// Begins and ends with `/`.
    pub path: String,
    /// The trust policy, as it was written.
    pub trust_policy: String,
    /// ARN of the boundary, if any.
    pub permissions_boundary_arn: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A role to be made.
#[derive(Debug, Clone)]
pub struct NewRole<'a> {
    /// At most 64 of `[\w+=,.@-]`.
    pub name: &'a str,
    /// Begins and ends with `/`.
    pub path: &'a str,
    /// For people.
    pub description: &'a str,
    /// Who may become it.
    pub trust_policy: &'a str,
    /// ARN of the boundary.
    pub permissions_boundary_arn: Option<&'a str>,
    /// Longest session, from 3600 s.
    pub session_max_s: i32,
    /// Its tags.
    pub tags: &'a Tags,
}

impl Iam {
    /// Makes a role.
    ///
    /// # Errors
    /// See [`crate::Kind`]; [`crate::Kind::Invalid`] also while a fresh principal in the trust
    /// policy is not yet known everywhere.
    pub async fn create_role(&self, role: NewRole<'_>) -> Result<Role, Failure> {
        let answer = self
            .0
            .create_role()
            .role_name(role.name)
            .path(role.path)
            .description(role.description)
            .assume_role_policy_document(role.trust_policy)
            .set_permissions_boundary(role.permissions_boundary_arn.map(str::to_owned))
            .max_session_duration(role.session_max_s)
            .set_tags(sdk_tags(role.tags)?)
            .send()
            .await;
        read(answer)?.role().map(role_of).ok_or_else(|| Failure::unknown("no role".to_owned()))
    }

    /// Reads a role; `None` when it is not there.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn role(&self, name: &str) -> Result<Option<Role>, Failure> {
        match read(self.0.get_role().role_name(name).send().await) {
            Ok(answer) => Ok(answer.role().map(role_of)),
            Err(failure) if failure.not_found() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Replaces the trust policy.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn set_trust(&self, role: &str, document: &str) -> Result<(), Failure> {
        let call = self.0.update_assume_role_policy().role_name(role).policy_document(document);
        read(call.send().await).map(drop)
    }

    /// Sets or removes the permissions boundary.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn set_boundary(&self, role: &str, arn: Option<&str>) -> Result<(), Failure> {
        match arn {
            Some(arn) => {
                let call = self.0.put_role_permissions_boundary().role_name(role);
                read(call.permissions_boundary(arn).send().await).map(drop)
            }
            None => {
                let call = self.0.delete_role_permissions_boundary().role_name(role);
                read(call.send().await).map(drop)
            }
        }
    }

    /// Makes the tags of a role equal to `to`, given that they are `from`.
    ///
    /// # Errors
    /// See [`crate::Kind`].
    pub async fn set_role_tags(&self, role: &str, from: &Tags, to: &Tags) -> Result<(), Failure> {
        let gone: Vec<String> = from.keys().filter(|key| !to.contains_key(*key)).cloned().collect();
        if !gone.is_empty() {
            read(self.0.untag_role().role_name(role).set_tag_keys(Some(gone)).send().await)?;
        }
        let new: Tags = to
            .iter()
            .filter(|(key, value)| from.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        match sdk_tags(&new)? {
            None => Ok(()),
            some => read(self.0.tag_role().role_name(role).set_tags(some).send().await).map(drop),
        }
    }

    /// Deletes a role without policies; fine when it is not there.
    ///
    /// # Errors
    /// See [`crate::Kind`]; [`crate::Kind::Conflict`] while policies are left.
    pub async fn delete_role(&self, name: &str) -> Result<(), Failure> {
        match read(self.0.delete_role().role_name(name).send().await) {
            Err(failure) if !failure.not_found() => Err(failure),
            _ => Ok(()),
        }
    }
}

fn role_of(role: &SdkRole) -> Role {
    Role {
        arn: role.arn().to_owned(),
        name: role.role_name().to_owned(),
        path: role.path().to_owned(),
        trust_policy: role.assume_role_policy_document().map(decoded).unwrap_or_default(),
        permissions_boundary_arn: role
            .permissions_boundary()
            .and_then(|boundary| boundary.permissions_boundary_arn())
            .map(str::to_owned),
        tags: role
            .tags()
            .iter()
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect(),
    }
}
