//! Blocks, opened through the schema: what is unknown, missing or said too often is reported here,
//! and static attributes are read by the form that the table gives them.

use flow_bundle::number::{Count, Seconds};
use flow_bundle::{Expr, Type, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::constant::{self, Constant};
use super::{Module, bounds};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::schema::{
    self, Attribute as Spec, Block as BlockSpec, Child as ChildSpec, Family, Form, Kind,
};
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Attribute, Block, Item};

/// Static texts that people read.
const SHOWN: [&str; 6] =
    ["label", "description", "help", "standing_reason", "name", "error_message"];

/// A block whose names were checked.
pub(crate) struct Opened<'a> {
    pub(crate) block: &'a Block,
    spec: &'static BlockSpec,
    kind: Option<&'static Kind>,
}

impl<'a> Opened<'a> {
    /// Opens a block of this word. None where the word has no table.
    pub(crate) fn open(m: &mut Module<'_>, block: &'a Block, word: &str) -> Option<Self> {
        Self::open_kind(m, block, word, None)
    }

    /// Opens a block whose first label is a type with attributes of its own.
    pub(crate) fn open_kind(
        m: &mut Module<'_>,
        block: &'a Block,
        word: &str,
        kind: Option<&'static Kind>,
    ) -> Option<Self> {
        Some(Self::open_by(m, block, schema::block(word)?, kind))
    }

    /// Opens a block by its table.
    pub(crate) fn open_by(
        m: &mut Module<'_>,
        block: &'a Block,
        spec: &'static BlockSpec,
        kind: Option<&'static Kind>,
    ) -> Self {
        let opened = Self { block, spec, kind };
        opened.check_labels(m);
        opened.check_names(m);
        opened.check_missing(m);
        opened
    }

