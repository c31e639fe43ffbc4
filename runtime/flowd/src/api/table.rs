//! Every route of the API, in one place.

use super::route::Route;
use super::{
    audit, bundle, decide, doctor, emergency, end, flows, grants, health, links, messages, metrics,
    openapi, people, prompt, requests, resume, sym, tokens,
};

/// The routes of each resource.
const ALL: [&[Route]; 19] = [
    requests::ROUTES,
    decide::ROUTES,
    end::ROUTES,
    flows::ROUTES,
    prompt::ROUTES,
    grants::ROUTES,
    messages::ROUTES,
    audit::ROUTES,
    people::ROUTES,
    links::ROUTES,
    tokens::ROUTES,
    emergency::ROUTES,
    resume::ROUTES,
    bundle::ROUTES,
    health::ROUTES,
    doctor::ROUTES,
    metrics::ROUTES,
    openapi::ROUTES,
    sym::ROUTES,
];

/// Every route.
pub fn all() -> impl Iterator<Item = &'static Route> {
    ALL.into_iter().flatten()
}
