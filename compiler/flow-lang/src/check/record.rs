//! The records of a run: `request`, `run`, `event`, `approval.<n>`, `env`, `flow`.

use flow_bundle::bundle::HookEvent;
use flow_bundle::{Expr, Type};

use super::Module;
use super::expr::Typed;
use super::path::{Root, unknown_part};
use super::scope::{Fact, FlowScope, Scope};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::{Place, Use};
use crate::suggest;
use crate::syntax::tree::Ident;
use crate::types::Ty;

pub(crate) const REQUEST: [&str; 9] =
    ["id", "by", "fields", "target", "targets", "created_at", "source", "channel", "context"];
pub(crate) const RUN: [&str; 8] =
    ["id", "bundle", "phase", "outcome", "approved_by", "grant", "denial", "error"];
pub(crate) const EVENT: [&str; 7] = ["id", "type", "actor", "at", "source", "stage", "cause"];
pub(crate) const APPROVAL: [&str; 5] = ["state", "approved_by", "at", "comment", "on_fallback"];

fn words(of: &[&str]) -> Type {
    Type::Enum(of.iter().map(|w| (*w).to_owned()).collect())
}

impl Root<'_> {
    /// One of the records; all of its name but what [`super::path::walk`] reads.
    pub(crate) fn record(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        let Some(part) = self.part(0) else {
            let message = format!("`{}` alone is no value", self.name);
            m.say(code::R110, self.whole, message, "a name is missing", "read one of its parts");
            return (Typed::error(self.whole), self.steps.len());
        };
        match self.name {
            "env" => self.env(m, scope, part),
            "flow" => self.leaf(m, scope, "env", part, &["name", "label"], |name| {
                matches!(name, "name" | "label").then_some(Type::String)
            }),
            "request" => self.request(m, scope, part),
            "run" => self.run(m, scope, part),
            "event" => self.event(m, scope, part),
            _ => self.approval(m, scope, part),
        }
    }

    /// `<root>.<part>` of the type that `ty` says, if the place allows `row`.
    fn leaf(
        &self,
        m: &mut Module<'_>,
        scope: &Scope<'_>,
        row: &str,
        part: &Ident,
        known: &[&str],
        ty: impl Fn(&str) -> Option<Type>,
    ) -> (Typed, usize) {
        let span = self.span_of(1);
        let name = format!("{}.{}", self.name, part.text);
        let Some(ty) = ty(&part.text) else {
            unknown_part(m, &format!("`{}`", self.name), part, known);
            return (Typed::error(span), self.steps.len());
        };
        if !self.available(m, scope, row, &name, span) {
            return (Typed::error(span), self.steps.len());
        }
        (Typed::new(ty, Expr::get(&name), span), 1)
    }

    fn env(&self, m: &mut Module<'_>, scope: &Scope<'_>, part: &Ident) -> (Typed, usize) {
        self.leaf(m, scope, "env", part, &["error_channel", "vars"], |name| match name {
            "error_channel" => Some(Type::Principal),
            "vars" => Some(Type::Map(Box::new(Type::String))),
            _ => None,
        })
    }

    fn request(&self, m: &mut Module<'_>, scope: &Scope<'_>, part: &Ident) -> (Typed, usize) {
        let row = match part.text.as_str() {
            "by" | "source" | "channel" => "request.by",
            "fields" | "target" | "targets" => "request.fields",
            _ => "request.id",
        };
        match part.text.as_str() {
            "fields" => return self.field(m, scope),
            "target" | "targets" => return self.target_field(m, scope, part),
            _ => {}
        }
        if part.text == "context" && scope.flow.is_some_and(|f| f.unknown_context) {
            return (Typed::error(self.whole), self.steps.len());
        }
        let context = scope.flow.map_or(Type::Json, |f| f.context.clone());
        self.leaf(m, scope, row, part, &REQUEST, |name| {
            Some(match name {
                "id" => Type::String,
                "by" => Type::User,
                "created_at" => Type::Timestamp,
                "source" => words(&["slack", "api", "web"]),
                "channel" => Type::Channel.nullable(),
                "context" => context.clone(),
                _ => return None,
            })
        })
    }

    fn target_field(&self, m: &mut Module<'_>, scope: &Scope<'_>, part: &Ident) -> (Typed, usize) {
        let span = self.span_of(1);
        let path = format!("request.{}", part.text);
        // A target cannot be made of itself.
        let row = if scope.place == Place::Target { "request.id" } else { "request.fields" };
        if !self.available(m, scope, row, &path, span) {
            return (Typed::error(span), self.steps.len());
        }
        let Some(flow) = scope.flow else { return (Typed::error(span), self.steps.len()) };
        let Some(field) = flow.field("target") else {
            if !flow.incomplete {
                m.say(
                    code::R104,
                    part.span,
                    format!("the prompt of `{}` has no field `target`", flow.name),
                    "no target is chosen",
                    "add `field \"target\" { type = target … }`, or name the target itself",
                );
            }
            return (Typed::error(span), self.steps.len());
        };
        m.mark_used(flow.key("field", "target"));
        let ty = match (part.text.as_str(), &field.ty) {
            ("target", ty) => ty.clone(),
            (_, Ty::Error) => Ty::Error,
            (_, _) => Ty::Of(Type::list(Type::Target)),
        };
        (Typed::new(ty, Expr::get(&path), span), 1)
    }

    fn field(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        let whole = self.span_of(self.steps.len());
        if !self.available(m, scope, "request.fields", "request.fields", self.span_of(1)) {
            return (Typed::error(whole), self.steps.len());
        }
        let Some(flow) = scope.flow else { return (Typed::error(whole), self.steps.len()) };
        let Some(name) = self.part(1) else {
            return all_fields(m, flow, self);
        };
        let Some(field) = flow.field(&name.text) else {
            unknown_field(m, flow, name);
            return (Typed::error(whole), self.steps.len());
        };
        let position = flow.fields.iter().position(|f| f.name == name.text).unwrap_or(0);
        if scope.place == Place::Field && position >= scope.index {
            if position == scope.index || field.reads.iter().any(|r| is_field(flow, r, scope.index))
            {
                circle(m, flow, scope.index, name, field.span);
                return (Typed::error(whole), self.steps.len());
            }
            let message = format!("the field `{}` is asked later", name.text);
            m.report(
                Diagnostic::new(code::R106, name.span, message, "not answered yet")
                    .label(field.span, "declared here")
                    .help("a field sees the fields above it: move that one up"),
            );
            return (Typed::error(whole), self.steps.len());
        }
        m.mark_used(flow.key("field", &name.text));
        let ir = Expr::Get(vec!["request".into(), "fields".into(), name.text.clone()]);
        (Typed::new(field.ty.clone(), ir, self.span_of(2)), 2)
    }

    fn run(&self, m: &mut Module<'_>, scope: &Scope<'_>, part: &Ident) -> (Typed, usize) {
        let row = match part.text.as_str() {
            "id" => "request.id",
            "grant" => "run.grant",
            "denial" => "run.denial",
            "error" => "run.error",
            _ => "run.phase",
        };
        let known = |name: &str| scope.knows(&Fact::True(name.to_owned()));
        let granted = known("steps.escalate.ok") || scope.place == Place::UnknownHook;
        // Which hook was meant is not known: it may be the one where this is certain.
        let any = scope.place == Place::UnknownHook;
        let denied = any || scope.place == Place::Hook(HookEvent::AfterDeny);
        let failed = any || scope.place == Place::Hook(HookEvent::AfterError);
        let maybe = |ty: Type, certain: bool| if certain { ty } else { ty.nullable() };
        self.leaf(m, scope, row, part, &RUN, |name| {
            Some(match name {
                "id" | "bundle" | "phase" => Type::String,
                "outcome" => Type::String.nullable(),
                "approved_by" => Type::list(Type::User),
                "grant" => maybe(
                    Type::object([
                        ("started_at", Type::Timestamp),
                        ("expires_at", Type::Timestamp),
                    ]),
                    granted,
                ),
                "denial" => maybe(
                    Type::object([
                        ("by", Type::User.nullable()),
                        ("stage", Type::String.nullable()),
                        ("reason", Type::String.nullable()),
                    ]),
                    denied,
                ),
                "error" => {
                    maybe(Type::object([("kind", Type::String), ("message", Type::String)]), failed)
                }
                _ => return None,
            })
        })
    }

    fn event(&self, m: &mut Module<'_>, scope: &Scope<'_>, part: &Ident) -> (Typed, usize) {
        use HookEvent as E;
        let Place::Hook(hook) = scope.place else {
            let certain = [scope.place == Place::UnknownHook; 3];
            return self.leaf(m, scope, "event", part, &EVENT, |name| event_part(name, certain));
        };
        let click = matches!(hook, E::OnApprove | E::OnDeny);
        let acted =
            click || matches!(hook, E::OnPrompt | E::OnRequest | E::OnApproved | E::OnEscalate);
        let ending = matches!(hook, E::OnDeescalate | E::AfterDeescalate);
        self.leaf(m, scope, "event", part, &EVENT, |name| event_part(name, [acted, click, ending]))
    }

    fn approval(&self, m: &mut Module<'_>, scope: &Scope<'_>, part: &Ident) -> (Typed, usize) {
        let span = self.span_of(1);
        let Some(flow) = scope.flow else {
            // Where no flow is looked at, the place itself may say that none can be meant.
            self.available(m, scope, "approval", &format!("approval.{}", part.text), span);
            return (Typed::error(span), self.steps.len());
        };
        let Some((_, declared)) = flow.approvals.iter().find(|(n, _)| *n == part.text) else {
            if !flow.incomplete {
                let known = flow.approvals.iter().map(|(n, _)| n.as_str());
                let message = format!("there is no approval `{}`", part.text);
                m.report(
                    Diagnostic::new(code::R101, part.span, message, "not declared in this flow")
                        .rename(part.span, suggest::only(&part.text, known.clone()))
                        .help_if(suggest::help(&part.text, known, "approval.")),
                );
            }
            return (Typed::error(span), self.steps.len());
        };
        let Some(of) = self.part(1) else {
            let ty = Ty::Declaration("approval", part.text.clone());
            return (Typed { ty, ir: Expr::Null, span }, 1);
        };
        if scope.stages.is_some_and(|stages| !stages.contains(&part.text)) {
            let message = format!("`approval.{}` is not over when this stage opens", part.text);
            m.report(
                Diagnostic::new(code::R107, part.span, message, "not decided yet")
                    .label(*declared, "the stage stands here")
                    .help(format!("add `after = [approval.{}]`", part.text)),
            );
            return (Typed::error(span), self.steps.len());
        }
        if !self.available(m, scope, "approval", &format!("approval.{}", part.text), span) {
            return (Typed::error(span), self.steps.len());
        }
        let ty = match of.text.as_str() {
            "state" => words(&[
                "waiting",
                "open",
                "met",
                "auto",
                "skipped",
                "not_needed",
                "denied",
                "expired",
            ]),
            "approved_by" => Type::list(Type::User),
            "at" => Type::Timestamp.nullable(),
            "comment" => Type::String.nullable(),
            "on_fallback" => Type::Bool,
            _ => {
                unknown_part(m, "an approval", of, &APPROVAL);
                return (Typed::error(span), self.steps.len());
            }
        };
        let ir = Expr::Get(vec!["approval".into(), part.text.clone(), of.text.clone()]);
        (Typed::new(ty, ir, self.span_of(2)), 2)
    }
}

