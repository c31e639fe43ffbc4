//! `moved`: what was declared under one name before, so that running grants keep its identity.
//!
//! An address is written as people write it, the module first. What moved may be one declaration,
//! all instances of one, or a whole module; a bundle holds a pair for each flow, strategy, target
//! and group.

use std::collections::{BTreeMap, BTreeSet};

use flow_bundle::bundle::Moved;

use super::Module;
use super::body::Opened;
use crate::address;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::resolve::Here;
use crate::source::Span;
use crate::syntax::tree::{self, Attribute, Block, ExprKind, Step};

/// What can move: the block word, and how many labels it has.
const WORDS: [(&str, usize); 4] = [("flow", 1), ("strategy", 2), ("target", 2), ("group", 1)];

/// An address as it is written.
#[derive(Debug, Clone)]
struct Written {
    /// `module.a["x"].`, below the module that says so; empty: that one.
    module: String,
    /// The block word and what stands behind it; none: the module itself moved.
    own: Option<(String, String)>,
    span: Span,
}

/// What stands, and what moves on: looked at once for all blocks.
struct Known {
    /// Addresses by block word.
    addresses: BTreeMap<&'static str, BTreeSet<String>>,
    /// What stands behind `from` in any block, as it is written.
    from: BTreeSet<String>,
    /// Something may stand that could not be read.
    hides: bool,
}

impl Known {
    fn of(m: &Module<'_>) -> Self {
        let addresses = |word| (word, m.declared.everywhere(word).into_iter().collect());
        let from = |(_, block): &(usize, &Block)| {
            block.body.attribute("from").map(|a| m.sources.text(a.expr.span).to_owned())
        };
        let could_not_open = [code::M701, code::M705, code::M706, code::B111];
        Self {
            addresses: WORDS.into_iter().map(|(word, _)| addresses(word)).collect(),
            from: m.declared.moved.iter().filter_map(from).collect(),
            hides: m.declared.is_incomplete()
                || m.found.iter().any(|d| could_not_open.contains(&d.code))
                || m.declared.instances.values().any(|all| all.unknown),
        }
    }

    /// What is declared under addresses that begin so, and the rest of these.
    fn below<'k>(&'k self, word: &str, start: &'k str) -> impl Iterator<Item = (&'k str, &'k str)> {
        let near = self.addresses.get(word).map(|all| all.range(start.to_owned()..));
        let near = near.into_iter().flatten().map(String::as_str);
        near.map_while(move |address| Some((address, address.strip_prefix(start)?)))
    }

    /// Whether a step of a longer way, or something in a file that could not be read.
    fn may_stand(&self, m: &Module<'_>, to: &Written) -> bool {
        self.hides || self.from.contains(m.sources.text(to.span))
    }
}

/// Every pair, sorted; reports R111, R116, B109.
pub(crate) fn all(m: &mut Module<'_>) -> Vec<Moved> {
    let known = Known::of(m);
    let mut pairs: Vec<(Moved, Span)> = Vec::new();
    for (unit, block) in m.declared.moved.clone() {
        let before = std::mem::replace(
            &mut m.declared.here,
            Here { unit, each: None, address: String::new() },
        );
        pairs.extend(read(m, &known, block).unwrap_or_default());
        m.declared.here = before;
    }
    pairs.sort();
    pairs.dedup_by(|a, b| a.0 == b.0);
    let moved: Vec<Moved> = pairs.iter().map(|(pair, _)| pair.clone()).collect();
    let circular = flow_bundle::moved::circular(&moved);
    let (mut from, mut to) = (BTreeMap::new(), BTreeMap::new());
    for (pair, span) in &pairs {
        let what = if from.contains_key(&pair.from) {
            format!("`{}` moved to two places", address::shown(&pair.from))
        } else {
            format!("two things moved to `{}`", address::shown(&pair.to))
        };
        if let Some(first) = from.get(&pair.from).or_else(|| to.get(&pair.to)) {
            m.report(
                Diagnostic::new(code::B109, *span, what, "the second time")
                    .label(*first, "the first time here")
                    .help("keep one"),
            );
        } else if circular.contains(pair.from.as_str()) {
            let message = format!("`{}` moved to itself", address::shown(&pair.from));
            m.say(code::R111, *span, message, "closes the circle", "remove one of the `moved`");
        }
        from.entry(&pair.from).or_insert(*span);
        to.entry(&pair.to).or_insert(*span);
    }
    moved
}

