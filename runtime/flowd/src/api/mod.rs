//! HTTP API v1: what people and programs may ask of the daemon.
//!
//! Who acts comes from the token alone. Everything is closed unless [`table`] says who may call it;
//! what a *flow* allows is decided by the engine. Deliberately not here: TLS and sockets
//! (`serve.rs`), and any decision about a request.
//!
//! To add a route:
//! 1. an entry in `ROUTES` of the resource's file, which cannot be written without an [`Access`];
//! 2. its body and answer as types with `JsonSchema`;
//! 3. for a new resource, its `ROUTES` in [`table`];
//! 4. `openapi.v1.json`, written again by `FLOW_UPDATE=1 cargo test openapi`;
//! 5. a command in `flowctl`, where people use it.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`table`], [`route`] | every route with who may call it |
//! | [`gate`] | the way of one call |
//! | [`problem`] | how the API says no |
//! | [`body`], [`page`] | reading bodies, lists in pages |
//! | [`meter`], [`replies`] | how often, and only once |
//! | [`view`], [`may`] | what a request looks like, and to whom |
//! | [`openapi`] | the document made from the table |
//! | [`web`] | the page for people without Slack |
//! | the others | one resource each |

mod audit;
mod body;
mod bundle;
mod decide;
mod doctor;
mod dry_run;
mod emergency;
mod end;
mod flows;
mod gate;
mod grants;
mod health;
mod links;
mod may;
mod messages;
mod meter;
mod metrics;
mod openapi;
mod page;
mod people;
mod problem;
mod prompt;
mod refusals;
pub mod replies;
mod requests;
mod resume;
mod route;
mod sym;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod view;
mod web;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::routing::{MethodFilter, on};

use crate::app::App;
use crate::connector::Connectors;
use crate::oidc::provider::Provider;
use crate::people::Directory;
use crate::store::StoreError;
pub use audit::to_json as audit_json;
use meter::Meter;
use page::Cursors;
use refusals::Refusals;
use replies::{CallKey, Replies};
use route::Verb;

/// What the routes share.
pub struct Api {
    /// The daemon.
    app: Arc<App>,
    /// People and tokens.
    directory: Arc<dyn Directory>,
    /// What idempotency keys were answered.
    replies: Arc<dyn Replies>,
    meter: Meter,
    refusals: Refusals,
    cursors: Cursors,
    under_way: Mutex<HashSet<CallKey>>,
    /// What a form asks while somebody looks at it.
    connectors: Connectors,
    /// Where that is asked.
    runtime: tokio::runtime::Handle,
    /// What it may use again.
    answers: prompt::Answers,
    /// Who says who somebody is.
    oidc: Option<Arc<Provider>>,
}

impl Api {
    /// The API of a daemon.
    ///
    /// # Errors
    /// The database failed.
    pub fn new(
        app: Arc<App>,
        directory: Arc<dyn Directory>,
        replies: Arc<dyn Replies>,
        connectors: Connectors,
        runtime: tokio::runtime::Handle,
    ) -> Result<Self, StoreError> {
        let cursors = Cursors::of(app.store.as_ref())?;
        let meter = Meter::new(app.config.limits);
        let oidc = app.config.oidc.clone().map(|config| Provider::open(config, &app.secrets));
        let oidc = oidc.transpose().map_err(|e| StoreError::Stopped(format!("{e:#}")))?;
        let oidc = oidc.map(Arc::new);
        Ok(Self {
            app,
            directory,
            replies,
            meter,
            refusals: Refusals::default(),
            cursors,
            under_way: Mutex::default(),
            connectors,
            runtime,
            answers: prompt::Answers::default(),
            oidc,
        })
    }

    /// Every route of the table.
    pub fn router(self) -> axum::Router {
        let api = Arc::new(self);
        let mut router = axum::Router::new();
        for route in table::all() {
            let api = Arc::clone(&api);
            let serve = move |request| gate::serve(route, Arc::clone(&api), request);
            router = router.route(route.path, on(filter(route.verb), serve));
        }
        for page in web::table::ALL {
            let api = Arc::clone(&api);
            let serve = move |request| web::serve::serve(page, Arc::clone(&api), request);
            router = router.route(page.path, on(filter(page.verb), serve));
        }
        router.fallback(gate::no_such_path).method_not_allowed_fallback(gate::no_such_method)
    }
}

const fn filter(verb: Verb) -> MethodFilter {
    match verb {
        Verb::Get => MethodFilter::GET,
        Verb::Post => MethodFilter::POST,
        Verb::Patch => MethodFilter::PATCH,
        Verb::Delete => MethodFilter::DELETE,
    }
}
