//! A daemon without sockets: one flow, six people, a clock that stands still.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use flow_bundle::Digest;
use flow_bundle::bundle::{Bundle, BundleFile, SourceMap};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::api::Api;
use crate::app::{App, Bells};
use crate::clock::Clock;
use crate::config::{Config, ServeArgs};
use crate::connector::Connectors;
use crate::connector::scripted::Scripted;
use crate::meters::Meters;
use crate::oidc::config::{Oidc, OidcFile};
use crate::people::init::{InitArgs, run};
use crate::secret::Secrets;
use crate::shelf::{Entry, Shelf};
use crate::sign::Signer;
use crate::store::Store as _;
use crate::store::sqlite::Sqlite;

/// A daemon without sockets.
pub struct House {
    /// What the routes share.
    pub app: Arc<App>,
    /// Its database.
    pub store: Arc<Sqlite>,
    /// Secrets of tokens by name; `call` takes one's name or a secret.
    pub tokens: BTreeMap<String, String>,
    /// What its functions answer.
    pub lambda: Arc<Scripted>,
    router: axum::Router,
    time: Arc<Mutex<(Timestamp, Duration)>>,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub body: Json,
    pub kind: String,
    pub retry_after: Option<String>,
}

/// A page.
#[derive(Debug)]
pub struct Opened {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl Opened {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a hidden input.
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.text.find(&start).unwrap_or_else(|| panic!("no `{name}`: {}", self.text));
        self.text[at + start.len()..].split('"').next().unwrap().to_owned()
    }
}

impl Said {
    /// `bad_field`, `unauthenticated` …: the problem's name, in our form or in Sym's.
    pub fn problem(&self) -> &str {
        let ours = self.body["type"].as_str().and_then(|t| t.strip_prefix("urn:flow:problem:"));
        let syms = self.body["code"].as_str().and_then(|code| code.split(':').nth(1));
        ours.or(syms).map_or("", |word| match word {
            "UNAUTHENTICATED" => "unauthenticated",
            "FORBIDDEN" => "forbidden",
            other => other,
        })
    }

    /// What is wrong, for people.
    pub fn detail(&self) -> &str {
        self.body["detail"].as_str().or(self.body["message"].as_str()).unwrap_or_default()
    }
}

impl House {
    /// Ada is the admin; ana, bo and chi are members, gus a guest, and bot a bot. Each has a
    /// confirmed token that decides, ada one of scope admin.
    pub fn open() -> Self {
        Self::serving(button())
    }

    /// The same, with a bundle of its own.
    pub fn serving(bundle: Bundle) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = dir.path().join("flow.db");
        let start: Timestamp = "2026-11-24T03:00:00Z".parse().unwrap();
        let mut said = Vec::new();
        let args = InitArgs {
            db: db.clone(),
            admin_email: "ada@acme.example".to_owned(),
            admin_username: Some("ada".to_owned()),
            dev: true,
            token_file: None,
        };
        run(&args, start, &mut said).unwrap();
        let said = String::from_utf8(said).unwrap();
        let admin = said.split_whitespace().find(|w| w.starts_with("flow_")).unwrap().to_owned();

