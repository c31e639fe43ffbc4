//! Paths: what the first words of one mean at their place. What can be read of that is in `walk`.

use flow_bundle::expr::SetName;
use flow_bundle::{Expr, Type};

use super::expr::Typed;
use super::scope::{Scope, Secrets};
use super::walk::walk;
use super::{Module, constant, expand, steps_path, strategy_call, taint, unknown};
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::{self, Place, Use};
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Ident, Step};
use crate::types::Ty;

/// The first words of a path.
pub(super) const ROOTS: [&str; 23] = [
    "var",
    "local",
    "each",
    "module",
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
    "item",
    "identity",
    "response",
    "secret",
    "group",
    "target",
    "strategy",
    "integration",
    "message",
];

/// The first words that mean something only while a request lives.
const OF_A_REQUEST: [&str; 12] = [
    "requester",
    "request",
    "run",
    "steps",
    "approval",
    "approvers",
    "event",
    "args",
    "identity",
    "response",
    "env",
    "flow",
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
        let typed = walk(m, scope, base, steps);
        return taint::keep_sealed(m, scope, typed);
    }
    // Of what is handed in only the part that is read stands in the bundle.
    let is_handed_in = matches!(name, "each" | "module")
        || m.declared.here.unit != 0 && matches!(name, "var" | "local");
    m.handed_in_reads += usize::from(is_handed_in);
    let root = Root { name, span: name_span, whole: span, steps };
    let (base, taken) = root.start(m, scope);
    let rest = steps.get(taken..).unwrap_or_default();
    let typed = walk(m, scope, base, rest);
    if rest.is_empty() || !is_handed_in {
        return taint::keep_sealed(m, scope, typed);
    }
    taint::keep_sealed(m, scope, constant::worked_out(typed))
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
        if scope.place == Place::Function && OF_A_REQUEST.contains(&self.name) {
            self.available(m, scope, "env", self.name, self.span);
            return (Typed::error(self.whole), self.steps.len());
        }
        match self.name {
            "var" | "local" => self.binding(m, scope),
            "secret" => self.secret(m, scope),
            "group" => self.declared(m, 1, "group"),
            "strategy" => self.strategy(m),
            "integration" => self.declared(m, 2, "integration"),
            "message" => self.declared(m, 1, "message"),
            "environment" => self.declared(m, 1, "environment"),
            "target" => self.target(m, scope),
            "requester" => {
                let ok = self.available(m, scope, "env", "requester", self.span);
                let typed = Typed::new(Type::User, Expr::get("requester"), self.span);
                (if ok { typed } else { Typed::error(self.span) }, 0)
            }
            "identity" if scope.sees_identity() => {
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
            "each" => self.each(m),
            "module" => self.module(m, scope),
            "item" => self.item(m, scope),
            "response" => (strategy_call::response(self, m, scope), 0),
            _ => (unknown::name(m, self.name, self.span), self.steps.len()),
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
        if scope.place == Place::Function {
            let message = format!("`{name}` is not available in a function");
            let help = "hand it in: a parameter in `params`, an argument at the call";
            m.say(code::R106, span, message, "not available here", help);
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

    pub(crate) fn elsewhere(
        &self,
        m: &mut Module<'_>,
        scope: &Scope<'_>,
        name: &str,
        places: &str,
    ) -> Typed {
        let message = format!("`{name}` is not available in {}", scope.place.words());
        let help = format!("it is available in {places}");
        m.say(code::R106, self.span, message, "not available here", help);
        Typed::error(self.span)
    }

    fn binding(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        let Some(name) = self.part(0) else {
            return (self.needs_name(m, "<name>"), self.steps.len());
        };
        let word = if self.name == "var" { "variable" } else { "local" };
        let declared = m.declared.absolute(&format!("{word}.{}", name.text));
        if m.declared.find(&declared).is_none() {
            return (self.unknown_reference(m, word, name, 0), self.steps.len());
        }
        let address = m.declared.absolute(&format!("{}.{}", self.name, name.text));
        let typed = constant::binding(m, &address, self.span_of(1));
        self.handed_on(m, scope, typed, 1)
    }

    /// What came through a variable or an output: a reference to a secret or a strategy is read
    /// like the declaration itself.
    fn handed_on(
        &self,
        m: &mut Module<'_>,
        scope: &Scope<'_>,
        typed: Typed,
        taken: usize,
    ) -> (Typed, usize) {
        match &typed.ty {
            Ty::Declaration("secret", address) => {
                let name = address::bare(address).to_owned();
                self.secret_value(m, scope, &name, taken)
            }
            Ty::Declaration("strategy", address) => {
                let address = address.clone();
                self.strategy_part(m, address, taken)
            }
            _ => (typed, taken),
        }
    }

    fn each(&self, m: &mut Module<'_>) -> (Typed, usize) {
        let each = m.declared.here.each.and_then(|each| m.declared.eaches.get(each).cloned());
        let Some(each) = each else {
            let message = "`each` is not available here: the block has no `for_each`";
            let help = "add `for_each = toset([…])`, or write the value out";
            m.say(code::R106, self.span, message, "no `for_each`", help);
            return (Typed::error(self.whole), self.steps.len());
        };
        let Some(part) = self.part(0) else {
            return (self.needs_name(m, "key"), self.steps.len());
        };
        let span = self.span_of(1);
        match part.text.as_str() {
            "key" => (Typed::new(Type::String, each.key, span), 1),
            "value" => (Typed { ty: each.value_ty, ir: each.value, span }, 1),
            _ => {
                unknown_part(m, "`each`", part, &["key", "value"]);
                (Typed::error(span), self.steps.len())
            }
        }
    }

    /// `module.<n>.<output>`.
    fn module(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        let Some((instance, taken)) = self.address(m, 1) else {
            return (Typed::error(self.whole), self.steps.len());
        };
        super::module::open(m, &instance);
        let title = m.sources.text(self.span_of(taken)).to_owned();
        let Some(output) = self.part(taken) else {
            let message = format!("`{title}` alone is no value");
            let help = "read one of its outputs";
            m.say(code::R110, self.whole, message, "a name is missing", help);
            return (Typed::error(self.whole), self.steps.len());
        };
        let Some(number) = super::module::unit_of(m, &instance) else {
            return (Typed::error(self.whole), self.steps.len());
        };
        let Some(unit) = m.declared.units.get(number) else {
            return (Typed::error(self.whole), self.steps.len());
        };
        let address = address::within(&unit.prefix, &format!("output.{}", output.text));
        if m.declared.find(&address).is_none() {
            if !unit.incomplete {
                let start = address::within(&unit.prefix, "output.");
                let known: Vec<String> = m
                    .declared
                    .declared_in(number, "output")
                    .filter_map(|a| a.strip_prefix(&start))
                    .map(str::to_owned)
                    .collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                unknown_part(m, &format!("`{title}`"), output, &known);
            }
            return (Typed::error(self.whole), self.steps.len());
        }
        let typed = constant::binding(m, &address, self.span_of(taken + 1));
        self.handed_on(m, scope, typed, taken + 1)
    }

    fn secret(&self, m: &mut Module<'_>, scope: &Scope<'_>) -> (Typed, usize) {
        let Some(name) = self.part(0) else {
            return (self.needs_name(m, "<name>"), self.steps.len());
        };
        let address = m.declared.absolute(&format!("secret.{}", name.text));
        if m.declared.find(&address).is_none() {
            return (self.unknown_reference(m, "secret", name, 0), self.steps.len());
        }
        m.mark_used(&address);
        let name = address::bare(&address).to_owned();
        self.secret_value(m, scope, &name, 1)
    }

    fn secret_value(
        &self,
        m: &mut Module<'_>,
        scope: &Scope<'_>,
        name: &str,
        taken: usize,
    ) -> (Typed, usize) {
        let span = self.span_of(taken);
        let help = "secrets may stand in credentials and in `headers` and `auth` of HTTP calls";
        let (code, what, label) = match scope.secrets {
            Secrets::Sink => {
                let ir = Expr::Secret(name.to_owned());
                return (Typed::new(Type::Secret, ir, span), taken);
            }
            Secrets::Named => {
                let ty = Ty::Declaration("secret", format!("secret.{name}"));
                return (Typed { ty, ir: Expr::Secret(name.to_owned()), span }, taken);
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
        m.say(code, span, format!("secret `{name}` {what}"), label, help);
        (Typed::error(span), self.steps.len())
    }

    /// A declaration: what it is as a value, or that it is none.
    fn declared(&self, m: &mut Module<'_>, labels: usize, word: &'static str) -> (Typed, usize) {
        let of = match word {
            "group" => Some(Type::Group),
            "target" => Some(Type::Target),
            _ => None,
        };
        if let Some(of) = &of
            && let Some(all) = self.every_instance(m, labels)
        {
            let irs = all.into_iter().map(Expr::Ref).collect();
            let ty = Type::list(of.clone());
            return (Typed::new(ty, Expr::List(irs), self.span_of(labels + 1)), labels + 1);
        }
        match self.address(m, labels) {
            Some((address, taken)) => {
                let ty = of.map_or_else(|| Ty::Declaration(word, address.clone()), Ty::Of);
                (Typed { ty, ir: Expr::Ref(address), span: self.span_of(taken) }, taken)
            }
            None => (Typed::error(self.whole), self.steps.len()),
        }
    }

    fn strategy(&self, m: &mut Module<'_>) -> (Typed, usize) {
        match self.address(m, 2) {
            Some((address, taken)) => self.strategy_part(m, address, taken),
            None => (Typed::error(self.whole), self.steps.len()),
        }
    }

    /// A strategy, or `.targets` of it.
    fn strategy_part(&self, m: &mut Module<'_>, address: String, taken: usize) -> (Typed, usize) {
        let span = self.span_of(taken);
        let Some(part) = self.part(taken) else {
            let ty = Ty::Declaration("strategy", address.clone());
            return (Typed { ty, ir: Expr::Ref(address), span }, taken);
        };
        if part.text != "targets" {
            unknown_part(m, "a strategy", part, &["targets"]);
            return (Typed::error(span), self.steps.len());
        }
        let Some(block) = m.declared.block(&address) else {
            return (Typed::error(span), taken + 1);
        };
        if block.tombstone || block.body.attribute("targets").is_none() {
            return (Typed::error(span), taken + 1);
        }
        let targets = super::strategy::targets_of(m, &address, block, span);
        if targets.is_empty() {
            return (Typed::error(span), taken + 1);
        }
        let list = targets.into_iter().map(|(address, _)| Expr::Ref(address)).collect();
        let ty = Type::list(Type::Target);
        (Typed::new(ty, Expr::List(list), self.span_of(taken + 1)), taken + 1)
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
        self.declared(m, 2, "target")
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

    /// The whole address that this path names, marked as used, and of how many steps it is made;
    /// R101 where it is not declared.
    pub(crate) fn address(&self, m: &mut Module<'_>, labels: usize) -> Option<(String, usize)> {
        let base = self.base(m, labels)?;
        let Some(declaration) = m.declared.find(&base) else {
            let last = self.part(labels.saturating_sub(1))?;
            self.unknown_reference(m, self.name, last, labels - 1);
            return None;
        };
        if !declaration.repeated {
            m.mark_used(&base);
            return Some((base, labels));
        }
        let all = expand::instances(m, &base);
        let title = m.sources.text(self.span_of(labels)).to_owned();
        let Some(Step::Index(index, _)) = self.steps.get(labels) else {
            m.mark_used(&base);
            if !all.unknown {
                let message = format!("`{title}` has a `for_each`: which instance is not said");
                let keys: Vec<String> =
                    all.addresses.iter().filter_map(|a| m.declared.key_of(a)).collect();
                let help = match keys.first() {
                    Some(key) if matches!(self.name, "group" | "target") => {
                        format!("write `{title}[\"{key}\"]`, or `{title}[*]` for all")
                    }
                    Some(key) => format!("write `{title}[\"{key}\"]`"),
                    None => "it has no instances; add keys to its `for_each`".to_owned(),
                };
                m.say(code::R110, self.span_of(labels), message, "which one", help);
                return None;
            }
            return Some((base, labels));
        };
        let key = constant::read(m, index, &Type::String)?;
        m.mark_used(&base);
        let Some(flow_bundle::Value::String(key)) = key.value else {
            return Some((base, labels + 1));
        };
        if all.unknown {
            return Some((expand::assumed(m, &base, &key), labels + 1));
        }
        let address = address::instance(&base, &key);
        if m.declared.find(&address).is_some() {
            m.mark_used(&address);
            return Some((address, labels + 1));
        }
        let keys: Vec<String> = all.addresses.iter().filter_map(|a| m.declared.key_of(a)).collect();
        let help = suggest::help(&key, keys.iter().map(String::as_str), "").unwrap_or_else(|| {
            let shown: Vec<String> = keys.iter().take(5).map(|k| format!("`{k}`")).collect();
            format!("its keys are {}", shown.join(", "))
        });
        let message = format!("`{title}` has no instance `{key}`");
        m.say(code::R101, index.span, message, "not a key of its `for_each`", help);
        None
    }

    /// The whole address without an instance.
    fn base(&self, m: &mut Module<'_>, labels: usize) -> Option<String> {
        let mut relative = self.name.to_owned();
        for i in 0..labels {
            let Some(part) = self.part(i) else {
                self.needs_name(m, if labels == 2 { "<type>.<name>" } else { "<name>" });
                return None;
            };
            relative.push('.');
            relative.push_str(&part.text);
        }
        Some(m.declared.absolute(&relative))
    }

    /// `target.x.y[*]`: every instance, by key; none where something else is written.
    fn every_instance(&self, m: &mut Module<'_>, labels: usize) -> Option<Vec<String>> {
        let Some(Step::Splat(_)) = self.steps.get(labels) else { return None };
        let base = self.base(m, labels)?;
        m.declared.find(&base).filter(|d| d.repeated)?;
        m.mark_used(&base);
        let all = expand::instances(m, &base).addresses;
        for address in &all {
            m.mark_used(address);
        }
        Some(all)
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
            // Not the text itself, which may go on in another line.
            let parts = (0..=before).filter_map(|i| self.part(i)).map(|part| part.text.as_str());
            let own = parts.collect::<Vec<_>>().join(".");
            let names = if m.has_said_much() { Vec::new() } else { m.declared.names(word) };
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

/// Reports a declaration where a value is wanted.
pub(crate) fn not_a_value(m: &mut Module<'_>, word: &str, span: Span) {
    let message = format!("a reference to `{word}` is no value");
    m.say(code::R110, span, message, "not a value", "read one of its parts");
}
