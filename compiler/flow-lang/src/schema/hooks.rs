//! What may stand in the hook of an event. That a step's own words are heeded is the checker's.

use flow_bundle::bundle::HookEvent;

/// One event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hook {
    pub(crate) event: HookEvent,
    /// When it runs, in a few words.
    pub(crate) runs: &'static str,
    /// Only reading steps.
    pub(crate) reading: bool,
    /// The words that a `decision` may have.
    pub(crate) decisions: &'static [&'static str],
    /// Whether `fail` may stand there.
    pub(crate) fail: bool,
    /// What `on_error` of a step may be.
    pub(crate) on_error: &'static [&'static str],
    /// What a step without `on_error` does; a step made for its effect alone goes on in an
    /// after-hook.
    pub(crate) otherwise: &'static str,
}

/// The row of an event.
pub(crate) fn hook(event: HookEvent) -> Hook {
    HOOKS.into_iter().find(|h| h.event == event).unwrap_or(after(event, ""))
}

/// As an after-hook: anything may run, and nothing can be decided any more.
const fn after(event: HookEvent, runs: &'static str) -> Hook {
    Hook {
        event,
        runs,
        reading: false,
        decisions: &[],
        fail: false,
        on_error: &["fail", "continue"],
        otherwise: "fail",
    }
}

/// Before a transition that nothing may hold up: only reading, and going on.
const fn beside(event: HookEvent, runs: &'static str) -> Hook {
    Hook { reading: true, otherwise: "continue", ..after(event, runs) }
}

/// At something that a person does with the request: it can be refused, which changes nothing.
const fn click(
    event: HookEvent,
    runs: &'static str,
    decisions: &'static [&'static str],
    fail: bool,
) -> Hook {
    Hook {
        reading: true,
        decisions,
        fail,
        on_error: &["fail", "continue", "ignore"],
        otherwise: "ignore",
        ..after(event, runs)
    }
}

/// Every event, in the order of a request's life.
pub(crate) const HOOKS: [Hook; 19] = {
    use HookEvent as E;
    [
        click(E::OnPrompt, "before the form is shown", &["ignore"], true),
        after(E::AfterPrompt, "the form was shown"),
        Hook {
            decisions: &["approve", "deny", "ignore"],
            fail: true,
            on_error: &["fail", "continue", "deny"],
            ..after(E::OnRequest, "a request arrived")
        },
        after(E::AfterRequest, "before the first card, which waits for it"),
        beside(E::OnRequestForward, "before the next route is told"),
        beside(E::OnRequestExpire, "before the request expires"),
        click(
            E::OnApprove,
            "at each approval that is allowed, before it counts",
            &["deny", "ignore"],
            false,
        ),
        click(E::OnDeny, "at each denial that is allowed, before it counts", &["ignore"], false),
        Hook {
            fail: true,
            ..after(E::OnApproved, "once, when all stages are met or it was approved automatically")
        },
        after(E::AfterApprove, "once, after `on_approved`"),
        Hook {
            decisions: &["deny"],
            fail: true,
            on_error: &["fail", "continue", "deny"],
            ..after(E::OnEscalate, "just before the access is given")
        },
        after(E::AfterEscalate, "the giving has settled, also where it failed"),
        Hook {
            decisions: &["ignore"],
            on_error: &["continue"],
            ..beside(
                E::OnDeescalate,
                "before a revoke, which it may refuse; beside every other end",
            )
        },
        after(E::AfterDeescalate, "the end is confirmed"),
        after(E::AfterDeny, "the request was denied"),
        after(E::AfterRequestForward, "the next route was told"),
        after(E::AfterRequestExpire, "the request expired"),
        after(E::AfterCancel, "the request was withdrawn, or its flow is gone"),
        after(E::AfterError, "the request ended errored"),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_one_row() {
        for (event, word) in HookEvent::ALL {
            let rows = HOOKS.iter().filter(|h| h.event == event);
            assert_eq!(rows.count(), 1, "{word}");
            let row = hook(event);
            assert!(row.on_error.contains(&row.otherwise) && !row.runs.is_empty(), "{word}");
        }
    }
}