        let store = Arc::new(Sqlite::open_for(&db, true).unwrap());
        let time = Arc::new(Mutex::new((start, Duration::ZERO)));
        let app = Arc::new(app(&store, db, Arc::clone(&time), bundle));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let lambda = Arc::new(Scripted::default());
        let connectors = Connectors { lambda: Arc::clone(&lambda) as Arc<_> };
        let api = Api::new(
            Arc::clone(&app),
            Arc::clone(&store) as Arc<_>,
            store.clone(),
            connectors,
            runtime.handle().clone(),
        )
        .unwrap();
        let tokens = BTreeMap::from([("ada".to_owned(), admin)]);
        let router = api.router();
        let mut house = Self { app, store, tokens, lambda, router, time, runtime, _dir: dir };
        for (name, role, kind) in [
            ("ana", "member", "human"),
            ("bo", "member", "human"),
            ("chi", "member", "human"),
            ("gus", "guest", "human"),
            ("bot", "member", "bot"),
        ] {
            house.welcome(name, role, kind);
        }
        house
    }

    fn welcome(&mut self, name: &str, role: &str, kind: &str) {
        let email = format!("{name}@acme.example");
        let body = json!({ "emails": [email], "username": name, "role": role, "kind": kind });
        assert_eq!(self.call("ada", "POST", "/v1/people", body).status, 201);
        let secret = self.issue(name, "decide");
        let confirmed = self.call(&secret, "POST", "/v1/tokens/confirm", json!({}));
        assert_eq!(confirmed.status, 201, "{confirmed:?}");
        self.tokens.insert(name.to_owned(), confirmed.body["token"].as_str().unwrap().to_owned());
    }

    /// A token that ada made for somebody, not confirmed.
    pub fn issue(&self, name: &str, scope: &str) -> String {
        let path = format!("/v1/people/{name}/tokens");
        let issued = self.call("ada", "POST", &path, json!({ "scope": scope }));
        assert_eq!(issued.status, 201, "{issued:?}");
        issued.body["token"].as_str().unwrap().to_owned()
    }

    /// Calls as somebody.
    pub fn call(&self, who: &str, method: &str, path: &str, body: Json) -> Said {
        self.send(who, method, path, &[], body.to_string())
    }

    /// Reads as somebody.
    pub fn get(&self, who: &str, path: &str) -> Said {
        self.send(who, "GET", path, &[], String::new())
    }

    /// Calls with headers and any body. Nobody is `""`.
    pub fn send(
        &self,
        who: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Said {
        let mut request = Request::builder().method(method).uri(path);
        if !who.is_empty() {
            let secret = self.tokens.get(who).map_or(who, String::as_str);
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request.body(Body::from(body)).unwrap())
    }

    /// Reads a text as somebody: status, content type and the text.
    pub fn text(&self, who: &str, path: &str) -> (u16, String, String) {
        let secret = self.tokens.get(who).map_or(who, String::as_str);
        let request =
            Request::builder().uri(path).header("authorization", format!("Bearer {secret}"));
        let request = request.body(Body::empty()).unwrap();
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let kind = response.headers().get("content-type").unwrap().to_str().unwrap().to_owned();
            let status = response.status().as_u16();
            let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, kind, String::from_utf8(bytes.to_vec()).unwrap())
        })
    }

    /// Opens a page, with a session's cookie where there is one, or sends a form; its status, headers
    /// and text.
    pub fn page(&self, who: &str, method: &str, path: &str, form: &[(&str, &str)]) -> Opened {
        let mut request = Request::builder().method(method).uri(path);
        if !who.is_empty() {
            let secret = self.tokens.get(who).map_or(who, String::as_str);
            request = request.header("cookie", format!("__Host-flow={secret}"));
        }
        let mut body = String::new();
        if method != "GET" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
            body = url::form_urlencoded::Serializer::new(body).extend_pairs(form).finish();
        }
        self.runtime.block_on(async {
            let request = request.body(Body::from(body)).unwrap();
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            Opened { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
        })
    }

    /// Calls with a body that is still coming; panics where no answer comes in time.
    pub fn stream(&self, who: &str, method: &str, path: &str, body: Body, most: Duration) -> Said {
        let secret = self.tokens.get(who).map_or(who, String::as_str);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {secret}"))
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        let answer = async { tokio::time::timeout(most, self.said(request)).await.unwrap() };
        self.runtime.block_on(answer)
    }

    fn answer(&self, request: Request<Body>) -> Said {
        self.runtime.block_on(self.said(request))
    }

    async fn said(&self, request: Request<Body>) -> Said {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let header =
            |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        let (kind, retry_after) =
            (header("content-type").unwrap_or_default(), header("retry-after"));
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
        Said { status, body, kind, retry_after }
    }

    /// Time goes on.
    pub fn pass(&self, span: SignedDuration) {
        let mut time = self.time.lock().unwrap();
        time.0 += span;
        time.1 += span.unsigned_abs();
    }

    /// Ana asks for the button, and everything goes well.
    pub fn ask(&self) -> Json {
        let fields = json!({ "target": "button", "duration": "30m", "reason": "the pager" });
        let said =
            self.call("ana", "POST", "/v1/requests", json!({ "flow": "button", "fields": fields }));
        assert_eq!(said.status, 201, "{said:?}");
        said.body
    }

    /// Everything that is decided: state rows and owed calls, without the trail of refusals.
    pub fn state(&self) -> Vec<String> {
        self.store
            .read(|c| {
                let sql = "SELECT id || ' ' || version || ' ' || phase || ' ' || state FROM requests
                           UNION ALL SELECT id || ' ' || version || ' ' || state FROM grants
                           UNION ALL SELECT key || ' ' || status FROM effects
                           UNION ALL SELECT id || username || role || active FROM people ORDER BY 1";
                let mut rows = c.prepare(sql)?;
                let rows = rows.query_map([], |r| r.get(0))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .unwrap()
    }
}

fn app(
    store: &Arc<Sqlite>,
    db: std::path::PathBuf,
    time: Arc<Mutex<(Timestamp, Duration)>>,
    bundle: Bundle,
) -> App {
    let args = ServeArgs { db, dev: true, ..ServeArgs::default() };
    let shelf = Shelf::default();
    shelf.put(entry(bundle), true);
    let oidc = Some(oidc());
    App {
        config: Config { oidc, ..Config::read(&args).unwrap() },
        people: Arc::clone(store) as Arc<_>,
        secrets: Secrets::default(),
        clock: Clock::of(Box::new(move || *time.lock().unwrap()), store.mark().unwrap(), 0),
        shelf,
        binding: RwLock::new(None),
        signer: Signer::of(&**store).unwrap(),
        store: Arc::clone(store) as Arc<_>,
        bells: Bells::default(),
        meters: Meters::default(),
        ends_only: RwLock::new(None),
        pause: crate::pause::Pause::default(),
        narrowing: RwLock::new(()),
        identified: std::sync::Mutex::new(()),
    }
}

/// A provider that is asked for nothing.
fn oidc() -> Oidc {
    let text = "issuer = \"http://127.0.0.1:1\"\nclient_id = \"flow\"\n\
                public_url = \"https://flow.example\"\nlink_by_email = [\"acme.example\"]\n";
    let file: OidcFile = toml::from_str(text).unwrap();
    crate::oidc::config::read(file, &BTreeMap::new()).unwrap()
}

/// The flow `button` in a bundle.
fn button() -> Bundle {
    serde_json::from_str(include_str!("../../../data/button.json")).unwrap()
}

/// A bundle, as if it had been loaded.
fn entry(bundle: Bundle) -> Entry {
    let hash = Digest::of_json(&serde_json::to_value(&bundle).unwrap());
    let sources = SourceMap::default();
    let sources_hash = Digest::of_json(&serde_json::to_value(&sources).unwrap());
    let compiler = "flowc 0.1.0".to_owned();
    let file = BundleFile { bundle, compiler, content_hash: hash, sources, sources_hash };
    Entry { hash, file, versions: BTreeMap::from([("button".to_owned(), 1)]) }
}
