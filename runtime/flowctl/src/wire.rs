//! What the API answers, as far as it is shown. `--format json` passes the whole answer on, so
//! nothing is lost by leaving a key out here. The law is `runtime/flowd/openapi.v1.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::fault::Fault;

/// Reads an answer.
pub fn read<T: DeserializeOwned>(json: &Json) -> Result<T, Fault> {
    T::deserialize(json).map_err(|e| Fault::Strange(e.to_string()))
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default)]
    pub next: Option<String>,
}

/// What is frozen, and why.
#[derive(Debug, Deserialize)]
pub struct Freezing {
    /// Absent: every flow.
    #[serde(default)]
    pub flow: Option<String>,
    pub reason: String,
}

/// That a restored daemon goes on.
#[derive(Debug, Deserialize)]
pub struct Resumed {
    /// What people have to take back by hand.
    pub left: Vec<String>,
}

/// A person, as others see them.
#[derive(Debug, Clone, Deserialize)]
pub struct PersonRef {
    pub username: String,
}

/// A request in a list.
#[derive(Debug, Deserialize)]
pub struct Summary {
    pub id: String,
    pub flow: String,
    pub phase: String,
    #[serde(default)]
    pub outcome: Option<String>,
    #[serde(default)]
    pub stuck: bool,
    pub requester: PersonRef,
    #[serde(default)]
    pub targets: Vec<String>,
    pub created_at: Timestamp,
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    #[serde(default)]
    pub waiting: Vec<String>,
}

/// A request, whole.
#[derive(Debug, Deserialize)]
pub struct Request {
    #[serde(flatten)]
    pub summary: Summary,
    pub label: String,
    pub by: PersonRef,
    pub source: String,
    pub bundle: String,
    #[serde(default)]
    pub fields: BTreeMap<String, Json>,
    #[serde(default)]
    pub duration_s: Option<u64>,
    #[serde(default)]
    pub accesses: Vec<Access>,
    #[serde(default)]
    pub stages: Vec<Stage>,
    #[serde(default)]
    pub extensions: Vec<Extension>,
    #[serde(default)]
    pub error: Option<String>,
    #[serde(default)]
    pub denial: Option<Denial>,
    #[serde(default)]
    pub may: Vec<String>,
    /// The daemon runs in development mode.
    #[serde(default)]
    pub dev: bool,
    #[serde(default)]
    pub note: Option<String>,
    #[serde(default)]
    pub timeline: Vec<Moment>,
}

/// One target of a request.
#[derive(Debug, Deserialize)]
pub struct Access {
    #[serde(default)]
    pub identity: Option<Identity>,
}

/// Who the requester is on the other side.
#[derive(Debug, Deserialize)]
pub struct Identity {
    pub provider: String,
    pub id: String,
    pub rule: String,
}

/// A wish that access lasts longer.
#[derive(Debug, Deserialize)]
pub struct Extension {
    pub number: u32,
    pub duration_s: u64,
    pub until: Timestamp,
    pub state: String,
    #[serde(default)]
    pub reason: Option<String>,
}

/// One stage of a request.
#[derive(Debug, Deserialize)]
pub struct Stage {
    pub name: String,
    /// Of which extension it is; absent: of the request itself.
    #[serde(default)]
    pub extension: Option<u32>,
    pub state: String,
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub denied_by: Vec<PersonRef>,
    /// What people are shown, in the flow's own words.
    #[serde(default)]
    pub shown: Vec<String>,
    /// What a decision must carry.
    #[serde(default)]
    pub digest: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
}

impl Stage {
    /// Whether people are asked now.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

/// One rule of a stage.
#[derive(Debug, Deserialize)]
pub struct Rule {
    pub name: String,
    pub quorum: u64,
    pub approvers: String,
    #[serde(default)]
    pub approved_by: Vec<PersonRef>,
}

/// Who said no.
#[derive(Debug, Deserialize)]
pub struct Denial {
    #[serde(default)]
    pub by: Option<PersonRef>,
    #[serde(default)]
    pub reason: Option<String>,
}

/// One line of a request's history.
#[derive(Debug, Deserialize)]
pub struct Moment {
    pub at: Timestamp,
    pub what: String,
    #[serde(default)]
    pub who: Option<String>,
}

/// One person's access to one target.
#[derive(Debug, Deserialize)]
pub struct Grant {
    pub person: PersonRef,
    pub target: String,
    pub state: String,
    pub request: String,
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    #[serde(default)]
    pub approved_by: Vec<PersonRef>,
    #[serde(default)]
    pub automatic: Option<String>,
}

/// What the daemon told somebody.
#[derive(Debug, Deserialize)]
pub struct Message {
    pub at: Timestamp,
    pub to: String,
    pub text: String,
    #[serde(default)]
    pub dev: bool,
    #[serde(default)]
    pub facts: Vec<Fact>,
    #[serde(default)]
    pub request: Option<String>,
}

/// A label and a value.
#[derive(Debug, Deserialize)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// One audit record.
#[derive(Debug, Deserialize)]
pub struct AuditRecord {
    pub sequence: u64,
    pub at: Timestamp,
    pub actor: String,
    pub what: String,
    #[serde(default)]
    pub request: Option<String>,
    #[serde(default)]
    pub why: Option<String>,
}

/// A flow that may be asked for.
#[derive(Debug, Deserialize)]
pub struct Flow {
    pub name: String,
    pub label: String,
    #[serde(default)]
    pub description: Option<String>,
    pub enabled: bool,
    #[serde(default)]
    pub frozen: Option<String>,
    #[serde(default)]
    pub fields: Vec<Field>,
    #[serde(default)]
    pub max_duration_s: Option<u64>,
}

/// One field of a flow's form.
#[derive(Debug, Deserialize)]
pub struct Field {
    pub name: String,
    /// `list(string)`, `one of "a", "b"` …
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub required: Option<bool>,
    #[serde(default)]
    pub values: Vec<String>,
    #[serde(default)]
    pub help: Option<String>,
}

/// A person, as admins see them.
#[derive(Debug, Deserialize)]
pub struct Person {
    pub id: String,
    pub username: String,
    pub emails: Vec<String>,
    pub name: String,
    pub role: String,
    pub kind: String,
    pub active: bool,
    #[serde(default)]
    pub links: Vec<Link>,
}

/// An account elsewhere that speaks for somebody.
#[derive(Debug, Deserialize)]
pub struct Link {
    pub service: String,
    pub tenant: String,
    pub external_id: String,
    pub how: String,
}

/// A token, without its secret.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub id: String,
    pub person: PersonRef,
    pub scope: String,
    pub state: String,
    pub expires_at: Timestamp,
    #[serde(default)]
    pub last_used_at: Option<Timestamp>,
    #[serde(default)]
    pub issued_by: Option<PersonRef>,
}

/// A token just made: the only time that its secret is seen.
#[derive(Debug, Deserialize)]
pub struct FreshToken {
    pub token: String,
    #[serde(flatten)]
    pub about: Token,
}

/// Whom the token speaks for.
#[derive(Debug, Deserialize)]
pub struct Me {
    pub person: Person,
    pub token: Token,
}

/// Whether the daemon should be given work.
#[derive(Debug, Deserialize)]
pub struct Ready {
    pub ready: bool,
    #[serde(default)]
    pub reasons: Vec<String>,
}