    fn specs(&self) -> impl Iterator<Item = &'static Spec> + Clone {
        let own = self.kind.map(|k| k.attributes).unwrap_or_default();
        self.spec.attributes.iter().chain(own)
    }

    fn children_specs(&self) -> impl Iterator<Item = &'static ChildSpec> + Clone {
        let own = self.kind.map(|k| k.children).unwrap_or_default();
        self.spec.children.iter().chain(own)
    }

    fn spec_of(&self, name: &str) -> Option<&'static Spec> {
        self.specs().find(|s| s.name == name)
    }

    fn check_labels(&self, m: &mut Module<'_>) {
        let (have, want) = (self.block.labels.len(), self.spec.labels.len());
        if have == want {
            return;
        }
        let form: Vec<String> = self.spec.labels.iter().map(|l| format!(" \"<{l}>\"")).collect();
        let labels = if want == 1 { "label" } else { "labels" };
        let message = format!("`{}` takes {want} {labels}, not {have}", self.spec.word);
        let help = format!("write `{}{} {{ … }}`", self.spec.word, form.concat());
        m.say(code::B106, self.block.header, message, "wrong number of labels", help);
    }

    fn check_names(&self, m: &mut Module<'_>) {
        for item in &self.block.body.items {
            match item {
                Item::Attribute(attribute) => self.check_attribute(m, attribute),
                Item::Block(child) => self.check_child(m, child),
            }
        }
        for child in self.children_specs().filter(|c| !c.repeated) {
            let mut found = self.block.body.blocks_of(child.word);
            let first = found.next();
            if let (Some(first), Some(second)) = (first, found.next()) {
                let message = format!("there are two `{}` blocks", child.word);
                m.report(
                    Diagnostic::new(code::B105, second.header, message, "the second")
                        .label(first.header, "the first is here")
                        .help("keep one"),
                );
            }
        }
    }

    fn check_attribute(&self, m: &mut Module<'_>, attribute: &Attribute) {
        let name = attribute.name.text.as_str();
        match self.spec_of(name) {
            Some(_) => {}
            None if self.spec.free => {}
            None if self.children_specs().any(|c| c.word == name) => {
                let message = format!("`{name}` is a block, not an attribute");
                let help = format!("write `{name} {{ … }}`, without `=`");
                m.say(code::B107, attribute.name.span, message, "written as an attribute", help);
            }
            None => {
                let message = format!("`{}` has no attribute `{name}`", self.title());
                let known = self.specs().map(|s| s.name);
                let free = known.clone().filter(|name| self.attribute(name).is_none());
                let meant = suggest::only(name, known.clone())
                    .filter(|name| free.clone().any(|free| free == *name));
                let help = elsewhere(name, self.spec.word)
                    .filter(|_| suggest::nearest(name, known.clone()).is_none())
                    .or_else(|| suggest::help(name, known, ""));
                m.report(
                    Diagnostic::new(code::B102, attribute.name.span, message, "unknown attribute")
                        .rename(attribute.name.span, meant)
                        .help_if(help),
                );
            }
        }
    }

    fn check_child(&self, m: &mut Module<'_>, child: &Block) {
        let word = child.kind.text.as_str();
        match self.children_specs().find(|c| c.word == word) {
            Some(_) => {}
            None if self.spec_of(word).is_some() => {
                let message = format!("`{word}` is an attribute, not a block");
                let help = format!("write `{word} = …`");
                m.say(code::B107, child.kind.span, message, "written as a block", help);
            }
            None => {
                let message = format!("no block `{word}` may stand in `{}`", self.title());
                let known = self.children_specs().map(|c| c.word);
                m.report(
                    Diagnostic::new(code::B101, child.kind.span, message, "unknown block")
                        .rename(child.kind.span, suggest::only(word, known.clone()))
                        .help_if(suggest::help(word, known, "")),
                );
            }
        }
    }

    fn check_missing(&self, m: &mut Module<'_>) {
        if self.block.tombstone {
            return;
        }
        // A misspelt attribute was offered the right name; it is not missing too.
        let known = self.specs().map(|s| s.name);
        let meant: Vec<&str> = self
            .block
            .body
            .attributes()
            .filter(|a| self.spec_of(&a.name.text).is_none())
            .filter_map(|a| suggest::nearest(&a.name.text, known.clone()))
            .collect();
        for spec in self.specs().filter(|s| s.required && !meant.contains(&s.name)) {
            if self.attribute(spec.name).is_none()
                && self.block.body.blocks_of(spec.name).next().is_none()
            {
                let message = format!("`{}` needs a `{}`", self.title(), spec.name);
                let help = if self.spec.advice.is_empty() {
                    format!("add `{} = {}`", spec.name, example(spec.form))
                } else {
                    self.spec.advice.to_owned()
                };
                m.say(code::B103, self.block.header, message, "in this block", help);
            }
        }
        for child in self.spec.children.iter().filter(|c| c.required) {
            if self.misspells(child.word) {
                continue;
            }
            if self.child(child.word).is_none() && self.attribute(child.word).is_none() {
                let message = format!("`{}` needs a block `{}`", self.title(), child.word);
                let help = schema::block(child.word).filter(|b| !b.advice.is_empty()).map_or_else(
                    || format!("add `{} {{ … }}`", child.word),
                    |b| b.advice.to_owned(),
                );
                m.say(code::B104, self.block.header, message, "in this block", help);
            }
        }
    }

    /// Whether a block that does not exist here was most likely meant to be this one.
    pub(crate) fn misspells(&self, word: &str) -> bool {
        let known = || self.spec.children.iter().map(|c| c.word);
        self.block.body.blocks().any(|b| {
            let written = b.kind.text.as_str();
            known().all(|k| k != written) && suggest::nearest(written, known()) == Some(word)
        })
    }

    /// How the block is called in a message.
    fn title(&self) -> String {
        match (self.kind, self.spec.word) {
            (Some(kind), word) => format!("{word} \"{}\"", kind.word),
            (None, word) => word.to_owned(),
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        self.block.body.attribute(name)
    }

    pub(crate) fn child(&self, word: &str) -> Option<&'a Block> {
        self.block.body.blocks().find(|b| b.kind.text == word)
    }

    pub(crate) fn children(&self, word: &str) -> Vec<&'a Block> {
        self.block.body.blocks().filter(|b| b.kind.text == word).collect()
    }

    fn default(&self, name: &str) -> Option<&'static str> {
        self.spec_of(name).and_then(|s| s.default)
    }

    /// A static attribute; none where it is absent or was reported.
    pub(crate) fn constant(&self, m: &mut Module<'_>, name: &str, ty: &Type) -> Option<Constant> {
        constant::read(m, &self.attribute(name)?.expr, ty)
    }

    /// A static text; none where it is absent, not known or was reported.
    pub(crate) fn text(&self, m: &mut Module<'_>, name: &str) -> Option<String> {
        if self.attribute(name).is_none() {
            return self.default(name).map(str::to_owned);
        }
        let reads = m.sensitive_reads;
        let constant = self.constant(m, name, &Type::String)?;
        if let Some(attribute) = self.attribute(name).filter(|_| SHOWN.contains(&name)) {
            constant::refuse_sensitive(m, &attribute.expr, name, reads);
        }
        match constant.value? {
            Value::String(s) => {
                bounds::text(m, name, &s, constant.span);
                Some(s)
            }
            _ => None,
        }
    }

    pub(crate) fn bool(&self, m: &mut Module<'_>, name: &str) -> Option<bool> {
        if self.attribute(name).is_none() {
            return self.default(name).map(|d| d == "true");
        }
        match self.constant(m, name, &Type::Bool)?.value? {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// A static span of time, with the place of what was written.
    pub(crate) fn seconds_at(&self, m: &mut Module<'_>, name: &str) -> Option<(Seconds, Span)> {
        let attribute = self.attribute(name)?;
        let constant = self.constant(m, name, &Type::Duration)?;
        let Some(Value::Duration(written)) = constant.value else { return None };
        let span = attribute.expr.span;
        // Only where nothing is the default may nothing be written.
        if written.is_zero() && self.default(name) == Some("0s") {
            return Some((Seconds(0), span));
        }
        bounds::seconds(m, name, written, span).map(|seconds| (seconds, span))
    }

    pub(crate) fn seconds(&self, m: &mut Module<'_>, name: &str) -> Option<Seconds> {
        if self.attribute(name).is_none() {
            let default = flow_bundle::duration::parse(self.default(name)?)?;
            return default.to_u64().map(Seconds);
        }
        self.seconds_at(m, name).map(|(s, _)| s)
    }

    pub(crate) fn number(&self, m: &mut Module<'_>, name: &str) -> Option<(Decimal, Span)> {
        let Some(attribute) = self.attribute(name) else {
            let default = flow_bundle::decimal::parse(self.default(name)?)?;
            return Some((default, self.block.header));
        };
        match self.constant(m, name, &Type::Number)?.value? {
            Value::Number(n) => Some((n, attribute.expr.span)),
            _ => None,
        }
    }

    pub(crate) fn count_at(&self, m: &mut Module<'_>, name: &str) -> Option<(Count, Span)> {
        let (n, span) = self.number(m, name)?;
        bounds::count(m, self.spec.word, name, n, span).map(|n| (n, span))
    }

    pub(crate) fn count(&self, m: &mut Module<'_>, name: &str) -> Option<Count> {
        self.count_at(m, name).map(|(n, _)| n)
    }

    /// A word out of the list that the table gives.
    pub(crate) fn word(&self, m: &mut Module<'_>, name: &str) -> Option<String> {
        let Some(Form::Word(words)) = self.spec_of(name).map(|s| s.form) else { return None };
        if self.attribute(name).is_none() {
            return self.default(name).map(str::to_owned);
        }
        let ty = Type::Enum(words.iter().map(|w| (*w).to_owned()).collect());
        match self.constant(m, name, &ty)?.value? {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// Words out of the list that the table gives, with their place; none where absent.
    pub(crate) fn words(&self, m: &mut Module<'_>, name: &str) -> Option<(Vec<String>, Span)> {
        let Some(Form::Words(words)) = self.spec_of(name).map(|s| s.form) else { return None };
        let attribute = self.attribute(name)?;
        let ty = Type::list(Type::Enum(words.iter().map(|w| (*w).to_owned()).collect()));
        let Some(Value::List(items)) = self.constant(m, name, &ty)?.value else { return None };
        let mut found: Vec<String> = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            let Value::String(word) = item else { continue };
            if found.contains(&word) {
                let span = constant::item_span(&attribute.expr, i);
                let message = format!("`{word}` stands twice in `{name}`");
                m.say(code::B109, span, message, "the second time", "name it once");
            } else {
                found.push(word);
            }
        }
        if found.is_empty() {
            let known: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
            let message = format!("`{name}` names nothing");
            let help = format!("name at least one of {}, or leave it out", known.join(", "));
            m.say(code::B118, attribute.expr.span, message, "empty", help);
        }
        Some((found, attribute.expr.span))
    }

    /// Reports two attributes of which only one may stand; true where that is so.
    pub(crate) fn exclusive(&self, m: &mut Module<'_>, a: &str, b: &str) -> bool {
        let (Some(first), Some(second)) = (self.attribute(a), self.attribute(b)) else {
            return false;
        };
        let message = format!("`{a}` and `{b}` exclude each other");
        m.report(
            Diagnostic::new(code::B110, second.name.span, message, format!("beside `{a}`"))
                .label(first.name.span, format!("`{a}` stands here"))
                .help("keep one"),
        );
        true
    }

    /// The attribute, which must be there; B103 where it is not.
    pub(crate) fn demand(
        &self,
        m: &mut Module<'_>,
        name: &str,
        help: &str,
    ) -> Option<&'a Attribute> {
        let found = self.attribute(name);
        let is_misspelt = self.block.body.attributes().any(|a| {
            self.spec_of(&a.name.text).is_none()
                && suggest::nearest(&a.name.text, self.specs().map(|s| s.name)) == Some(name)
        });
        if found.is_none() && !self.block.tombstone && !is_misspelt {
            let message = format!("`{}` needs a `{name}`", self.title());
            m.say(code::B103, self.block.header, message, "in this block", help);
        }
        found
    }
}

/// The IR of a default that the table gives for a run-time attribute.
pub(crate) fn default_ir(text: &str) -> Expr {
    match text {
        "true" => Expr::Bool(true),
        "false" => Expr::Bool(false),
        _ => match flow_bundle::expr::SetName::parse(text) {
            Some(set) => Expr::Set(set),
            None => flow_bundle::decimal::parse(text).map_or(Expr::Null, Expr::Number),
        },
    }
}

fn elsewhere(name: &str, here: &str) -> Option<String> {
    ["flow", "grant", "approval", "field", "strategy", "step", "permissions", "notify"]
        .into_iter()
        .filter(|word| *word != here)
        .find(|word| {
            schema::block(word).is_some_and(|b| b.attributes.iter().any(|a| a.name == name))
        })
        .map(|word| format!("it belongs to the block `{word}`"))
}

fn example(form: Form) -> String {
    match form {
        Form::Text | Form::Static => "\"…\"".to_owned(),
        Form::Count => "1".to_owned(),
        Form::Duration => "\"30m\"".to_owned(),
        Form::Bool => "true".to_owned(),
        Form::Word(words) | Form::Words(words) => {
            format!("\"{}\"", words.first().copied().unwrap_or_default())
        }
        Form::Secret => "secret.<name>".to_owned(),
        Form::Type => "string".to_owned(),
        Form::Reference | Form::RunTime => "…".to_owned(),
    }
}

/// Family of typed blocks: opens the block, or reports that there is no such type.
pub(crate) fn open_typed<'a>(
    m: &mut Module<'_>,
    block: &'a Block,
    family: Family,
    word: &str,
) -> Option<(Opened<'a>, &'static Kind)> {
    let Some(label) = block.labels.first() else {
        if let Some(spec) = schema::block(word) {
            Opened { block, spec, kind: None }.check_labels(m);
        }
        return None;
    };
    let Some(kind) = schema::kind(family, &label.text) else {
        let known = schema::kinds_of(family).map(|k| k.word);
        let what = if matches!(word, "step" | "auth") { "kind" } else { "type" };
        let message = format!("there is no {word} of {what} `{}`", label.text);
        m.report(
            Diagnostic::new(code::B101, label.span, message, format!("unknown {what}"))
                .rename_quoted(label.span, suggest::only(&label.text, known.clone()))
                .help_if(suggest::help(&label.text, known, "")),
        );
        return None;
    };
    Opened::open_kind(m, block, word, Some(kind)).map(|o| (o, kind))
}
