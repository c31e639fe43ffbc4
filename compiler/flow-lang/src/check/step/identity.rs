//! `step "identity"` and `"identity_save"`: who a person is in another service.

use std::collections::BTreeSet;

use flow_bundle::catalog::{self, StepKind};

use super::{Made, args};
use crate::address;
use crate::check::Module;
use crate::check::body::Opened;
use crate::check::scope::Scope;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::suggest;
use crate::syntax::tree::ExprKind;

pub(super) fn make(
    m: &mut Module<'_>,
    scope: &Scope<'_>,
    opened: &Opened<'_>,
    kind: &StepKind,
    path: &str,
) -> Made {
    let made = args::make(m, scope, opened, kind, path);
    if let Some(flow_bundle::Expr::String(provider)) = made.args.get("provider")
        && let Some(attribute) = opened.attribute("provider")
    {
        let known = providers(m);
        if !known.contains(provider.as_str()) && !m.declared.unit().incomplete {
            let message = format!("no service `{provider}` is known here");
            let help = suggest::help(provider, known.iter().map(String::as_str), "");
            m.report(
                Diagnostic::new(code::R101, attribute.expr.span, message, "unknown provider")
                    .help_if(help),
            );
        }
    }
    made
}

/// Words by which ids of people are kept: labels and types of integrations, and what strategies
/// say.
pub(crate) fn providers(m: &Module<'_>) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for address in m.declared.of("integration") {
        let name = m.declared.block(&address).and_then(|b| b.label(1)).map(str::to_owned);
        known.insert(address::kind(&address).to_owned());
        known.extend(name);
    }
    for address in m.declared.of("strategy") {
        let Some(block) = m.declared.block(&address) else { continue };
        let kind = block.label(0).and_then(catalog::strategy);
        known.extend(kind.and_then(|k| k.provider).map(str::to_owned));
        if let Some(attribute) = block.body.attribute("provider")
            && let ExprKind::String(text) = &attribute.expr.kind
        {
            known.insert(text.value.clone());
        }
    }
    known
}
