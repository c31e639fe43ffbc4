//! What somebody sees of a prompt, with what they filled in so far.

use flow_bundle::Type;
use flow_bundle::bundle::Limits;
use serde::Serialize;
use serde_json::Value as Json;

use crate::effect::Effect;
use crate::refusal::Refusal;
use crate::transition::Branch;

/// How far a prompt has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompted {
    /// The answer of this call is missing: ask again with it.
    Asks(Box<Asked>),
    /// They are shown no form, and why.
    Refused {
        /// Out of the closed set, as for the request that they would make.
        refusal: Refusal,
        /// What was come to.
        told: Told,
    },
    /// The form.
    Shown {
        /// As it is with what was filled in so far.
        form: Form,
        /// What was come to.
        told: Told,
    },
}

/// A step's call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The step's kind.
    pub kind: String,
    /// The step's name.
    pub step: String,
    /// The call.
    pub effect: Effect,
    /// How long another look at the form may use the same answer, in seconds.
    pub cache_s: u64,
}

/// What a hook around a form tells, and what of it was come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Messages, in order.
    pub messages: Vec<Effect>,
    /// Statements that were come to.
    pub branches: Vec<Branch>,
}

/// How far the hook after a form has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// The answer of this call is missing: go on with it.
    Asks(Box<Asked>),
    /// It has run.
    Done(Told),
}

/// A form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Form {
    /// What stands above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What can be filled in now, in order. What is not visible is not among them.
    pub fields: Vec<FormField>,
}

/// A field that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormField {
    /// Its name: the key in `fields` of a request.
    pub name: String,
    /// Its type.
    #[serde(skip)]
    pub ty: Type,
    /// What people see.
    pub label: String,
    /// What stands beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether it must be filled in.
    pub required: bool,
    /// What was filled in, else the default as it is now. Absent: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// What can be chosen; absent: anything of its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<Choice>>,
    /// What its value must keep to.
    #[serde(skip)]
    pub limits: Limits,
    /// Something worth knowing: that not everything is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why a request with this value would be refused, as far as it is known now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// One of several values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What a request holds.
    pub value: Json,
    /// What people see.
    pub label: String,
}
