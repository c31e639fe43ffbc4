//! The daemon's configuration: a TOML file and flags, checked once at the start.
//!
//! The configuration is the ceiling: a bundle can only stay below it. Secrets are named in the
//! bundle and mapped to a source here; their values are read by `secret.rs`. Nothing here opens a
//! socket or a database.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow_bundle::envelope;
use jiff::Timestamp;
use serde::Deserialize;

use crate::alert::config::{self as alert, Alerts, AlertsFile};
use crate::export::config::{self as export, Destination, DestinationFile};
use crate::limits::Limits;
use crate::oidc::config::{self as oidc, Oidc, OidcFile};

/// What `flowd serve` takes on the command line. A flag is stronger than the file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ServeArgs {
    /// The bundle that `flowc build` wrote; without it the newest of the database is served.
    #[arg(long)]
    pub bundle: Option<PathBuf>,
    /// The binding that Terraform wrote: which role calls which function.
    #[arg(long)]
    pub binding: Option<PathBuf>,
    /// The database, made by `flowd init`.
    #[arg(long)]
    pub db: PathBuf,
    /// `127.0.0.1:7100`, or `unix:/run/flow/flowd.sock`; port 0 takes a free one.
    #[arg(long)]
    pub listen: Option<String>,
    /// The configuration file.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Development: loopback only, a database made with `flowd init --dev`, endpoint overrides.
    #[arg(long)]
    pub dev: bool,
    /// First part of the names that a Lambda sees (`run.srn`); `flow` by default.
    #[arg(long)]
    pub org: Option<String>,
}

/// Everything that the daemon was told, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Development mode.
    pub dev: bool,
    /// First part of names in the Lambda contract.
    pub org: String,
    /// Where the daemon listens.
    pub listen: Listen,
    /// What this deployment is called; the binding says it where this does not.
    pub deployment: Option<String>,
    /// Whether bundles without a signature are taken.
    pub unsigned: bool,
    /// Whose signatures count.
    pub bundle_keys: Vec<BundleKey>,
    /// What no bundle may exceed.
    pub ceiling: Ceiling,
    /// Endpoint overrides by service; empty outside of development.
    pub endpoints: BTreeMap<String, String>,
    /// Secret name to source.
    pub secrets: BTreeMap<String, SecretSource>,
    /// The database.
    pub db: PathBuf,
    /// The bundle to load at the start.
    pub bundle: Option<PathBuf>,
    /// The binding to read at the start.
    pub binding: Option<PathBuf>,
    /// Calls to the world at the same time.
    pub calls_max: usize,
    /// Connections at the same time.
    pub connections: Connections,
    /// In which form the daemon says what it does.
    pub log: LogForm,
    /// Where the audit trail goes.
    pub audit_destinations: Vec<Destination>,
    /// Where alerts go.
    pub alerts: Vec<Alerts>,
    /// How often one person may call.
    pub limits: Limits,
    /// Who says who somebody is; absent: tokens alone, and no page.
    pub oidc: Option<Oidc>,
}

/// In which form the daemon says what it does, on standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogForm {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// How many clients are connected at the same time. Whoever comes beyond is turned away at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// In all: below what the system lets one process have open, with room for files and calls.
    pub max: usize,
    /// From one address over TLS. Behind a proxy, and from this machine, all have the same address.
    pub per_peer_max: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self { max: 512, per_peer_max: 64 }
    }
}

/// Where the daemon listens. Anything else is refused: tokens travel on this connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// Plain HTTP on a loopback address.
    Loopback(SocketAddr),
    /// Plain HTTP on a unix socket.
    Unix(PathBuf),
    /// HTTPS.
    Tls {
        /// Where.
        address: SocketAddr,
        /// PEM chain.
        cert: PathBuf,
        /// PEM key.
        key: PathBuf,
    },
    /// Plain HTTP; connections are taken from these addresses only.
    BehindProxy {
        /// Where.
        address: SocketAddr,
        /// The proxies.
        trusted: Vec<IpAddr>,
    },
}

