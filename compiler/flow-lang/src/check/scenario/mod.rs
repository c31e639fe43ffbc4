//! `*.flowtest.hcl`: who plays, what the outside answers, and what happens.
//!
//! Names of flows, stages, fields, targets and steps are those of the bundle, which stands already;
//! where it does not, only the form of a test file is checked. Playing a scenario is not here.
//!
//! | file | reads |
//! | --- | --- |
//! | `value` | values written out, people and targets among them |
//! | `effects` | which effects there are, and of which type their answers |
//! | `mock` | mocks |
//! | `action` | what people do |
//! | `expect` | what must be so |

mod action;
mod effects;
mod expect;
mod mock;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::{Bundle, Flow};
use flow_bundle::suite::{At, Place, Player, START, Scenario, Suite};
use flow_bundle::{Type, Value};
use jiff::Timestamp;

use super::Module;
use super::body::Opened;
use super::scope::FlowScope;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::schema::{TEST_LEVEL, test_block};
use crate::source::Span;
use crate::suggest;
use crate::syntax::tree::{Block, Expr, File, Item};
use effects::Effects;

/// The ending of test files.
pub(crate) const ENDING: &str = ".flowtest.hcl";

/// What the names of a test file mean.
pub(crate) struct Stage<'t> {
    /// Absent where the flows have errors.
    pub(crate) bundle: Option<&'t Bundle>,
    /// What conditions can read, by flow.
    pub(crate) scopes: &'t BTreeMap<String, FlowScope>,
    pub(crate) effects: &'t Effects<'t>,
    /// Names of users, whether they could be read or not, with their e-mail address.
    pub(crate) users: BTreeMap<String, String>,
}

/// Reads every test file.
pub(crate) fn all(m: &mut Module<'_>, files: &[File], bundle: Option<&Bundle>) -> Vec<Suite> {
    let scopes = std::mem::take(&mut m.scopes);
    let effects = bundle.map(Effects::of).unwrap_or_default();
    let mut suites = Vec::new();
    for file in files {
        let users = names(m, file);
        let stage = Stage { bundle, scopes: &scopes, effects: &effects, users };
        suites.push(suite(m, &stage, file));
    }
    suites
}

/// Users by their name, so that they may stand below whoever names them.
fn names(m: &mut Module<'_>, file: &File) -> BTreeMap<String, String> {
    let mut users = BTreeMap::new();
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for block in file.body.blocks_of("user") {
        let Some(label) = block.labels.first() else { continue };
        if let Some(before) = first.insert(&label.text, label.span) {
            twice(m, "user", &label.text, label.span, before);
            continue;
        }
        let email = block.body.attribute("email").and_then(|a| value::literal(&a.expr));
        users.insert(label.text.clone(), email.unwrap_or_default().to_lowercase());
    }
    users
}

fn twice(m: &mut Module<'_>, what: &str, name: &str, span: Span, before: Span) {
    let message = format!("there are two of `{what} \"{name}\"`");
    m.report(
        Diagnostic::new(code::B109, span, message, "declared again")
            .label(before, "declared first here")
            .help("give one of them another name"),
    );
}

fn suite(m: &mut Module<'_>, stage: &Stage<'_>, file: &File) -> Suite {
    let path = m.sources.file(file.id).map_or_else(String::new, |f| f.path.clone());
    let mut suite = Suite {
        file: path,
        start: START.parse().unwrap_or(Timestamp::UNIX_EPOCH),
        users: BTreeMap::new(),
        groups: BTreeMap::new(),
        mocks: Vec::new(),
        scenarios: Vec::new(),
    };
    let mut clock: Option<Span> = None;
    let mut called: BTreeMap<String, Span> = BTreeMap::new();
    // The clock first, wherever it stands: scenarios count from it.
    for block in file.body.blocks_of("clock") {
        if let Some(first) = clock.replace(block.header) {
            twice(m, "clock", "", block.header, first);
        } else if let Some(opened) = open(m, block) {
            suite.start = instant(m, &opened, "start").map_or(suite.start, |(at, _)| at);
        }
    }
    for item in &file.body.items {
        let block = match item {
            Item::Attribute(attribute) => {
                let name = &attribute.name;
                let message = format!("`{}` stands outside of a block", name.text);
                let help = "move it into a block";
                m.say(code::B102, name.span, message, "no attribute may stand here", help);
                continue;
            }
            Item::Block(block) => block,
        };
        match block.kind.text.as_str() {
            "clock" => {}
            "user" => user(m, stage, block, &mut suite),
            "group" => group(m, stage, block, &mut suite),
            "mock" => suite.mocks.extend(mock::read(m, stage, None, block)),
            "scenario" => {
                if let Some(label) = block.labels.first()
                    && let Some(first) = called.insert(label.text.clone(), label.span)
                {
                    twice(m, "scenario", &label.text, label.span, first);
                }
                let scenario = scenario(m, stage, block, &suite);
                suite.scenarios.extend(scenario);
            }
            _ => unknown_block(m, block),
        }
    }
    suite
}

