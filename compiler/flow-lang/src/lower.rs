//! The parts of a bundle, put together: reach, proofs, hashes, source map.
//!
//! No span and no type of the tree passes this line.

use std::collections::BTreeMap;

use flow_bundle::bundle::{
    Bundle, BundleFile, FORMAT, Flow, IR, LANGUAGE, Moved, Reach, SourceFile, SourceMap,
};
use flow_bundle::{Digest, codec};

use crate::check::Module;
use crate::check::body::Opened;
use crate::check::{
    expand, flow, function, group, identities, integration, message, moved, scenario, shared,
    strategy, target, unused, variable,
};
use crate::code;
use crate::lint;
use crate::prove;
use crate::resolve::Body;
use crate::source::FileId;
use crate::syntax::tree::Block;

/// Checks everything, and gives the bundle where there is no error.
pub(crate) fn bundle(m: &mut Module<'_>) -> Option<Bundle> {
    let head = head(m);
    variable::refuse_unknown(m);
    expand::all(m);
    every(m, "variable", variable::validate);
    locals(m);
    outputs(m);
    every(m, "check", variable::assert);
    every(m, "function", function::check);
    let secrets = each(m, "secret", integration::secret);
    let integrations = each(m, "integration", integration::check);
    let environments = each(m, "environment", integration::environment);
    let groups = each(m, "group", group::check);
    let mut targets = each(m, "target", target::check);
    let mut strategies = each(m, "strategy", strategy::check);
    let mut messages = each(m, "message", message::check);
    let flows: BTreeMap<String, Flow> = each(m, "flow", flow::check);
    let identities = identities::check(m);
    shared::put(m, &mut targets, &mut strategies, &mut messages);
    let moved = moved::all(m);
    unused::of_module(m);
    for (address, flow) in &flows {
        let environment = flow.environment.as_ref().and_then(|name| environments.get(name));
        if let Some(errors) = environment.and_then(|e| e.error_channel.as_ref()) {
            lint::shared_channel(m, address, flow, errors);
        }
    }
    explain(m);
    if m.found.has_errors() {
        return None;
    }
    let (name, required_runtime) = head?;
    let mut bundle = Bundle {
        environments,
        flows,
        format: FORMAT,
        groups,
        identities,
        integrations,
        ir: IR,
        language: LANGUAGE,
        messages,
        moved,
        name,
        reach: Reach::default(),
        required_runtime,
        secrets,
        strategies,
        targets,
        tz: flow_bundle::function::TZ_VERSION.to_owned(),
    };
    forget_moves_of_the_missing(&mut bundle);
    prove::run(m, &mut bundle);
    if !m.has_unknown && !m.found.has_errors() {
        refuse_unloadable(m, &bundle);
    }
    (!m.found.has_errors()).then_some(bundle)
}

/// Reports what was not understood without an error that says so: a bundle would lack it.
fn explain(m: &mut Module<'_>) {
    let Some(span) = m.unexplained.filter(|_| !m.has_unknown && !m.found.has_errors()) else {
        return;
    };
    let message = "flowc cannot tell what this is, so nothing can stand for it in the bundle";
    let help = "write it in another way, and report it: flowc should have said what is wrong here";
    m.say(code::T201, span, message, "not understood", help);
}

/// Reports what every reader of the bundle would refuse: before it is carried anywhere.
fn refuse_unloadable(m: &mut Module<'_>, bundle: &Bundle) {
    let Err(error) = codec::meaning(bundle) else { return };
    let message = format!("the daemon would not load this: {}", error.message);
    let help = "write it in another way, and report it: flowc should have said what is wrong here";
    let span = prove::span_of(m, &error.path);
    m.say(code::B120, span, message, format!("becomes `{}`", error.path), help);
}

/// What no flow uses may be in no bundle, such as a strategy over HTTP that nothing grants: where it
/// moved from, nobody asks then.
fn forget_moves_of_the_missing(bundle: &mut Bundle) {
    let stands = |at: &str| match at.split_once('.') {
        Some(("flow", key)) => bundle.flows.contains_key(key),
        Some(("strategy", key)) => bundle.strategies.contains_key(key),
        Some(("target", key)) => bundle.targets.contains_key(key),
        Some(("group", key)) => bundle.groups.contains_key(key),
        _ => true,
    };
    let ends = flow_bundle::moved::ends(&bundle.moved);
    let is_kept = |pair: &&Moved| ends.get(pair.from.as_str()).is_some_and(|end| stands(end));
    bundle.moved = bundle.moved.iter().filter(is_kept).cloned().collect();
}

/// Every declaration of a word, in every module, through a check.
fn every(m: &mut Module<'_>, word: &str, check: impl Fn(&mut Module<'_>, &Block)) {
    for address in m.declared.everywhere(word) {
        if let Some(block) = m.declared.block(&address).filter(|b| !b.tombstone) {
            m.within(&address, |m| check(m, block));
        }
    }
}

