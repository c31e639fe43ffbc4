//! Where an expression stands, and which names it may use there.
//!
//! One table, the same as in `compiler/spec.md`: a row per name, a column per place.

use flow_bundle::bundle::HookEvent;

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Known when the bundle is built.
    Static,
    /// `permissions.request` and `permissions.list`.
    PermissionEarly,
    /// `permissions.view`, `decide`, `revoke`.
    PermissionLate,
    /// A field's attributes, `prompt.header`, `options`.
    Field,
    /// Hook statements.
    Hook(HookEvent),
    /// In a hook that does not exist: everything is allowed, the hook itself was reported.
    UnknownHook,
    /// `grant`.
    Grant,
    /// `approval`.
    Approval,
    /// `notify` and `route` of an approval.
    Card,
    /// Inside `strategy`.
    Strategy,
    /// A message's text.
    Message,
    /// The body of a function.
    Function,
    /// A target's settings and `each_of`: the fields of the request, and nothing else of it.
    Target,
    /// `lookup` in `identities`: the requester, and nothing else of the request.
    Lookup,
    /// `condition` in a scenario: everything, whenever it is there.
    Test,
}

/// Whether a name may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Yes.
    Yes,
    /// Yes, and it may be null or not have run.
    Maybe,
    /// No.
    No,
}

/// The columns, in the order of the table's letters.
const COLUMNS: [&str; 19] = [
    "static attributes",
    "permissions.request",
    "permissions.view, decide and revoke",
    "fields",
    "on_prompt",
    "on_request",
    "after_request",
    "grant",
    "approval",
    "on_approve and on_deny",
    "on_approved",
    "on_escalate and after_approve",
    "after_escalate",
    "on_deescalate",
    "after_deescalate",
    "after_deny",
    "the other hooks",
    "strategy",
    "message",
];

/// The columns that are hooks, in the order in which they run.
const HOOKS: [usize; 11] = [4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16];

/// `y` yes, `?` maybe null, `-` no; one letter per column of [`COLUMNS`].
const TABLE: &[(&str, &str)] = &[
    //                        s p b f P r a g A c v e E d D n o S m
    ("env", "-yyyyyyyyyyyyyyyyyy"),
    ("request.by", "--yyyyyyyyyyyyyyyyy"),
    ("request.fields", "--yy-yyyyyyyyyyyyyy"),
    ("request.id", "--y--yyyyyyyyyyyyyy"),
    ("on_request", "-----yyyyyyyyyyy?y-"),
    ("after_request", "------y-yyyyyyyy?--"),
    ("on_approved", "----------yyyyy-?y-"),
    ("steps.escalate", "------------yyy-?y-"),
    ("steps.deescalate", "--------------y-?--"),
    ("approval", "--------yyyyyyyyyy-"),
    ("run.phase", "---------yyyyyyyyy-"),
    ("run.grant", "------------???-?--"),
    ("run.denial", "---------------y?--"),
    ("run.error", "----------------?--"),
    ("event", "----yyy--yyyyyyyyy-"),
    ("now", "-yyyyyy-yyyyyyyyyyy"),
    ("sets", "yyy-yyy-yyyyyyyyyy-"),
];

impl Place {
    fn column(self) -> Option<usize> {
        use HookEvent as E;
        Some(match self {
            Self::Static => 0,
            Self::PermissionEarly => 1,
            Self::PermissionLate => 2,
            Self::Field => 3,
            Self::Hook(E::OnPrompt) => 4,
            Self::Hook(E::OnRequest) => 5,
            Self::Hook(E::AfterRequest) => 6,
            Self::Grant => 7,
            Self::Approval | Self::Card => 8,
            Self::Hook(E::OnApprove | E::OnDeny) => 9,
            Self::Hook(E::OnApproved) => 10,
            Self::Hook(E::OnEscalate | E::AfterApprove) => 11,
            Self::Hook(E::AfterEscalate) => 12,
            Self::Hook(E::OnDeescalate) => 13,
            Self::Hook(E::AfterDeescalate) => 14,
            Self::Hook(E::AfterDeny) => 15,
            Self::Hook(_) => 16,
            Self::Strategy => 17,
            Self::Message => 18,
            Self::UnknownHook | Self::Function | Self::Target | Self::Lookup | Self::Test => {
                return None;
            }
        })
    }

    /// Whether the row `name` of the table may be used here.
    pub(crate) fn allows(self, name: &str) -> Use {
        if self.is_open() {
            return Use::Maybe;
        }
        if let Self::Target | Self::Lookup = self {
            let own = if self == Self::Target { "request.fields" } else { "env" };
            return if name == own { Use::Yes } else { Use::No };
        }
        let letter = self
            .column()
            .and_then(|column| row(name).and_then(|letters| letters.as_bytes().get(column)));
        match letter {
            Some(b'y') => Use::Yes,
            Some(b'?') => Use::Maybe,
            _ => Use::No,
        }
    }

