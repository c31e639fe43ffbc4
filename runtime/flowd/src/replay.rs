//! `flowd replay`: folds every request again from its recorded events and compares what comes out
//! with what is stored. Before an upgrade, with the new version's binary, it says whether that
//! version would have decided anything else.
//!
//! An asking that was refused left no request, and so no bundle to decide it by: it is only counted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use flow_bundle::Digest;
use flow_bundle::bundle::BundleFile;
use flow_engine::{Context, Event, Pinned, Request, transition};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::drive::Answered;

/// Arguments of `flowd replay`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true)))]
pub struct ReplayArgs {
    /// The database; it may be served meanwhile.
    #[arg(long)]
    pub db: PathBuf,
    /// One request, by its id.
    #[arg(group = "which")]
    pub request: Option<String>,
    /// Every request.
    #[arg(long, group = "which")]
    pub all: bool,
}

/// What a replay found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Requests that were folded.
    pub requests: u64,
    /// Events that were decided again.
    pub events: u64,
    /// Askings that were refused, and left nothing to fold.
    pub refused: u64,
    /// What came out otherwise, at the first event where it did.
    pub faults: Vec<String>,
}

/// Bundles by their hash, read once.
type Bundles = BTreeMap<Digest, Option<BundleFile>>;

/// An event as it was recorded.
#[derive(Deserialize)]
struct Recorded {
    event: Event,
    context: Context,
}

