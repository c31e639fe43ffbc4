//! The Terraform provider: IAM grants for exactly the Lambda functions that a bundle calls.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`provider`] | the provider block, and the table of resources and data sources |
//! | [`cloud`] | IAM, the account and its quotas, as the resources see them |
//! | [`resource`], [`data_source`] | one file or folder each |
//! | [`arn`], [`document`], [`pack`], [`names`] | ARNs, policies, their sizes and names: pure |
//! | [`fault`] | what IAM refused, in words that name the missing permission |

mod arn;
mod cloud;
mod data_source;
#[cfg(test)]
mod docs;
mod document;
mod fault;
mod names;
mod pack;
mod provider;
mod resource;

use std::io::Write;
use std::process::ExitCode;

use provider::{ADDRESS, FlowProvider};
use tfplugin::serve::{Fault, Start};

fn main() -> ExitCode {
    let answer = match std::env::args().nth(1).as_deref() {
        Some("--version") => print(&format!("{} {}", env!("CARGO_PKG_NAME"), version())),
        Some("--debug") => run(Start::Debug),
        Some(other) => Err(format!("unknown argument `{other}`; --debug and --version are").into()),
        None => run(Start::Plugin),
    };
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            drop(writeln!(std::io::stderr(), "{fault}"));
            ExitCode::FAILURE
        }
    }
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn print(line: &str) -> Result<(), Fault> {
    writeln!(std::io::stdout(), "{line}").map_err(Into::into)
}

fn run(start: Start) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("provider")
        .enable_all()
        .build()?;
    let served = runtime.block_on(tfplugin::serve(FlowProvider, ADDRESS, start));
    // A name lookup that hangs must not keep the process.
    runtime.shutdown_background();
    served
}
