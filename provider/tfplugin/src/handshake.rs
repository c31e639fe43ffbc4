//! What the host says in the environment, and the one line that answers it.

use std::path::{Path, PathBuf};

/// What the host wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    /// PEM of the only certificate that may connect; absent: the host wants no TLS.
    pub(crate) client_cert: Option<String>,
    /// Where sockets belong; absent: the directory for temporary files.
    pub(crate) socket_dir: Option<PathBuf>,
    /// Whether the line takes a seventh field.
    pub(crate) multiplexes: bool,
}

/// Every host sends this; it keeps people from starting a plugin by hand.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");
/// The plugin protocol that is served.
const PROTOCOL: &str = "6";

/// Reads the environment through `variable`.
pub(crate) fn host(variable: impl Fn(&str) -> Option<String>) -> Result<Host, String> {
    if variable(COOKIE.0).as_deref() != Some(COOKIE.1) {
        return Err(
            "this program is a plugin: terraform starts it; to run it by hand, use --debug"
                .to_owned(),
        );
    }
    let offered = variable("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default();
    if !offered.is_empty() && !offered.split(',').any(|version| version.trim() == PROTOCOL) {
        return Err(format!("the host speaks protocol {offered}; this plugin speaks {PROTOCOL}"));
    }
    Ok(Host {
        client_cert: variable("PLUGIN_CLIENT_CERT").filter(|pem| !pem.is_empty()),
        socket_dir: variable("PLUGIN_UNIX_SOCKET_DIR").filter(|d| !d.is_empty()).map(PathBuf::from),
        multiplexes: variable("PLUGIN_MULTIPLEX_GRPC").is_some(),
    })
}

/// Core version, protocol, network, address, transport, certificate, multiplexing.
pub(crate) fn line(host: &Host, socket: &Path, certificate: &str) -> String {
    let socket = socket.display();
    let multiplexes = if host.multiplexes { "|false" } else { "" };
    format!("1|{PROTOCOL}|unix|{socket}|grpc|{certificate}{multiplexes}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{COOKIE, host, line};

    fn said(pairs: &[(&str, &str)]) -> Result<String, String> {
        let host = host(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })?;
        Ok(line(&host, Path::new("/tmp/p/s"), "CERT"))
    }

    #[test]
    fn the_line_answers_the_environment() {
        let versions = "PLUGIN_PROTOCOL_VERSIONS";
        assert_eq!(said(&[COOKIE, (versions, "5,6")]).unwrap(), "1|6|unix|/tmp/p/s|grpc|CERT");
        let multiplexed = said(&[COOKIE, ("PLUGIN_MULTIPLEX_GRPC", "true")]).unwrap();
        assert_eq!(multiplexed, "1|6|unix|/tmp/p/s|grpc|CERT|false");
        let old = said(&[COOKIE, (versions, "4,5")]).unwrap_err();
        assert_eq!(old, "the host speaks protocol 4,5; this plugin speaks 6");
        assert!(said(&[]).unwrap_err().contains("terraform starts it"));
        assert!(said(&[(COOKIE.0, "wrong")]).is_err());
    }
}
