//! A disk that loses what was not synced.
//!
//! Every write goes to the real file at once, as to a page cache, and is remembered until the file
//! is synced. When the power goes, each file is made again from what was synced and from what chance
//! lets survive of the rest: nothing, everything, the first writes, or any 512 bytes of any of them.
//! That a file is there, and that one was deleted, is durable at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flow_sim::random::Random;
use tokio::sync::Notify;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// A disk that loses what was not synced.
pub struct Disk {
    state: Mutex<State>,
    /// Rung when the power goes by itself.
    pub died: Notify,
}

struct State {
    files: BTreeMap<PathBuf, Image>,
    random: Random,
    /// Files that were opened before the power went are gone for ever.
    boots: u64,
    dead: bool,
    /// The power goes at the n-th change from now.
    fuse: Option<u64>,
    changes: u64,
}

#[derive(Default)]
struct Image {
    synced: Vec<u8>,
    since: Vec<Change>,
}

enum Change {
    Write(u64, Vec<u8>),
    Cut(u64),
}

/// The power is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Off;

impl Disk {
    pub fn new(random: Random) -> Self {
        let (files, fuse) = (BTreeMap::new(), None);
        let state = State { files, random, boots: 1, dead: false, fuse, changes: 0 };
        Self { state: Mutex::new(state), died: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes, cuts and syncs since the disk was made.
    pub fn changes(&self) -> u64 {
        self.state().changes
    }

    /// The power goes at the n-th change from now, from 1, which fails.
    pub fn set_fuse(&self, at: Option<u64>) {
        self.state().fuse = at;
    }

    /// Runs `work` with the fuse taken out.
    pub fn spared<T>(&self, work: impl FnOnce() -> T) -> T {
        let fuse = self.state().fuse.take();
        let done = work();
        self.set_fuse(fuse);
        done
    }

    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// The power goes.
    pub fn kill(&self) {
        self.state().dead = true;
    }

    /// The power comes back. Everything that had files open must be gone by now.
    pub fn revive(&self) {
        let mut state = self.state();
        let state = &mut *state;
        for (path, image) in &mut state.files {
            let survives = image.survives(&mut state.random);
            std::fs::write(path, &survives).unwrap();
            *image = Image { synced: survives, since: Vec::new() };
        }
        (state.dead, state.fuse) = (false, None);
        state.boots += 1;
    }

    /// A file is opened. What stands there already was synced before.
    pub fn open(&self, path: &Path) -> Result<u64, Off> {
        let mut state = self.state();
        if state.dead {
            return Err(Off);
        }
        let synced = || Image { synced: std::fs::read(path).unwrap_or_default(), since: vec![] };
        state.files.entry(path.to_owned()).or_insert_with(synced);
        Ok(state.boots)
    }

    /// Whether a file that was opened then can still be used.
    pub fn look(&self, boot: u64) -> Result<(), Off> {
        let state = self.state();
        if state.dead || state.boots != boot { Err(Off) } else { Ok(()) }
    }

    pub fn write(&self, boot: u64, path: &Path, at: u64, bytes: &[u8]) -> Result<(), Off> {
        self.change(boot, path, |image| image.since.push(Change::Write(at, bytes.to_owned())))
    }

    pub fn cut(&self, boot: u64, path: &Path, len: u64) -> Result<(), Off> {
        self.change(boot, path, |image| image.since.push(Change::Cut(len)))
    }

    pub fn sync(&self, boot: u64, path: &Path) -> Result<(), Off> {
        self.look(boot)?;
        // Where the power goes, the sync has not happened.
        self.change(boot, path, |_| {})?;
        let mut state = self.state();
        if let Some(image) = state.files.get_mut(path) {
            let Image { synced, since } = std::mem::take(image);
            let synced = since.into_iter().fold(synced, |bytes, change| change.over(bytes));
            *image = Image { synced, since: Vec::new() };
        }
        Ok(())
    }

    pub fn delete(&self, path: &Path) -> Result<(), Off> {
        let mut state = self.state();
        if state.dead {
            return Err(Off);
        }
        state.files.remove(path);
        Ok(())
    }

    fn change(&self, boot: u64, path: &Path, to: impl FnOnce(&mut Image)) -> Result<(), Off> {
        self.look(boot)?;
        let mut state = self.state();
        if let Some(image) = state.files.get_mut(path) {
            to(image);
        }
        state.changes += 1;
        state.fuse = state.fuse.map(|left| left.saturating_sub(1));
        if state.fuse == Some(0) {
            state.dead = true;
            self.died.notify_one();
            return Err(Off);
        }
        Ok(())
    }
}

impl Image {
    /// The file as it is found after the power was gone.
    fn survives(&self, random: &mut Random) -> Vec<u8> {
        let (all, some) = (self.since.len() as u64, random.pick(0, &[1, 2, 3]));
        let first = random.between(0, all);
        let mut bytes = self.synced.clone();
        for (number, change) in (0..).zip(&self.since) {
            let whole = match some {
                0 => false,
                1 => true,
                2 => number < first,
                _ => random.permille(500),
            };
            bytes = match change {
                _ if whole => change.over(bytes),
                Change::Write(at, new) if some == 3 => {
                    let mut at = *at;
                    for sector in new.chunks(SECTOR) {
                        if random.permille(500) {
                            bytes = lay(bytes, at, sector);
                        }
                        at += sector.len() as u64;
                    }
                    bytes
                }
                Change::Write(..) | Change::Cut(_) => bytes,
            };
        }
        bytes
    }
}

impl Change {
    fn over(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Write(at, new) => lay(bytes, *at, new),
            Self::Cut(len) => {
                bytes.truncate(usize::try_from(*len).unwrap());
                bytes
            }
        }
    }
}

fn lay(mut bytes: Vec<u8>, at: u64, new: &[u8]) -> Vec<u8> {
    let at = usize::try_from(at).unwrap();
    let end = at + new.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(new);
    bytes
}

#[test]
fn what_was_synced_stays_and_the_rest_is_left_to_chance() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let mut found = std::collections::BTreeSet::new();
    for seed in 0..200 {
        std::fs::write(&path, [1; 1024]).unwrap();
        let disk = Disk::new(Random::of(seed));
        let boot = disk.open(&path).unwrap();
        disk.write(boot, &path, 0, &[2; 512]).unwrap();
        disk.sync(boot, &path).unwrap();
        disk.write(boot, &path, 0, &[3; 1024]).unwrap();
        disk.set_fuse(Some(1));
        assert_eq!(disk.sync(boot, &path), Err(Off));
        assert_eq!(disk.look(boot), Err(Off));
        disk.revive();
        let bytes = std::fs::read(&path).unwrap();
        found.insert((bytes[0], bytes[512]));
        assert_eq!(disk.look(boot), Err(Off), "a file from before");
    }
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [(2, 1), (2, 3), (3, 1), (3, 3)]);
}
