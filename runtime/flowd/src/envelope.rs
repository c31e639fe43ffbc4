//! Whether a bundle's signature lets it in: by a key of the configuration, for this deployment, and
//! not an old one again.
//!
//! Pure: what is wrong comes back as sentences, all of them at once.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow_bundle::Digest;
use flow_bundle::envelope::{Envelope, Signed, VERSION};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::{BundleKey, Config};

/// What is asked about.
pub struct Asked<'a> {
    /// The bundle's file.
    pub text: &'a str,
    /// Its content hash.
    pub bundle: Digest,
    /// What this deployment is called.
    pub audience: Option<&'a str>,
    /// What was accepted last.
    pub last: Option<&'a Accepted>,
    /// It is served already, under a signature that was accepted.
    pub served: bool,
    /// Now.
    pub at: Timestamp,
}

/// A signature that let a bundle in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The bundle.
    pub bundle: Digest,
    /// Nothing below comes in any more.
    pub sequence: u64,
    /// By which key.
    pub key_id: String,
}

/// Whether it may come in: by which signature, or by none where the configuration allows that.
///
/// # Errors
/// Every reason why not.
pub fn check(
    asked: &Asked<'_>,
    signed: Option<&Signed>,
    config: &Config,
) -> Result<Option<Accepted>, Vec<String>> {
    if asked.served
        && signed.is_none_or(|s| asked.last.is_some_and(|l| s.envelope.sequence == l.sequence))
    {
        // What was accepted stays accepted, also when its key has come to its end.
        return Ok(asked.last.cloned());
    }
    let Some(signed) = signed else {
        if config.unsigned {
            return Ok(None);
        }
        return Err(vec![
            "it has no signature: sign it with `flowc sign`, which writes `<bundle>.sig` beside it; only `unsigned = true` in the configuration and `--dev` do without"
                .to_owned(),
        ]);
    };
    let envelope = &signed.envelope;
    if envelope.v != VERSION {
        return Err(vec![format!(
            "its signature has the form {}, and this daemon knows form {VERSION}",
            envelope.v
        )]);
    }
    let key = match key(envelope, asked, config) {
        // Without keys there is nothing to check it by, and `unsigned` asks for no check.
        Ok(None) => return Ok(None),
        Ok(Some(key)) => key,
        Err(why) => return Err(vec![why]),
    };
    let signature = STANDARD.decode(&signed.signature).unwrap_or_default();
    if UnparsedPublicKey::new(&ED25519, &key.public)
        .verify(&envelope.signed_bytes(), &signature)
        .is_err()
    {
        return Err(vec![format!(
            "its signature is not that of key {}: the signature file was changed, or belongs to another bundle",
            envelope.key_id
        )]);
    }
    let mut wrong = Vec::new();
    if envelope.bundle != asked.bundle || envelope.file_sha256 != Digest::of(asked.text.as_bytes())
    {
        wrong.push(format!(
            "the signature is for another bundle, {}: sign the file again as it lies there",
            envelope.bundle
        ));
    }
    match asked.audience {
        None => wrong.push(
            "it is signed for one deployment, and this daemon has no name: set `deployment` in the configuration"
                .to_owned(),
        ),
        Some(name) if name != envelope.audience => wrong.push(format!(
            "it is signed for the deployment `{}`, and this is `{name}`",
            envelope.audience
        )),
        Some(_) => {}
    }
    wrong.extend(asked.last.and_then(|last| is_old(envelope, last)));
    if wrong.is_empty() {
        let Envelope { bundle, sequence, key_id, .. } = envelope.clone();
        return Ok(Some(Accepted { bundle, sequence, key_id }));
    }
    Err(wrong)
}

fn key<'c>(
    envelope: &Envelope,
    asked: &Asked<'_>,
    config: &'c Config,
) -> Result<Option<&'c BundleKey>, String> {
    let id = &envelope.key_id;
    let Some(key) = config.bundle_keys.iter().find(|key| key.id == *id) else {
        if config.bundle_keys.is_empty() && config.unsigned {
            return Ok(None);
        }
        let known: Vec<&str> = config.bundle_keys.iter().map(|key| key.id.as_str()).collect();
        let known = if known.is_empty() { "none is".to_owned() } else { known.join(", ") };
        return Err(format!(
            "it is signed by key {id}, which `bundle_keys` of the configuration does not hold (known: {known})"
        ));
    };
    match key.not_after {
        Some(end) if asked.at >= end => {
            Err(format!("it is signed by key {id}, whose time ended at {end:.0} (`not_after`)"))
        }
        Some(_) | None => Ok(Some(key)),
    }
}

