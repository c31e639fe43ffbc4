//! The outbound set as it stands in a bundle. It is computed in [`crate::reach`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that leaves the system. Each list is sorted by its first key, `uses` by bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the connector's word")]
pub struct Reach {
    pub aws_iam_group: Vec<MemberReach>,
    pub aws_lambda: Vec<LambdaReach>,
    pub aws_sso_group: Vec<MemberReach>,
    pub aws_sso_permission_set: Vec<PermissionSetReach>,
    pub github: Vec<GithubReach>,
    pub http: Vec<HttpReach>,
    pub okta_group: Vec<MemberReach>,
    pub pagerduty: Vec<PagerDutyReach>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PeopleReach>,
    pub secrets: Vec<SecretReach>,
    pub slack: Vec<SlackReach>,
}

/// A function that is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LambdaReach {
    /// Exactly as it is called, qualifier included.
    pub arn: String,
    /// Address of the integration.
    pub integration: String,
    /// IR paths of the callers.
    pub uses: Vec<String>,
}

/// A service that is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpReach {
    /// The base URL of the integration, or the URL where its token is fetched.
    pub url: String,
    /// Address of the integration.
    pub integration: String,
    /// By which methods.
    pub methods: Vec<String>,
    /// What stands behind the URL; what a request decides is `{}`.
    pub paths: Vec<String>,
    /// IR paths of the callers.
    pub uses: Vec<String>,
}

/// Something of PagerDuty that is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagerDutyReach {
    /// `schedule`, `escalation_policy`, `service`, or `on_call` where it is asked of a person.
    pub kind: String,
    /// Its id; `*`: anywhere.
    pub id: String,
    /// Address of the integration.
    pub integration: String,
    /// IR paths of the callers.
    pub uses: Vec<String>,
}

/// People who are looked up in a directory: one by one, or who is in a channel or user group. The
/// list is left out of a bundle that looks nobody up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleReach {
    /// `user`, `channel` or `usergroup`.
    pub kind: String,
    /// Which channel or user group; `*`: whichever person a request names.
    pub id: String,
    /// Address of the integration.
    pub integration: String,
    /// IR paths of those who ask.
    pub uses: Vec<String>,
}

/// A group whose members are read or changed. Exactly one of `id` and `pattern` is given; a pattern
/// is a regular expression that matches the whole id, where a request fills it in, or `*`: whichever
/// groups a person is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in the table of spec.md")]
pub struct MemberReach {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    pub integration: String,
    pub access: String,
    pub uses: Vec<String>,
}

/// A permission set that is assigned. Exactly one of `account_id` and `pattern` is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "as in the table of spec.md")]
pub struct PermissionSetReach {
    pub permission_set_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    pub instance_arn: String,
    pub integration: String,
    pub uses: Vec<String>,
}

/// A repository or team whose members are changed. Exactly one of `name` and `pattern` is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GithubReach {
    /// `repo` or `team`.
    pub kind: String,
    /// Its name in the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which names a request may fill in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Address of the integration.
    pub integration: String,
    /// IR paths of the callers.
    pub uses: Vec<String>,
}

/// A secret that is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretReach {
    /// Its name.
    pub name: String,
    /// Addresses of the integrations that use it.
    pub integrations: Vec<String>,
}

/// A place that hears.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackReach {
    /// `#c`, `dm:requester`, `dm:approvers`, `dm:<e-mail>`, `usergroup:<id>`.
    pub to: String,
    /// Address of the integration; absent where the environment has none (the message log hears).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// IR paths of the speakers.
    pub uses: Vec<String>,
}
