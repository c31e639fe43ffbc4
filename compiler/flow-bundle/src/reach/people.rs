//! Who is looked up, and where.

use std::collections::{BTreeMap, BTreeSet};

use super::list;
use crate::bundle::{Identities, PeopleReach, Strategy};
use crate::catalog;

/// What was found so far: users by kind, id and integration.
#[derive(Default)]
pub(super) struct People(BTreeMap<(&'static str, String, String), BTreeSet<String>>);

impl People {
    pub fn asked(&mut self, kind: &'static str, id: &str, integration: &str, user: String) {
        let key = (kind, id.to_owned(), integration.to_owned());
        self.0.entry(key).or_default().insert(user);
    }

    /// The directories that know people's ids and managers. Any flow may have to ask them: who the
    /// requester is elsewhere is not said by the flow.
    pub fn directories(&mut self, identities: &Identities) {
        for (provider, source) in &identities.from {
            self.asked("user", "*", &source.integration, format!("identities.from.{provider}"));
        }
    }

    /// A strategy that finds the requester in the service itself, by e-mail address. One with an
    /// `identity` of its own says how, by its steps; IAM knows no e-mail addresses.
    pub fn of_strategy(&mut self, strategy: &Strategy, uses: &[String]) {
        let provider = catalog::strategy(&strategy.kind).and_then(|kind| kind.provider);
        if strategy.identity.is_some() || matches!(provider, None | Some("aws_iam")) {
            return;
        }
        for user in uses {
            self.asked("user", "*", &strategy.integration, user.clone());
        }
    }

    pub fn into_reach(self) -> Vec<PeopleReach> {
        let entry = |((kind, id, integration), uses): ((&str, _, _), _)| PeopleReach {
            kind: kind.to_owned(),
            id,
            integration,
            uses: list(uses),
        };
        self.0.into_iter().map(entry).collect()
    }
}
