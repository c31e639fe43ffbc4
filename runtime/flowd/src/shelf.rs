//! The bundles in memory: the newest, and every older one that a request may keep.
//!
//! What is checked before a bundle gets here is in `load.rs`.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use flow_bundle::Digest;
use flow_bundle::bundle::{Bundle, BundleFile};
use flow_engine::Pinned;

/// One bundle.
#[derive(Debug)]
pub struct Entry {
    /// Its content hash.
    pub hash: Digest,
    /// As it came.
    pub file: BundleFile,
    /// Version of each flow, by address.
    pub versions: BTreeMap<String, u64>,
}

impl Entry {
    /// What its flows mean.
    #[must_use]
    pub fn bundle(&self) -> &Bundle {
        &self.file.bundle
    }

    /// A flow of this bundle, as the engine wants it.
    #[must_use]
    pub fn pinned<'a>(&'a self, address: &'a str) -> Option<Pinned<'a>> {
        let flow = self.file.bundle.flows.get(address)?;
        Some(Pinned { bundle: &self.file.bundle, content_hash: self.hash, address, flow })
    }
}

/// The bundles in memory.
#[derive(Debug, Default)]
pub struct Shelf(RwLock<Inner>);

#[derive(Debug, Default)]
struct Inner {
    newest: Option<Arc<Entry>>,
    all: BTreeMap<Digest, Arc<Entry>>,
}

impl Shelf {
    /// The bundle that new requests use.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<Entry>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).newest.clone()
    }

    /// The bundle with this content hash.
    #[must_use]
    pub fn entry(&self, hash: Digest) -> Option<Arc<Entry>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).all.get(&hash).cloned()
    }

    /// Every bundle, by content hash.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Entry>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).all.values().cloned().collect()
    }

    /// Puts a bundle in; `newest`: new requests use it from now on.
    pub fn put(&self, entry: Entry, newest: bool) {
        let entry = Arc::new(entry);
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        inner.all.insert(entry.hash, Arc::clone(&entry));
        if newest {
            inner.newest = Some(entry);
        }
    }
}
