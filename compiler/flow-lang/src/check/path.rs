//! Paths: what the first words of one mean at their place. What can be read of that is in `walk`.

use flow_bundle::expr::SetName;
use flow_bundle::{Expr, Type};

use super::expr::Typed;
use super::scope::{Scope, Secrets};
use super::walk::walk;
use super::{Module, constant, steps_path};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::{self, Place, Use};
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Ident, Step};
use crate::types::Ty;

/// The first words of a path.
const ROOTS: [&str; 19] = [
    "var",
    "local",
    "env",
    "flow",
    "requester",
    "request",
    "run",
    "steps",
    "approval",
    "approvers",
    "event",
    "args",
    "identity",
    "secret",
    "group",
    "target",
    "strategy",
    "integration",
    "message",
];

pub(crate) fn is_root(name: &str) -> bool {
    ROOTS.contains(&name) || SetName::parse(name).is_some()
}

/// A path that starts with a bare name.
pub(crate) fn resolve(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    name: &str,
    name_span: Span,
    steps: &[Step],
    span: Span,
) -> Typed {
    if let Some((_, ty)) = scope.bound.iter().rev().find(|(n, _)| n == name) {
        let base = Typed::new(ty.clone(), Expr::Local(name.to_owned()), name_span);
        return walk(m, scope, base, steps);
    }
    let root = Root { name, span: name_span, whole: span, steps };
    let (base, taken) = root.start(m, scope);
    walk(m, scope, base, steps.get(taken..).unwrap_or_default())
}

/// The start of a path.
pub(crate) struct Root<'t> {
    pub(crate) name: &'t str,
    pub(crate) span: Span,
    pub(crate) whole: Span,
    pub(crate) steps: &'t [Step],
}

