//! `flowc keygen FILE`: a key that signs bundles.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow_bundle::envelope;
use pem::Pem;

use super::Answer;
use super::sign::LABEL;

/// Writes a fresh private key for its owner alone, and prints the public one as the daemon's
/// configuration wants it.
///
/// # Errors
/// The file is there already, or cannot be written.
pub fn run(path: &Path) -> Result<Answer> {
    let shown = path.display();
    let fresh = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .map_err(|_| anyhow!("the system gave no randomness"))?;
    let key = Ed25519KeyPair::from_pkcs8(fresh.as_ref())
        .map_err(|_| anyhow!("the system gave a key that is none"))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write `{shown}`, and no key is ever written over"))?;
    file.write_all(pem::encode(&Pem::new(LABEL, fresh.as_ref())).as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write `{shown}`"))?;
    let public = key.public_key().as_ref();
    let text = format!(
        "{shown} holds the private key {}; only who may deploy may read it\n\n\
         # In the configuration of each daemon that takes bundles of this key:\n\
         [[bundle_keys]]\npublic_key = \"{}\"\n",
        envelope::key_id(public),
        STANDARD.encode(public),
    );
    Ok(Answer { text, code: 0 })
}
