//! `flowd serve`: puts the parts together, and takes them apart in order.

use std::sync::{Arc, RwLock};

use anyhow::{Context as _, ensure};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::alert::place::Place;
use crate::api::Api;
use crate::app::{App, Bells};
use crate::binding::Binding;
use crate::clock::Clock;
use crate::config::{Config, LogForm, ServeArgs};
use crate::connector::Connectors;
use crate::connector::lambda::Lambdas;
use crate::drive::JUMPED;
use crate::export::sink::Sink;
use crate::listen::Listener;
use crate::load::Upload;
use crate::meters::Meters;
use crate::outbox::Outbox;
use crate::pause::Pause;
use crate::secret::Secrets;
use crate::shelf::Shelf;
use crate::sign::Signer;
use crate::store::sqlite::Sqlite;
use crate::store::{Lanes, Store as _};
use crate::{anchor, export, timers};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Something of the configuration, the database, the bundle or the socket is wrong.
pub async fn serve(args: &ServeArgs) -> anyhow::Result<()> {
    let config = Config::read(args)?;
    let secrets = Secrets::read(&config.secrets)?;
    log_to_stderr(&secrets, config.log);
    let (app, store) = open(config, secrets)?;
    load(&app).await?;
    let connectors = connect(&app).await;
    let api = Api::new(
        Arc::clone(&app),
        Arc::clone(&store) as Arc<_>,
        store,
        connectors.clone(),
        tokio::runtime::Handle::current(),
    )?;
    let listener = Listener::open(&app.config.listen, app.config.connections).await?;
    let (stop, stopped) = watch::channel(false);

    let mut parts = JoinSet::new();
    for lanes in [Lanes::Access, Lanes::Others] {
        let outbox = Outbox {
            app: Arc::clone(&app),
            connectors: connectors.clone(),
            lanes,
            node: format!("pid {}", std::process::id()),
        };
        parts.spawn(Arc::new(outbox).run(stopped.clone()));
    }
    parts.spawn(timers::run(Arc::clone(&app), stopped.clone()));
    parts.spawn(anchor::run(Arc::clone(&app), stopped.clone()));
    for destination in app.config.audit_destinations.clone() {
        let sink = Arc::new(Sink::open(destination, &app.secrets)?);
        parts.spawn(export::run(Arc::clone(&app), sink, stopped.clone()));
    }
    for alerts in app.config.alerts.clone() {
        let place = Arc::new(Place::open(alerts, &app, &app.secrets)?);
        parts.spawn(export::run(Arc::clone(&app), place, stopped.clone()));
    }
    let url = listener.url.clone();
    parts.spawn(listener.serve(api.router(), stopped));

    say_ready(&url)?;
    let asked = tokio::select! {
        asked = wait_for_signal() => asked.map(|()| true)?,
        _ended = parts.join_next() => false,
    };
    tracing::info!("stopping: no new calls, waiting for those in flight");
    let _nobody_listens = stop.send(true);
    while let Some(part) = parts.join_next().await {
        if let Err(error) = part {
            tracing::error!(%error, "a part broke");
        }
    }
    ensure!(asked, "the database stopped: start the daemon again");
    Ok(())
}

fn log_to_stderr(secrets: &Secrets, form: LogForm) {
    let secrets = secrets.clone();
    let filter = tracing_subscriber::EnvFilter::try_from_env("FLOWD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    // A test may have set one already.
    let _set = match form {
        LogForm::Text => lines.with_writer(move || secrets.guard(std::io::stderr())).try_init(),
        LogForm::Json => {
            lines.json().with_writer(move || secrets.guard(std::io::stderr())).try_init()
        }
    };
}

fn open(config: Config, secrets: Secrets) -> anyhow::Result<(Arc<App>, Arc<Sqlite>)> {
    let store = Arc::new(Sqlite::open_for(&config.db, config.dev)?);
    let binding = config.binding.as_deref().map(Binding::read).transpose()?;
    let jumped_s = store.meta(JUMPED)?.and_then(|text| text.parse().ok()).unwrap_or_default();
    let app = App {
        clock: Clock::system(store.mark()?, jumped_s),
        signer: Signer::of(&*store)?,
        people: Arc::clone(&store) as Arc<_>,
        store: Arc::clone(&store) as Arc<_>,
        secrets,
        shelf: Shelf::default(),
        binding: RwLock::new(binding),
        bells: Bells::default(),
        meters: Meters::default(),
        ends_only: RwLock::new(None),
        pause: Pause::default(),
        narrowing: RwLock::new(()),
        identified: std::sync::Mutex::new(()),
        config,
    };
    Ok((Arc::new(app), store))
}

async fn load(app: &Arc<App>) -> anyhow::Result<()> {
    app.block(App::restore).await?;
    // Before anything acts: what the trail knows to stand is owed again.
    app.block(App::pause_if_restored).await?;
    app.block(App::inactive_gone).await?;
    if let Some(path) = app.config.bundle.clone() {
        let upload = Upload::read(&path);
        let loaded = app
            .block(move |app| app.start(upload))
            .await
            .with_context(|| format!("cannot serve `{}`", path.display()))?;
        if let Some(loaded) = loaded {
            let cancelled = loaded.cancelled.len();
            tracing::info!(bundle = %loaded.hash, cancelled, "bundle loaded");
            loaded.notes.iter().for_each(|note| tracing::warn!("{note}"));
        }
    }
    if app.config.dev {
        tracing::warn!("development mode: readiness fails, and every audit record says so");
    }
    if app.shelf.newest().is_none() {
        tracing::warn!("no bundle was ever loaded: nobody can ask for anything");
    }
    Ok(())
}

async fn connect(app: &Arc<App>) -> Connectors {
    let lambda = Arc::new(Lambdas::new(Arc::clone(app)));
    let function = {
        let binding = app.binding.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut roles = binding.iter().flat_map(|binding| &binding.roles);
        roles.find_map(|role| role.function_arns.first().cloned())
    };
    // Said now, while somebody looks at the log, and not when the first grant fails.
    if let Some(arn) = function
        && let Err(failure) = lambda.clients(&arn).await
    {
        tracing::error!(%failure, "no function can be called");
    }
    Connectors { lambda }
}

/// The one line on standard output: whoever started us reads the address from it.
fn say_ready(url: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {url}")?;
    out.flush()?;
    Ok(())
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
