//! `hook`: an ordered body of steps, decisions, messages and failures around a transition.

use flow_bundle::Expr;
use flow_bundle::bundle::{Decision, Fail, HookEvent, Statement, Verdict};
use flow_bundle::number::Seconds;

use super::Module;
use super::body::Opened;
use super::scope::{Fact, FlowScope, Home, Scope, StepInfo};
use super::step::{self, Rules};
use super::{hoist, narrow, notify};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::schema;
use crate::suggest;
use crate::syntax::tree::{Block, Ident};
use crate::types::Ty;

/// The event of a hook block; reports H301.
pub(crate) fn event_of(m: &mut Module<'_>, block: &Block) -> Option<HookEvent> {
    let label = block.labels.first()?;
    let event = HookEvent::parse(&label.text);
    if event.is_none() {
        let known = HookEvent::ALL.iter().map(|(_, word)| *word);
        let message = format!("there is no hook `{}`", label.text);
        m.report(
            Diagnostic::new(code::H301, label.span, message, "unknown hook")
                .rename_quoted(label.span, suggest::only(&label.text, known.clone()))
                .help_if(suggest::help(&label.text, known, "")),
        );
    }
    event
}

/// The steps of a hook, declared before anything is typed.
pub(crate) fn declare_steps(
    m: &mut Module<'_>,
    block: &Block,
    event: Option<HookEvent>,
    steps: &mut Vec<StepInfo>,
) {
    let mut after_decision = false;
    for (index, child) in block.body.blocks().enumerate() {
        after_decision |= child.kind.text == "decision";
        if child.kind.text != "step" {
            continue;
        }
        let Some(label) = child.labels.get(1) else { continue };
        check_step_name(m, label, steps);
        let home = event.map_or(Home::Unknown, Home::Hook);
        let word = |name: &str| {
            child
                .body
                .attribute(name)
                .map(|a| m.sources.text(a.expr.span).trim_matches('"').to_owned())
        };
        let is_async = word("mode").as_deref() == Some("async");
        let on_error = word("on_error");
        let quiet = event.is_some_and(|e| schema::hook(e).otherwise == "continue");
        let output = step::declared_output(m, child);
        steps.push(StepInfo {
            name: label.text.clone(),
            span: label.span,
            home,
            index,
            output,
            conditional: child.body.attribute("when").is_some(),
            after_decision,
            continues: on_error.map_or(quiet, |w| w == "continue"),
            is_async,
        });
    }
}

pub(crate) fn check_step_name(m: &mut Module<'_>, label: &Ident, steps: &[StepInfo]) {
    crate::resolve::check_name(label, &mut m.found);
    if matches!(label.text.as_str(), "escalate" | "deescalate" | "call") {
        let message = format!("`{}` is the name of the strategy's own step", label.text);
        m.say(code::B108, label.span, message, "reserved", "give the step another name");
    }
    if let Some(first) = steps.iter().find(|s| s.name == label.text) {
        let message = format!("there are two steps `{}` in this flow", label.text);
        m.report(
            Diagnostic::new(code::B109, label.span, message, "declared again")
                .label(first.span, "declared first here")
                .help("give one of them another name"),
        );
    }
}

/// Checks the statements of a hook, in order.
pub(crate) fn check(
    m: &mut Module<'_>,
    flow: &mut FlowScope,
    block: &Block,
    event: Option<HookEvent>,
    path: &str,
) -> Vec<Statement> {
    let _ = Opened::open(m, block, "hook");
    m.locate(path, block.header);
    if block.body.blocks().next().is_none() && !block.tombstone {
        m.say(code::H302, block.header, "this hook does nothing", "empty", "remove it");
    }
    let mut run = Run {
        event,
        facts: Vec::new(),
        facts_of_messages: Vec::new(),
        statements: Vec::new(),
        won: None,
        seconds: 0,
    };
    for (index, child) in block.body.blocks().enumerate() {
        run.statement(m, flow, child, index, path);
    }
    if event == Some(HookEvent::OnRequest) && run.seconds > 30 {
        let message = format!("the steps of this hook may take {} seconds", run.seconds);
        m.say(
            code::H309,
            block.header,
            message,
            "the person who asks waits for them",
            "shorten the timeouts, or move steps to `after_request`",
        );
    }
    run.statements
}