fn unknown_block(m: &mut Module<'_>, block: &Block) {
    let word = block.kind.text.as_str();
    let known = TEST_LEVEL.iter().copied();
    let message = format!("there is no block `{word}` in a test file");
    let inside = test_block(word).map(|_| "it belongs inside `scenario`".to_owned());
    m.report(
        Diagnostic::new(code::B101, block.kind.span, message, "unknown block")
            .help_if(inside.or_else(|| suggest::help(word, known, ""))),
    );
}

/// Opens a block by the table of test files.
pub(crate) fn open<'a>(m: &mut Module<'_>, block: &'a Block) -> Option<Opened<'a>> {
    let spec = test_block(&block.kind.text)?;
    Some(Opened::open_by(m, block, spec, None))
}

fn user(m: &mut Module<'_>, stage: &Stage<'_>, block: &Block, suite: &mut Suite) {
    let Some(opened) = open(m, block) else { return };
    let Some(name) = block.label(0) else { return };
    let email = opened.text(m, "email").map(|e| e.to_lowercase());
    if let (Some(email), Some(attribute)) = (&email, opened.attribute("email"))
        && !email.contains('@')
    {
        let message = format!("`{email}` is no e-mail address");
        let help = "write the whole address, \"ana@acme.example\"";
        m.say(code::B120, attribute.expr.span, message, "not an address", help);
    }
    if let Some((other, _)) = suite.users.iter().find(|(_, p)| Some(&p.email) == email.as_ref())
        && let Some(attribute) = opened.attribute("email")
    {
        let message = format!("`user.{other}` has this e-mail address too");
        let help = "people are told apart by it: give one of them another";
        m.say(code::B109, attribute.expr.span, message, "used twice", help);
    }
    let manager = opened.attribute("manager").and_then(|a| value::user(m, stage, &a.expr));
    let player = Player {
        email: email.unwrap_or_default(),
        name: opened.text(m, "name").unwrap_or_else(|| capital(name)),
        role: word(m, &opened, "role").unwrap_or_else(|| "member".to_owned()),
        bot: word(m, &opened, "kind").is_some_and(|kind| kind == "bot"),
        manager: manager.and_then(|name| stage.users.get(&name).cloned()),
        identities: identities(m, &opened),
    };
    suite.users.entry(name.to_owned()).or_insert(player);
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn identities(m: &mut Module<'_>, opened: &Opened<'_>) -> Option<BTreeMap<String, String>> {
    let ty = Type::Map(Box::new(Type::String));
    let Some(Value::Map(ids)) = opened.constant(m, "identities", &ty)?.value else { return None };
    let text = |value| match value {
        Value::String(id) => Some(id),
        _ => None,
    };
    Some(ids.into_iter().filter_map(|(k, v)| Some((k, text(v)?))).collect())
}

fn group(m: &mut Module<'_>, stage: &Stage<'_>, block: &Block, suite: &mut Suite) {
    let Some(opened) = open(m, block) else { return };
    let Some(label) = block.labels.first() else { return };
    let members = opened.attribute("members").map(|a| value::users(m, stage, &a.expr));
    if let Some(bundle) = stage.bundle {
        match bundle.groups.get(&label.text) {
            Some(group) if group.members.is_none() => {}
            Some(_) => {
                let message = format!("the group `{}` is written out in the flows", label.text);
                let help = "remove this block: only what outside groups hold is said here";
                m.say(code::Q801, label.span, message, "not an outside group", help);
            }
            None => {
                let outside = bundle.groups.iter().filter(|(_, g)| g.members.is_none());
                let known: Vec<&str> = outside.map(|(address, _)| address.as_str()).collect();
                let message = format!("the flows have no outside group `{}`", label.text);
                let help = suggest::help(&label.text, known.iter().copied(), "");
                m.report(
                    Diagnostic::new(code::Q801, label.span, message, "no such group")
                        .help(help.unwrap_or_else(|| "remove this block".to_owned())),
                );
            }
        }
    }
    let emails = members.unwrap_or_default().into_iter();
    let emails = emails.filter_map(|name| stage.users.get(&name).cloned()).collect();
    suite.groups.insert(label.text.clone(), emails);
}

fn scenario(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    block: &Block,
    suite: &Suite,
) -> Option<Scenario> {
    let opened = open(m, block)?;
    let label = block.labels.first()?;
    let address = opened.text(m, "flow");
    let flow = address.as_deref().and_then(|address| flow_of(m, stage, &opened, address));
    let (mut mocks, mut actions) = (Vec::new(), Vec::new());
    let mut clock = action::Clock { start: suite.start, passed_s: 0, acted: false };
    for child in block.body.blocks() {
        match child.kind.text.as_str() {
            "mock" => mocks.extend(mock::read(m, stage, flow, child)),
            word if test_block(word).is_some() => {
                actions.extend(action::read(m, stage, flow, child, &mut clock));
            }
            _ => {}
        }
    }
    if let Some((address, flow)) = flow {
        fixtures(m, stage, suite, address, flow, label.span);
    }
    let place = place(m, block.header);
    let words = label.text.clone();
    Some(Scenario { words, flow: address.unwrap_or_default(), mocks, actions, place })
}

fn flow_of<'t>(
    m: &mut Module<'_>,
    stage: &Stage<'t>,
    opened: &Opened<'_>,
    address: &str,
) -> Option<(&'t str, &'t Flow)> {
    let bundle = stage.bundle?;
    if let Some((address, flow)) = bundle.flows.get_key_value(address) {
        return Some((address.as_str(), flow));
    }
    let span = opened.attribute("flow")?.expr.span;
    let known = || bundle.flows.keys().map(String::as_str);
    let message = format!("there is no flow `{address}`");
    m.report(
        Diagnostic::new(code::R101, span, message, "no such flow")
            .rename_quoted(span, suggest::only(address, known().collect::<Vec<_>>()))
            .help_if(suggest::help(address, known().collect::<Vec<_>>(), "")),
    );
    None
}

