//! Which bundle is served: its hash, and everything that it may reach.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::openapi::schema;
use super::problem::Problem;
use super::route::{Access, Answer, Call, Route};

/// Showing.
pub const ROUTES: &[Route] = &[Route::read(
    "/v1/bundle",
    Access::Admin(show),
    "the bundle that new requests use, and its reach",
    &[],
    schema::<BundleView>,
)];

/// The bundle that new requests use.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BundleView {
    /// Its name.
    name: String,
    /// Its content hash.
    content_hash: String,
    /// Which compiler wrote it.
    compiler: String,
    /// Each flow's hash.
    flows: BTreeMap<String, String>,
    /// Everything that leaves the system: functions, hosts, secrets, groups.
    reach: Json,
}

fn show(call: &Call<'_>) -> Result<Answer, Problem> {
    let Some(entry) = call.api.app.shelf.newest() else {
        return Err(Problem::not_found("bundle", "current"));
    };
    let bundle = entry.bundle();
    let flows = bundle.flows.iter().map(|(name, flow)| (name.clone(), flow.hash.to_string()));
    Answer::ok(&BundleView {
        name: bundle.name.clone(),
        content_hash: entry.hash.to_string(),
        compiler: entry.file.compiler.clone(),
        flows: flows.collect(),
        reach: serde_json::to_value(&bundle.reach).map_err(|e| Problem::internal(&e))?,
    })
}
