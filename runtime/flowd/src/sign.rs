//! The key that signs what a Lambda receives, so that a handler can tell our call from a stranger's.
//!
//! IAM is what authenticates a call; the signature helps a handler that is reachable by others. The
//! private key stands in the database, whose file is for its owner alone. A second key, made of it,
//! seals what leaves the database and is for this deployment's own eyes.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::store::{Result, Store, StoreError};

/// Under which name the database keeps the private key.
const META: &str = "signing_key";
/// What every signed text begins with, so that it can mean nothing else.
const TAG: &[u8] = b"flow.signature.v1\0";

/// What the sealing key is made with, so that it is no other key.
const SEAL: &[u8] = b"flow.seal.v1";

/// The key that signs what a Lambda receives.
pub struct Signer {
    key: Ed25519KeyPair,
    seal: LessSafeKey,
}

impl Signer {
    /// The key of this database; made where there is none.
    ///
    /// # Errors
    /// The database failed, or what it holds is no key.
    pub fn of(store: &dyn Store) -> Result<Self> {
        if let Some(text) = store.meta(META)? {
            let pkcs8 = STANDARD
                .decode(text)
                .map_err(|_| StoreError::Damaged("a signing key that is no base64".to_owned()))?;
            return Self::from_pkcs8(&pkcs8);
        }
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map_err(|_| StoreError::Stopped("the system gave no randomness".to_owned()))?;
        store.set_meta(META, &STANDARD.encode(pkcs8.as_ref()))?;
        Self::from_pkcs8(pkcs8.as_ref())
    }

    fn from_pkcs8(pkcs8: &[u8]) -> Result<Self> {
        let broken = || StoreError::Damaged("a signing key that is none".to_owned());
        let key = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| broken())?;
        let seal = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, pkcs8), SEAL);
        let seal = UnboundKey::new(&AES_256_GCM, seal.as_ref()).map_err(|_| broken())?;
        Ok(Self { key, seal: LessSafeKey::new(seal) })
    }

    /// Seals a text that only this database, or a copy of it, can open; `about` must be said again.
    ///
    /// # Errors
    /// The system gave no randomness.
    pub fn seal(&self, about: &str, text: &str) -> Result<String> {
        let failed = || StoreError::Stopped("the system gave no randomness".to_owned());
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| failed())?;
        let mut bytes = text.as_bytes().to_vec();
        let about = Aad::from(about.as_bytes());
        let nonced = Nonce::assume_unique_for_key(nonce);
        self.seal.seal_in_place_append_tag(nonced, about, &mut bytes).map_err(|_| failed())?;
        Ok(STANDARD.encode([nonce.as_slice(), &bytes].concat()))
    }

    /// What was sealed; `None`: by another database, about something else, or it was changed.
    #[must_use]
    pub fn unseal(&self, about: &str, sealed: &str) -> Option<String> {
        let mut bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let text = self.seal.open_in_place(nonce, Aad::from(about.as_bytes()), text).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }

    /// The document at `/.well-known/flow-keys`.
    #[must_use]
    pub fn public_keys(&self) -> Json {
        json!({ "keys": [{
            "key_id": self.key_id(),
            "algorithm": "Ed25519",
            "public_key": STANDARD.encode(self.key.public_key().as_ref()),
        }] })
    }

    /// Puts `flow.signature` into a payload of the Lambda contract. Signed are the tag and the
    /// canonical JSON of `{ id, run, type, target, actor }`.
    pub fn sign(&self, payload: &mut Json) {
        let signature = json!({
            "key_id": self.key_id(),
            "value": STANDARD.encode(self.key.sign(&signed(payload)).as_ref()),
        });
        if let Some(Json::Object(flow)) = payload.get_mut("flow") {
            flow.insert("signature".to_owned(), signature);
        } else if let Json::Object(all) = payload {
            all.insert("flow".to_owned(), json!({ "signature": signature }));
        }
    }

    fn key_id(&self) -> String {
        flow_bundle::envelope::key_id(self.key.public_key().as_ref())
    }
}

fn signed(payload: &Json) -> Vec<u8> {
    let part = |at: &str| payload.pointer(at).cloned().unwrap_or_default();
    let text = json!({
        "id": part("/id"),
        "run": part("/run/srn"),
        "type": part("/event/type"),
        "target": part("/fields/target_id"),
        "actor": part("/actor/user"),
    });
    [TAG, flow_bundle::canonical::to_string(&text).as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    use super::*;
    use crate::store::memory::Memory;

    #[test]
    fn a_signature_holds_for_exactly_what_was_signed() {
        let store = Memory::default();
        let signer = Signer::of(&store).unwrap();
        let mut payload = json!({
            "id": "1", "run": { "srn": "flow:run:f:1.0.0:2" }, "event": { "type": "escalate" },
            "fields": { "target_id": "3", "duration": 30 }, "actor": { "user": "4" }, "flow": {},
        });
        signer.sign(&mut payload);
        // The same key after a restart.
        let keys = Signer::of(&store).unwrap().public_keys();
        let key = STANDARD.decode(keys["keys"][0]["public_key"].as_str().unwrap()).unwrap();
        let value =
            STANDARD.decode(payload["flow"]["signature"]["value"].as_str().unwrap()).unwrap();
        let check =
            |p: &Json| UnparsedPublicKey::new(&ED25519, &key).verify(&signed(p), &value).is_ok();
        assert!(check(&payload));
        for at in ["/id", "/run/srn", "/event/type", "/fields/target_id", "/actor/user"] {
            let mut altered = payload.clone();
            *altered.pointer_mut(at).unwrap() = json!("other");
            assert!(!check(&altered), "{at}");
        }
    }

    #[test]
    fn what_is_sealed_is_opened_by_the_same_database_alone() {
        let (store, other) = (Memory::default(), Memory::default());
        let signer = Signer::of(&store).unwrap();
        let sealed = signer.seal("req_1", "the way back").unwrap();
        let again = Signer::of(&store).unwrap();
        assert_eq!(again.unseal("req_1", &sealed).as_deref(), Some("the way back"));
        assert_eq!(again.unseal("req_2", &sealed), None);
        assert_eq!(Signer::of(&other).unwrap().unseal("req_1", &sealed), None);
        for broken in ["", "AAAA", "no base64", &sealed[..sealed.len() - 4]] {
            assert_eq!(again.unseal("req_1", broken), None);
        }
        assert_ne!(signer.seal("req_1", "the way back").unwrap(), sealed);
    }
}