    /// Whether everything of a request may be read: which hook was meant is not known, or the place
    /// is outside of its life.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::UnknownHook | Self::Test)
    }

    /// When in the life of a request it is: what ranks lower is over.
    pub(crate) fn rank(self) -> u8 {
        use HookEvent as E;
        match self {
            Self::Static | Self::Function | Self::Target | Self::Lookup => 0,
            Self::Field | Self::Hook(E::OnPrompt | E::AfterPrompt) => 1,
            Self::Hook(E::OnRequest) => 2,
            Self::Hook(E::AfterRequest) => 3,
            Self::Grant => 4,
            Self::Approval | Self::Card => 5,
            Self::Hook(E::OnApprove | E::OnDeny) => 6,
            Self::Hook(E::OnApproved) => 7,
            Self::Hook(E::AfterApprove) => 8,
            Self::Hook(E::OnEscalate) => 9,
            Self::Strategy => 10,
            Self::Hook(E::AfterEscalate) => 11,
            Self::Hook(E::OnDeescalate) => 12,
            Self::Hook(E::AfterDeescalate) => 13,
            Self::Hook(_) | Self::Message | Self::UnknownHook | Self::Test => 14,
            // Anybody may look at any time.
            Self::PermissionEarly | Self::PermissionLate => 14,
        }
    }

    /// How the place is called in a message.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Hook(event) => format!("the hook `{}`", event.word()),
            Self::UnknownHook => "this hook".to_owned(),
            Self::Static => "a static attribute".to_owned(),
            Self::Function => "a function".to_owned(),
            Self::Target => "`target`".to_owned(),
            Self::Lookup => "`lookup`".to_owned(),
            Self::Test => "`condition`".to_owned(),
            other => other
                .column()
                .and_then(|c| COLUMNS.get(c))
                .map_or_else(String::new, |words| format!("`{words}`")),
        }
    }
}

fn row(name: &str) -> Option<&'static str> {
    TABLE.iter().find(|(n, _)| *n == name).map(|(_, letters)| *letters)
}

/// The rows of the table: a name, and for each place its words and whether it may stand there.
pub(crate) fn rows() -> impl Iterator<Item = (&'static str, Vec<(&'static str, Use)>)> {
    TABLE.iter().map(|(name, letters)| {
        let uses = letters.bytes().map(|letter| match letter {
            b'y' => Use::Yes,
            b'?' => Use::Maybe,
            _ => Use::No,
        });
        (*name, COLUMNS.into_iter().zip(uses).collect())
    })
}

/// The places where a row of the table may be used, in words.
pub(crate) fn where_allowed(name: &str) -> String {
    let letters = row(name).unwrap_or_default().as_bytes();
    let is_allowed = |column: usize| letters.get(column).is_some_and(|letter| *letter != b'-');
    let first = HOOKS.iter().position(|hook| is_allowed(*hook)).unwrap_or(HOOKS.len());
    let hooks = HOOKS.get(first..).unwrap_or_default();
    // A name that has come to be stays: then the first hook says it all.
    let stays = hooks.len() > 3 && hooks.iter().all(|hook| is_allowed(*hook));
    let mut places: Vec<String> = Vec::new();
    for (column, words) in COLUMNS.iter().enumerate().filter(|(column, _)| is_allowed(*column)) {
        if !stays || !HOOKS.contains(&column) {
            places.push((*words).to_owned());
        } else if hooks.first() == Some(&column) {
            let word = words.split(' ').next().unwrap_or_default();
            let all = format!("every hook from `{word}` on");
            places.push(if first == 0 { "every hook".to_owned() } else { all });
        }
    }
    places.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_letter_per_column() {
        for (name, letters) in TABLE {
            assert_eq!(letters.len(), COLUMNS.len(), "{name}");
        }
    }

    #[test]
    fn places_are_told_in_few_words() {
        assert_eq!(where_allowed("run.denial"), "after_deny, the other hooks");
        let told = "approval, every hook from `on_approve` on, strategy";
        assert_eq!(where_allowed("approval"), told);
        let told = "fields, every hook, grant, approval, strategy, message";
        assert!(where_allowed("request.by").ends_with(told), "{}", where_allowed("request.by"));
        // Twice interrupted: told one by one.
        assert!(where_allowed("run.grant").contains("on_deescalate, after_deescalate"));
    }

    #[test]
    fn steps_of_a_grant_are_read_after_it() {
        assert_eq!(Place::Hook(HookEvent::AfterEscalate).allows("steps.escalate"), Use::Yes);
        assert_eq!(Place::Hook(HookEvent::OnRequest).allows("steps.escalate"), Use::No);
        assert_eq!(Place::Hook(HookEvent::AfterError).allows("steps.escalate"), Use::Maybe);
    }
}
