//! A local AWS with IAM enforcement: ministack, on 127.0.0.1 and a free port.
//!
//! It verifies signatures, evaluates identity, trust and session policies, and runs handlers as
//! child processes. What it does not do as AWS does (qualified ARNs above all) is listed in
//! `tests/README.md`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::aws::{Aws, Identity};
use crate::process::{self, Process};
use crate::venv::Venv;
use crate::{bins, workspace};

/// The account of every local AWS.
pub const ACCOUNT: &str = "123456789012";
/// The region of every local AWS.
pub const REGION: &str = "us-east-1";

/// A running local AWS, stopped when dropped.
#[derive(Debug)]
pub struct Ministack {
    // Order matters: the process ends before its folder goes.
    process: Process,
    endpoint: String,
    venv: Venv,
    folder: PathBuf,
    _scratch: Option<tempfile::TempDir>,
}

impl Ministack {
    /// Starts one in a scratch folder.
    ///
    /// # Errors
    /// When Python 3 or a package is missing, or it does not come up.
    pub fn start() -> Result<Self> {
        let scratch = workspace::scratch("aws")?;
        let mut started = Self::start_in(scratch.path())?;
        started._scratch = Some(scratch);
        Ok(started)
    }

    /// Starts one that keeps its log and temporary files in `folder`.
    ///
    /// # Errors
    /// See [`Ministack::start`].
    pub fn start_in(folder: &Path) -> Result<Self> {
        let venv = Venv::of("aws")?;
        // Between the look for a free port and its use, another process may take it.
        const TRIES: usize = 3;
        let mut last = None;
        for _ in 0..TRIES {
            match Self::start_once(&venv, folder) {
                Ok(started) => return Ok(started),
                Err(error) => last = Some(error),
            }
        }
        match last {
            Some(error) => Err(error.context("the local AWS does not come up")),
            None => bail!("the local AWS does not come up"),
        }
    }

    fn start_once(venv: &Venv, folder: &Path) -> Result<Self> {
        let port = process::free_port()?;
        let temporary = folder.join("tmp");
        std::fs::create_dir_all(&temporary).context("cannot make a folder")?;
        let root = Identity::root();
        let mut command = venv.command("ministack");
        bins::forget_settings(&mut command);
        command
            .env("AUTH", "true")
            .env("LAMBDA_EXECUTOR", "local")
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_ACCOUNT_ID", ACCOUNT)
            .env("MINISTACK_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", &root.key)
            .env("AWS_SECRET_ACCESS_KEY", &root.secret)
            .env("TMPDIR", &temporary);
        let mut process = Process::start("ministack", &mut command, &folder.join("ministack.log"))?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let health = format!("{endpoint}/_ministack/health");
        let client = reqwest::blocking::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(2))
            .build()
            .context("cannot make an HTTP client")?;
        process::until("the local AWS to answer", Duration::from_secs(90), || {
            process.fail_if_ended()?;
            let healthy =
                client.get(&health).send().is_ok_and(|answer| answer.status().is_success());
            Ok(healthy.then_some(()))
        })?;
        let venv = venv.clone();
        Ok(Self { process, endpoint, venv, folder: folder.to_owned(), _scratch: None })
    }

    /// Its address, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its log.
    pub fn log(&self) -> &Path {
        self.process.log()
    }

    /// Calls of its API.
    ///
    /// # Errors
    /// When the program that makes them cannot be started.
    pub fn aws(&self) -> Result<Aws> {
        Aws::start(&self.venv, &self.endpoint, &self.folder)
    }

    /// Stops it and waits for its end.
    ///
    /// # Errors
    /// When it cannot be stopped.
    pub fn stop(&mut self) -> Result<()> {
        self.process.stop(Duration::from_secs(10)).map(drop)
    }
}