/// Q808: an outside group that the flow asks for, and of which nothing is said.
fn fixtures(
    m: &mut Module<'_>,
    stage: &Stage<'_>,
    suite: &Suite,
    address: &str,
    flow: &Flow,
    span: Span,
) {
    let Some(bundle) = stage.bundle else { return };
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    let path = flow_bundle::walk::Path::of(address);
    flow_bundle::walk::flow_expressions(&path, flow, &mut |_, expr| {
        flow_bundle::walk::each(expr, &mut |part| {
            if let flow_bundle::Expr::Ref(to) = part
                && let Some(group) = to.strip_prefix("group.")
            {
                wanted.insert(group);
            }
        });
    });
    let outside = |group: &&&str| bundle.groups.get(**group).is_some_and(|g| g.members.is_none());
    for group in wanted.iter().filter(outside) {
        if !suite.groups.contains_key(*group) {
            let message =
                format!("the flow `{address}` asks who is in `group.{group}`, and nothing says so");
            let help = format!("add `group \"{group}\" {{ members = [user.…] }}` above");
            m.say(code::Q808, span, message, "needs that group", help);
        }
    }
}

/// A place for reports.
pub(crate) fn place(m: &Module<'_>, span: Span) -> Place {
    let at = m.sources.position(span);
    let text = m.sources.text(span);
    let width = text.lines().next().unwrap_or_default().chars().count().max(1);
    Place { line: at.line, column: at.column, width }
}

/// What an attribute says, with its place: from the name to the end of the value.
pub(crate) fn at<T>(m: &Module<'_>, opened: &Opened<'_>, name: &str, value: T) -> At<T> {
    let span = opened.attribute(name).map_or(opened.block.header, |a| a.span);
    At { value, place: place(m, span) }
}

/// An instant, written as a text or by `timestamp(…)`.
pub(crate) fn instant(
    m: &mut Module<'_>,
    opened: &Opened<'_>,
    name: &str,
) -> Option<(Timestamp, Span)> {
    let attribute = opened.attribute(name)?;
    let span = attribute.expr.span;
    if let Some(text) = value::literal(&attribute.expr) {
        if let Ok(at) = text.parse() {
            return Some((at, span));
        }
        let message = format!("`{text}` is no instant");
        let help = "write it as `\"2026-01-05T09:00:00Z\"`, with the zone";
        m.say(code::B120, span, message, "not understood", help);
        return None;
    }
    match opened.constant(m, name, &Type::Timestamp)?.value? {
        Value::Timestamp(at) => Some((at, span)),
        _ => None,
    }
}

/// A word out of the list that the table gives.
pub(crate) fn word(m: &mut Module<'_>, opened: &Opened<'_>, name: &str) -> Option<String> {
    let spec = test_block(&opened.block.kind.text)?.attributes.iter().find(|a| a.name == name)?;
    let Some(attribute) = opened.attribute(name) else {
        return spec.default.map(str::to_owned);
    };
    let crate::schema::Form::Word(words) = spec.form else { return None };
    let text = text_of(m, &attribute.expr)?;
    known_word(m, &text, words, name, attribute.expr.span).then_some(text)
}

/// A text that is known.
pub(crate) fn text_of(m: &mut Module<'_>, e: &Expr) -> Option<String> {
    match super::constant::read(m, e, &Type::String)?.value? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Q807: a word that is in no list.
pub(crate) fn known_word(
    m: &mut Module<'_>,
    text: &str,
    words: &[&str],
    what: &str,
    span: Span,
) -> bool {
    if words.contains(&text) {
        return true;
    }
    let message = format!("`{text}` is no word of `{what}`");
    let known = words.iter().copied();
    m.report(
        Diagnostic::new(code::Q807, span, message, "unknown word")
            .help_if(suggest::help(text, known, "")),
    );
    false
}