/// The state of walking through a hook.
struct Run {
    event: Option<HookEvent>,
    /// Proven for what runs only where nothing was decided.
    facts: Vec<Fact>,
    /// Proven for messages too, which run also after a decision.
    facts_of_messages: Vec<Fact>,
    statements: Vec<Statement>,
    /// The decision that always wins, if there was one.
    won: Option<crate::source::Span>,
    seconds: u64,
}

impl Run {
    fn statement(
        &mut self,
        m: &mut Module<'_>,
        flow: &mut FlowScope,
        block: &Block,
        index: usize,
        path: &str,
    ) {
        let place = self.event.map_or(Place::UnknownHook, Place::Hook);
        let (hook, before) = (path, self.statements.len());
        let name = match block.kind.text.as_str() {
            "step" => block.label(1).unwrap_or_default().to_owned(),
            _ => before.to_string(),
        };
        let path = format!("{hook}.{name}");
        let facts = match block.kind.text.as_str() {
            "notify" => &self.facts_of_messages,
            _ => &self.facts,
        };
        let mut scope = Scope::at(place, Some(flow)).knowing(facts.iter().cloned());
        scope.index = index;
        let mut checked = None;
        match block.kind.text.as_str() {
            "step" => checked = self.step(m, &scope, block, &path),
            "decision" => self.decision(m, &scope, block, &path),
            "notify" => {
                if let Some((notify, _)) = notify::notify(m, &scope, block, &path) {
                    self.statements.push(Statement::Notify(notify));
                }
            }
            "fail" => self.fail(m, &scope, block, &path),
            _ => {}
        }
        // What follows reads the step as it was found to be.
        if let Some((name, output, is_sure)) = checked
            && let Some(info) = flow.steps.iter_mut().find(|s| s.name == name)
        {
            info.output = output;
            info.conditional &= is_sure;
        }
        self.put_before(m, before, hook);
    }

    /// Puts the steps that the statement asks for right before it.
    fn put_before(&mut self, m: &mut Module<'_>, at: usize, hook: &str) {
        let steps = hoist::take(m, hook);
        let Some(statement) = self.statements.get(at).filter(|_| !steps.is_empty()) else { return };
        if !matches!(statement, Statement::Step(_)) {
            m.relocate(&format!("{hook}.{at}"), &format!("{hook}.{}", at + steps.len()));
        }
        for (i, step) in steps.into_iter().enumerate() {
            if let Statement::Step(step) = &step {
                self.seconds += step.timeout_s.0;
            }
            self.statements.insert(at + i, step);
        }
    }

    /// The step's name, what it answers, and whether it is certain to run.
    fn step(
        &mut self,
        m: &mut Module<'_>,
        scope: &Scope<'_>,
        block: &Block,
        path: &str,
    ) -> Option<(String, Ty, bool)> {
        let is_on = self.event.is_none_or(|e| e.word().starts_with("on_"));
        let rules = Rules {
            event: self.event,
            elsewhere: None,
            reading: self.event.is_some_and(|e| schema::hook(e).reading),
            timeout_max: Seconds(if is_on { 60 } else { 900 }),
        };
        let checked = step::check(m, scope, block, path, rules)?;
        self.seconds += checked.step.timeout_s.0;
        let name = checked.step.name.clone();
        // A condition that was not understood makes nothing uncertain.
        let is_sure = checked.step.when != Expr::Null;
        self.statements.push(Statement::Step(checked.step));
        Some((name, checked.output, is_sure))
    }

