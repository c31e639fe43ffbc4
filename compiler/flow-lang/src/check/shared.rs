//! Parts that several flows share: a message, a target, a strategy. What such a part reads of the
//! request is typed once for each flow that uses it, and what is wrong then names the flow.
//!
//! A bundle holds the part once, so it has to mean the same in each of them.

use std::collections::BTreeMap;

use flow_bundle::bundle::{Message, Strategy, Target};

use super::scope::FlowScope;
use super::{Module, target};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// A part as the first flow that uses it has typed it.
#[derive(Debug, Clone)]
pub(crate) struct Shared<T> {
    /// Name and place of the flow.
    flow: (String, Span),
    pub(crate) part: T,
}

impl Module<'_> {
    /// Types a shared part as one flow sees it. What was found without any flow stands already; the
    /// rest is of this flow, and says so. None where there is an error.
    pub(crate) fn in_flow<T>(
        &mut self,
        flow: Option<&FlowScope>,
        check: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        let before = std::mem::take(&mut self.found);
        let result = check(self);
        let found = std::mem::replace(&mut self.found, before);
        let is_whole = !found.has_errors();
        for mut diagnostic in found.iter().cloned() {
            let is_known = self.found.iter().any(|known| {
                known.code == diagnostic.code
                    && known.primary.span == diagnostic.primary.span
                    && known.message == diagnostic.message
            });
            if is_known {
                continue;
            }
            if let Some(flow) = flow {
                diagnostic.message = format!("in the flow `{}`, {}", flow.name, diagnostic.message);
                diagnostic = diagnostic.label(flow.span, "the flow that uses it stands here");
            }
            self.found.push(diagnostic);
        }
        is_whole.then_some(result)
    }
}

/// Puts what the flows made of the shared parts into them.
pub(crate) fn put(
    m: &mut Module<'_>,
    targets: &mut BTreeMap<String, Target>,
    strategies: &mut BTreeMap<String, Strategy>,
    messages: &mut BTreeMap<String, Message>,
) {
    for (address, target) in targets {
        target::refuse_ungranted(m, address, target);
        if let Some(shared) = m.settings.get(&format!("target.{address}")) {
            target.settings.extend(shared.part.settings.clone());
            target.each_of = shared.part.each_of.clone();
        }
    }
    // Calls that no flow makes have no types, and no place in a bundle.
    strategies.retain(|address, strategy| {
        strategy.kind != "http" || m.runs.contains_key(&format!("strategy.{address}"))
    });
    for (address, strategy) in strategies {
        if let Some(shared) = m.runs.get(&format!("strategy.{address}")) {
            shared.part.clone().put_into(strategy);
        }
    }
    // A message that no flow says has no types, and no place in a bundle.
    messages.retain(|name, _| m.texts.contains_key(name));
    for (name, message) in messages {
        if let Some(shared) = m.texts.get(name) {
            message.text = shared.part.clone();
        }
    }
}

/// Keeps a part as `flow` types it; reports T201 where another flow typed it otherwise. `address` is
/// the part's own, block word included, and `key` the one under which it is kept.
pub(crate) fn keep<T: Clone + PartialEq>(
    m: &mut Module<'_>,
    kept: for<'r, 'a> fn(&'r mut Module<'a>) -> &'r mut BTreeMap<String, Shared<T>>,
    (address, key): (&str, &str),
    flow: &FlowScope,
    part: T,
) {
    let Some(first) = kept(m).get(key).cloned() else {
        let flow = (flow.name.clone(), flow.span);
        kept(m).insert(key.to_owned(), Shared { flow, part });
        return;
    };
    if first.part == part {
        return;
    }
    let span = m.declared.find(address).map_or(flow.span, |d| d.span);
    let (name, place) = first.flow;
    let message =
        format!("`{address}` does not mean the same in the flows `{name}` and `{}`", flow.name);
    m.report(
        Diagnostic::new(code::T201, span, message, "read in two ways")
            .label(place, "one of the flows stands here")
            .label(flow.span, "the other stands here")
            .help("give what it reads one type in both flows, or write it twice"),
    );
}
