//! What an expression sees: its place, its flow, what is proven there, and bound names.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::Type;
use flow_bundle::bundle::{Approval, HookEvent};

use crate::place::Place;
use crate::source::Span;
use crate::types::Ty;

/// What a `secret` would do in this expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// It is a credential: fine.
    Sink,
    /// It would be sent to people by this attribute.
    Message(&'static str),
    /// It would be sent to a service by this attribute.
    Payload(&'static str),
    /// It is passed on by its name.
    Named,
    /// It has no business here.
    Nowhere,
}

/// Something that is proven where an expression stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// This path is not null.
    NonNull(String),
    /// This path is true.
    True(String),
    /// This path is false.
    False(String),
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// In a hook.
    Hook(HookEvent),
    /// In a hook that does not exist.
    Unknown,
    /// In a block of its own.
    Own(Own),
}

/// A block that holds steps and is no hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    /// The `options` of a field, by its place.
    Options(Span),
    /// The `identity` of a strategy.
    Identity,
    /// The `escalate` of a strategy.
    Escalate,
    /// The `deescalate` of a strategy.
    Deescalate,
}

impl Own {
    /// The word of the block.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Options(_) => "options",
            Self::Identity => "identity",
            Self::Escalate => "escalate",
            Self::Deescalate => "deescalate",
        }
    }

    /// How the block is called in a message.
    pub(crate) const fn place(self) -> &'static str {
        match self {
            Self::Options(_) => "`options`",
            Self::Identity => "`identity`",
            Self::Escalate => "`escalate`",
            Self::Deescalate => "`deescalate`",
        }
    }
}

/// A step of a flow.
#[derive(Debug, Clone)]
pub(crate) struct StepInfo {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) home: Home,
    /// Position among the statements of its hook.
    pub(crate) index: usize,
    pub(crate) output: Ty,
    /// It has a `when`: it may be skipped.
    pub(crate) conditional: bool,
    /// A decision stands before it: when that decides, the step is skipped.
    pub(crate) after_decision: bool,
    /// It goes on after an error.
    pub(crate) continues: bool,
    /// Called without waiting: there is no output.
    pub(crate) is_async: bool,
}

/// A field of the prompt.
#[derive(Debug, Clone)]
pub(crate) struct FieldInfo {
    pub(crate) name: String,
    pub(crate) span: Span,
    /// Nullable where it may be left out.
    pub(crate) ty: Ty,
    /// A text of a form that the author says.
    pub(crate) bounded: bool,
    /// Names of the fields that its own expressions read.
    pub(crate) reads: Vec<String>,
}

/// What the two halves of the flow's strategy answer.
#[derive(Debug, Clone)]
pub(crate) struct StrategyInfo {
    pub(crate) address: String,
    pub(crate) targets: Vec<String>,
    pub(crate) escalate: Ty,
    pub(crate) deescalate: Ty,
}

/// What the expressions of one flow can read.
#[derive(Debug, Clone)]
pub(crate) struct FlowScope {
    pub(crate) name: String,
    /// Its name, for a label.
    pub(crate) span: Span,
    /// A part of the flow could not be read.
    pub(crate) incomplete: bool,
    pub(crate) fields: Vec<FieldInfo>,
    pub(crate) steps: Vec<StepInfo>,
    pub(crate) approvals: Vec<(String, Span)>,
    pub(crate) strategy: Option<StrategyInfo>,
    /// The flow grants something, but by what could not be read.
    pub(crate) unknown_strategy: bool,
    pub(crate) context: Type,
    /// The type of `request.context` could not be read.
    pub(crate) unknown_context: bool,
    /// Address of the environment.
    pub(crate) environment: Option<String>,
}

impl FlowScope {
    pub(crate) fn step(&self, name: &str) -> Option<&StepInfo> {
        self.steps.iter().find(|s| s.name == name)
    }

    pub(crate) fn field(&self, name: &str) -> Option<&FieldInfo> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// Key under which the use of a part of this flow is noted.
    pub(crate) fn key(&self, what: &str, name: &str) -> String {
        format!("flow.{}#{what}.{name}", self.name)
    }
}

