//! Every page, and who may open it. A page cannot be written down without saying so.

use super::serve::{Knock, Reply, Visit};
use super::{ask, frame, home, login, show};
use crate::api::problem::Problem;
use crate::api::route::Verb;

/// One method of one path.
pub struct Page {
    /// The method.
    pub verb: Verb,
    /// The path, `{id}` for what varies.
    pub path: &'static str,
    /// Who may open it, and what it runs.
    pub access: Access,
}

/// Who may open a page, and what it runs.
#[derive(Clone, Copy)]
pub enum Access {
    /// Anybody.
    Open(fn(&Knock<'_>) -> Result<Reply, Problem>),
    /// Whoever is logged in.
    Session(fn(&Visit<'_>) -> Result<Reply, Problem>),
    /// Whoever is logged in, from a form of their own session.
    Form(fn(&Visit<'_>) -> Result<Reply, Problem>),
}

/// Every page.
pub const ALL: &[Page] = &[
    Page { verb: Verb::Get, path: "/", access: Access::Session(home::show) },
    Page { verb: Verb::Get, path: "/style.css", access: Access::Open(frame::style) },
    Page { verb: Verb::Get, path: "/auth/login", access: Access::Open(login::begin) },
    Page { verb: Verb::Get, path: "/auth/callback", access: Access::Open(login::finish) },
    Page { verb: Verb::Post, path: "/auth/token", access: Access::Open(login::machine) },
    Page { verb: Verb::Post, path: "/auth/logout", access: Access::Form(login::end) },
    Page { verb: Verb::Get, path: "/ask/{flow}", access: Access::Session(ask::show) },
    Page { verb: Verb::Post, path: "/ask/{flow}", access: Access::Form(ask::send) },
    Page { verb: Verb::Get, path: "/requests/{id}", access: Access::Session(show::show) },
    Page { verb: Verb::Post, path: "/requests/{id}/approve", access: Access::Form(show::approve) },
    Page { verb: Verb::Post, path: "/requests/{id}/deny", access: Access::Form(show::deny) },
    Page { verb: Verb::Post, path: "/requests/{id}/cancel", access: Access::Form(show::cancel) },
    Page { verb: Verb::Post, path: "/requests/{id}/revoke", access: Access::Form(show::revoke) },
    Page { verb: Verb::Post, path: "/requests/{id}/extend", access: Access::Form(show::extend) },
];
