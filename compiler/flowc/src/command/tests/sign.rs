//! Keys and signatures.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow_bundle::Digest;
use flow_bundle::envelope::{self, Signed};

use super::{SMALL, flowc, scratch};

#[test]
fn a_bundle_is_signed_byte_by_byte_for_one_deployment() {
    let dir = scratch(&[("small.flow.hcl", SMALL)]);
    let file = |name: &str| fs::read(dir.path().join(name)).unwrap();
    assert_eq!(flowc(dir.path(), "build DIR -o DIR/b.json -var team=it").0, 0);
    let (code, told) = flowc(dir.path(), "keygen DIR/key.pem");
    assert_eq!(code, 0, "{told}");
    let mode = fs::metadata(dir.path().join("key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let public = told.split('"').nth(1).unwrap();
    let public = STANDARD.decode(public).unwrap();

    let line = "sign DIR/b.json --key DIR/key.pem --audience acme --sequence 7";
    let (code, told) = flowc(dir.path(), line);
    assert_eq!(code, 0, "{told}");
    let signed: Signed = serde_json::from_slice(&file("b.json.sig")).unwrap();
    let told_wanted = format!(
        "DIR/b.json.sig written\nsigned {} for `acme`, sequence 7, by key {}\n",
        signed.envelope.bundle,
        envelope::key_id(&public)
    );
    assert_eq!(told, told_wanted);
    assert_eq!(signed.envelope.file_sha256, Digest::of(&file("b.json")));
    assert_eq!((signed.envelope.sequence, signed.envelope.audience.as_str()), (7, "acme"));
    let signature = STANDARD.decode(&signed.signature).unwrap();
    let key = UnparsedPublicKey::new(&ED25519, public);
    key.verify(&signed.envelope.signed_bytes(), &signature).unwrap();
    let mut other = signed.envelope;
    other.sequence = 8;
    key.verify(&other.signed_bytes(), &signature).unwrap_err();
}

/// A key that OpenSSL wrote: PKCS#8 without the public half (RFC 8410, section 10.3).
#[test]
fn a_key_without_its_public_half_signs() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    let dir = scratch(&[("small.flow.hcl", SMALL), ("key.pem", pem)]);
    assert_eq!(flowc(dir.path(), "build DIR -o DIR/b.json -var team=it").0, 0);
    let (code, told) = flowc(dir.path(), "sign DIR/b.json --key DIR/key.pem --audience acme");
    assert_eq!(code, 0, "{told}");
    // The public half that the RFC prints beside it.
    let public = hex("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    assert!(told.contains(&envelope::key_id(&public)), "{told}");
}

#[test]
fn what_cannot_be_signed_says_why() {
    let dir = scratch(&[
        ("small.flow.hcl", SMALL),
        ("none.pem", "nonsense"),
        ("rsa.pem", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
        ("other.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        ("b2.json", "{}"),
    ]);
    assert_eq!(flowc(dir.path(), "build DIR -o DIR/b.json -var team=it").0, 0);
    for (line, want) in [
        ("sign DIR/b.json --key DIR/none.pem --audience a", "`DIR/none.pem` is no PEM file"),
        ("sign DIR/b.json --key DIR/rsa.pem --audience a", "holds a `RSA PRIVATE KEY`"),
        ("sign DIR/b.json --key DIR/other.pem --audience a", "holds another kind of key"),
        ("sign DIR/b.json --key DIR/away.pem --audience a", "cannot read `DIR/away.pem`"),
        ("sign DIR/b2.json --key DIR/other.pem --audience a", "is no bundle that can be used"),
        ("sign DIR/b.json --key DIR/other.pem --audience ", "`--audience` is empty"),
        ("keygen DIR/none.pem", "no key is ever written over"),
    ] {
        let (code, told) = flowc(dir.path(), line);
        assert!(code == 2 && told.contains(want), "{line}: {told}");
    }
    assert!(!dir.path().join("b.json.sig").exists());
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}
