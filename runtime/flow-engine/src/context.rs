//! What lies outside a request and still decides about it.
//!
//! The daemon reads it in the same transaction and records it with the event, so that a request
//! folds again to the same state.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::Expr;
use flow_bundle::bundle::{Bundle, Flow};
use flow_bundle::digest::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::grant::Grant;
use crate::ids::PersonId;
use crate::person::Person;
use crate::state::Request;

/// The definition that a request keeps to its end.
#[derive(Debug, Clone, Copy)]
pub struct Pinned<'a> {
    /// The bundle that the request was opened with.
    pub bundle: &'a Bundle,
    /// Its hash.
    pub content_hash: Digest,
    /// The flow's address (`bundle.flows`' key).
    pub address: &'a str,
    /// The flow.
    pub flow: &'a Flow,
}

/// What lies outside a request, as it stood when the event was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The deployment's name.
    pub deployment: String,
    /// First part of every `srn` (`flow` unless configured).
    pub org: String,
    /// Counted up per flow address whenever the flow's hash changes, from 1.
    pub flow_version: u64,
    /// Whether the newest bundle has the flow and enables it.
    pub enabled: bool,
    /// Why nothing new begins, where an admin froze the flow or everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<String>,
    /// What the newest bundle says; absent: it is the pinned one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Newest>,
    /// Contents of outside groups, by address. One that is missing holds nobody.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, GroupContents>,
    /// The requester as the directory knows them now; absent: gone. For an asking, the one asked
    /// for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<Person>,
    /// Whoever is in [`crate::Request::deciders`], as the directory knows them now. One who is
    /// missing has no word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deciders: Vec<Person>,
    /// How many requests of the requester have not ended, this one not counted.
    #[serde(default)]
    pub open_requests: u32,
    /// The deployment's ceiling.
    #[serde(default)]
    pub limits: Limits,
    /// Grants of the requester in this deployment: all that are not absent, and all shared ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// The functions' own timeouts in seconds, by ARN, as far as known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub function_timeouts_s: BTreeMap<String, u64>,
    /// Who other people are on the other side, where access of theirs stands or may stand, as far
    /// as the flow's strategy asks for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<HeldIdentity>,
    /// The requester's ids in other services that a step kept (`identity_save`), by provider.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub saved_ids: BTreeMap<String, String>,
    /// How far the deployment's clock has ever been moved forward while the daemon ran, in seconds,
    /// as a sum that only grows. Time that was skipped is not time in which a call ended.
    #[serde(default)]
    pub jumped_s: u64,
}

/// What the newest bundle says. It can only narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest {
    /// Members of static groups by address. A group that is missing holds nobody any more.
    #[serde(default)]
    pub groups: BTreeMap<String, Vec<String>>,
    /// `permissions.decide` of the flow; absent: the flow is gone, and the pinned one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decide: Option<Expr>,
    /// `permissions.revoke` of the flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<Expr>,
    /// Addresses of all targets that it declares; absent: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<BTreeSet<String>>,
}

/// Who is in an outside group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupContents {
    /// Lower-case e-mail addresses. Empty where the question failed: nobody.
    pub members: Vec<String>,
    /// When it was asked.
    pub as_of: Timestamp,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// How a person is known on the other side while access of theirs stands there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeldIdentity {
    /// As in [`crate::state::Identity`].
    pub provider: String,
    /// The id there.
    pub id: String,
    /// Whose.
    pub person: PersonId,
    /// Their name.
    pub username: String,
}

impl HeldIdentity {
    /// Who a request's person is on the other side, where access of theirs stands or may stand.
    pub fn of(request: &Request) -> impl Iterator<Item = Self> + '_ {
        let accesses = request.owes_an_end().then_some(&request.accesses).into_iter().flatten();
        accesses.filter_map(|access| access.identity.as_ref()).map(|known| Self {
            provider: known.provider.clone(),
            id: known.id.clone(),
            person: request.requester.id,
            username: request.requester.username.clone(),
        })
    }
}

/// The deployment's ceiling. Absent: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Open requests of one person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_requests_max: Option<u32>,
    /// The longest grant, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_max_s: Option<u64>,
}

impl Context {
    /// The smallest context: nothing narrowed, nothing known.
    #[must_use]
    pub fn plain(deployment: &str, requester: Option<Person>) -> Self {
        Self {
            deployment: deployment.to_owned(),
            org: "flow".to_owned(),
            flow_version: 1,
            enabled: true,
            frozen: None,
            newest: None,
            groups: BTreeMap::new(),
            requester,
            deciders: Vec::new(),
            open_requests: 0,
            limits: Limits::default(),
            grants: Vec::new(),
            function_timeouts_s: BTreeMap::new(),
            identities: Vec::new(),
            saved_ids: BTreeMap::new(),
            jumped_s: 0,
        }
    }
}
