//! A running daemon, and people who talk to it through `flowctl`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use regex::Regex;
use serde_json::Value;

use crate::aws::Identity;
use crate::process::{self, Process};
use crate::{bins, workspace};

/// What a daemon is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where its database, configuration and log lie.
    pub folder: PathBuf,
    /// The bundle.
    pub bundle: PathBuf,
    /// The binding, where the bundle calls functions.
    pub binding: Option<PathBuf>,
    /// The AWS that it uses: its own identity, and the endpoint.
    pub aws: Option<(Identity, String)>,
    /// Its configuration where it is no development: there nothing is taken unsigned.
    pub production: Option<String>,
}

/// A running daemon, stopped when dropped.
#[derive(Debug)]
pub struct Daemon {
    process: Process,
    server: String,
}

/// Somebody with a token.
#[derive(Debug, Clone)]
pub struct Person {
    /// For the narration.
    pub name: String,
    server: String,
    token: String,
}

impl Setup {
    /// The database.
    pub fn db(&self) -> PathBuf {
        self.folder.join("flow.db")
    }

    /// Makes the database and its first admin, and hands back the admin's token.
    ///
    /// # Errors
    /// When `flowd init` fails.
    pub fn init(&self, admin: &str) -> Result<String> {
        let mut command = bins::command("flowd")?;
        command.arg("init").args(self.mode()).arg("--db").arg(self.db());
        command.args(["--admin-email", admin]);
        let printed = process::run(&mut command)?;
        token_in(&printed)
    }

    /// Starts the daemon on a free port, and waits until it listens.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn serve(&self) -> Result<Daemon> {
        let mut command = bins::command("flowd")?;
        command.arg("serve").args(self.mode());
        command.args(["--listen", "127.0.0.1:0", "--db"]).arg(self.db());
        command.arg("--bundle").arg(&self.bundle);
        if let Some(binding) = &self.binding {
            command.arg("--binding").arg(binding);
        }
        command.arg("--config").arg(self.write_config()?);
        if let Some((identity, endpoint)) = &self.aws {
            identity.lend(&mut command, endpoint);
            // The daemon must get its endpoint from the configuration alone.
            command.env_remove("AWS_ENDPOINT_URL");
        }
        let log = self.folder.join("flowd.log");
        let before = std::fs::metadata(&log).map_or(0, |file| file.len());
        let mut process = Process::start("flowd", &mut command, &log)?;
        let address = Regex::new(r"listening on (http://127\.0\.0\.1:\d+)").context("a pattern")?;
        let server = process.wait_for(Duration::from_secs(30), |output| {
            let fresh = output.get(usize::try_from(before).ok()?..)?;
            Some(address.captures(fresh)?.get(1)?.as_str().to_owned())
        })?;
        Ok(Daemon { process, server })
    }

    /// Verifies the audit trail of a daemon that need not be running.
    ///
    /// # Errors
    /// When the trail is broken: with what the verification says.
    pub fn verify_audit(&self) -> Result<String> {
        let mut command = bins::command("flowd")?;
        process::run(command.args(["audit", "verify", "--db"]).arg(self.db()))
    }

    /// Folds every request again from its recorded events.
    ///
    /// # Errors
    /// When anything else comes out: with what the replay says.
    pub fn replay(&self) -> Result<String> {
        let mut command = bins::command("flowd")?;
        process::run(command.args(["replay", "--all", "--db"]).arg(self.db()))
    }

    fn mode(&self) -> Option<&'static str> {
        self.production.is_none().then_some("--dev")
    }

    fn write_config(&self) -> Result<PathBuf> {
        let development = || "unsigned = true\n".to_owned();
        let mut text = self.production.clone().unwrap_or_else(development);
        if let Some((_, endpoint)) = &self.aws {
            text.push_str(&format!(
                "\n[dev.endpoints]\nlambda = \"{endpoint}\"\nsts = \"{endpoint}\"\n"
            ));
        }
        let path = self.folder.join("flowd.toml");
        std::fs::write(&path, text).context("cannot write flowd.toml")?;
        Ok(path)
    }
}