/// The stages of `after`, and those before them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stages<'f> {
    pub(crate) after: &'f [String],
    /// Those that were checked before.
    pub(crate) checked: &'f [Approval],
}

impl Stages<'_> {
    /// Whether a stage is over before this one opens; asked rarely, so worked out each time.
    pub(crate) fn contains(&self, name: &str) -> bool {
        let before: BTreeMap<&str, &[String]> =
            self.checked.iter().map(|a| (a.name.as_str(), a.after.as_slice())).collect();
        let mut open: Vec<&String> = self.after.iter().collect();
        let mut seen: BTreeSet<&String> = self.after.iter().collect();
        while let Some(stage) = open.pop() {
            if stage == name {
                return true;
            }
            let earlier = before.get(stage.as_str()).copied().unwrap_or_default();
            open.extend(earlier.iter().filter(|s| seen.insert(s)));
        }
        false
    }
}

/// What one expression sees.
#[derive(Debug, Clone)]
pub(crate) struct Scope<'f> {
    pub(crate) place: Place,
    pub(crate) flow: Option<&'f FlowScope>,
    pub(crate) facts: BTreeSet<Fact>,
    /// Names that `for` binds, innermost last.
    pub(crate) bound: Vec<(String, Ty)>,
    /// Position among the statements of the hook.
    pub(crate) index: usize,
    /// Arguments of the message.
    pub(crate) args: Option<&'f BTreeMap<String, Type>>,
    pub(crate) secrets: Secrets,
    /// In an approval: the stages that are over before this one opens.
    pub(crate) stages: Option<Stages<'f>>,
    /// Inside `notify`, which also runs after a decision.
    pub(crate) says: bool,
    /// Inside `try` or `can`: outside data may be read without a declared type.
    pub(crate) lenient: bool,
    /// The last branch of a `?:`: a chain was judged at its start.
    pub(crate) chained: bool,
    /// What is `sensitive(…)` may stand here.
    pub(crate) sealed: bool,
    /// In a block of steps that is no hook, and how many of its steps stand above.
    pub(crate) own: Option<(Own, usize)>,
    /// Address of the integration that steps here call unless they name another.
    pub(crate) own_integration: Option<&'f str>,
    /// In a target with `each_of`: what an element of the list is.
    pub(crate) item: Option<Type>,
    /// In `success` and `poll`: type of the answer's body.
    pub(crate) response: Option<Type>,
    /// In `poll`: type of what the call answered that began it.
    pub(crate) call: Option<Type>,
}

impl<'f> Scope<'f> {
    /// Known at build, outside of any flow.
    pub(crate) fn fixed() -> Self {
        Self::at(Place::Static, None)
    }

    pub(crate) fn at(place: Place, flow: Option<&'f FlowScope>) -> Self {
        Self {
            place,
            flow,
            facts: BTreeSet::new(),
            bound: Vec::new(),
            index: usize::MAX,
            args: None,
            secrets: Secrets::Nowhere,
            stages: None,
            says: false,
            lenient: false,
            chained: false,
            sealed: false,
            own: None,
            own_integration: None,
            item: None,
            response: None,
            call: None,
        }
    }

    /// Whether the person's id on the other side is known: in a strategy, but where it is found.
    pub(crate) fn sees_identity(&self) -> bool {
        self.place == Place::Strategy && self.own.is_none_or(|(own, _)| own != Own::Identity)
    }

    pub(crate) fn with_secrets(&self, secrets: Secrets) -> Self {
        Self { secrets, ..self.clone() }
    }

    pub(crate) fn knowing(&self, facts: impl IntoIterator<Item = Fact>) -> Self {
        let mut scope = self.clone();
        scope.facts.extend(facts);
        scope
    }

    /// Whether something is proven where the expression stands.
    pub(crate) fn knows(&self, fact: &Fact) -> bool {
        self.facts.contains(fact)
    }

    pub(crate) fn binding(&self, name: &str, ty: Ty) -> Self {
        let mut scope = self.clone();
        scope.bound.push((name.to_owned(), ty));
        scope
    }
}
