//! A PostgreSQL server of the tests' own: on a free port of this machine, gone when they end.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

/// A running server.
pub struct Server {
    process: Child,
    _dir: tempfile::TempDir,
    port: u16,
}

/// Whom the server runs as where the tests run as root, which it refuses.
struct User {
    uid: u32,
    gid: u32,
}

impl Server {
    /// Starts one, where the programs are there; `None`, loudly, where they are not. In CI they must
    /// be there.
    pub fn start() -> Option<Self> {
        let Some(bin) = programs() else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "PostgreSQL is not installed");
            eprintln!("SKIPPED: PostgreSQL is not installed");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let (user, data) = (user(), dir.path().join("data"));
        std::fs::create_dir(&data).unwrap();
        if let Some(user) = &user {
            chown(&data, Some(user.uid), Some(user.gid)).unwrap();
            chown(dir.path(), Some(user.uid), Some(user.gid)).unwrap();
        }
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
        let made = as_user(user.as_ref(), &bin.join("initdb"))
            .args(["-U", "flow", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "initdb: {made}");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let process = as_user(user.as_ref(), &bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-F"])
            .args(["-c", "unix_socket_directories=", "-c", "max_connections=200"])
            .stderr(log)
            .spawn()
            .unwrap();
        let server = Self { process, _dir: dir, port };
        let until = Instant::now() + Duration::from_secs(60);
        while Client::connect(&server.url("postgres"), NoTls).is_err() {
            assert!(Instant::now() < until, "the server does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// An empty database of this name.
    pub fn database(&self, name: &str) -> String {
        let mut admin = Client::connect(&self.url("postgres"), NoTls).unwrap();
        admin.batch_execute(&format!("CREATE DATABASE \"{name}\"")).unwrap();
        self.url(name)
    }

    fn url(&self, name: &str) -> String {
        format!("postgres://flow@127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// Where `initdb` and `postgres` are: on the path, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    places.extend(versions.map(|version| version.path().join("bin")));
    places.into_iter().find(|dir| dir.join("initdb").is_file() && dir.join("postgres").is_file())
}

fn user() -> Option<User> {
    let id = |flag: &str, of: &[&str]| -> Option<u32> {
        let said = Command::new("id").arg(flag).args(of).output().ok()?;
        String::from_utf8(said.stdout).ok()?.trim().parse().ok()
    };
    if id("-u", &[])? != 0 {
        return None;
    }
    ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| Some(User { uid: id("-u", &[name])?, gid: id("-g", &[name])? }))
}

/// The server goes with whoever started it, however that ends.
fn as_user(user: Option<&User>, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if let Some(User { uid, gid }) = user {
        command.args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--clear-groups"]);
    }
    command.arg("--").arg(program);
    command
}
