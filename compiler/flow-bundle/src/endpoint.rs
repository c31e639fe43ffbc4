//! Where HTTP calls go: whether a URL names a host that may be called at all.
//!
//! Compiler and loader judge the URL that was written; the addresses behind a name are judged by
//! the daemon when it dials them. URLs are read by the same rules as the client's, so that
//! `https://2130706433` is `127.0.0.1` here too.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// What is allowed beyond a public host over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allowed {
    /// Plain `http`.
    pub insecure: bool,
    /// Private networks.
    pub private: bool,
}

/// Why a URL may not be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is no URL; why.
    NoUrl(String),
    /// Neither `https` nor, where that is allowed, `http`.
    Scheme(String),
    /// It holds a user name or a password.
    Credentials,
    /// It has a query or a fragment.
    Tail,
    /// The host is in a private network.
    Private(String),
    /// The host hands out credentials of the machine: never allowed.
    Metadata(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUrl(why) => write!(f, "this is no URL: {why}"),
            Self::Scheme(scheme) => write!(f, "this calls over `{scheme}`, not `https`"),
            Self::Credentials => f.write_str("a URL holds no user name and no password"),
            Self::Tail => f.write_str("a base URL ends before `?` and `#`"),
            Self::Private(host) => write!(f, "`{host}` is a private address"),
            Self::Metadata(host) => {
                write!(f, "`{host}` hands out the machine's own credentials")
            }
        }
    }
}

/// Judges the URL of a service.
///
/// # Errors
/// The first fault.
pub fn judge(text: &str, allowed: Allowed) -> Result<(), Fault> {
    let url = Url::parse(text).map_err(|e| Fault::NoUrl(e.to_string()))?;
    match url.scheme() {
        "https" => {}
        "http" if allowed.insecure => {}
        other => return Err(Fault::Scheme(other.to_owned())),
    }
    let host = url.host().ok_or_else(|| Fault::NoUrl("it names no host".to_owned()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Fault::Credentials);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Fault::Tail);
    }
    let shown = host.to_string();
    let (private, metadata) = match host {
        Host::Domain(name) => judge_name(name),
        Host::Ipv4(ip) => (is_private_v4(ip), is_metadata_v4(ip)),
        Host::Ipv6(ip) => judge_v6(ip),
    };
    if metadata {
        return Err(Fault::Metadata(shown));
    }
    if private && !allowed.private {
        return Err(Fault::Private(shown));
    }
    Ok(())
}

/// Whether the name is one of a private network, and whether it is that of a metadata service.
fn judge_name(name: &str) -> (bool, bool) {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    let private = !name.contains('.')
        || matches!(last, "localhost" | "local" | "internal" | "lan" | "home" | "corp" | "arpa");
    (private, name == "metadata.google.internal")
}

fn is_metadata_v4(ip: Ipv4Addr) -> bool {
    matches!(ip.octets(), [169, 254, 169, 254] | [169, 254, 170, 2] | [100, 100, 100, 200])
}

const fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0)
            | (198, 18 | 19, _)
    )
}

/// Addresses that hold one of the fourth version are judged by it.
fn judge_v6(ip: Ipv6Addr) -> (bool, bool) {
    let parts = ip.segments();
    let inner = match parts {
        [0, 0, 0, 0, 0, 0 | 0xffff, a, b]
        | [0x64, 0xff9b, 0, 0, 0, 0, a, b]
        | [0x2002, a, b, _, _, _, _, _] => Some((a, b)),
        _ => None,
    };
    if let Some((high, low)) = inner {
        let ip = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
        return (true, is_metadata_v4(ip));
    }
    let private = matches!(parts[0], 0xfc00..=0xfdff | 0xfe80..=0xfebf | 0xff00..=0xffff);
    (private, parts == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        let public = Allowed::default();
        for good in ["https://circleci.com/api/v2", "https://8.8.8.8", "https://[2606:4700::1]/x"] {
            assert_eq!(judge(good, public), Ok(()), "{good}");
        }
        let private = |text: &str| matches!(judge(text, public), Err(Fault::Private(_)));
        for bad in [
            "https://127.0.0.1",
            "https://localhost:8080",
            "https://2130706433",
            "https://0x7f.1",
            "https://0177.0.0.1",
            "https://127.1",
            "https://10.1.2.3",
            "https://[::1]",
            "https://[::ffff:10.0.0.1]",
            "https://[fd12::1]",
            "https://vault.internal",
            "https://vault",
        ] {
            assert!(private(bad), "{bad}");
        }
        let all = Allowed { insecure: true, private: true };
        for never in [
            "http://169.254.169.254/latest",
            "http://2852039166",
            "http://[::ffff:169.254.169.254]",
            "http://[64:ff9b::a9fe:a9fe]",
            "http://[fd00:ec2::254]",
            "http://100.100.100.200",
            "http://metadata.google.internal",
        ] {
            assert!(matches!(judge(never, all), Err(Fault::Metadata(_))), "{never}");
        }
        assert_eq!(judge("http://10.0.0.1", all), Ok(()));
        assert_eq!(judge("http://a.example", public), Err(Fault::Scheme("http".into())));
        assert_eq!(judge("file:///etc/passwd", all), Err(Fault::Scheme("file".into())));
        assert_eq!(judge("https://u:p@a.example", public), Err(Fault::Credentials));
        assert_eq!(judge("https://a.example/?x=1", public), Err(Fault::Tail));
        assert!(matches!(judge("a.example", public), Err(Fault::NoUrl(_))));
    }
}