impl Daemon {
    /// Its address.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its log.
    pub fn log(&self) -> &Path {
        self.process.log()
    }

    /// Somebody who has a token already.
    pub fn person(&self, name: &str, token: &str) -> Person {
        Person { name: name.to_owned(), server: self.server.clone(), token: token.to_owned() }
    }

    /// Ends the daemon as a power cut would.
    ///
    /// # Errors
    /// When it cannot be reaped.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill().map(drop)
    }

    /// Asks the daemon to stop, and waits until it has.
    ///
    /// # Errors
    /// When it cannot be asked, or does not end with success.
    pub fn stop(&mut self) -> Result<()> {
        let status = self.process.stop(Duration::from_secs(20))?;
        if !status.success() {
            bail!("flowd ended with {status} when it was asked to stop");
        }
        Ok(())
    }

    /// Fails when the daemon is no longer running.
    ///
    /// # Errors
    /// With what it printed.
    pub fn fail_if_ended(&mut self) -> Result<()> {
        self.process.fail_if_ended()
    }
}

impl Person {
    /// Somebody with this token at this server.
    pub fn new(name: &str, server: &str, token: &str) -> Self {
        Self { name: name.to_owned(), server: server.to_owned(), token: token.to_owned() }
    }

    /// The same person at a daemon that was started again.
    #[must_use]
    pub fn at(&self, daemon: &Daemon) -> Self {
        daemon.person(&self.name, &self.token)
    }