impl<'t> Root<'t> {
    /// The name after the `index`th dot.
    pub(crate) fn part(&self, index: usize) -> Option<&'t Ident> {
        match self.steps.get(index) {
            Some(Step::Attr(ident)) => Some(ident),
            _ => None,
        }
    }

    /// From the first word to the part before the `taken`th dot.
    pub(crate) fn span_of(&self, taken: usize) -> Span {
        taken
            .checked_sub(1)
            .and_then(|i| self.steps.get(i))
            .map_or(self.span, |step| self.span.to(step.span()))
    }

    /// What the first words mean, and how many of the steps they are.
    fn start(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        if let Some(set) = SetName::parse(self.name) {
            let ok = self.available(m, scope, "sets", self.name, self.span);
            let typed = Typed::new(Type::Principals, Expr::Set(set), self.span);
            return (if ok { typed } else { Typed::error(self.span) }, 0);
        }
        match self.name {
            "var" | "local" => self.binding(m),
            "secret" => self.secret(m, scope),
            "group" => self.declared(m, 1, |address| (Ty::Of(Type::Group), Expr::Ref(address))),
            "strategy" => self.strategy(m),
            "integration" => self.declaration(m, 2, "integration"),
            "message" => self.declaration(m, 1, "message"),
            "environment" => self.declaration(m, 1, "environment"),
            "target" => self.target(m, scope),
            "requester" => {
                let ok = self.available(m, scope, "env", "requester", self.span);
                let typed = Typed::new(Type::User, Expr::get("requester"), self.span);
                (if ok { typed } else { Typed::error(self.span) }, 0)
            }
            "identity" if scope.place == Place::Strategy => {
                (Typed::new(Type::String, Expr::get("identity"), self.span), 0)
            }
            "approvers" if scope.place == Place::Card => {
                (Typed::new(Type::Principals, Expr::get("approvers"), self.span), 0)
            }
            "approvers" => {
                (self.elsewhere(m, scope, "approvers", "`notify` and `route` of an approval"), 0)
            }
            "args" => self.argument(m, scope),
            "steps" => steps_path::resolve(self, m, scope),
            "env" | "flow" | "request" | "run" | "approval" | "event" => self.record(m, scope),
            "each" | "module" | "response" | "item" => {
                m.refuse_later(self.span, &format!("`{}`", self.name));
                (Typed::error(self.span), self.steps.len())
            }
            _ => (unknown_name(m, self.name, self.span), self.steps.len()),
        }
    }

    /// Whether a row of the table of places may be used here; reports R106 where not.
    pub(crate) fn available(
        &self,
        m: &mut Module<'_>,
        scope: &Scope<'_>,
        row: &str,
        name: &str,
        span: Span,
    ) -> bool {
        if scope.place.allows(row) != Use::No {
            return true;
        }
        if scope.place == Place::Static {
            let message =
                format!("this must be known when the bundle is built, and `{name}` is not");
            let help = "write it out, or use `var` or `local`";
            m.say(code::B111, span, message, "known only at run time", help);
            return false;
        }
        let message = format!("`{name}` is not available in {}", scope.place.words());
        m.say(
            code::R106,
            span,
            message,
            "not available here",
            format!("it is available in {}", place::where_allowed(row)),
        );
        false
    }

    fn elsewhere(&self, m: &mut Module<'_>, scope: &Scope<'_>, name: &str, places: &str) -> Typed {
        let message = format!("`{name}` is not available in {}", scope.place.words());
        let help = format!("it is available in {places}");
        m.say(code::R106, self.span, message, "not available here", help);
        Typed::error(self.span)
    }

    fn binding(&self, m: &mut Module<'_>) -> (Typed, usize) {
        let Some(name) = self.part(0) else {
            return (self.needs_name(m, "<name>"), self.steps.len());
        };
        let span = self.span_of(1);
        let address = format!("{}.{}", self.name, name.text);
        let word = if self.name == "var" { "variable" } else { "local" };
        if m.declared.find(&format!("{word}.{}", name.text)).is_none() {
            return (self.unknown_reference(m, word, name, 0), self.steps.len());
        }
        (constant::binding(m, &address, span), 1)
    }

    fn secret(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        let Some(name) = self.part(0) else {
            return (self.needs_name(m, "<name>"), self.steps.len());
        };
        let span = self.span_of(1);
        let address = format!("secret.{}", name.text);
        if m.declared.find(&address).is_none() {
            return (self.unknown_reference(m, "secret", name, 0), self.steps.len());
        }
        m.mark_used(address);
        let help = "secrets may stand in credentials and in `headers` and `auth` of HTTP calls";
        let (code, what, label) = match scope.secrets {
            Secrets::Sink => {
                let ir = Expr::Secret(name.text.clone());
                return (Typed::new(Type::Secret, ir, span), 1);
            }
            Secrets::Message(at) => {
                (code::N601, "would be sent in a message", format!("a secret flows into `{at}`"))
            }
            Secrets::Payload(at) => (
                code::N602,
                "would be sent to a service in the open",
                format!("a secret flows into `{at}`"),
            ),
            Secrets::Nowhere => {
                (code::R106, "is not available here", "a secret cannot be read".to_owned())
            }
        };
        m.say(code, span, format!("secret `{}` {what}", name.text), label, help);
        (Typed::error(span), self.steps.len())
    }

    /// A declaration that is a value: `group.x`.
    fn declared(
        &self,
        m: &mut Module<'_>,
        labels: usize,
        value: impl Fn(String) -> (Ty, Expr),
    ) -> (Typed, usize) {
        match self.address(m, labels) {
            Some(address) => {
                let (ty, ir) = value(address);
                (Typed { ty, ir, span: self.span_of(labels) }, labels)
            }
            None => (Typed::error(self.whole), self.steps.len()),
        }
    }

    /// A declaration that is no value: `integration.slack.main`.
    fn declaration(&self, m: &mut Module<'_>, labels: usize, word: &'static str) -> (Typed, usize) {
        self.declared(m, labels, |address| {
            (Ty::Declaration(word, address.clone()), Expr::Ref(address))
        })
    }

    fn strategy(&self, m: &mut Module<'_>) -> (Typed, usize) {
        let Some(address) = self.address(m, 2) else {
            return (Typed::error(self.whole), self.steps.len());
        };
        let span = self.span_of(2);
        let Some(part) = self.part(2) else {
            let ty = Ty::Declaration("strategy", address.clone());
            return (Typed { ty, ir: Expr::Ref(address), span }, 2);
        };
        if part.text != "targets" {
            unknown_part(m, "a strategy", part, &["targets"]);
            return (Typed::error(span), self.steps.len());
        }
        let Some(block) = m.declared.block(&address) else {
            return (Typed::error(span), 3);
        };
        if block.tombstone || block.body.attribute("targets").is_none() {
            return (Typed::error(span), 3);
        }
        let targets = super::strategy::targets(m, block);
        if targets.is_empty() {
            return (Typed::error(span), 3);
        }
        let list = targets.into_iter().map(|(address, _)| Expr::Ref(address)).collect();
        (Typed::new(Type::list(Type::Target), Expr::List(list), self.span_of(3)), 3)
    }

    fn target(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        let is_reference = self.part(1).is_some()
            && self.part(0).is_some_and(|p| {
                crate::schema::kind(crate::schema::Family::Target, &p.text).is_some()
                    || scope.place != Place::Strategy
            });
        if scope.place == Place::Strategy && !is_reference {
            return (Typed::new(Type::Target, Expr::get("target"), self.span), 0);
        }
        self.declared(m, 2, |address| (Ty::Of(Type::Target), Expr::Ref(address)))
    }

    fn argument(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        let Some(args) = scope.args else {
            return (self.elsewhere(m, scope, "args", "`message`"), self.steps.len());
        };
        let Some(name) = self.part(0) else {
            return (self.needs_name(m, "<name>"), self.steps.len());
        };
        match args.get(&name.text) {
            Some(ty) => {
                let ir = Expr::Get(vec!["args".to_owned(), name.text.clone()]);
                (Typed::new(ty.clone(), ir, self.span_of(1)), 1)
            }
            None => {
                let known: Vec<&str> = args.keys().map(String::as_str).collect();
                unknown_part(m, "the message's `args`", name, &known);
                (Typed::error(self.whole), self.steps.len())
            }
        }
    }

    /// The address that this path names, marked as used; R101 where it is not declared.
    pub(crate) fn address(&self, m: &mut Module<'_>, labels: usize) -> Option<String> {
        let mut address = self.name.to_owned();
        for i in 0..labels {
            let Some(part) = self.part(i) else {
                self.needs_name(m, if labels == 2 { "<type>.<name>" } else { "<name>" });
                return None;
            };
            address.push('.');
            address.push_str(&part.text);
        }
        if m.declared.find(&address).is_some() {
            m.mark_used(&address);
            return Some(address);
        }
        let last = self.part(labels.saturating_sub(1))?;
        self.unknown_reference(m, self.name, last, labels - 1);
        None
    }

    fn needs_name(&self, m: &mut Module<'_>, form: &str) -> Typed {
        let message = format!("`{}` alone is no value", self.name);
        let help = format!("write `{}.{form}`", self.name);
        m.say(code::R110, self.whole, message, "a name is missing", help);
        Typed::error(self.whole)
    }

    fn unknown_reference(
        &self,
        m: &mut Module<'_>,
        word: &str,
        name: &Ident,
        before: usize,
    ) -> Typed {
        if !m.declared.may_hide(word) {
            let written = m.sources.text(self.span_of(before + 1)).to_owned();
            let own = written.split('.').skip(1).collect::<Vec<_>>().join(".");
            let names = m.declared.names(word);
            let known = names.iter().map(String::as_str);
            if let Some(near) = suggest::nearest(&own, known.clone()) {
                m.mark_used(format!("{word}.{near}"));
            }
            let meant = suggest::only(&own, known.clone()).and_then(|meant| last_of(&own, meant));
            let help =
                suggest::help(&own, known, &format!("{}.", self.name)).unwrap_or_else(|| {
                    format!("declare it: `{word} \"{}\" {{ … }}`", own.replace('.', "\" \""))
                });
            let code = if name.text.contains('-') { code::R108 } else { code::R101 };
            let message = format!("there is no {word} `{own}`");
            let found = Diagnostic::new(code, name.span, message, "not declared").help(help);
            m.report(match minus(&own, &name.text, &names) {
                Some(difference) => found
                    .help(format!("for a difference write `{difference}`"))
                    .fix(name.span, difference),
                None => found.rename(name.span, meant),
            });
        }
        Typed::error(self.whole)
    }
}

