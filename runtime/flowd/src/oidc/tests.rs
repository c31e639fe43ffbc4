//! Which tokens are believed.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::attempt::Attempt;
use super::config::{self, OidcFile};
use super::jwt::{self, Expected};
use super::keys::{Algorithm, Keys};

const NOW: i64 = 1_800_000_000;

struct Issuer {
    key: EcdsaKeyPair,
    keys: Keys,
}

fn coded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Issuer {
    fn new(kid: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = key.public_key().as_ref();
        let (x, y) = (coded(&point[1..33]), coded(&point[33..]));
        let set = json!({ "keys": [
            { "kty": "oct", "k": "c2VjcmV0", "kid": kid },
            { "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig" },
        ]});
        Self { key, keys: Keys::read(set.to_string().as_bytes()).unwrap() }
    }

    fn sign(&self, header: &Json, claims: &Json) -> String {
        let text = format!(
            "{}.{}",
            coded(header.to_string().as_bytes()),
            coded(claims.to_string().as_bytes())
        );
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", coded(signature.as_ref()))
    }
}

fn claims(changes: &Json) -> Json {
    let mut claims = json!({
        "iss": "https://login.example", "aud": "flow", "sub": "ana-1", "exp": NOW + 300,
        "iat": NOW, "nonce": "n-1", "email": "Ana@Acme.example", "email_verified": true,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn told(token: &str, keys: &Keys, nonce: Option<&str>) -> String {
    let expected = Expected {
        issuer: "https://login.example",
        audience: "flow",
        algorithms: &[Algorithm::Es256],
        nonce,
        at: Timestamp::from_second(NOW).unwrap(),
    };
    match jwt::verify(token, keys, &expected) {
        Ok(claims) => format!("{} {:?}", claims.sub, claims.verified_email()),
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn only_what_the_provider_made_for_this_log_in_is_believed() {
    let issuer = Issuer::new("k-1");
    let header = json!({ "alg": "ES256", "kid": "k-1" });
    for (changes, want) in [
        (json!({}), "ana-1 Some(\"ana@acme.example\")"),
        (json!({ "email_verified": false }), "ana-1 None"),
        (json!({ "email_verified": null }), "ana-1 None"),
        (json!({ "exp": NOW - 59 }), "ana-1 Some(\"ana@acme.example\")"),
        (json!({ "exp": NOW - 60 }), "it has expired"),
        (json!({ "exp": null }), "it is no signed token"),
        (json!({ "iat": NOW + 61 }), "it is of a time to come: compare the clocks"),
        (json!({ "nbf": NOW + 61 }), "it is of a time to come: compare the clocks"),
        (json!({ "nonce": "n-2" }), "it belongs to another log-in"),
        (json!({ "nonce": null }), "it belongs to another log-in"),
        (json!({ "aud": "other" }), "it is made for somebody else than `flow`"),
        (json!({ "aud": ["flow", "other"] }), "it was given to another program"),
        (json!({ "aud": ["flow", "other"], "azp": "flow" }), "ana-1 Some(\"ana@acme.example\")"),
        (json!({ "azp": "other" }), "it was given to another program"),
        (
            json!({ "iss": "https://login.example/" }),
            "its issuer is `https://login.example/`, not `https://login.example`",
        ),
        (json!({ "sub": "" }), "it names nobody"),
    ] {
        let token = issuer.sign(&header, &claims(&changes));
        assert_eq!(told(&token, &issuer.keys, Some("n-1")), want, "{changes}");
    }
}

#[test]
fn a_token_does_not_choose_how_it_is_verified() {
    let issuer = Issuer::new("k-1");
    let other = Issuer::new("k-1");
    let all = claims(&json!({}));
    let good = json!({ "alg": "ES256", "kid": "k-1" });
    for (header, want) in [
        (
            json!({ "alg": "none" }),
            "it is signed with `none`, and `oidc.algorithms` does not name that",
        ),
        (
            json!({ "alg": "HS256", "kid": "k-1" }),
            "it is signed with `HS256`, and `oidc.algorithms` does not name that",
        ),
        (
            json!({ "alg": "ES256", "kid": "k-2" }),
            "it is signed with a key that the provider does not publish",
        ),
        (json!({ "alg": "ES256", "kid": "k-1", "crit": ["b64"] }), "it is no signed token"),
    ] {
        assert_eq!(told(&issuer.sign(&header, &all), &issuer.keys, Some("n-1")), want, "{header}");
    }
    let foreign = other.sign(&good, &all);
    assert_eq!(told(&foreign, &issuer.keys, Some("n-1")), "its signature is not the provider's");
    // One claim changed after it was signed.
    let token = issuer.sign(&good, &all);
    let parts: Vec<&str> = token.split('.').collect();
    let forged = coded(claims(&json!({ "sub": "bo-1" })).to_string().as_bytes());
    let forged = format!("{}.{forged}.{}", parts[0], parts[2]);
    assert_eq!(told(&forged, &issuer.keys, Some("n-1")), "its signature is not the provider's");
    for nonsense in ["", "a", "a.b", "a.b.c", "a.b.c.d", "..", &"x".repeat(20_000)] {
        assert_eq!(told(nonsense, &issuer.keys, Some("n-1")), "it is no signed token");
    }
    // Without a name, the only key that fits is meant.
    let unnamed = issuer.sign(&json!({ "alg": "ES256" }), &all);
    assert!(told(&unnamed, &issuer.keys, Some("n-1")).starts_with("ana-1"));
    // A machine's token belongs to no log-in.
    assert!(told(&token, &issuer.keys, None).starts_with("ana-1"));
}

#[test]
fn what_goes_over_the_provider_does_not_give_the_cookie_away() {
    let attempt = Attempt::begin().unwrap();
    let again = Attempt::of(attempt.cookie()).unwrap();
    assert_eq!(attempt.state(), again.state());
    let shown = [attempt.state(), attempt.nonce(), attempt.verifier(), attempt.challenge()];
    for (i, one) in shown.iter().enumerate() {
        assert_eq!(one.len(), 43);
        assert_ne!(one, attempt.cookie());
        assert!(shown.iter().skip(i + 1).all(|other| other != one));
    }
    assert!(Attempt::of("short").is_none());
    assert_ne!(Attempt::begin().unwrap().state(), attempt.state());
}

#[test]
fn a_wrong_configuration_is_said() {
    let read = |text: &str| {
        let file: OidcFile = toml::from_str(text).map_err(|e| e.to_string())?;
        config::read(file, &std::collections::BTreeMap::new()).map_err(|e| e.to_string())
    };
    let good = "issuer = \"https://login.example\"\nclient_id = \"flow\"\n\
                public_url = \"https://flow.example/\"\n";
    let oidc = read(&format!("{good}link_by_email = [\"Acme.example\"]")).unwrap();
    assert_eq!(oidc.redirect_uri(), "https://flow.example/auth/callback");
    assert!(oidc.links("ana@acme.example") && !oidc.links("ana@x.acme.example"));
    assert!(!oidc.links("acme.example"));
    for (text, want) in [
        ("", "missing field `issuer`"),
        (&good.replace("https://login", "http://login"), "in the clear"),
        (&good.replace("https://flow", "http://flow"), "in the clear"),
        (&good.replace("flow.example/", "flow.example/flow"), "scheme and host only"),
        (&good.replace("\"flow\"", "\"\""), "names no client"),
        (&format!("{good}client_secret = \"oidc\""), "there is no `[secrets.oidc]`"),
        (&format!("{good}link_by_email = [\"@acme.example\"]"), "is no domain"),
        (&format!("{good}machine_audience = \"flow\""), "would pass for one of a machine"),
        (&format!("{good}session_hours = 13"), "1 to 12"),
        (&format!("{good}algorithms = [\"HS256\"]"), "`HS256` is not among RS256"),
        (&format!("{good}algorithms = []"), "nobody could log in"),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.contains(want), "{text}: {error}");
    }
}
