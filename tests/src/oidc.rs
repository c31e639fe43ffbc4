//! An OpenID provider that is not ours, on 127.0.0.1: `oidc-provider`, certified by the OpenID
//! Foundation. Whoever types a name is that person.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::npm::Npm;
use crate::process::{self, Process};
use crate::workspace;

/// The secret that the daemon shares with it.
pub const SECRET: &str = "a-secret-of-the-client";
/// The secret of its machine, `robot`.
pub const ROBOT: &str = "a-secret-of-the-robot";

/// A running provider, stopped when dropped.
#[derive(Debug)]
pub struct Provider {
    issuer: String,
    _process: Process,
}

impl Provider {
    /// Starts one that sends people back to `redirect`.
    ///
    /// # Errors
    /// When Node or a package is missing, or it does not come up.
    pub fn start(redirect: &str, folder: &Path) -> Result<Self> {
        let npm = Npm::of("oidc")?;
        let port = process::free_port()?;
        let mut command = npm.command(&workspace::root().join("tests/peers/oidc.mjs"))?;
        command.arg(port.to_string()).arg(redirect);
        let mut process = Process::start("oidc-provider", &mut command, &folder.join("oidc.log"))?;
        let issuer = format!("http://127.0.0.1:{port}");
        process.wait_for(Duration::from_secs(60), |out| {
            out.contains(&format!("listening on {issuer}")).then_some(())
        })?;
        Ok(Self { issuer, _process: process })
    }

    /// As it calls itself.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}
