//! The checker: a tree in, the parts of a bundle out, and every finding on the way.
//!
//! An expression is typed and written down as IR in one go ([`expr`]): what was not typed cannot
//! get into a bundle. Blocks are opened through the schema ([`body`]), then each kind of block has
//! a file of its own. Nothing here knows how parts become a file; that is `lower`.
//!
//! Names mean what they mean in the module and in the instance that is being checked, which is
//! [`Declarations::here`]. Whoever reads an expression of *another* declaration (the targets of a
//! strategy, the members of a group) does so inside [`Module::within`] that one. Addresses are
//! whole ones everywhere behind `path`.

pub(crate) mod approval;
pub(crate) mod arn;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod bounds;
pub(crate) mod break_glass;
pub(crate) mod call;
pub(crate) mod constant;
pub(crate) mod endpoint;
pub(crate) mod exhaustive;
pub(crate) mod expand;
pub(crate) mod expr;
pub(crate) mod extend;
pub(crate) mod field;
pub(crate) mod flow;
pub(crate) mod function;
pub(crate) mod grant;
pub(crate) mod group;
pub(crate) mod header;
pub(crate) mod hoist;
pub(crate) mod hook;
pub(crate) mod http;
pub(crate) mod http_path;
pub(crate) mod identities;
pub(crate) mod integration;
pub(crate) mod literal;
pub(crate) mod message;
pub(crate) mod mismatch;
pub(crate) mod module;
pub(crate) mod moved;
pub(crate) mod narrow;
pub(crate) mod notify;
pub(crate) mod options;
pub(crate) mod own_steps;
pub(crate) mod path;
pub(crate) mod people;
pub(crate) mod quorum;
pub(crate) mod record;
pub(crate) mod reference;
pub(crate) mod scenario;
pub(crate) mod scope;
pub(crate) mod shared;
pub(crate) mod spread;
pub(crate) mod step;
pub(crate) mod steps_path;
pub(crate) mod strategy;
pub(crate) mod strategy_call;
pub(crate) mod strategy_run;
pub(crate) mod taint;
pub(crate) mod target;
pub(crate) mod template;
pub(crate) mod type_expr;
mod unknown;
pub(crate) mod unopened;
pub(crate) mod unused;
pub(crate) mod variable;
pub(crate) mod vendor;
pub(crate) mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::address;
use crate::code::{self, Code};
use crate::compile::Options;
use crate::diagnostic::{Diagnostic, Diagnostics, Instance};
use crate::resolve::{Declarations, Here};
use crate::source::{Sources, Span};
use constant::Binding;
use shared::Shared;

/// What every check shares.
pub(crate) struct Module<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) options: &'a Options,
    pub(crate) declared: Declarations<'a>,
    pub(crate) found: Diagnostics,
    /// A piece of text could not be read: what it would have used is not known.
    pub(crate) lost_something: bool,
    /// Addresses that something reads.
    pub(crate) used: BTreeSet<String>,
    /// Variables and locals whose value was worked out, or is being worked out.
    pub(crate) bindings: BTreeMap<String, Binding>,
    /// IR path to where it was written.
    pub(crate) spans: BTreeMap<String, Span>,
    /// Steps that what is being checked needs before it.
    pub(crate) hoisted: hoist::Hoisted,
    /// What strategies read of a flow, by address.
    pub(crate) runs: BTreeMap<String, Shared<strategy_run::Run>>,
    /// What targets read of the request, by address.
    pub(crate) settings: BTreeMap<String, Shared<target::Filled>>,
    /// Addresses of targets that some flow can grant.
    pub(crate) granted: BTreeSet<String>,
    /// Texts of messages, by name.
    pub(crate) texts: BTreeMap<String, Shared<flow_bundle::Expr>>,
    /// Some static value is not known, because a variable has none (`check` only).
    pub(crate) has_unknown: bool,
    /// How often a sensitive variable was read, or a local that is made of one.
    pub(crate) sensitive_reads: usize,
    /// How often a static value was wanted that is not known.
    pub(crate) unknown_reads: usize,
    /// There are scenarios.
    pub(crate) has_tests: bool,
    /// What the expressions of each flow can read, by address: for conditions of scenarios.
    pub(crate) scopes: BTreeMap<String, scope::FlowScope>,
    /// Addresses of flows of which some static value is not known.
    pub(crate) unknown_flows: BTreeSet<String>,
    /// Addresses whose value or instances are being worked out, outermost first.
    pub(crate) working: Vec<String>,
    /// How deep the typing of expressions is, over all that refer to each other.
    pub(crate) depth: usize,
    /// How many parts of named values were put in where they are read.
    pub(crate) copied: usize,
    /// Patterns of fields, ready to be tried; none where one cannot be.
    pub(crate) patterns: BTreeMap<String, Option<regex::Regex>>,
    /// Steps that are left for static values; none once it was told that there are none.
    pub(crate) steps_left: Option<u64>,
    /// Messages whose text was typed already, each with the flow that says it.
    pub(crate) said: BTreeSet<(String, String)>,
    /// Functions that were read, by address; none where one was reported.
    pub(crate) functions: BTreeMap<String, Option<Rc<function::Defined>>>,
    /// The first expression that was not understood while no error was told.
    pub(crate) unexplained: Option<Span>,
    /// How often something was read that is another in each instance or use of a module.
    pub(crate) handed_in_reads: usize,
    /// A `module` with an empty `for_each` is opened as if it had an instance nobody knows
    /// ([`unopened`]).
    pub(crate) opens_empty: bool,
}

