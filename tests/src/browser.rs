//! A real browser: headless Chromium, driven by `playwright-core`. Each deed is one call; what the
//! browser keeps of somebody lies in a folder between two of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::npm::Npm;
use crate::{process, workspace};

/// A browser at one server.
#[derive(Debug)]
pub struct Browser {
    npm: Npm,
    chromium: PathBuf,
    server: String,
    folder: PathBuf,
}

/// Where somebody came to.
#[derive(Debug, Deserialize)]
pub struct Seen {
    /// Of the last page.
    pub status: u16,
    /// Of the last page.
    pub path: String,
    /// What stands there.
    pub text: String,
    /// What the browser refused the page, or could not do.
    pub complaints: Vec<String>,
    /// What can be filled in and has no label.
    pub unnamed: Vec<String>,
    /// The page is wider than the window.
    pub wide: bool,
}

impl Browser {
    /// A browser for pages of `server`, which leaves pictures in `folder`.
    ///
    /// # Errors
    /// When Chromium, Node or a package is missing.
    pub fn at(server: &str, folder: &Path) -> Result<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let programs = ["chromium", "chromium-browser", "google-chrome"];
        let mut places = std::env::split_paths(&path)
            .flat_map(|folder| programs.map(|program| folder.join(program)));
        let chromium = places.find(|place| place.is_file());
        let Some(chromium) = chromium else { bail!("Chromium is missing: install chromium") };
        let npm = Npm::of("page")?;
        Ok(Self { npm, chromium, server: server.to_owned(), folder: folder.to_owned() })
    }

    /// Somebody does something.
    ///
    /// # Errors
    /// When the page is not as it should be: with what the browser says.
    pub fn does(&self, who: &str, deed: &[&str]) -> Result<Seen> {
        let script = workspace::root().join("tests/peers/page.mjs");
        let mut command: Command = self.npm.command(&script)?;
        command.arg(&self.chromium).arg(&self.server).arg(&self.folder).arg(who).args(deed);
        let said = process::run(&mut command).with_context(|| format!("{who}: {deed:?}"))?;
        serde_json::from_str(said.trim()).with_context(|| format!("not JSON: {said}"))
    }
}
