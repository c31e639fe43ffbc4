//! The audit trail's arithmetic: record hashes, Merkle roots and blocks.
//!
//! A record is kept as `sha256(content ‖ salt)`, so that its content may be erased while the chain
//! stays whole. Each batch of commits appends one block, `sha256(tag ‖ previous ‖ root ‖ sequence)`.
//! Writing is in `store/writer.rs`, the anchor file and `flowd audit verify` in `verify.rs`.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};

use crate::store::{AuditDraft, StoreError};

/// A SHA-256.
pub type Hash = [u8; 32];

/// What stands before the first block.
pub const GENESIS: Hash = [0; 32];

/// A fresh salt.
///
/// # Errors
/// The system gave no randomness.
fn salt() -> Result<[u8; 16], StoreError> {
    let mut salt = [0; 16];
    SystemRandom::new()
        .fill(&mut salt)
        .map_err(|_| StoreError::Stopped("the system gave no randomness".to_owned()))?;
    Ok(salt)
}

/// Everything of a record that the chain protects. The time and the request stand in columns for
/// searching; they are hashed with the body so that a changed column shows.
#[must_use]
pub fn content(at_us: i64, request: Option<&str>, body: &str) -> String {
    format!("{at_us}\n{}\n{body}", request.unwrap_or_default())
}

/// The hash of a record.
#[must_use]
pub fn record_hash(content: &str, salt: &[u8]) -> Hash {
    Sha256::new().chain_update(content).chain_update(salt).finalize().into()
}

/// A record as it is kept.
pub struct Sealed {
    /// When, in microseconds.
    pub at_us: i64,
    /// Who, what, why, as JSON text.
    pub body: String,
    /// What keeps an erased body from being guessed.
    pub salt: [u8; 16],
    /// [`record_hash`] of all of it.
    pub hash: Hash,
}

/// Seals a record. In a database for development it says so.
///
/// # Errors
/// The system gave no randomness.
pub fn seal(draft: &AuditDraft, dev: bool) -> Result<Sealed, StoreError> {
    let mut body = draft.body.clone();
    if let (true, serde_json::Value::Object(body)) = (dev, &mut body) {
        body.insert("dev".to_owned(), true.into());
    }
    let (at_us, body, salt) = (draft.at.as_microsecond(), body.to_string(), salt()?);
    let hash = record_hash(&content(at_us, draft.request.as_deref(), &body), &salt);
    Ok(Sealed { at_us, body, salt, hash })
}

/// The Merkle root of a batch, whose leaves and nodes are hashed with different first bytes so that
/// a node can never be taken for a leaf. An odd one goes up as it is.
#[must_use]
pub fn merkle_root(records: &[Hash]) -> Hash {
    let mut level: Vec<Hash> = records
        .iter()
        .map(|r| Sha256::new().chain_update([0]).chain_update(r).finalize().into())
        .collect();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Sha256::new()
                    .chain_update([1])
                    .chain_update(left)
                    .chain_update(right)
                    .finalize()
                    .into(),
                [one, ..] => *one,
                [] => GENESIS,
            })
            .collect();
    }
    level.first().copied().unwrap_or(GENESIS)
}

/// The hash of a block.
#[must_use]
pub fn block_hash(previous: &Hash, root: &Hash, seq: u64) -> Hash {
    Sha256::new()
        .chain_update(b"flow.audit.block.v1\0")
        .chain_update(previous)
        .chain_update(root)
        .chain_update(seq.to_be_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_depends_on_every_record_and_on_their_order() {
        let records: Vec<Hash> = (0..5_u8).map(|i| [i; 32]).collect();
        let root = merkle_root(&records);
        let mut seen = vec![root];
        for i in 0..records.len() {
            let mut edited = records.clone();
            edited[i][0] ^= 0x80;
            seen.push(merkle_root(&edited));
            seen.push(merkle_root(&records[..i]));
            let mut swapped = records.clone();
            swapped.swap(i, (i + 1) % 5);
            seen.push(merkle_root(&swapped));
        }
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }
}