/// The last part of `meant`, where only that differs from what was written.
fn last_of<'a>(own: &str, meant: &'a str) -> Option<&'a str> {
    let (before, last) = meant.rsplit_once('.').unwrap_or(("", meant));
    let written = own.rsplit_once('.').map_or("", |(before, _)| before);
    (before == written).then_some(last)
}

/// `limit - 1` for the one name `limit-1`, where a `limit` is declared.
fn minus(own: &str, name: &str, known: &[String]) -> Option<String> {
    let (left, right) = name.split_once('-')?;
    let declared = own.strip_suffix(name).map(|before| format!("{before}{left}"))?;
    let is_number = !right.is_empty() && right.bytes().all(|b| b.is_ascii_digit());
    (is_number && known.contains(&declared)).then(|| format!("{left} - {right}"))
}

/// A part of something that has no such part.
pub(crate) fn unknown_part(m: &mut Module<'_>, of: &str, part: &Ident, known: &[&str]) {
    let message = format!("{of} has no `{}`", part.text);
    m.report(
        Diagnostic::new(code::R104, part.span, message, "unknown name")
            .rename(part.span, suggest::only(&part.text, known.iter().copied()))
            .help_if(suggest::help(&part.text, known.iter().copied(), "")),
    );
}

fn unknown_name(m: &mut Module<'_>, name: &str, span: Span) -> Typed {
    if name.contains('-') {
        let message = format!("`{name}` is one name, and it is not known");
        let help = format!("for a difference write `{}`", name.replace('-', " - "));
        m.say(code::R108, span, message, "one name", help);
        return Typed::error(span);
    }
    let known = ROOTS.into_iter().chain(SetName::ALL.iter().map(|s| s.word()));
    let meant = suggest::only(name, known.clone()).filter(|_| Type::plain(name).is_none());
    let help = if Type::plain(name).is_some() {
        Some(format!("`{name}` is a type; a text stands in quotes: `\"{name}\"`"))
    } else {
        suggest::nearest(name, known)
            .map(|n| format!("did you mean `{n}`?"))
            .or_else(|| Some(format!("a text stands in quotes: `\"{name}\"`")))
    };
    let message = format!("there is nothing called `{name}`");
    let found = Diagnostic::new(code::R101, span, message, "unknown name").help_if(help);
    m.report(found.rename(span, meant));
    Typed::error(span)
}

/// Reports a declaration where a value is wanted.
pub(crate) fn not_a_value(m: &mut Module<'_>, word: &str, span: Span) {
    let message = format!("a reference to `{word}` is no value");
    m.say(code::R110, span, message, "not a value", "read one of its parts");
}
