//! A child process: its output in a file, its ready line awaited, itself stopped on drop.
//!
//! Waiting is polling with a deadline; there is no fixed sleep whose length somebody guessed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long one look at a condition lasts until the next.
const POLL: Duration = Duration::from_millis(20);

/// A running child, stopped by its own id when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with its output going to `log`.
    ///
    /// # Errors
    /// When the log cannot be made or the program cannot be started.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let out = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let err = out.try_clone().context("cannot share the log")?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name: name.to_owned(), child, log: log.to_owned() })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The file that holds everything the process printed.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Everything the process printed so far.
    pub fn output(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until `ready` finds what it looks for in the output.
    ///
    /// # Errors
    /// When the process ends first, or the time is up: with the output so far.
    pub fn wait_for<T>(
        &mut self,
        within: Duration,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(found) = ready(&self.output()) {
                return Ok(found);
            }
            self.fail_if_ended()?;
            if Instant::now() > deadline {
                let output = self.output();
                bail!("{} was not ready within {within:?}; it printed:\n{output}", self.name);
            }
            std::thread::sleep(POLL);
        }
    }

    /// Fails when the process is no longer running.
    ///
    /// # Errors
    /// With the exit status and the output.
    pub fn fail_if_ended(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait().context("cannot ask about a child")? {
            bail!("{} ended with {status}; it printed:\n{}", self.name, self.output());
        }
        Ok(())
    }

    /// Ends the process at once, as a power cut would, and reaps it.
    ///
    /// # Errors
    /// When it cannot be reaped.
    pub fn kill(&mut self) -> Result<ExitStatus> {
        // It may have ended by itself a moment ago, which is as good.
        let _ = self.child.kill();
        self.child.wait().with_context(|| format!("cannot reap {}", self.name))
    }

    /// Asks the process to end and waits until it has; kills it after `within`.
    ///
    /// # Errors
    /// When it cannot be asked or reaped.
    pub fn stop(&mut self, within: Duration) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait().context("cannot ask about a child")? {
            return Ok(status);
        }
        self.signal("TERM")?;
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().context("cannot ask about a child")? {
                return Ok(status);
            }
            std::thread::sleep(POLL);
        }
        self.kill()
    }

    /// Interrupts the process, as Ctrl-C does.
    ///
    /// # Errors
    /// When it cannot be signalled.
    pub fn interrupt(&self) -> Result<()> {
        self.signal("INT")
    }

    /// Waits until the process ends by itself; kills it after `within`.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn wait_for_end(&mut self, within: Duration) -> Result<ExitStatus> {
        until(&format!("{} to end", self.name), within, || {
            self.child.try_wait().context("cannot ask about a child")
        })
    }

    fn signal(&self, signal: &str) -> Result<()> {
        // The shell's own `kill`: a bare machine may have no other, and std offers only SIGKILL.
        Command::new("sh")
            .args(["-c", "kill -\"$1\" \"$2\"", "sh", signal, &self.id().to_string()])
            .stderr(Stdio::null())
            .status()
            .context("cannot signal a child")
            .map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.stop(Duration::from_secs(5));
    }
}

/// Polls `look` until it finds something.
///
/// # Errors
/// When the time is up, naming what was awaited; or when `look` itself fails.
pub fn until<T>(
    what: &str,
    within: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("waited {within:?} in vain for {what}");
        }
        std::thread::sleep(POLL);
    }
}

/// A port on 127.0.0.1 that was free a moment ago.
///
/// # Errors
/// When the machine has none.
pub fn free_port() -> Result<u16> {
    let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(socket.local_addr().context("no free port")?.port())
}

/// Runs a command to its end and hands back what it printed on standard output.
///
/// # Errors
/// When it cannot be started or fails: with what it printed.
pub fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let out =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {program}"))?;
    let printed = String::from_utf8_lossy(&out.stdout).into_owned();
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        bail!("{program} ended with {}:\n{said}{printed}", out.status);
    }
    Ok(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, log: &Path) -> Process {
        Process::start("a shell", Command::new("sh").args(["-c", script]), log).unwrap()
    }

    #[test]
    fn a_ready_line_is_found_and_the_child_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = shell("echo port 17; exec sleep 60", &dir.path().join("log"));
        let port = child.wait_for(Duration::from_secs(10), |out| {
            out.trim().strip_prefix("port ").map(str::to_owned)
        });
        assert_eq!(port.unwrap(), "17");
        assert!(!child.stop(Duration::from_secs(10)).unwrap().success());
    }

    #[test]
    fn a_child_that_ends_early_is_reported_with_its_output() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = shell("echo no luck; exit 3", &dir.path().join("log"));
        let error = child.wait_for(Duration::from_secs(10), |_| None::<()>).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("exit status: 3") && text.contains("no luck"), "{text}");
    }
}
