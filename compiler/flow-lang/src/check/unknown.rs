//! First words of paths that mean nothing, and what may have been meant.

use flow_bundle::Type;
use flow_bundle::expr::SetName;

use super::Module;
use super::expr::Typed;
use super::path::ROOTS;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::suggest;

/// A path whose first word means nothing.
pub(super) fn name(m: &mut Module<'_>, name: &str, span: Span) -> Typed {
    if name.contains('-') {
        let message = format!("`{name}` is one name, and it is not known");
        let help = format!("for a difference write `{}`", name.replace('-', " - "));
        m.say(code::R108, span, message, "one name", help);
        return Typed::error(span);
    }
    let known = ROOTS.into_iter().chain(SetName::ALL.iter().map(|s| s.word()));
    let meant = suggest::only(name, known.clone()).filter(|_| Type::plain(name).is_none());
    let help = if Type::plain(name).is_some() {
        Some(format!("`{name}` is a type; a text stands in quotes: `\"{name}\"`"))
    } else {
        suggest::nearest(name, known)
            .map(|n| format!("did you mean `{n}`?"))
            .or_else(|| Some(format!("a text stands in quotes: `\"{name}\"`")))
    };
    let message = format!("there is nothing called `{name}`");
    let found = Diagnostic::new(code::R101, span, message, "unknown name").help_if(help);
    m.report(found.rename(span, meant));
    Typed::error(span)
}
