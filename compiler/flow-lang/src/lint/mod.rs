//! Opinions on text: what looks like a credential, what hides what is written (`unicode`), and
//! messages in the channel that hears of errors.

pub(crate) mod unicode;

use flow_bundle::Expr;
use flow_bundle::bundle::Flow;
use flow_bundle::walk::{self, Path};

use crate::check::Module;
use crate::code;

/// How tokens of well-known services begin, with the fewest characters behind it.
const TOKENS: [(&str, usize); 11] = [
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xapp-", 10),
    ("ghp_", 20),
    ("gho_", 20),
    ("github_pat_", 20),
    ("glpat-", 15),
    ("AKIA", 16),
    ("sk_live_", 10),
    ("SSWS ", 10),
    ("-----BEGIN ", 10),
];

/// Whether a text looks like a credential.
pub(crate) fn is_token(text: &str) -> bool {
    TOKENS.iter().any(|(start, more)| {
        text.strip_prefix(start).is_some_and(|rest| {
            let token = rest.chars().take_while(|c| !c.is_whitespace()).count();
            token >= *more || (start.ends_with("BEGIN ") && rest.contains("KEY"))
        })
    })
}

/// Advises against messages of a flow in the channel that hears of errors.
pub(crate) fn shared_channel(m: &mut Module<'_>, address: &str, flow: &Flow, errors: &Expr) {
    if !matches!(errors, Expr::Call(name, _) if name.starts_with("channel@")) {
        return;
    }
    let mut paths = Vec::new();
    walk::notifies(&Path::of("flows").at(address), flow, &mut |path, notify| {
        if notify.to == *errors {
            paths.push(path.to_string());
        }
    });
    for path in paths {
        let Some(span) = m.spans.get(&format!("{path}.to")).copied() else { continue };
        let message = "this channel also hears of errors";
        m.say(code::N612, span, message, "the error channel", "take another channel for messages");
    }
}

#[cfg(test)]
mod tests {
    use super::is_token;

    #[test]
    fn tokens_are_known_by_how_they_begin() {
        for token in
            ["xoxb-123456789012-abc", "AKIAABCDEFGHIJKLMNOP", "-----BEGIN RSA PRIVATE KEY-----"]
        {
            assert!(is_token(token), "{token}");
        }
        for text in ["xoxb-", "AKIA", "a text", "T123ABCDE"] {
            assert!(!is_token(text), "{text}");
        }
    }
}