    /// A `flowctl` command of this person.
    ///
    /// # Errors
    /// When the workspace does not build.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = bins::command("flowctl")?;
        command.args(arguments).env("FLOW_SERVER", &self.server).env("FLOW_TOKEN", &self.token);
        Ok(command)
    }

    /// Runs `flowctl` and hands back what it printed.
    ///
    /// # Errors
    /// When it fails: with what it said.
    pub fn flowctl(&self, arguments: &[&str]) -> Result<String> {
        process::run(&mut self.command(arguments)?)
    }

    /// Runs `flowctl --format json` and hands back the API's answer.
    ///
    /// # Errors
    /// When it fails, or does not answer in JSON.
    pub fn ask(&self, arguments: &[&str]) -> Result<Value> {
        let printed = process::run(self.command(arguments)?.args(["--format", "json"]))?;
        serde_json::from_str(&printed).with_context(|| format!("not JSON: {printed}"))
    }

    /// Makes somebody known and hands them over with a token that they have confirmed, so that
    /// they may decide. Only admins may.
    ///
    /// # Errors
    /// When `flowctl` fails.
    pub fn introduce(&self, email: &str, username: Option<&str>) -> Result<Self> {
        let name = email.split('@').next().unwrap_or(email);
        let mut add = vec!["people", "add", "--email", email, "--name", name];
        add.extend(username.map(|username| ["--username", username]).into_iter().flatten());
        self.ask(&add)?;
        let issued = self.flowctl(&["token", "issue", "--for", email, "--scope", "decide"])?;
        let issued = Self { name: name.to_owned(), token: token_in(&issued)?, ..self.clone() };
        let confirmed = issued.flowctl(&["token", "confirm"])?;
        Ok(Self { token: token_in(&confirmed)?, ..issued })
    }

    /// Writes the person's token into a file that only its owner reads.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_token(&self, file: &Path) -> Result<()> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut options = std::fs::File::options();
        let opened = options.write(true).create(true).truncate(true).mode(0o600).open(file);
        let mut opened = opened.with_context(|| format!("cannot write {}", file.display()))?;
        writeln!(opened, "{}", self.token).context("cannot write a token")
    }

    /// The same person with another token, good or bad.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Posts to the API itself, past `flowctl`: the status, and the answer in JSON.
    ///
    /// # Errors
    /// When there is no answer, or it is not JSON.
    pub fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let client = reqwest::blocking::Client::builder().no_proxy().build();
        let answer = client
            .context("cannot make an HTTP client")?
            .post(format!("{}{path}", self.server))
            .bearer_auth(&self.token)
            .json(body)
            .send()
            .context("the daemon does not answer")?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().context("the daemon's answer is not JSON")?))
    }

    /// Asks for a flow with these fields and hands back the request's id.
    ///
    /// # Errors
    /// When `flowctl` fails.
    pub fn request(&self, flow: &str, fields: &[(&str, &str)]) -> Result<String> {
        let fields: Vec<String> =
            fields.iter().flat_map(|(k, v)| ["--field".to_owned(), format!("{k}={v}")]).collect();
        let mut arguments = vec!["request", flow];
        arguments.extend(fields.iter().map(String::as_str));
        let asked = self.ask(&arguments)?;
        let id = asked.get("id").and_then(Value::as_str).map(str::to_owned);
        id.with_context(|| format!("the request has no id: {asked:#}"))
    }

    /// Approves what the request shows, without being asked at the terminal.
    ///
    /// # Errors
    /// When the daemon refuses.
    pub fn approve(&self, request: &str) -> Result<Value> {
        self.ask(&["approve", request, "--yes"])
    }

    /// Waits for a message whose text or facts contain something, to this person or, for an admin, to
    /// a channel, and hands back its text.
    ///
    /// # Errors
    /// When the time is up.
    pub fn wait_for_message(
        &self,
        to: Option<&str>,
        request: &str,
        containing: &str,
        within: Duration,
    ) -> Result<String> {
        let mut command = vec!["messages", "--request", request];
        command.extend(to.map(|to| ["--to", to]).into_iter().flatten());
        let what = format!("a message to {} that says “{containing}”", to.unwrap_or(&self.name));
        let mut last = Value::Null;
        let found = process::until(&what, within, || {
            let page = self.ask(&command)?;
            last = page.clone();
            let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            let found = items.iter().find(|item| says(item, containing));
            let text = found.and_then(|item| item.get("text")?.as_str());
            Ok(text.map(str::to_owned))
        });
        found.with_context(|| format!("the messages are now: {last:#}"))
    }

    /// Waits until a request that this person may see is in a phase, and hands it back.
    ///
    /// # Errors
    /// When the time is up: with the request as it is then.
    pub fn wait_until(&self, request: &str, phase: &str, within: Duration) -> Result<Value> {
        let mut last = Value::Null;
        let found = process::until(&format!("{request} to be {phase}"), within, || {
            last = self.ask(&["show", request])?;
            let there = last.get("phase").and_then(Value::as_str) == Some(phase);
            Ok(there.then(|| last.clone()))
        });
        found.with_context(|| format!("the request is now: {last:#}"))
    }
}

/// Makes a folder for a daemon below the scratch folders.
///
/// # Errors
/// When it cannot be made.
pub fn folder() -> Result<tempfile::TempDir> {
    workspace::scratch("daemon")
}

/// Whether a message's text, or a value among its facts, contains something.
fn says(message: &Value, containing: &str) -> bool {
    let text = message.get("text").and_then(Value::as_str).unwrap_or_default();
    let facts = message.get("facts").and_then(Value::as_array).into_iter().flatten();
    let mut values = facts.filter_map(|fact| fact.get("value")?.as_str());
    text.contains(containing) || values.any(|value| value.contains(containing))
}

/// The run that a function sees for a request.
pub fn run_of(request: &str) -> &str {
    request.trim_start_matches("req_")
}

fn token_in(printed: &str) -> Result<String> {
    let token = Regex::new(r"flow_[A-Za-z0-9_-]{20,}").context("a pattern")?;
    let found = token.find(printed).map(|found| found.as_str().to_owned());
    found.with_context(|| format!("no token in: {printed}"))
}
