//! Bundles: which one is served and what it may reach, which ones are still needed, and taking
//! another into service.

use std::collections::BTreeMap;

use flow_bundle::envelope::Signed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::body;
use super::openapi::schema;
use super::problem::Problem;
use super::route::{Access, Answer, Call, DRY_RUN, Route, Verb};
use crate::envelope::Accepted;
use crate::load::{LoadError, Upload};
use crate::plan::Plan;

/// Largest upload: a bundle of the largest size, with each quotation mark of it escaped.
const UPLOAD_MAX: usize = 2 * flow_bundle::limits::BUNDLE_BYTES;

/// Showing, listing, loading.
pub const ROUTES: &[Route] = &[
    Route::read(
        "/v1/bundle",
        Access::Admin(show),
        "the bundle that new requests use, and its reach",
        &[],
        schema::<BundleView>,
    ),
    Route::read(
        "/v1/bundles",
        Access::Admin(list),
        "every bundle that is kept, and how many requests go on under it",
        &[],
        schema::<Bundles>,
    ),
    Route::act(
        Verb::Post,
        "/v1/bundles",
        Access::Admin(deploy),
        "take a bundle into service: new requests use it from then on",
        schema::<Deploying>,
        schema::<Deployed>,
    )
    .with_dry_run(schema::<PlanView>)
    .with_body_max(UPLOAD_MAX),
];

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

/// Every bundle that is kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Bundles {
    items: Vec<Kept>,
}

/// A bundle that is kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Kept {
    /// Its content hash.
    content_hash: String,
    /// Its name.
    name: String,
    /// New requests use it.
    current: bool,
    /// Requests that have not ended and keep it.
    open_requests: usize,
}

/// A bundle to take into service.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deploying {
    /// The file that `flowc build` wrote, byte by byte.
    bundle: String,
    /// The file that `flowc sign` wrote beside it.
    #[serde(default)]
    signature: Option<Signed>,
    /// Take it even where a grant that stands would lose its way back.
    #[serde(default)]
    force: bool,
}

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deployed {
    /// The bundle's content hash.
    content_hash: String,
    /// What the people who run this should know.
    notes: Vec<String>,
    /// Requests that were cancelled, because their flow or target is gone.
    cancelled: Vec<String>,
}

/// What would become of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanView {
    /// The bundle's content hash.
    content_hash: String,
    /// It is served already.
    served: bool,
    /// Each alone keeps it out.
    refusals: Vec<String>,
    /// Ends that could not be made any more: they keep it out unless it is forced.
    stranded: Vec<String>,
    /// What the people who run this should know.
    notes: Vec<String>,
    /// The signature that lets it in; absent: none is asked for.
    signed: Option<SignedBy>,
    /// Some flow allows what it refused before.
    weaker: bool,
    /// Each flow of either bundle.
    flows: Vec<FlowPlan>,
    /// Requests that go on under the bundle they were opened with.
    pinned: Vec<Pinned>,
    /// Requests that would be cancelled.
    cancelled: Vec<String>,
}

/// A signature that counts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignedBy {
    /// By which key.
    key_id: String,
    /// With which number.
    sequence: u64,
}

/// What would become of a flow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FlowPlan {
    /// Its address.
    address: String,
    /// `weaker`, `removed`, `added`, `stronger`, `changed` or `equal`.
    verdict: String,
    /// In sentences, weaker first.
    changes: Vec<ChangeView>,
}

/// One change of a flow.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangeView {
    /// `weaker`, `breaking`, `stronger` or `changed`.
    way: String,
    /// One sentence, with the values that make it true.
    text: String,
}

/// Requests that go on under an older bundle.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Pinned {
    /// Of this flow.
    flow: String,
    /// Under this bundle.
    content_hash: String,
    /// So many.
    requests: usize,
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

fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let app = &call.api.app;
    let mut open: BTreeMap<_, usize> = BTreeMap::new();
    app.visit_open(|request| *open.entry(request.bundle).or_default() += 1)?;
    let newest = app.shelf.newest();
    let items = app.shelf.all().into_iter().map(|entry| Kept {
        content_hash: entry.hash.to_string(),
        name: entry.bundle().name.clone(),
        current: newest.as_ref().is_some_and(|newest| newest.hash == entry.hash),
        open_requests: open.get(&entry.hash).copied().unwrap_or_default(),
    });
    Answer::ok(&Bundles { items: items.collect() })
}

fn deploy(call: &Call<'_>) -> Result<Answer, Problem> {
    let Deploying { bundle: text, signature, force } = body::read(call.body)?;
    let upload = Upload { text, signature, force };
    if call.flag(DRY_RUN)? {
        return Answer::ok(&PlanView::of(call.api.app.plan(&upload).map_err(refused)?));
    }
    let loaded = call.api.app.load(&upload, Some(&call.person)).map_err(refused)?;
    Answer::ok(&Deployed {
        content_hash: loaded.hash.to_string(),
        notes: loaded.notes,
        cancelled: loaded.cancelled.iter().map(ToString::to_string).collect(),
    })
}

/// Nothing was changed; the one before is served on.
fn refused(error: LoadError) -> Problem {
    let why = match error {
        LoadError::Drive(error) => return error.into(),
        LoadError::Unreadable(error) => vec![error.to_string()],
        LoadError::Refused(all) => all,
    };
    Problem::bundle_refused(why)
}

impl PlanView {
    fn of(plan: Plan) -> Self {
        let weaker = plan.diff.is_weaker();
        let flows = plan.diff.flows.into_iter().map(|flow| FlowPlan {
            address: flow.address,
            verdict: flow.verdict.word().to_owned(),
            changes: flow.changes.into_iter().map(ChangeView::of).collect(),
        });
        let pinned = plan.pinned.into_iter().map(|((flow, hash), requests)| Pinned {
            flow,
            content_hash: hash.to_string(),
            requests,
        });
        Self {
            content_hash: plan.hash.to_string(),
            served: plan.served,
            refusals: plan.refusals,
            stranded: plan.stranded,
            notes: plan.notes,
            signed: plan.accepted.map(SignedBy::of),
            weaker,
            flows: flows.collect(),
            pinned: pinned.collect(),
            cancelled: plan.cancelled.iter().map(ToString::to_string).collect(),
        }
    }
}

impl SignedBy {
    fn of(accepted: Accepted) -> Self {
        Self { key_id: accepted.key_id, sequence: accepted.sequence }
    }
}

impl ChangeView {
    fn of(change: flow_proof::diff::Change) -> Self {
        Self { way: change.way.word().to_owned(), text: change.text }
    }
}