    fn decision(&mut self, m: &mut Module<'_>, scope: &Scope<'_>, block: &Block, path: &str) {
        let Some(opened) = Opened::open(m, block, "decision") else { return };
        m.locate(path, block.header);
        let (when, facts) = notify::when(m, scope, &opened, path);
        let inner = scope.knowing(facts.clone());
        let Some(label) = block.labels.first() else { return };
        let verdict = self.verdict(m, label);
        if let Some(first) = self.won {
            m.report(
                Diagnostic::new(
                    code::H303,
                    label.span,
                    "this decision can never be reached",
                    "never reached",
                )
                .label(first, "this one always wins")
                .help("put the narrower decision first"),
            );
        }
        if when == Expr::Bool(true) {
            self.won = self.won.or(Some(label.span));
        }
        let text = |m: &mut Module<'_>, name: &'static str| {
            opened.attribute(name).and_then(|a| notify::text(m, &inner, &a.expr, name))
        };
        let (reason, message) = (text(m, "reason"), text(m, "message"));
        let wrong = match verdict {
            Some(Verdict::Ignore) => "reason",
            _ => "message",
        };
        if let Some(attribute) = opened.attribute(wrong).filter(|_| verdict.is_some()) {
            let message = format!("`{wrong}` has no effect in a decision `{}`", label.text);
            let help = if wrong == "reason" { "write `message`" } else { "write `reason`" };
            m.say(code::B102, attribute.name.span, message, "has no effect here", help);
        }
        // What follows runs only where nothing was decided.
        self.facts.extend(otherwise(&when, facts));
        if let Some(verdict) = verdict {
            self.statements.push(Statement::Decision(Decision { verdict, message, reason, when }));
        }
    }

    fn verdict(&self, m: &mut Module<'_>, label: &Ident) -> Option<Verdict> {
        let verdict = match label.text.as_str() {
            "approve" => Verdict::Approve,
            "deny" => Verdict::Deny,
            "ignore" => Verdict::Ignore,
            _ => {
                let message = format!("there is no decision `{}`", label.text);
                let help = suggest::help(&label.text, ["approve", "deny", "ignore"], "");
                let found = Diagnostic::new(code::H314, label.span, message, "unknown decision");
                let meant = suggest::only(&label.text, ["approve", "deny", "ignore"]);
                m.report(found.rename_quoted(label.span, meant).help_if(help));
                return None;
            }
        };
        let Some(event) = self.event else { return Some(verdict) };
        let allowed = schema::hook(event).decisions;
        if event.word().starts_with("after_") {
            let message = format!("in `{}` it is too late to decide", event.word());
            let help = format!(
                "decide in an `on_` hook, such as `{}`",
                event.word().replacen("after_", "on_", 1)
            );
            m.say(code::H305, label.span, message, "too late", help);
        } else if !allowed.contains(&label.text.as_str()) {
            let words: Vec<String> = allowed.iter().map(|w| format!("`{w}`")).collect();
            let message = format!("`{}` is no decision of the hook `{}`", label.text, event.word());
            let help = if words.is_empty() {
                "this hook takes no decisions".to_owned()
            } else {
                format!("it takes {}", words.join(", "))
            };
            m.say(code::H314, label.span, message, "not possible here", help);
        }
        Some(verdict)
    }

    fn fail(&mut self, m: &mut Module<'_>, scope: &Scope<'_>, block: &Block, path: &str) {
        let Some(opened) = Opened::open(m, block, "fail") else { return };
        m.locate(path, block.header);
        if let Some(event) = self.event.filter(|e| !schema::hook(*e).fail) {
            let message = format!("the hook `{}` cannot make a request fail", event.word());
            m.say(
                code::H311,
                block.header,
                message,
                "not possible here",
                "fail in `on_request`, `on_approved` or `on_escalate`",
            );
        }
        let (when, facts) = notify::when(m, scope, &opened, path);
        let inner = scope.knowing(facts.clone());
        let message = opened
            .attribute("message")
            .and_then(|a| notify::text(m, &inner, &a.expr, "message"))
            .unwrap_or_else(|| Expr::string(""));
        let facts = otherwise(&when, facts);
        self.facts.extend(facts.iter().cloned());
        self.facts_of_messages.extend(facts);
        self.statements.push(Statement::Fail(Fail { message, when }));
    }
}

/// What is proven where a condition was false; one that was not understood proves the same both ways.
fn otherwise(when: &Expr, facts: Vec<Fact>) -> Vec<Fact> {
    if *when == Expr::Null { facts } else { narrow::facts(when, false) }
}

/// The decisions of this word in the hooks.
pub(crate) fn decisions<'a>(
    hooks: impl IntoIterator<Item = &'a Block>,
    word: &'a str,
) -> Vec<&'a Block> {
    hooks
        .into_iter()
        .flat_map(|h| h.body.blocks_of("decision"))
        .filter(|d| d.label(0) == Some(word))
        .collect()
}
