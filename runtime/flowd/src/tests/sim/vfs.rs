//! SQLite on a [`Disk`] that loses what was not synced: a file system that SQLite is told to use.
//!
//! Locks, shared memory and reading are the real ones; only what changes a file asks the disk first.

#![allow(unsafe_code, reason = "SQLite is told of a file system by pointers")]

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::ffi::{
    SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_OK, SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_WAL, sqlite3_file,
    sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
    sqlite3_vfs_unregister,
};

use super::disk::Disk;

/// A disk that SQLite knows by name, for as long as this lives.
pub struct Mounted {
    /// What connections are opened with.
    pub name: String,
    pub disk: Arc<Disk>,
    vfs: *mut Vfs,
}

// SAFETY: what the pointer points at is only read, and its disk is behind a lock.
unsafe impl Send for Mounted {}
// SAFETY: as above.
unsafe impl Sync for Mounted {}

#[repr(C)]
struct Vfs {
    base: sqlite3_vfs,
    real: *mut sqlite3_vfs,
    disk: Arc<Disk>,
    name: CString,
}

/// What SQLite holds for an open file; `real` is the true file system's.
#[repr(C)]
struct File {
    base: sqlite3_file,
    real: *mut sqlite3_file,
    _space: Vec<u64>,
    /// A database or its log; anything else is left alone.
    kept: Option<Kept>,
}

struct Kept {
    disk: Arc<Disk>,
    path: PathBuf,
    boot: u64,
}

impl Mounted {
    pub fn new(disk: Arc<Disk>) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("loses-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        // SAFETY: the default file system is there for ever; ours lives until it is taken back.
        let vfs = unsafe {
            let real = sqlite3_vfs_find(std::ptr::null());
            let vfs = Box::into_raw(Box::new(Vfs {
                base: std::ptr::read(real),
                real,
                disk: Arc::clone(&disk),
                name: CString::new(name.as_str()).unwrap(),
            }));
            (*vfs).base.pNext = std::ptr::null_mut();
            (*vfs).base.zName = (*vfs).name.as_ptr();
            (*vfs).base.szOsFile = c_int::try_from(size_of::<File>()).unwrap();
            (*vfs).base.xOpen = Some(open);
            (*vfs).base.xDelete = Some(delete);
            assert_eq!(sqlite3_vfs_register(vfs.cast(), 0), SQLITE_OK);
            vfs
        };
        Self { name, disk, vfs }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // SAFETY: every connection was closed before; nobody else takes it back.
        unsafe {
            sqlite3_vfs_unregister(self.vfs.cast());
            drop(Box::from_raw(self.vfs));
        }
    }
}

/// SAFETY: `name` is what SQLite gives to a file system.
unsafe fn path_of(name: *const c_char) -> PathBuf {
    // SAFETY: it ends with a zero byte.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
    Path::new(OsStr::from_bytes(bytes)).to_owned()
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives us our own file system, and room for our own file.
    unsafe {
        let vfs = &*vfs.cast::<Vfs>();
        (*file).pMethods = std::ptr::null();
        let kept = if flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL) == 0 || name.is_null() {
            None
        } else {
            let path = path_of(name);
            let Ok(boot) = vfs.disk.open(&path) else { return SQLITE_CANTOPEN };
            Some(Kept { disk: Arc::clone(&vfs.disk), path, boot })
        };
        let words = usize::try_from((*vfs.real).szOsFile).unwrap().div_ceil(8);
        let mut space = vec![0_u64; words];
        let real: *mut sqlite3_file = space.as_mut_ptr().cast();
        let Some(open) = (*vfs.real).xOpen else { return SQLITE_CANTOPEN };
        let code = open(vfs.real, name, real, flags, out);
        if (*real).pMethods.is_null() {
            return code;
        }
        let base = sqlite3_file { pMethods: &raw const METHODS };
        file.cast::<File>().write(File { base, real, _space: space, kept });
        code
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite gives us our own file system, and a name.
    unsafe {
        let vfs = &*vfs.cast::<Vfs>();
        if vfs.disk.delete(&path_of(name)).is_err() {
            return SQLITE_IOERR;
        }
        (*vfs.real).xDelete.map_or(SQLITE_IOERR, |delete| delete(vfs.real, name, sync))
    }
}

