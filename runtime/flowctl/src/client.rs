//! One call of the API, over http, https or a unix socket. It never tries again by itself: whether
//! that is safe is known to the person, who sees what happened.

use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::{Client as Http, Response};
use serde_json::Value as Json;

use crate::args::Global;
use crate::fault::{Fault, Problem};

/// Longer than the daemon's own limit for a call, so that its answer is heard.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The API of one daemon, as one person.
pub struct Client {
    http: Http,
    base: String,
    server: String,
    token: Option<String>,
}

impl Client {
    /// Reads the token and prepares the connection; nothing is sent.
    ///
    /// # Errors
    /// The address or the token file is no good.
    pub fn open(global: &Global) -> Result<Self, Fault> {
        let mut http = Http::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        let base = if let Some(path) = global.server.strip_prefix("unix:") {
            http = http.unix_socket(path.trim_start_matches("//"));
            "http://flowd".to_owned()
        } else {
            let url = reqwest::Url::parse(&global.server)
                .map_err(|e| Fault::Usage(format!("--server `{}`: {e}", global.server)))?;
            let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
            match url.scheme() {
                "https" => {}
                "http" if loopback => {}
                "http" => {
                    return Err(Fault::Usage(format!(
                        "--server `{}` would send the token in the clear; use https, or a unix socket",
                        global.server
                    )));
                }
                other => {
                    return Err(Fault::Usage(format!(
                        "--server `{}`: `{other}` is not http, https or unix",
                        global.server
                    )));
                }
            }
            // A proxy cannot reach our loopback.
            if loopback {
                http = http.no_proxy();
            }
            global.server.trim_end_matches('/').to_owned()
        };
        let http = http.build().map_err(|e| Fault::Usage(e.to_string()))?;
        Ok(Self { http, base, server: global.server.clone(), token: read_token(global)? })
    }

    /// The daemon's address, as it was given.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Reads a resource.
    pub fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Json, Fault> {
        let mut request = self.http.get(format!("{}{path}", self.base)).query(query);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        self.read(request.send())
    }

    /// Reads a resource that answers 200 or 503 with the same body.
    pub fn look(&self, path: &str) -> Result<Json, Fault> {
        let response = self.http.get(format!("{}{path}", self.base)).send();
        let response = response.map_err(|e| self.unreachable(&e))?;
        response.json().map_err(|e| Fault::Strange(e.to_string()))
    }

    /// Changes something.
    pub fn send(&self, method: Method, path: &str, body: &Json) -> Result<Json, Fault> {
        let key = uuid::Uuid::new_v4().to_string();
        self.send_once(method, path, body, &key)
    }

    /// Changes something at most once for this key.
    pub fn send_once(
        &self,
        method: Method,
        path: &str,
        body: &Json,
        key: &str,
    ) -> Result<Json, Fault> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header("idempotency-key", key)
            .json(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        self.read(request.send())
    }

    fn read(&self, sent: reqwest::Result<Response>) -> Result<Json, Fault> {
        let response = sent.map_err(|e| self.unreachable(&e))?;
        let status = response.status();
        let text = response.text().map_err(|e| self.unreachable(&e))?;
        if status.is_success() {
            if text.is_empty() {
                return Ok(Json::Null);
            }
            return serde_json::from_str(&text).map_err(|e| Fault::Strange(e.to_string()));
        }
        match serde_json::from_str::<Problem>(&text) {
            Ok(problem) if !problem.title.is_empty() => Err(Fault::Refused(Box::new(problem))),
            _ => Err(Fault::Strange(format!("HTTP {status}"))),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Fault {
        // The innermost cause is the one that people can act on (`connection refused`).
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Fault::Unreachable { server: self.server.clone(), why: cause.to_string() }
    }
}

/// Percent-encodes one segment of a path.
pub fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn read_token(global: &Global) -> Result<Option<String>, Fault> {
    let token = match &global.token_file {
        Some(path) => Some(
            std::fs::read_to_string(path)
                .map_err(|e| Fault::Usage(format!("token file `{}`: {e}", path.display())))?,
        ),
        None => std::env::var("FLOW_TOKEN").ok(),
    };
    let Some(token) = token.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    if token.starts_with("flow_") && token.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(Some(token))
    } else {
        Err(Fault::Usage(
            "the token is not one of ours: it starts with `flow_` and is one line".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn a_segment_cannot_leave_its_place() {
        assert_eq!(segment("ana@acme.example"), "ana%40acme.example");
        assert_eq!(segment("../x?y#z"), "..%2Fx%3Fy%23z");
        assert_eq!(segment("prod_admin[\"é\"]"), "prod_admin%5B%22%C3%A9%22%5D");
    }
}