/// Folds what the arguments name.
///
/// # Errors
/// The database cannot be read, or has no such request. That something comes out otherwise is no
/// error here.
pub fn replay(args: &ReplayArgs) -> anyhow::Result<Replayed> {
    let mut connection = Connection::open_with_flags(&args.db, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot open `{}`", args.db.display()))?;
    // One moment of a database that may be written to meanwhile.
    let moment = connection.transaction()?;
    let ids = match &args.request {
        Some(id) => vec![id.clone()],
        None => {
            let sql = "SELECT request FROM events GROUP BY request ORDER BY min(seq)";
            let mut statement = moment.prepare(sql)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        }
    };
    let (mut found, mut bundles) = (Replayed::default(), Bundles::new());
    for id in ids {
        if let Err(fault) = one(&moment, &id, &mut bundles, &mut found)? {
            found.faults.push(format!("{id}: {fault}"));
        }
    }
    if args.request.is_some() && found == Replayed::default() {
        anyhow::bail!("the database has no request `{}`", args.request.as_deref().unwrap_or(""));
    }
    Ok(found)
}

/// Folds one request. The inner error says what came out otherwise.
fn one(
    moment: &Connection,
    id: &str,
    bundles: &mut Bundles,
    found: &mut Replayed,
) -> anyhow::Result<Result<(), String>> {
    let stored: Option<String> = moment
        .query_row("SELECT state FROM requests WHERE id = ?1", [id], |row| row.get(0))
        .optional()?;
    let mut statement = moment
        .prepare_cached("SELECT seq, body, reply FROM events WHERE request = ?1 ORDER BY seq")?;
    let mut rows = statement.query([id])?;
    let Some(stored) = stored else {
        while rows.next()?.is_some() {
            found.refused += 1;
        }
        return Ok(Ok(()));
    };
    found.requests += 1;
    let request: Request = match serde_json::from_str(&stored) {
        Ok(request) => request,
        Err(e) => return Ok(Err(format!("its state cannot be read: {e}"))),
    };
    let bundle = bundle(moment, request.bundle, bundles)?;
    let Some(pinned) = bundle.and_then(|file| pinned(file, &request)) else {
        return Ok(Err(format!("its bundle {} cannot be read", request.bundle)));
    };
    let mut state: Option<Request> = None;
    while let Some(row) = rows.next()? {
        let (seq, body, reply): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        found.events += 1;
        let recorded: Recorded = match serde_json::from_str(&body) {
            Ok(recorded) => recorded,
            Err(e) => return Ok(Err(format!("event {seq} cannot be read: {e}"))),
        };
        let done = transition(&pinned, state.as_ref(), &recorded.event, &recorded.context);
        let what = recorded.event.kind.word();
        let before: Result<Answered, _> = serde_json::from_str(&reply);
        if before.as_ref().ok().map(|b| &b.reply) != Some(&done.reply) {
            let now = serde_json::to_value(&done.reply).unwrap_or_default();
            let before = before.map(|b| serde_json::to_value(&b.reply).unwrap_or_default());
            let before = before.unwrap_or_default();
            return Ok(Err(format!("event {seq} (`{what}`) was answered {before}, and now {now}")));
        }
        // Through the form in which it is stored, as it was then.
        state = match done.request.map(|r| stored_form(&r)).transpose() {
            Ok(state) => state,
            Err(e) => return Ok(Err(format!("after event {seq} (`{what}`): {e}"))),
        };
    }
    Ok(compare(&request, state.as_ref()))
}

fn stored_form(request: &Request) -> serde_json::Result<Request> {
    serde_json::from_str(&serde_json::to_string(request)?)
}

fn compare(stored: &Request, folded: Option<&Request>) -> Result<(), String> {
    if folded == Some(stored) {
        return Ok(());
    }
    let json = |request: &Request| serde_json::to_value(request).unwrap_or_default();
    let (stored, folded) = (json(stored), folded.map(json).unwrap_or_default());
    let (path, before, now) = difference(String::new(), &stored, &folded)
        .unwrap_or_else(|| (String::new(), &stored, &folded));
    Err(format!("`{path}` is stored as {before}, and its events come to {now}"))
}

/// The first place where two values differ.
fn difference<'j>(
    path: String,
    stored: &'j Json,
    folded: &'j Json,
) -> Option<(String, &'j Json, &'j Json)> {
    if stored == folded {
        return None;
    }
    let at = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (stored, folded) {
        (Json::Object(stored), Json::Object(folded)) => {
            let keys: std::collections::BTreeSet<_> = stored.keys().chain(folded.keys()).collect();
            let sides = |key: &String| (stored.get(key).unwrap_or(&Json::Null), folded.get(key));
            keys.into_iter().find_map(|key| {
                let (stored, folded) = sides(key);
                difference(at(key), stored, folded.unwrap_or(&Json::Null))
            })
        }
        (Json::Array(all), Json::Array(others)) if all.len() == others.len() => {
            let pairs = all.iter().zip(others).enumerate();
            pairs.into_iter().find_map(|(i, (a, b))| difference(at(&i.to_string()), a, b))
        }
        (stored, folded) => Some((path, stored, folded)),
    }
}

fn bundle<'b>(
    moment: &Connection,
    hash: Digest,
    bundles: &'b mut Bundles,
) -> anyhow::Result<Option<&'b BundleFile>> {
    if let std::collections::btree_map::Entry::Vacant(place) = bundles.entry(hash) {
        let sql = "SELECT file FROM bundles WHERE hash = ?1";
        let file: Option<String> =
            moment.query_row(sql, [hash.to_string()], |row| row.get(0)).optional()?;
        place.insert(file.and_then(|text| flow_bundle::codec::read(text.as_bytes()).ok()));
    }
    Ok(bundles.get(&hash).and_then(Option::as_ref))
}

fn pinned<'b>(file: &'b BundleFile, request: &'b Request) -> Option<Pinned<'b>> {
    let flow = file.bundle.flows.get(&request.flow)?;
    let (bundle, content_hash, address) = (&file.bundle, request.bundle, request.flow.as_str());
    Some(Pinned { bundle, content_hash, address, flow })
}

impl std::fmt::Display for Replayed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = if self.faults.is_empty() { "the same comes out" } else { "NOT THE SAME" };
        write!(
            f,
            "{verdict}: {} requests folded again from {} events; {} refused askings passed over",
            self.requests, self.events, self.refused
        )?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}
