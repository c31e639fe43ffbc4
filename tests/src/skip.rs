//! A test that needs a peer says so: a loud skip where the peer is missing, a failure in CI.

use std::io::Write;

use anyhow::Result;

/// Hands over a peer, or says on the real standard error that the test is skipped.
///
/// # Panics
/// In CI (`CI=true`), where nothing may be missing.
pub fn peer<T>(what: &str, found: Result<T>) -> Option<T> {
    match found {
        Err(error) if in_ci() => panic!("{what} is needed in CI: {error:#}"),
        found => optional(what, found),
    }
}

/// As [`peer`], for what even CI may lack.
pub fn optional<T>(what: &str, found: Result<T>) -> Option<T> {
    match found {
        Ok(peer) => Some(peer),
        Err(error) => {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            // Not `eprintln!`: the test runner hides that of a test that passes.
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: needs {what}: {error:#}");
            None
        }
    }
}

/// Whether this run is CI's.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// `let terraform = need!("terraform", Terraform::find());` returns from the test, loudly, when
/// the peer is not there.
#[macro_export]
macro_rules! need {
    ($what:expr, $found:expr) => {
        match $crate::skip::peer($what, $found) {
            Some(peer) => peer,
            None => return,
        }
    };
}