fn event_part(name: &str, [acted, click, ending]: [bool; 3]) -> Option<Type> {
    let maybe = |ty: Type, certain: bool| if certain { ty } else { ty.nullable() };
    Some(match name {
        "id" | "type" => Type::String,
        "actor" => maybe(Type::User, acted),
        "at" => Type::Timestamp,
        "source" => words(&["slack", "api", "web", "automation"]),
        "stage" => maybe(Type::String, click),
        "cause" => {
            let causes = words(&["scheduled", "revoked", "failed", "emergency"]);
            maybe(causes, ending)
        }
        _ => return None,
    })
}

fn all_fields(m: &mut Module<'_>, flow: &FlowScope, root: &Root<'_>) -> (Typed, usize) {
    let mut types = std::collections::BTreeMap::new();
    for field in &flow.fields {
        m.mark_used(flow.key("field", &field.name));
        match &field.ty {
            Ty::Of(t) => {
                let attribute = flow_bundle::types::Attribute::required(t.clone());
                types.insert(field.name.clone(), attribute);
            }
            _ => return (Typed::error(root.whole), root.steps.len()),
        }
    }
    (Typed::new(Type::Object(types), Expr::get("request.fields"), root.span_of(1)), 1)
}

/// Whether `name` is the field at this position.
fn is_field(flow: &FlowScope, name: &str, index: usize) -> bool {
    flow.fields.get(index).is_some_and(|f| f.name == name)
}

