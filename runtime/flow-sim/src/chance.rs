//! Faults out of a seed, each answered by its own name.
//!
//! Whether a fault befalls a call does not depend on how many others were asked about before: a life
//! can be made shorter, and what is left of it goes as before.

use std::collections::BTreeSet;

use crate::random::Random;

/// A fault that befell something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Befallen {
    /// Which kind.
    pub word: &'static str,
    /// What it befell.
    pub key: u64,
}

/// Answers whether a fault befalls, and remembers which did.
#[derive(Debug, Clone)]
pub struct Chance {
    seed: u64,
    muted: BTreeSet<Befallen>,
    /// Those that befell, in order.
    pub befallen: Vec<Befallen>,
}

impl Chance {
    /// The chance of this seed, without those faults that are muted.
    #[must_use]
    pub fn of(seed: u64, muted: BTreeSet<Befallen>) -> Self {
        Self { seed, muted, befallen: Vec::new() }
    }

    /// Everything else that is drawn about one thing.
    #[must_use]
    pub fn about(&self, word: &'static str, key: u64) -> Random {
        Random::of(self.seed ^ key_of(&[text(word), key]))
    }

    /// Whether a fault befalls `key`, this often in a thousand.
    pub fn befalls(&mut self, word: &'static str, key: u64, permille: u64) -> bool {
        permille > 0 && self.about(word, key).permille(permille) && self.let_befall(word, key)
    }

    /// Notes a fault that was drawn; false where it is muted.
    pub fn let_befall(&mut self, word: &'static str, key: u64) -> bool {
        let befallen = Befallen { word, key };
        let befalls = !self.muted.contains(&befallen);
        if befalls {
            self.befallen.push(befallen);
        }
        befalls
    }
}

/// One number out of several (FNV-1a).
#[must_use]
pub fn key_of(parts: &[u64]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.to_le_bytes());
    hash(bytes)
}

/// A number out of a text.
#[must_use]
pub fn text(text: &str) -> u64 {
    hash(text.bytes())
}

fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    let start = 0xCBF2_9CE4_8422_2325_u64;
    bytes.fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_muted_fault_changes_no_other() {
        let ask = |muted| {
            let mut chance = Chance::of(7, muted);
            (0..1000).for_each(|key| {
                let _ = chance.befalls("crash", key, 20);
            });
            chance.befallen
        };
        let all = ask(BTreeSet::new());
        assert!((5..50).contains(&all.len()), "{}", all.len());
        let less = ask([all[0]].into());
        assert_eq!(less, all[1..]);
    }
}