/// Every declaration of a word through its check, by address without the word.
fn each<T>(
    m: &mut Module<'_>,
    word: &str,
    check: impl Fn(&mut Module<'_>, &Block) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut out = BTreeMap::new();
    for address in m.declared.everywhere(word) {
        let Some(block) = m.declared.block(&address) else { continue };
        // The flow's parts are checked as far as they could be read; of others nothing is left.
        if block.tombstone && word != "flow" {
            continue;
        }
        if let Some(part) = m.within(&address, |m| check(m, block)) {
            out.insert(integration::bare(&address), part);
        }
    }
    for (base, each) in m.declared.nowhere(word) {
        if let Some(block) = m.declared.block(&base).filter(|b| !b.tombstone) {
            expand::check_spare(m, &base, each, |m| drop(check(m, block)));
        }
    }
    out
}

/// Locals that nobody reads are worked out too: their faults are faults.
fn locals(m: &mut Module<'_>) {
    let addresses: Vec<_> = m
        .declared
        .all()
        .filter_map(|(address, d)| match d.body {
            Body::Local(attribute) => Some((address.to_owned(), attribute.name.span)),
            Body::Block(_) => None,
        })
        .collect();
    for (address, span) in addresses {
        let was_used = m.used.contains(&address);
        crate::check::constant::binding(m, &address, span);
        if !was_used {
            m.used.remove(&address);
        }
    }
}

/// Outputs that nobody reads are worked out too.
fn outputs(m: &mut Module<'_>) {
    for address in m.declared.everywhere("output") {
        let span = m.declared.find(&address).map(|d| d.span);
        if let Some(span) = span {
            crate::check::constant::binding(m, &address, span);
        }
    }
}

/// Name and required runtime.
fn head(m: &mut Module<'_>) -> Option<(String, Option<String>)> {
    let block = m.declared.bundle?;
    let opened = Opened::open(m, block, "bundle")?;
    if let Some((language, span)) =
        opened.attribute("language").and_then(|_| opened.count_at(m, "language"))
        && language.0 != u64::from(LANGUAGE)
    {
        let message = format!("flowc {} knows language {LANGUAGE}", env!("CARGO_PKG_VERSION"));
        m.say(code::B113, span, message, "another language", "use a newer flowc");
    }
    let label = block.labels.first()?;
    if !is_bundle_name(&label.text) {
        refuse_name(m, &label.text, label.span);
    }
    let name = opened.text(m, "name").unwrap_or_else(|| label.text.clone());
    if !is_bundle_name(&name)
        && let Some(attribute) = opened.attribute("name").filter(|_| !name.trim().is_empty())
    {
        refuse_name(m, &name, attribute.expr.span);
    }
    let runtime = opened.text(m, "required_runtime");
    if let (Some(runtime), Some(attribute)) = (&runtime, opened.attribute("required_runtime"))
        && flow_bundle::requirement::fits(runtime, "0.0.0").is_err()
        && !runtime.trim().is_empty()
    {
        let message = format!("`{runtime}` does not say which versions of the daemon are meant");
        let help = "write \">= 0.1.0\", or several with commas between them";
        m.say(code::B120, attribute.expr.span, message, "not understood", help);
    }
    Some((name, runtime))
}

fn is_bundle_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 63
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
}

fn refuse_name(m: &mut Module<'_>, name: &str, span: crate::source::Span) {
    let message = format!("`{name}` is no name of a bundle");
    let help =
        "it starts with a small letter and holds small letters, digits, `_` and `-`, 63 at most";
    m.say(code::B108, span, message, "not a name", help);
}

/// The file around a bundle.
pub(crate) fn file(m: &Module<'_>, bundle: Bundle) -> BundleFile {
    let sources = source_map(m);
    let content_hash = codec::content_hash(&bundle);
    let sources_hash = Digest::of_json(&serde_json::to_value(&sources).unwrap_or_default());
    let compiler = format!("flowc {}", env!("CARGO_PKG_VERSION"));
    BundleFile { bundle, compiler, content_hash, sources, sources_hash }
}

/// Files stand by path, whatever the order in which they came.
fn source_map(m: &Module<'_>) -> SourceMap {
    let mut order: Vec<(&str, u32)> =
        m.sources.iter().map(|(id, file)| (file.path.as_str(), id.0)).collect();
    // No part of a bundle is written in a test.
    order.retain(|(path, _)| !path.ends_with(scenario::ENDING));
    order.sort_unstable();
    let place: BTreeMap<u32, u32> = (0_u32..).zip(&order).map(|(at, (_, id))| (*id, at)).collect();
    let files = order
        .iter()
        .filter_map(|(_, id)| m.sources.file(FileId(*id)))
        .map(|file| SourceFile {
            path: file.path.clone(),
            sha256: Digest::of(file.text.as_bytes()).hex(),
        })
        .collect();
    let map = m
        .spans
        .iter()
        .filter_map(|(path, span)| {
            Some((path.clone(), (*place.get(&span.file.0)?, span.start, span.end)))
        })
        .collect();
    SourceMap { files, map }
}