/// A field that is made of itself, at once or by way of another.
fn circle(
    m: &mut Module<'_>,
    flow: &FlowScope,
    index: usize,
    name: &Ident,
    declared: crate::source::Span,
) {
    let own = flow.fields.get(index).map_or("", |f| f.name.as_str());
    let message = if own == name.text {
        format!("the field `{own}` is made of itself")
    } else {
        format!("the fields `{own}` and `{}` are made of each other", name.text)
    };
    m.report(
        Diagnostic::new(code::R111, name.span, message, "closes the circle")
            .label(declared, "declared here")
            .help("let one of them be filled in without the other"),
    );
}

fn unknown_field(m: &mut Module<'_>, flow: &FlowScope, name: &Ident) {
    if flow.incomplete {
        return;
    }
    let much = m.has_said_much();
    let known = flow.fields.iter().filter(|_| !much).map(|f| f.name.as_str());
    if let Some(near) = suggest::nearest(&name.text, known.clone()) {
        m.mark_used(flow.key("field", near));
    }
    let meant = suggest::only(&name.text, known.clone());
    let help = suggest::help(&name.text, known, "request.fields.")
        .unwrap_or_else(|| format!("add `field \"{}\" {{ … }}` to the prompt", name.text));
    let message = format!("the prompt has no field `{}`", name.text);
    let found = Diagnostic::new(code::R103, name.span, message, "unknown field").help(help);
    m.report(found.rename(name.span, meant));
}

/// Whether what a name stands for may not have happened yet at this place.
pub(crate) fn is_uncertain(scope: &Scope<'_>, row: &str) -> bool {
    scope.place.allows(row) == Use::Maybe
}