/// What no bundle may exceed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceiling {
    /// Patterns of function ARNs, `*` for any run of characters but `:`; absent: any function that
    /// the binding gives a role for.
    pub functions: Option<Vec<String>>,
    /// Longest duration of a grant, `8h`; absent: what the flow says.
    pub longest_duration: Option<String>,
    /// Most requests of one person that are open at once; 20 where nothing is said.
    pub open_requests_max: Option<u32>,
}

/// Where the value of a secret comes from, and who may use it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSource {
    /// A file that holds the value; one final newline is cut.
    pub file: Option<PathBuf>,
    /// An environment variable of the daemon.
    pub env: Option<String>,
    /// Addresses of the integrations that may use it.
    #[serde(default)]
    pub integrations: Vec<String>,
}

/// A key whose signature lets a bundle in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleKey {
    /// Its name, [`flow_bundle::envelope::key_id`].
    pub id: String,
    /// Ed25519, 32 bytes.
    pub public: Vec<u8>,
    /// From then on it lets no bundle in any more; what it let in stays.
    pub not_after: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BundleKeyFile {
    public_key: String,
    not_after: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    org: Option<String>,
    deployment: Option<String>,
    #[serde(default)]
    bundle_keys: Vec<BundleKeyFile>,
    listen: Option<String>,
    tls: Option<TlsFile>,
    behind_proxy: Option<Vec<IpAddr>>,
    #[serde(default)]
    unsigned: bool,
    #[serde(default)]
    ceiling: Ceiling,
    #[serde(default)]
    secrets: BTreeMap<String, SecretSource>,
    dev: Option<DevFile>,
    #[serde(default)]
    log: LogForm,
    #[serde(default)]
    audit_destinations: Vec<DestinationFile>,
    #[serde(default)]
    alerts: Vec<AlertsFile>,
    #[serde(default)]
    limits: Limits,
    oidc: Option<OidcFile>,
    calls_max: Option<usize>,
    connections_max: Option<usize>,
    connections_per_peer_max: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsFile {
    cert: PathBuf,
    key: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DevFile {
    #[serde(default)]
    endpoints: BTreeMap<String, String>,
}

/// More at once are a mistake or an attack: approvers stop reading.
const OPEN_REQUESTS: u32 = 20;
const LISTEN: &str = "127.0.0.1:7100";
const SERVICES: [&str; 2] = ["lambda", "sts"];

impl Config {
    /// Reads the file that `args` names, if any, and puts the flags over it.
    ///
    /// # Errors
    /// A sentence that says which setting is wrong and what would be right.
    pub fn read(args: &ServeArgs) -> anyhow::Result<Self> {
        let text = match &args.config {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the configuration `{}`", path.display()))?,
            None => String::new(),
        };
        Self::from_text(args, &text).with_context(|| match &args.config {
            Some(path) => format!("in the configuration `{}`", path.display()),
            None => "on the command line".to_owned(),
        })
    }

    fn from_text(args: &ServeArgs, text: &str) -> anyhow::Result<Self> {
        let file: ConfigFile = toml::from_str(text)?;
        let listen = args.listen.clone().or(file.listen).unwrap_or_else(|| LISTEN.to_owned());
        let listen = listen_on(&listen, args.dev, file.tls, file.behind_proxy)?;
        let endpoints = match file.dev {
            Some(_) if !args.dev => {
                bail!("`[dev]` is read only with `--dev`: remove it, or start with `--dev`")
            }
            Some(dev) => dev.endpoints,
            None => BTreeMap::new(),
        };
        for service in endpoints.keys() {
            ensure!(
                SERVICES.contains(&service.as_str()),
                "`dev.endpoints.{service}`: only {} can be pointed elsewhere",
                SERVICES.join(" and ")
            );
        }
        let org = args.org.clone().or(file.org).unwrap_or_else(|| "flow".to_owned());
        ensure!(
            !org.is_empty()
                && org.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "`org = \"{org}\"`: only lower-case letters, digits and `-`, because it is a part of names"
        );
        for (name, source) in &file.secrets {
            ensure!(
                source.file.is_some() != source.env.is_some(),
                "`secrets.{name}` needs exactly one of `file` and `env`"
            );
        }
        ensure!(
            file.deployment.as_deref().is_none_or(|name| !name.trim().is_empty()),
            "`deployment = \"\"` names nothing: it is a part of the id of every grant"
        );
        let bundle_keys = file.bundle_keys.iter().map(bundle_key).collect::<Result<_, _>>()?;
        let audit_destinations = export::read(file.audit_destinations, &file.secrets)?;
        let alerts = alert::read(file.alerts, &file.secrets)?;
        let oidc = file.oidc.map(|oidc| oidc::read(oidc, &file.secrets)).transpose()?;
        file.ceiling.longest_s()?;
        let connections = Connections {
            max: at_least_one("connections_max", file.connections_max)?
                .unwrap_or(Connections::default().max),
            per_peer_max: at_least_one("connections_per_peer_max", file.connections_per_peer_max)?
                .unwrap_or(Connections::default().per_peer_max),
        };
        Ok(Self {
            dev: args.dev,
            org,
            listen,
            deployment: file.deployment,
            unsigned: file.unsigned || args.dev,
            bundle_keys,
            ceiling: file.ceiling,
            endpoints,
            secrets: file.secrets,
            db: args.db.clone(),
            bundle: args.bundle.clone(),
            binding: args.binding.clone(),
            calls_max: file.calls_max.unwrap_or(64).max(1),
            connections,
            log: file.log,
            audit_destinations,
            alerts,
            limits: file.limits.checked()?,
            oidc,
        })
    }
}

impl Ceiling {
    /// Most requests of one person that are open at once.
    #[must_use]
    pub fn open_requests(&self) -> u32 {
        self.open_requests_max.unwrap_or(OPEN_REQUESTS)
    }

    /// The longest duration of a grant in seconds.
    ///
    /// # Errors
    /// The text is no duration.
    pub fn longest_s(&self) -> anyhow::Result<Option<u64>> {
        let Some(text) = &self.longest_duration else { return Ok(None) };
        match seconds(text) {
            Some(s) if s > 0 => Ok(Some(s)),
            _ => bail!(
                "`ceiling.longest_duration = \"{text}\"` is no duration: a number and `s`, `m`, `h` or `d`, such as `8h`"
            ),
        }
    }

    /// Whether a function may be called at all.
    #[must_use]
    pub fn allows_function(&self, arn: &str) -> bool {
        self.functions.as_ref().is_none_or(|patterns| patterns.iter().any(|p| fits(p, arn)))
    }
}

fn bundle_key(file: &BundleKeyFile) -> anyhow::Result<BundleKey> {
    let text = &file.public_key;
    let public = STANDARD.decode(text).ok().filter(|key| key.len() == 32).with_context(|| {
        format!(
            "`bundle_keys.public_key = \"{text}\"` is no Ed25519 public key: 32 bytes in base64, as `flowc keygen` prints them"
        )
    })?;
    let not_after = file.not_after.as_deref().map(|text| {
        text.parse::<Timestamp>().with_context(|| {
            format!("`bundle_keys.not_after = \"{text}\"` is no instant: write `\"2027-01-31T00:00:00Z\"`")
        })
    });
    Ok(BundleKey { id: envelope::key_id(&public), public, not_after: not_after.transpose()? })
}

fn at_least_one(name: &str, given: Option<usize>) -> anyhow::Result<Option<usize>> {
    ensure!(given != Some(0), "`{name} = 0`: nobody could connect");
    Ok(given)
}

/// `90s`, `15m`, `8h`, `2d`.
fn seconds(text: &str) -> Option<u64> {
    let (unit_at, unit) = text.char_indices().next_back()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    text.get(..unit_at)?.parse::<u64>().ok()?.checked_mul(factor)
}

/// Part by part between colons, so that `*` never swallows a region or an account.
fn fits(pattern: &str, arn: &str) -> bool {
    let (patterns, parts): (Vec<_>, Vec<_>) =
        (pattern.split(':').collect(), arn.split(':').collect());
    patterns.len() == parts.len() && patterns.iter().zip(&parts).all(|(p, s)| fits_part(p, s))
}

fn fits_part(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            tail.char_indices()
                .map(|(i, _)| i)
                .chain([tail.len()])
                .any(|i| tail.get(i..).is_some_and(|t| fits_part(rest, t)))
        }),
    }
}

