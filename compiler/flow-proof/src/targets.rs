//! Which targets a grant can be about.

use std::collections::BTreeSet;

use flow_bundle::bundle::{Bundle, Flow};
use flow_bundle::expr::Expr;
use flow_bundle::walk;

use crate::inline::{Around, inlined};
use crate::prove::Subject;

/// The targets that a flow can grant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Granted {
    /// By address, each with the IR path of where it is named.
    pub named: BTreeSet<(String, String)>,
    /// Whether others are possible that only a run knows; the strategy's list is their bound.
    pub is_open: bool,
}

/// What the grant of a flow can be about, followed through fields and `value` steps.
#[must_use]
pub fn granted(subject: Subject<'_>) -> Granted {
    let mut found = Granted::default();
    let Some(grant) = &subject.flow.grant else { return found };
    for (part, expr) in [("target", &grant.target), ("targets", &grant.targets)] {
        if let Some(expr) = expr {
            let path = subject.path(&format!("grant.{part}"));
            follow(subject, expr, &path, &mut BTreeSet::new(), &mut found);
        }
    }
    found
}

/// The targets among them by address alone.
#[must_use]
pub fn addresses(bundle: &Bundle, flow: &Flow, address: &str) -> Option<BTreeSet<String>> {
    let granted = granted(Subject { bundle, flow, address });
    let named = granted.named.into_iter().map(|(target, _)| target).collect();
    if granted.is_open {
        let strategy = bundle.strategies.get(&flow.grant.as_ref()?.strategy)?;
        return Some(strategy.targets.iter().cloned().collect());
    }
    Some(named)
}

fn follow<'b>(
    subject: Subject<'b>,
    expr: &Expr,
    path: &str,
    seen: &mut BTreeSet<&'b str>,
    found: &mut Granted,
) {
    let around = Around { bundle: subject.bundle, flow: subject.flow };
    let Some(plain) = inlined(expr, around) else {
        found.is_open = true;
        return;
    };
    let mut results = Vec::new();
    ends(&plain, &mut results);
    for end in results {
        walk::each(end, &mut |e| match e {
            Expr::Ref(address) if !address.starts_with("group.") => {
                let address = address.strip_prefix("target.").unwrap_or(address);
                found.named.insert((address.to_owned(), path.to_owned()));
            }
            Expr::Get(words) => match field(words) {
                Some(name) => {
                    let declared = subject.flow.fields.iter().find(|f| f.name == name);
                    let Some(declared) = declared else { return found.is_open = true };
                    // A field offers what it offers, however often it is read.
                    if !seen.insert(&declared.name) {
                        return;
                    }
                    match &declared.allowed {
                        Some(allowed) => {
                            let path = subject.path(&format!("fields.{name}.allowed"));
                            follow(subject, allowed, &path, seen, found);
                        }
                        None => found.is_open = true,
                    }
                }
                None => found.is_open = true,
            },
            _ => {}
        });
    }
}

/// What an expression can come to: the branches of `?:`, without its conditions.
fn ends<'e>(expr: &'e Expr, into: &mut Vec<&'e Expr>) {
    match expr {
        Expr::If(_, a, b) => {
            ends(a, into);
            ends(b, into);
        }
        Expr::List(items) => items.iter().for_each(|item| ends(item, into)),
        other => into.push(other),
    }
}

fn field(path: &[String]) -> Option<&str> {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    match path {
        [_, _, name] if words.starts_with(&["request", "fields"]) => Some(name),
        [_, _] if matches!(words.as_slice(), ["request", "target" | "targets"]) => Some("target"),
        _ => None,
    }
}
