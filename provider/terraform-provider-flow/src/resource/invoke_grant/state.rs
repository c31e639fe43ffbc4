//! The attributes, typed.

use std::collections::BTreeSet;

use flow_aws::iam::{Holder, Tags};
use serde_json::json;
use tfplugin::{Diagnostic, Field, Object, Value};

use crate::arn::{self, PrincipalKind};
use crate::document;
use crate::names::{Names, TAG_BUNDLE, TAG_DEPLOYMENT};
use crate::pack::{Layout, Slot};

/// One policy of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Name of the role.
    pub role: String,
    /// Name of the policy.
    pub name: String,
    /// Absent: inline.
    pub arn: Option<String>,
    /// What it says; absent: we may not read it.
    pub document: Option<String>,
}

/// What IAM is to have.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub names: Names,
    pub deployment: String,
    pub principal_arn: String,
    pub role_arns: Vec<String>,
    pub trust_policy: String,
    pub permissions_boundary_arn: Option<String>,
    /// Ours included.
    pub tags: Tags,
    pub policies: Vec<Policy>,
    /// Absent: the principal's own policies are not ours to touch.
    pub assume_policy: Option<String>,
}

impl Wanted {
    /// From a state that is wholly known.
    pub fn of(state: &Object) -> Result<Self, Diagnostic> {
        let text = |name: &str| {
            state.string(name).known().ok_or_else(|| {
                let detail = "the value is not known when it has to be; please report this";
                Diagnostic::error("Fault in the provider", detail).at_attribute(name)
            })
        };
        let attach = state.bool("attach_assume_policy").known().unwrap_or(true);
        Ok(Self {
            names: names(state)
                .ok_or_else(|| Diagnostic::error("Fault in the provider", "names are not known"))?,
            deployment: text("deployment")?,
            principal_arn: text("principal_arn")?,
            role_arns: state.strings("role_arns").known().unwrap_or_default(),
            trust_policy: text("trust_policy")?,
            permissions_boundary_arn: state.string("permissions_boundary_arn").known(),
            tags: tags(state),
            policies: policies(state),
            assume_policy: if attach { Some(text("assume_policy_json")?) } else { None },
        })
    }

    /// Names of the roles.
    pub fn role_names(&self) -> BTreeSet<String> {
        self.role_arns.iter().map(|arn| name_of(arn)).collect()
    }
}

/// Names of everything, once prefix, deployment and path are known.
pub fn names(state: &Object) -> Option<Names> {
    let text = |name: &str| state.string(name).known();
    Some(Names::new(&text("name_prefix")?, &text("deployment")?, &text("path")?))
}

/// The last part of an ARN's path. An import has only the name, which is its own last part.
pub fn name_of(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}

/// All tags that roles and policies are to have.
pub fn tags(state: &Object) -> Tags {
    let mut tags = state.string_map("tags").known().unwrap_or_default();
    let ours = [(TAG_DEPLOYMENT, "deployment"), (TAG_BUNDLE, "bundle_hash")];
    for (tag, attribute) in ours {
        if let Some(value) = state.string(attribute).known() {
            tags.insert(tag.to_owned(), value);
        }
    }
    tags
}

/// The policies of a state, those of strangers included.
pub fn policies(state: &Object) -> Vec<Policy> {
    let policies = state.objects("policies").known().unwrap_or_default();
    policies
        .iter()
        .map(|policy| Policy {
            role: policy.string("role").known().unwrap_or_default(),
            name: policy.string("name").known().unwrap_or_default(),
            arn: policy.string("arn").known(),
            document: policy.string("document").known(),
        })
        .collect()
}

/// Policies as an attribute.
pub fn policies_value(policies: &[Policy]) -> Value {
    let one = |policy: &Policy| {
        Value::object([
            ("role", policy.role.as_str().into()),
            ("name", policy.name.as_str().into()),
            ("arn", policy.arn.clone().into()),
            ("document", policy.document.clone().into()),
        ])
    };
    Value::List(policies.iter().map(one).collect())
}

/// Where functions are now.
pub fn held(names: &Names, policies: &[Policy]) -> Layout {
    let mut layout = Layout::new();
    for policy in policies {
        let Some(slot) = names.slot(&policy.role, &policy.name) else { continue };
        let document = policy.document.as_deref().unwrap_or_default();
        layout.entry(slot).or_default().extend(document::allowed_resources(document));
    }
    layout
}

/// The policy of a slot.
pub fn policy_of(
    names: &Names,
    slot: Slot,
    functions: &BTreeSet<String>,
    home: &crate::cloud::Home,
) -> Policy {
    Policy {
        role: names.role(slot.role),
        name: names.policy(slot),
        arn: names.policy_arn(home, slot),
        document: Some(document::invoke(functions)),
    }
}

/// What the daemon reads. Roles without a function are left out.
pub fn binding(
    deployment: &str,
    external_id: &str,
    roles: impl IntoIterator<Item = (String, BTreeSet<String>)>,
) -> String {
    let roles: Vec<_> = roles
        .into_iter()
        .filter(|(_, functions)| !functions.is_empty())
        .map(|(arn, functions)| json!({ "role_arn": arn, "function_arns": functions }))
        .collect();
    json!({ "deployment": deployment, "external_id": external_id, "roles": roles }).to_string()
}

/// Whose inline policy lets the daemon's principal become the roles.
pub fn holder(principal_arn: &str) -> Option<Holder> {
    Some(match arn::principal(principal_arn).ok()?.kind {
        PrincipalKind::Role(name) => Holder::Role(name),
        PrincipalKind::User(name) => Holder::User(name),
    })
}

/// Names of the roles that a state speaks of.
pub fn role_names(state: &Object) -> BTreeSet<String> {
    match state.strings("role_arns") {
        Field::Known(arns) => arns.iter().map(|arn| name_of(arn)).collect(),
        Field::Null | Field::Unknown => names(state).map(|names| names.base).into_iter().collect(),
    }
}