fn listen_on(
    text: &str,
    dev: bool,
    tls: Option<TlsFile>,
    proxy: Option<Vec<IpAddr>>,
) -> anyhow::Result<Listen> {
    if let Some(path) = text.strip_prefix("unix:") {
        ensure!(!path.is_empty(), "`listen = \"unix:\"` names no path");
        let unread = [("tls", tls.is_some()), ("behind_proxy", proxy.is_some())];
        if let Some((name, _)) = unread.iter().find(|(_, set)| *set) {
            bail!(
                "`{name}` says nothing about `listen = \"{text}\"`, where only the socket's file decides who connects: remove `{name}`, or listen on an address"
            );
        }
        return Ok(Listen::Unix(Path::new(path).to_owned()));
    }
    let address: SocketAddr = text.parse().with_context(|| {
        format!(
            "`listen = \"{text}\"` is no address: an IP address and a port, or `unix:` and a path"
        )
    })?;
    ensure!(
        !dev || address.ip().is_loopback(),
        "`--dev` listens on loopback only, and `{address}` is not: use `127.0.0.1`"
    );
    match (tls, proxy) {
        (Some(_), Some(_)) => bail!("`tls` and `behind_proxy` exclude each other"),
        (Some(TlsFile { cert, key }), None) => Ok(Listen::Tls { address, cert, key }),
        (None, Some(trusted)) => {
            ensure!(!trusted.is_empty(), "`behind_proxy` is empty: name the proxies' addresses");
            // `::ffff:10.0.0.1` is `10.0.0.1`, however the socket tells it.
            let trusted = trusted.iter().map(IpAddr::to_canonical).collect();
            Ok(Listen::BehindProxy { address, trusted })
        }
        (None, None) if address.ip().is_loopback() => Ok(Listen::Loopback(address)),
        (None, None) => bail!(
            "`{address}` is not loopback, and tokens would travel in the clear: set `tls = {{ cert, key }}`, or `behind_proxy = [\"<address>\"]`, or listen on `127.0.0.1` or `unix:<path>`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(flags: &str, text: &str) -> Result<Config, String> {
        let mut args = ServeArgs { db: "x.db".into(), ..ServeArgs::default() };
        for flag in flags.split_whitespace() {
            match flag.split_once('=') {
                Some(("listen", address)) => args.listen = Some(address.to_owned()),
                _ => args.dev |= flag == "dev",
            }
        }
        Config::from_text(&args, text).map_err(|e| format!("{e:#}"))
    }

    #[test]
    fn what_is_unsafe_is_refused() {
        for (flags, text, want) in [
            ("listen=0.0.0.0:80", "", "tokens would travel in the clear"),
            ("dev listen=0.0.0.0:80", "", "loopback only"),
            ("listen=nonsense", "", "is no address"),
            ("", "[dev.endpoints]\nlambda = \"http://x\"", "only with `--dev`"),
            ("dev", "[dev.endpoints]\nfoo = \"http://x\"", "only lambda and sts"),
            ("", "org = \"A:B\"", "lower-case"),
            ("", "[secrets.a]\n", "exactly one of"),
            ("", "behind_proxy = []", "is empty"),
            ("listen=unix:/x", "behind_proxy = [\"10.0.0.1\"]", "`behind_proxy` says nothing"),
            ("listen=unix:/x", "[tls]\ncert = \"c\"\nkey = \"k\"", "`tls` says nothing"),
            ("", "connections_max = 0", "nobody could connect"),
            ("", "connections_per_peer_max = 0", "nobody could connect"),
            ("", "[ceiling]\nlongest_duration = \"long\"", "is no duration"),
            ("", "deployment = \"\"", "names nothing"),
            ("", "[limits]\ncalls_per_second = 0", "from 0.01"),
            ("", "[limits]\ncalls_burst = 0.5", "from 1"),
            ("", "[[bundle_keys]]\npublic_key = \"AAAA\"", "32 bytes in base64"),
            (
                "",
                "[[bundle_keys]]\npublic_key = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\nnot_after = \"2027\"",
                "is no instant",
            ),
            ("", "[[audit_destinations]]\nname = \"A\"\nkind = \"stdout\"", "lower-case letters"),
            ("", "[[audit_destinations]]\nname = \"a\"\nkind = \"file\"", "takes `path`"),
            (
                "",
                "[[audit_destinations]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"https://x\"\nsecret = \"s\"",
                "there is no `[secrets.s]`",
            ),
            (
                "",
                "[secrets.s]\nenv = \"S\"\n[[audit_destinations]]\nname = \"a\"\nkind = \"webhook\"\nurl = \"http://x.example\"\nsecret = \"s\"",
                "in the clear",
            ),
            (
                "",
                "[[alerts]]\nname = \"a\"\nkind = \"pagerduty\"\nsecret = \"s\"",
                "whose value is the routing key of the integration",
            ),
            (
                "",
                "[secrets.s]\nenv = \"S\"\n[[alerts]]\nname = \"a\"\nkind = \"webhook\"\nsecret = \"s\"",
                "takes `url` and `secret`",
            ),
            (
                "",
                "[secrets.s]\nenv = \"S\"\n[[alerts]]\nname = \"a\"\nkind = \"pagerduty\"\nsecret = \"s\"\non = []",
                "tells of nothing",
            ),
            (
                "",
                "[[audit_destinations]]\nname = \"a\"\nkind = \"stdout\"\n[[audit_destinations]]\nname = \"a\"\nkind = \"stdout\"",
                "are called `a`",
            ),
            ("", "nonsense = 1", "unknown field"),
        ] {
            let error = check(flags, text).expect_err(text);
            assert!(error.contains(want), "{flags} {text}: {error}");
        }
    }

    #[test]
    fn what_is_safe_is_taken() {
        assert_eq!(
            check("", "").unwrap().listen,
            Listen::Loopback("127.0.0.1:7100".parse().unwrap())
        );
        assert_eq!(check("", "log = \"json\"").unwrap().log, LogForm::Json);
        assert!(!check("", "").unwrap().unsigned);
        assert!(check("dev", "").unwrap().unsigned);
        assert_eq!(check("listen=unix:/x", "").unwrap().listen, Listen::Unix("/x".into()));
        let proxied = check("listen=0.0.0.0:80", "behind_proxy = [\"10.0.0.1\"]").unwrap();
        assert!(matches!(proxied.listen, Listen::BehindProxy { .. }));
        let tls = "[tls]\ncert = \"c.pem\"\nkey = \"k.pem\"";
        assert!(matches!(check("listen=0.0.0.0:80", tls).unwrap().listen, Listen::Tls { .. }));
    }

    #[test]
    fn a_pattern_never_crosses_a_colon() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:grant-db";
        for (pattern, want) in [
            ("arn:aws:lambda:*:123456789012:function:grant-*", true),
            ("arn:aws:lambda:*:*:function:*-db", true),
            ("arn:aws:lambda:*", false),
            ("arn:aws:lambda:eu-west-1:123456789012:function:grant", false),
            ("*", false),
        ] {
            assert_eq!(fits(pattern, arn), want, "{pattern}");
        }
    }
}