/// Calls the true file's own method, after `may` was asked.
macro_rules! pass {
    ($name:ident, $method:ident, ($($arg:ident: $type:ty),*), $may:expr) => {
        unsafe extern "C" fn $name(file: *mut sqlite3_file, $($arg: $type),*) -> c_int {
            let may: fn(&Kept, $($type),*) -> bool = $may;
            // SAFETY: SQLite gives us a file that `open` wrote.
            unsafe {
                let file = &*file.cast::<File>();
                if file.kept.as_ref().is_some_and(|kept| !may(kept, $($arg),*)) {
                    return SQLITE_IOERR;
                }
                let methods = &*(*file.real).pMethods;
                methods.$method.map_or(SQLITE_IOERR, |method| method(file.real, $($arg),*))
            }
        }
    };
}

fn at(offset: i64) -> u64 {
    u64::try_from(offset).unwrap()
}

/// SAFETY: SQLite wants `len` bytes from there written.
unsafe fn bytes<'a>(from: *const c_void, len: c_int) -> &'a [u8] {
    // SAFETY: as said.
    unsafe { std::slice::from_raw_parts(from.cast(), usize::try_from(len).unwrap()) }
}

fn is_on(kept: &Kept) -> bool {
    kept.disk.look(kept.boot).is_ok()
}

pass!(read, xRead, (to: *mut c_void, len: c_int, from: i64), |kept, _, _, _| is_on(kept));
pass!(write, xWrite, (from: *const c_void, len: c_int, to: i64), |kept, from, len, to| {
    // SAFETY: what SQLite wants written.
    let bytes = unsafe { bytes(from, len) };
    kept.disk.write(kept.boot, &kept.path, at(to), bytes).is_ok()
});
pass!(truncate, xTruncate, (len: i64), |kept, len| {
    kept.disk.cut(kept.boot, &kept.path, at(len)).is_ok()
});
pass!(file_size, xFileSize, (size: *mut i64), |kept, _| is_on(kept));
pass!(lock, xLock, (level: c_int), |kept, _| is_on(kept));
pass!(unlock, xUnlock, (level: c_int), |_, _| true);
pass!(check_lock, xCheckReservedLock, (out: *mut c_int), |kept, _| is_on(kept));
pass!(control, xFileControl, (what: c_int, argument: *mut c_void), |_, _, _| true);
pass!(sector_size, xSectorSize, (), |_| true);
pass!(characteristics, xDeviceCharacteristics, (), |_| true);
pass!(
    shm_map, xShmMap,
    (region: c_int, size: c_int, extend: c_int, out: *mut *mut c_void),
    |kept, _, _, _, _| is_on(kept)
);
pass!(shm_lock, xShmLock, (offset: c_int, count: c_int, flags: c_int), |_, _, _, _| true);
pass!(shm_unmap, xShmUnmap, (delete: c_int), |_, _| true);

/// The disk alone: the true file need not reach the true disk.
unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: SQLite gives us a file that `open` wrote.
    let file = unsafe { &*file.cast::<File>() };
    match &file.kept {
        Some(kept) if kept.disk.sync(kept.boot, &kept.path).is_err() => SQLITE_IOERR,
        Some(_) | None => SQLITE_OK,
    }
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: SQLite gives us a file that `open` wrote.
    unsafe {
        let file = &*file.cast::<File>();
        if let Some(barrier) = (*(*file.real).pMethods).xShmBarrier {
            barrier(file.real);
        }
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite gives us a file that `open` wrote, for the last time.
    unsafe {
        let file = file.cast::<File>().read();
        (*(*file.real).pMethods).xClose.map_or(SQLITE_IOERR, |close| close(file.real))
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_lock),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
