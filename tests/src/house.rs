//! A daemon that serves the Lambda example, with an admin, Ana who asks and Ben who approves.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::aws::{self, Identity};
use crate::daemon::{self, Daemon, Person, Setup};
use crate::endpoint::Endpoint;
use crate::project::Project;
use crate::{bins, process};

/// The function of the example.
pub const FUNCTION: &str = "button";

/// Where the daemon finds its AWS, and the role that calls the function there.
#[derive(Debug, Clone)]
pub struct At {
    /// The daemon's own identity.
    pub identity: Identity,
    /// The endpoint of Lambda and STS.
    pub url: String,
    /// The role.
    pub role_arn: String,
    /// The role's external id.
    pub external_id: String,
}

/// A daemon and its people.
#[derive(Debug)]
pub struct House {
    /// What the daemon was started with.
    pub setup: Setup,
    /// The daemon.
    pub daemon: Daemon,
    /// Runs the system.
    pub admin: Person,
    /// Asks.
    pub ana: Person,
    /// Approves.
    pub ben: Person,
    /// Removed when dropped, after the daemon.
    pub folder: tempfile::TempDir,
}

impl At {
    /// A scripted endpoint, which lets everybody in.
    pub fn endpoint(lambda: &Endpoint) -> Self {
        Self {
            identity: Identity::root(),
            url: lambda.url().to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/flow/test".to_owned(),
            external_id: "test".to_owned(),
        }
    }
}

impl House {
    /// Builds the example, its text changed by `edit`, and starts a daemon that serves it.
    ///
    /// # Errors
    /// When the flow does not build or the daemon does not come up.
    pub fn open(at: &At, edit: impl Fn(String) -> String) -> Result<Self> {
        let folder = daemon::folder()?;
        let setup = setup(folder.path(), at, edit)?;
        let token = setup.init("admin@acme.example")?;
        let daemon = setup.serve()?;
        let admin = daemon.person("admin", &token);
        let ana = admin.introduce("ana@acme.example", None)?;
        let ben = admin.introduce("ben@acme.example", None)?;
        Ok(Self { setup, daemon, admin, ana, ben, folder })
    }

    /// Ana asks for the access and Ben approves it; hands back the request's id.
    ///
    /// # Errors
    /// When the daemon refuses one of the two.
    pub fn approved_request(&self, duration: &str) -> Result<String> {
        let request = self.ana.request("button", &fields(duration))?;
        // Ben sees it from when he is asked.
        self.ana.wait_until(&request, "pending", std::time::Duration::from_secs(30))?;
        self.ben.approve(&request)?;
        Ok(request)
    }
}

/// What a daemon that serves the example is started with.
///
/// # Errors
/// When the flow does not build.
pub fn setup(folder: &Path, at: &At, edit: impl Fn(String) -> String) -> Result<Setup> {
    Ok(Setup {
        folder: folder.to_owned(),
        bundle: build(folder, edit)?,
        binding: Some(write_binding(folder, at)?),
        aws: Some((at.identity.clone(), at.url.clone())),
        production: None,
    })
}

/// The fields of a request for the example.
pub fn fields(duration: &str) -> [(&str, &str); 3] {
    [("target", "button"), ("duration", duration), ("reason", "a test")]
}

fn build(folder: &Path, edit: impl Fn(String) -> String) -> Result<std::path::PathBuf> {
    let project = Project::copy_of("examples/lambda-on-approval")?;
    project.write("main.flow.hcl", &edit(project.read("main.flow.hcl")?))?;
    let bundle = folder.join("flow.bundle.json");
    let variable = format!("lambda_arn={}", aws::function_arn(FUNCTION));
    let mut build = bins::command("flowc")?;
    build.arg("build").arg(project.path()).args(["-var", &variable]).arg("-o").arg(&bundle);
    process::run(&mut build)?;
    Ok(bundle)
}

fn write_binding(folder: &Path, at: &At) -> Result<std::path::PathBuf> {
    let binding = folder.join("binding.json");
    let functions = [aws::function_arn(FUNCTION)];
    let role = json!({ "role_arn": at.role_arn, "function_arns": functions });
    let text = json!({ "deployment": "test", "external_id": at.external_id, "roles": [role] });
    std::fs::write(&binding, text.to_string()).context("cannot write the binding")?;
    Ok(binding)
}
