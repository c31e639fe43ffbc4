//! `moved`: what was declared under one name before, so that running grants keep its identity.
//!
//! An address is written as people write it, the module first. What moved may be one declaration,
//! all instances of one, or a whole module; a bundle holds a pair for each flow, strategy, target
//! and group.

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

/// Every pair, sorted; reports R111, R116, B109.
pub(crate) fn all(m: &mut Module<'_>) -> Vec<Moved> {
    let mut pairs: Vec<(Moved, Span)> = Vec::new();
    for (unit, block) in m.declared.moved.clone() {
        let before = std::mem::replace(
            &mut m.declared.here,
            Here { unit, each: None, address: String::new() },
        );
        pairs.extend(read(m, block).unwrap_or_default());
        m.declared.here = before;
    }
    pairs.sort();
    pairs.dedup_by(|a, b| a.0 == b.0);
    let moved: Vec<Moved> = pairs.iter().map(|(pair, _)| pair.clone()).collect();
    for (i, (pair, span)) in pairs.iter().enumerate() {
        let others = pairs.iter().take(i);
        let other = others.clone().find(|(o, _)| o.from == pair.from || o.to == pair.to);
        if let Some((_, first)) = other {
            let what = if moved.iter().take(i).any(|o| o.from == pair.from) {
                format!("`{}` moved to two places", address::shown(&pair.from))
            } else {
                format!("two things moved to `{}`", address::shown(&pair.to))
            };
            m.report(
                Diagnostic::new(code::B109, *span, what, "the second time")
                    .label(*first, "the first time here")
                    .help("keep one"),
            );
        } else if flow_bundle::moved::fault(&moved).is_some() && comes_back(&moved, pair) {
            let message = format!("`{}` moved to itself", address::shown(&pair.from));
            m.say(code::R111, *span, message, "closes the circle", "remove one of the `moved`");
        }
    }
    moved
}

fn comes_back(moved: &[Moved], pair: &Moved) -> bool {
    let mut at = pair.to.as_str();
    for _ in 0..moved.len() {
        if at == pair.from {
            return true;
        }
        match moved.iter().find(|next| next.from == at) {
            Some(next) => at = next.to.as_str(),
            None => return false,
        }
    }
    false
}

fn read(m: &mut Module<'_>, block: &Block) -> Option<Vec<(Moved, Span)>> {
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
    let pairs = pairs(m, &from, &to);
    if pairs.is_empty() && !may_stand(m, &to) {
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

/// Whether a step of a longer way, or something in a file that could not be read.
fn may_stand(m: &Module<'_>, to: &Written) -> bool {
    let text = m.sources.text(to.span);
    let moves_on = |(_, block): &(usize, &Block)| {
        block.body.attribute("from").is_some_and(|a| m.sources.text(a.expr.span) == text)
    };
    let could_not_open = [code::M701, code::M705, code::M706, code::B111];
    m.declared.is_incomplete()
        || m.found.iter().any(|d| could_not_open.contains(&d.code))
        || m.declared.moved.iter().any(moves_on)
        || m.declared.instances.values().any(|all| all.unknown)
}

/// A pair for each declaration that the new address stands for.
fn pairs(m: &Module<'_>, from: &Written, to: &Written) -> Vec<(Moved, Span)> {
    let prefix = m.declared.unit().prefix.clone();
    let mut out = Vec::new();
    match (&from.own, &to.own) {
        (Some((word, old)), Some((_, new))) => {
            let old = format!("{word}.{prefix}{}{old}", from.module);
            let new = format!("{word}.{prefix}{}{new}", to.module);
            for address in m.declared.everywhere(word) {
                let Some(rest) = address.strip_prefix(&new) else { continue };
                if rest.is_empty() || rest.starts_with('[') {
                    out.push((pair(format!("{old}{rest}"), address.clone()), to.span));
                }
            }
            // A step of a longer way leads to what stands no more.
            if out.is_empty() && may_stand(m, to) {
                out.push((pair(old, new), to.span));
            }
        }
        (None, None) => {
            let trim = |module: &str| module.trim_end_matches('.').to_owned();
            let (old, new) = (trim(&from.module), trim(&to.module));
            for (word, _) in WORDS {
                let start = format!("{word}.{prefix}{new}");
                for address in m.declared.everywhere(word) {
                    let Some(rest) = address.strip_prefix(&start) else { continue };
                    if rest.starts_with(['[', '.']) {
                        let was = format!("{word}.{prefix}{old}{rest}");
                        out.push((pair(was, address.clone()), to.span));
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
