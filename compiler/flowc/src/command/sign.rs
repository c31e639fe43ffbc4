//! `flowc sign BUNDLE`: the signed envelope of a bundle, in a file beside it.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow_bundle::envelope::{self, Envelope, Signed};
use flow_bundle::{Digest, codec, limits};
use jiff::{Timestamp, Unit};

use super::Answer;
use crate::args::Signing;
use crate::{disk, module};

/// What a private key in PEM calls itself.
pub const LABEL: &str = "PRIVATE KEY";

/// Signs a bundle as it lies there, byte by byte.
///
/// # Errors
/// What cannot be read or written, is no bundle, or no key.
pub fn run(asked: &Signing) -> Result<Answer> {
    let shown = asked.bundle.display();
    ensure!(!asked.audience.trim().is_empty(), "`--audience` is empty: name the deployment");
    let bytes = std::fs::read(&asked.bundle).with_context(|| format!("cannot read `{shown}`"))?;
    ensure!(
        bytes.len() <= limits::BUNDLE_BYTES,
        "`{shown}` is larger than a bundle may be, {} MiB",
        limits::BUNDLE_BYTES >> 20
    );
    let file = match codec::read(&bytes) {
        Ok(file) => file,
        Err(error) => bail!(
            "`{shown}` is no bundle that can be used: {error}; a file of `flowc build` is wanted"
        ),
    };
    let key = key(&asked.key)?;
    let now = Timestamp::now();
    let sequence = match asked.sequence {
        Some(sequence) => sequence,
        None => u64::try_from(now.as_second()).context("the clock stands before 1970")?,
    };
    let envelope = Envelope {
        v: envelope::VERSION,
        bundle: file.content_hash,
        file_sha256: Digest::of(&bytes),
        audience: asked.audience.clone(),
        sequence,
        key_id: envelope::key_id(key.public_key().as_ref()),
        signed_at: now.round(Unit::Second).unwrap_or(now),
    };
    let signature = STANDARD.encode(key.sign(&envelope.signed_bytes()).as_ref());
    let text = format!(
        "signed {} for `{}`, sequence {sequence}, by key {}\n",
        envelope.bundle, envelope.audience, envelope.key_id
    );
    let signed = serde_json::to_string_pretty(&Signed { envelope, signature })? + "\n";
    let output = asked.output.clone().unwrap_or_else(|| envelope::beside(&asked.bundle));
    disk::put(&output, &signed)?;
    Ok(Answer { text: format!("{} written\n{text}", output.display()), code: 0 })
}

fn key(path: &Path) -> Result<Ed25519KeyPair> {
    let shown = path.display();
    let wanted = "an Ed25519 key in PKCS#8 and PEM is wanted, as `flowc keygen` and `openssl genpkey -algorithm ed25519` write it";
    let text = module::read_file(path)?;
    let Ok(pem) = pem::parse(&text) else { bail!("`{shown}` is no PEM file: {wanted}") };
    ensure!(pem.tag() == LABEL, "`{shown}` holds a `{}`: {wanted}", pem.tag());
    // OpenSSL leaves the public half out; it is worked out from the private one.
    Ed25519KeyPair::from_pkcs8_maybe_unchecked(pem.contents())
        .map_err(|_| anyhow!("`{shown}` holds another kind of key: {wanted}"))
}