fn read(m: &mut Module<'_>, known: &Known, block: &Block) -> Option<Vec<(Moved, Span)>> {
    let opened = Opened::open(m, block, "moved")?;
    let from = opened.attribute("from").and_then(|a| written(m, a));
    let to = opened.attribute("to").and_then(|a| written(m, a));
    let (from, to) = (from?, to?);
    let word = |w: &Written| w.own.as_ref().map_or("module".to_owned(), |(word, _)| word.clone());
    if word(&from) != word(&to) {
        let message = format!("a {} cannot become a {}", word(&from), word(&to));
        // Where the new name stands for something, the old one is the slip.
        let stands = match &to.own {
            Some((word, own)) => {
                let address = format!("{word}.{}{}{own}", m.declared.unit().prefix, to.module);
                m.declared.find(&address).is_some()
            }
            None => true,
        };
        let (slip, other) = if stands { (&from, &to) } else { (&to, &from) };
        m.report(
            Diagnostic::new(code::R110, slip.span, message, format!("this is a {}", word(slip)))
                .label(other.span, format!("this is a {}", word(other)))
                .help("name two addresses of one kind"),
        );
        return None;
    }
    let pairs = pairs(m, known, &from, &to);
    if pairs.is_empty() && !known.may_stand(m, &to) {
        let message = format!("there is no `{}`", m.sources.text(to.span));
        let help = "name what it is called now; where it is gone, remove the `moved`";
        m.say(code::R116, to.span, message, "not declared", help);
    }
    for (pair, _) in &pairs {
        // One that moved on stands no more.
        if m.declared.find(&pair.from).is_some_and(|d| !d.repeated) {
            let message = format!("`{}` still stands", address::shown(&pair.from));
            let help = "remove the `moved`, or what stands under the old name";
            m.say(code::R116, from.span, message, "did not move", help);
        }
    }
    Some(pairs.into_iter().map(|(pair, _)| (pair, from.span)).collect())
}

/// A pair for each declaration that the new address stands for.
fn pairs(m: &Module<'_>, known: &Known, from: &Written, to: &Written) -> Vec<(Moved, Span)> {
    let prefix = m.declared.unit().prefix.clone();
    let mut out = Vec::new();
    match (&from.own, &to.own) {
        (Some((word, old)), Some((_, new))) => {
            let old = format!("{word}.{prefix}{}{old}", from.module);
            let new = format!("{word}.{prefix}{}{new}", to.module);
            for (address, rest) in known.below(word, &new) {
                if rest.is_empty() || rest.starts_with('[') {
                    out.push((pair(format!("{old}{rest}"), address.to_owned()), to.span));
                }
            }
            // A step of a longer way leads to what stands no more.
            if out.is_empty() && known.may_stand(m, to) {
                out.push((pair(old, new), to.span));
            }
        }
        (None, None) => {
            let trim = |module: &str| module.trim_end_matches('.').to_owned();
            let (old, new) = (trim(&from.module), trim(&to.module));
            for (word, _) in WORDS {
                let start = format!("{word}.{prefix}{new}");
                for (address, rest) in known.below(word, &start) {
                    if rest.starts_with(['[', '.']) {
                        let was = format!("{word}.{prefix}{old}{rest}");
                        out.push((pair(was, address.to_owned()), to.span));
                    }
                }
            }
        }
        _ => {}
    }
    out
}

fn pair(from: String, to: String) -> Moved {
    Moved { from, to }
}

/// An address; reports R110 where it is none.
fn written(m: &mut Module<'_>, attribute: &Attribute) -> Option<Written> {
    let e = &attribute.expr;
    let read = match &e.kind {
        ExprKind::Access { base, steps } => match &base.kind {
            ExprKind::Name(word) => of_steps(word, steps, e.span),
            _ => None,
        },
        ExprKind::Error => return None,
        _ => None,
    };
    if read.is_none() {
        let message = "an address is wanted here";
        let help = "write `flow.<name>`, `target.<type>.<name>`, `strategy.<type>.<name>`, \
                    `group.<name>` or `module.<name>`, with `[\"key\"]` for one instance";
        m.say(code::R110, e.span, message, "no address of what can move", help);
    }
    read
}

fn of_steps(word: &str, steps: &[Step], span: Span) -> Option<Written> {
    let mut module = String::new();
    let mut word = word;
    let mut steps = steps.iter().peekable();
    loop {
        let labels = match WORDS.iter().find(|(w, _)| *w == word) {
            Some((_, labels)) => *labels,
            None if word == "module" => 1,
            None => return None,
        };
        let mut own = Vec::new();
        for _ in 0..labels {
            let Some(Step::Attr(name)) = steps.next() else { return None };
            own.push(name.text.as_str());
        }
        let mut own = own.join(".");
        if let Some(Step::Index(index, _)) = steps.peek() {
            own = address::instance(&own, key(index)?);
            steps.next();
        }
        if word != "module" {
            let own = Some((word.to_owned(), own));
            return steps.next().is_none().then_some(Written { module, own, span });
        }
        module.push_str(&format!("module.{own}."));
        match steps.next() {
            None => return Some(Written { module, own: None, span }),
            Some(Step::Attr(next)) => word = next.text.as_str(),
            Some(_) => return None,
        }
    }
}

fn key(index: &tree::Expr) -> Option<&str> {
    match &index.kind {
        ExprKind::String(text) => Some(&text.value),
        _ => None,
    }
}
