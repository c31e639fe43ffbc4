//! The runtime daemon: keeps requests, decides through `flow-engine`, calls the world, remembers.
//!
//! # Layout
//!
//! | module | holds |
//! | --- | --- |
//! | [`api`] | HTTP API v1: every route, and who may call it |
//! | [`serve`], [`listen`] | puts the parts together; sockets |
//! | [`config`], [`limits`], [`binding`], [`secret`], [`check`] | what the daemon was told; `flowd config check` |
//! | [`app`] | what routes and loops share |
//! | [`drive`], [`context`] | the one door: load, decide, commit |
//! | [`read`], [`standing`], [`emergency`] | what can be read; since when access stood; freezing and ending many |
//! | [`load`], [`envelope`], [`admit`], [`shelf`], [`plan`] | the bundles |
//! | [`people`] | who somebody is: people, tokens, links, `flowd init` |
//! | [`oidc`] | log-in by OpenID Connect |
//! | [`clock`], [`timers`] | recorded time, and ticks |
//! | [`outbox`], [`connector`], [`sign`] | calls to the world |
//! | [`message_log`], [`meters`] | what is said; what is counted |
//! | [`store`] | what is kept: the trait, and SQLite behind it |
//! | [`audit`], [`anchor`], [`verify`], [`export`] | the audit trail's arithmetic, its anchors, its check, its way out |
//! | [`backup`], [`pause`] | a copy of the database, putting it back, and what follows |
//! | [`replay`] | folds the recorded events again and compares |
//! | [`transitions`] | what each event means in each phase, printed |

mod admit;
mod alert;
mod anchor;
mod api;
mod app;
mod audit;
mod backup;
mod binding;
mod check;
mod clock;
mod config;
mod connector;
mod context;
mod drive;
mod emergency;
mod envelope;
mod export;
mod limits;
mod listen;
mod load;
mod message_log;
mod meters;
mod oidc;
mod outbox;
mod pause;
mod people;
mod plan;
mod read;
mod replay;
mod secret;
mod serve;
mod shelf;
mod sign;
mod standing;
mod store;
#[cfg(test)]
mod tests;
mod timers;
mod transitions;
mod verify;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The runtime daemon of Flow.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a database and its first admin, once.
    Init(people::init::InitArgs),
    /// Make a token for an admin who has none left, while the daemon is stopped.
    Recover(people::recover::RecoverArgs),
    /// Serve a bundle.
    Serve(config::ServeArgs),
    /// The configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Copy a database that may be served meanwhile; what is damaged is not copied.
    Backup(backup::copy::BackupArgs),
    /// Put a backup in the place of the database, while no daemon runs: what was granted since is
    /// read from the exported audit trail and taken back; nothing new begins until `flowctl resume`.
    Restore(backup::restore::RestoreArgs),
    /// Print what each event means in each phase of a request.
    Transitions,
    /// Fold requests again from their recorded events and compare with what is stored; with the
    /// binary of a new version, before an upgrade: exit code 1 where anything comes out otherwise.
    Replay(replay::ReplayArgs),
    /// The audit trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say what `serve` would say of it, and of a bundle under it: exit code 1 where something
    /// would be refused.
    Check(check::CheckArgs),
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Walk the whole trail and say where it was changed: exit code 0 is whole, 1 is broken, 2 is
    /// that there is no anchor to show that its end is not missing.
    Verify(verify::VerifyArgs),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            let _closed = writeln!(std::io::stderr(), "flowd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    match &arguments.command {
        Command::Init(args) => people::init::run(args, jiff::Timestamp::now(), &mut out)?,
        Command::Recover(args) => {
            people::recover::run(args, jiff::Timestamp::now(), &mut out)?;
        }
        Command::Serve(args) => {
            tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()?
                .block_on(serve::serve(args))?;
        }
        Command::Replay(args) => {
            let found = replay::replay(args)?;
            writeln!(out, "{found}")?;
            return Ok(ExitCode::from(u8::from(!found.faults.is_empty())));
        }
        Command::Config { command: ConfigCommand::Check(args) } => {
            let found = check::check(args, jiff::Timestamp::now());
            write!(out, "{found}")?;
            return Ok(ExitCode::from(u8::from(!found.refusals.is_empty())));
        }
        Command::Backup(args) => backup::copy::run(args, &mut out)?,
        Command::Restore(args) => {
            backup::restore::run(args, jiff::Timestamp::now(), &mut out)?;
        }
        Command::Transitions => transitions::run(&mut out)?,
        Command::Audit { command: AuditCommand::Verify(args) } => {
            let walk = verify::verify(args)?;
            writeln!(out, "{walk}")?;
            return Ok(ExitCode::from(walk.verdict().exit()));
        }
    }
    Ok(ExitCode::SUCCESS)
}