impl<'a> Module<'a> {
    pub(crate) fn new(
        sources: &'a Sources,
        options: &'a Options,
        declared: Declarations<'a>,
        found: Diagnostics,
    ) -> Self {
        let lost = [code::X001, code::X002, code::X003, code::X004, code::X006, code::X007];
        let lost_something = found.iter().any(|d| lost.contains(&d.code));
        Self {
            lost_something,
            sources,
            options,
            declared,
            found,
            used: BTreeSet::new(),
            bindings: BTreeMap::new(),
            spans: BTreeMap::new(),
            hoisted: hoist::Hoisted::default(),
            runs: BTreeMap::new(),
            settings: BTreeMap::new(),
            granted: BTreeSet::new(),
            texts: BTreeMap::new(),
            has_unknown: false,
            sensitive_reads: 0,
            unknown_reads: 0,
            has_tests: false,
            scopes: BTreeMap::new(),
            unknown_flows: BTreeSet::new(),
            working: Vec::new(),
            depth: 0,
            copied: 0,
            patterns: BTreeMap::new(),
            steps_left: Some(constant::STEPS_MAX),
            said: BTreeSet::new(),
            functions: BTreeMap::new(),
            unexplained: None,
            handed_in_reads: 0,
            opens_empty: false,
        }
    }

    /// Reports a finding. In a child module its words are those of the child's own files, and in
    /// an instance it says in which.
    pub(crate) fn report(&mut self, mut diagnostic: Diagnostic) {
        let unit = self.declared.unit();
        if !unit.prefix.is_empty() {
            diagnostic.reword(|text| text.replace(&unit.prefix, ""));
        }
        if diagnostic.instance.is_none() {
            diagnostic.instance = self.instance();
        }
        self.found.push(diagnostic);
    }

    /// Whether so much was found that no report shows more: looking for the name that was meant
    /// takes time with every name that there is.
    pub(crate) fn has_said_much(&self) -> bool {
        self.found.len() > 100
    }

    /// The instance that is being checked, where there may be others.
    fn instance(&self) -> Option<Instance> {
        let here = &self.declared.here;
        let unit = self.declared.unit();
        let of = self.declared.find(&here.address).map(|d| d.span);
        if here.each.is_some() {
            return Some(Instance { name: address::shown(&here.address), of });
        }
        (!unit.address.is_empty()).then(|| Instance { name: address::shown(&unit.address), of })
    }

    /// Notes that something was not understood, which is a fault of ours where no error tells it.
    pub(crate) fn doubt(&mut self, span: Span) {
        if self.unexplained.is_none() && !self.found.has_errors() {
            self.unexplained = Some(span);
        }
    }

    /// Reads what nobody ever sees: that it is not understood needs no reason.
    pub(crate) fn undoubted<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.unexplained;
        let done = read(self);
        self.unexplained = before;
        done
    }

    /// Looks names up where this declaration stands, and in its instance.
    pub(crate) fn within<T>(&mut self, address: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let here = match self.declared.find(address) {
            Some(d) => Here { unit: d.unit, each: d.each, address: address.to_owned() },
            None => self.declared.here.clone(),
        };
        let before = std::mem::replace(&mut self.declared.here, here);
        let done = read(self);
        self.declared.here = before;
        done
    }

    /// The key in the bundle of the declaration that is being checked.
    pub(crate) fn key(&self) -> String {
        address::bare(&self.declared.here.address).to_owned()
    }

    /// Reports a finding with one label and a help.
    pub(crate) fn say(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(Diagnostic::new(code, span, message, label).help(help));
    }

    /// Notes where a part of the bundle was written.
    pub(crate) fn locate(&mut self, path: impl Into<String>, span: Span) {
        self.spans.entry(path.into()).or_insert(span);
    }

    /// What was noted for a part holds for another: other parts came before it.
    pub(crate) fn relocate(&mut self, from: &str, to: &str) {
        let inside = |path: &str| {
            path.strip_prefix(from).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let near = self.spans.range(from.to_owned()..).map(|(path, _)| path);
        let near = near.take_while(|path| path.starts_with(from));
        let moved: Vec<String> = near.filter(|path| inside(path)).cloned().collect();
        for path in moved {
            if let Some(span) = self.spans.remove(&path) {
                self.spans.insert(format!("{to}{}", path.get(from.len()..).unwrap_or("")), span);
            }
        }
    }

    /// Notes that a declaration is read.
    pub(crate) fn mark_used(&mut self, address: impl Into<String>) {
        self.used.insert(address.into());
    }
}
