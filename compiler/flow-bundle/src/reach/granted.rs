//! What strategies grant: groups, permission sets, repositories and teams, each by its id, or by a
//! pattern where a request fills it in.

use std::collections::{BTreeMap, BTreeSet};

use super::{ReachError, fixed, list};
use crate::bound::{Bound, bound};
use crate::bundle::{Flow, GithubReach, MemberReach, PermissionSetReach, Reach, Strategy, Target};
use crate::expr::Expr;

/// One id, or a pattern of ids. Sorted by the text, whichever it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Which {
    text: String,
    is_pattern: bool,
}

impl Which {
    fn id(text: String) -> Self {
        Self { text, is_pattern: false }
    }

    fn pattern(text: String) -> Self {
        Self { text, is_pattern: true }
    }

    fn split(self) -> (Option<String>, Option<String>) {
        if self.is_pattern { (None, Some(self.text)) } else { (Some(self.text), None) }
    }
}

/// Kinds of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GroupKind {
    Okta,
    AwsIam,
    AwsSso,
}

type Uses = BTreeSet<String>;

/// What was found so far.
#[derive(Default)]
pub(super) struct Granted {
    groups: BTreeMap<(GroupKind, Which, String, &'static str), Uses>,
    sets: BTreeMap<(String, Which, String, String), Uses>,
    github: BTreeMap<(&'static str, Which, String), Uses>,
}

/// One target of a strategy that flows grant.
pub(super) struct Grant<'b> {
    pub strategy: &'b Strategy,
    pub target: &'b Target,
    /// IR path of the target.
    pub path: String,
    /// The flows that grant it.
    pub flows: &'b [&'b Flow],
    pub uses: &'b [String],
}

impl Granted {
    /// A group whose members are read; `*`: whichever a person is in.
    pub fn reads(&mut self, kind: GroupKind, id: &str, integration: &str, path: String) {
        let which = if id == "*" { Which::pattern } else { Which::id };
        let key = (kind, which(id.to_owned()), integration.to_owned(), "read");
        self.groups.entry(key).or_default().insert(path);
    }

    /// A target; true where its type is one of those that are kept here.
    pub fn add(&mut self, grant: &Grant<'_>) -> Result<bool, ReachError> {
        let integration = grant.strategy.integration.clone();
        let uses = || grant.uses.iter().cloned();
        let group = |kind| (kind, "write");
        let (kind, access) = match grant.target.kind.as_str() {
            "okta_group" => group(GroupKind::Okta),
            "aws_sso_group" => group(GroupKind::AwsSso),
            "aws_iam_group" => {
                for which in grant.which("group")? {
                    let key = (GroupKind::AwsIam, which, integration.clone(), "write");
                    self.groups.entry(key).or_default().extend(uses());
                }
                return Ok(true);
            }
            "aws_sso_permission_set" => {
                let (at, expr) = grant.setting("permission_set_arn")?;
                let arn = fixed(&at, expr)?;
                let instance = grant.strategy.instance_arn.clone().unwrap_or_default();
                for which in grant.which("account_id")? {
                    let key = (arn.clone(), which, instance.clone(), integration.clone());
                    self.sets.entry(key).or_default().extend(uses());
                }
                return Ok(true);
            }
            "github_repo" | "github_team" => {
                let is_repo = grant.target.kind == "github_repo";
                let kind = if is_repo { "repo" } else { "team" };
                for which in grant.which(kind)? {
                    let key = (kind, which, integration.clone());
                    self.github.entry(key).or_default().extend(uses());
                }
                return Ok(true);
            }
            // What it means is said by the strategy's calls.
            "http" => return Ok(true),
            _ => return Ok(false),
        };
        for which in grant.which("group_id")? {
            let key = (kind, which, integration.clone(), access);
            self.groups.entry(key).or_default().extend(uses());
        }
        Ok(true)
    }

    pub fn into_reach(self, reach: &mut Reach) {
        for ((kind, which, integration, access), uses) in self.groups {
            let (id, pattern) = which.split();
            let access = access.to_owned();
            let found = MemberReach { id, pattern, integration, access, uses: list(uses) };
            match kind {
                GroupKind::Okta => reach.okta_group.push(found),
                GroupKind::AwsIam => reach.aws_iam_group.push(found),
                GroupKind::AwsSso => reach.aws_sso_group.push(found),
            }
        }
        for ((permission_set_arn, which, instance_arn, integration), uses) in self.sets {
            let (account_id, pattern) = which.split();
            let uses = list(uses);
            reach.aws_sso_permission_set.push(PermissionSetReach {
                permission_set_arn,
                account_id,
                pattern,
                instance_arn,
                integration,
                uses,
            });
        }
        for ((kind, which, integration), uses) in self.github {
            let (name, pattern) = which.split();
            let kind = kind.to_owned();
            reach.github.push(GithubReach { kind, name, pattern, integration, uses: list(uses) });
        }
    }
}

impl Grant<'_> {
    pub fn setting(&self, key: &str) -> Result<(String, &Expr), ReachError> {
        let at = format!("{}.settings.{key}", self.path);
        match self.target.settings.get(key) {
            Some(expr) => Ok((at, expr)),
            None => Err(ReachError { path: at, message: "is missing".to_owned() }),
        }
    }

    /// What a setting can be in the flows that grant the target.
    fn which(&self, key: &str) -> Result<BTreeSet<Which>, ReachError> {
        let (at, expr) = self.setting(key)?;
        let mut all = BTreeSet::new();
        for flow in self.flows {
            match bound(expr, &flow.fields, self.target.each_of.as_ref()) {
                Ok(Bound::Values(values)) => all.extend(values.into_iter().map(Which::id)),
                Ok(Bound::Pattern(pattern)) => drop(all.insert(Which::pattern(pattern))),
                Err(free) => {
                    let message = format!(
                        "`{}` can be anything, so what is granted is not bounded",
                        free.what
                    );
                    return Err(ReachError { path: at, message });
                }
            }
        }
        Ok(all)
    }
}