fn is_old(envelope: &Envelope, last: &Accepted) -> Option<String> {
    let again = envelope.sequence == last.sequence && envelope.bundle == last.bundle;
    (envelope.sequence <= last.sequence && !again).then(|| {
        format!(
            "its sequence is {}, and {} was accepted already: to go back to an old bundle, sign it again with `flowc sign`",
            envelope.sequence, last.sequence
        )
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use flow_bundle::envelope::key_id;

    use super::*;
    use crate::config::ServeArgs;

    const TEXT: &str = "{}\n";

    fn key(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
    }

    fn config(unsigned: bool, keys: &[(u8, Option<&str>)]) -> Config {
        let args = ServeArgs { db: "x".into(), ..ServeArgs::default() };
        let bundle_keys = keys.iter().map(|(seed, end)| {
            let public = key(*seed).public_key().as_ref().to_vec();
            let not_after = end.map(|end| end.parse().unwrap());
            BundleKey { id: key_id(&public), public, not_after }
        });
        let bundle_keys = bundle_keys.collect();
        Config { unsigned, bundle_keys, ..Config::read(&args).unwrap() }
    }

    fn signed(seed: u8, change: impl FnOnce(&mut Envelope)) -> Signed {
        let key = key(seed);
        let mut envelope = Envelope {
            v: VERSION,
            bundle: Digest::of(b"meaning"),
            file_sha256: Digest::of(TEXT.as_bytes()),
            audience: "acme".to_owned(),
            sequence: 7,
            key_id: key_id(key.public_key().as_ref()),
            signed_at: "2026-01-05T09:00:00Z".parse().unwrap(),
        };
        change(&mut envelope);
        let signature = STANDARD.encode(key.sign(&envelope.signed_bytes()).as_ref());
        Signed { envelope, signature }
    }

    fn asked(last: Option<&Accepted>) -> Asked<'_> {
        Asked {
            text: TEXT,
            bundle: Digest::of(b"meaning"),
            audience: Some("acme"),
            last,
            served: false,
            at: "2026-01-06T09:00:00Z".parse().unwrap(),
        }
    }

    fn told(found: Result<Option<Accepted>, Vec<String>>) -> String {
        match found {
            Ok(None) => "taken unsigned".to_owned(),
            Ok(Some(accepted)) => format!("taken at {}", accepted.sequence),
            Err(why) => why.join("; "),
        }
    }

    #[test]
    fn a_signature_lets_in_what_it_says_and_nothing_else() {
        let last = Accepted { bundle: Digest::of(b"old"), sequence: 6, key_id: String::new() };
        let none = |_: &mut Envelope| {};
        let closed = config(false, &[(1, None)]);
        let check = |signed: &Signed, config: &Config| {
            told(super::check(&asked(Some(&last)), Some(signed), config))
        };
        assert_eq!(check(&signed(1, none), &closed), "taken at 7");
        assert_eq!(check(&signed(1, none), &config(false, &[(2, None), (1, None)])), "taken at 7");
        for (signed, config, want) in [
            (signed(2, none), &closed, "which `bundle_keys` of the configuration does not hold"),
            (signed(1, |e| e.v = 2), &closed, "this daemon knows form 1"),
            (
                signed(1, |e| e.audience = "other".into()),
                &closed,
                "signed for the deployment `other`",
            ),
            (signed(1, |e| e.bundle = Digest::of(b"x")), &closed, "for another bundle"),
            (signed(1, |e| e.file_sha256 = Digest::of(b"x")), &closed, "for another bundle"),
            (signed(1, |e| e.sequence = 6), &closed, "its sequence is 6, and 6 was accepted"),
            (signed(1, |e| e.sequence = 1), &closed, "its sequence is 1, and 6 was accepted"),
            (signed(1, none), &config(false, &[(1, Some("2026-01-06T09:00:00Z"))]), "`not_after`"),
            (signed(1, none), &config(false, &[]), "(known: none is)"),
            (signed(1, none), &config(true, &[(2, None)]), "does not hold"),
            (signed(1, none), &config(true, &[]), "taken unsigned"),
        ] {
            let found = check(&signed, config);
            assert!(found.contains(want), "{found} for {want}");
        }
        // A changed envelope under an old signature, and a signature that is none.
        let mut forged = signed(1, none);
        forged.envelope.sequence = 8;
        assert!(check(&forged, &closed).contains("is not that of key"));
        forged.signature = "nonsense".to_owned();
        assert!(check(&forged, &closed).contains("is not that of key"));
    }

    #[test]
    fn what_was_accepted_comes_in_again() {
        let same = Accepted { bundle: Digest::of(b"meaning"), sequence: 7, key_id: String::new() };
        let ended = config(false, &[(1, Some("2026-01-06T09:00:00Z"))]);
        let mut again = asked(Some(&same));
        let signed = signed(1, |_| {});
        assert!(told(super::check(&again, Some(&signed), &ended)).contains("`not_after`"));
        again.served = true;
        assert_eq!(told(super::check(&again, Some(&signed), &ended)), "taken at 7");
        assert_eq!(told(super::check(&again, None, &config(false, &[]))), "taken at 7");
    }

    #[test]
    fn without_a_signature_only_where_the_configuration_says_so() {
        assert_eq!(told(super::check(&asked(None), None, &config(true, &[]))), "taken unsigned");
        let refused = told(super::check(&asked(None), None, &config(false, &[(1, None)])));
        assert!(refused.contains("sign it with `flowc sign`"), "{refused}");
        let nameless = Asked { audience: None, ..asked(None) };
        let found =
            told(super::check(&nameless, Some(&signed(1, |_| {})), &config(false, &[(1, None)])));
        assert!(found.contains("set `deployment`"), "{found}");
    }
}
