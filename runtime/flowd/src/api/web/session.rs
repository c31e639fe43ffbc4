//! The cookies of the page, and the token that every form carries.
//!
//! Names begin with `__Host-`: a browser keeps such a cookie only for exactly this host and only over
//! a connection that cannot be listened to.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A session: a token.
pub const SESSION: &str = "__Host-flow";
/// A log-in that is under way.
pub const LOGIN: &str = "__Host-flow-login";

/// A cookie that lives for so many seconds. `Lax`, because a browser comes back from the provider;
/// nothing that a link can open changes anything.
#[must_use]
pub fn set(name: &str, value: &str, seconds: i64) -> String {
    format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax")
}

/// Takes a cookie away.
#[must_use]
pub fn clear(name: &str) -> String {
    set(name, "", 0)
}

/// The value of a cookie. Given twice, it is none: somebody else set one of them.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim());
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// What each form of a session carries: nobody who does not know the session can make it, and it does
/// not give the session away.
#[must_use]
pub fn form_token(session: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("flow.form\0{session}").as_bytes()))
}

/// Whether this is what a form of the session carries.
#[must_use]
pub fn is_form_token(session: &str, given: &str) -> bool {
    let want = form_token(session);
    aws_lc_rs::constant_time::verify_slices_are_equal(want.as_bytes(), given.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_is_there_twice_is_none() {
        let headers = |lines: &[&'static str]| {
            let pairs = lines.iter().map(|line| (header::COOKIE, line.parse().unwrap()));
            pairs.collect::<HeaderMap>()
        };
        assert_eq!(cookie(&headers(&["a=1; __Host-flow=x; b=2"]), SESSION), Some("x"));
        assert_eq!(cookie(&headers(&["__Host-flow-login=y"]), SESSION), None);
        assert_eq!(cookie(&headers(&["__Host-flow=x; __Host-flow=y"]), SESSION), None);
        assert_eq!(cookie(&headers(&["__Host-flow=x", "__Host-flow=y"]), SESSION), None);
        assert!(is_form_token("flow_a", &form_token("flow_a")));
        assert!(!is_form_token("flow_b", &form_token("flow_a")) && !is_form_token("flow_a", ""));
    }
}
