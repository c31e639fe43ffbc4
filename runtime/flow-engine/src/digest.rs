//! The digest: what exactly an approval covers.
//!
//! It is only compared; everything acted on comes from the store.

use flow_bundle::digest::Digest;
use serde_json::json;

use crate::context::Pinned;
use crate::state::Request;

/// Keeps this digest apart from any other hash of the same bytes.
const DOMAIN: &str = "flow.approval.v1";

/// How much of a digest is enough to tell what was seen.
const SHORT: usize = 16;

/// The digest of a stage of a request as it stands; `shown` is what its cards say.
pub(crate) fn of(pinned: &Pinned<'_>, request: &Request, stage: &str, shown: &[String]) -> Digest {
    let targets: Vec<_> = request.accesses.iter().map(|a| &a.target).collect();
    let mut content = json!({
        "bundle": pinned.content_hash,
        "flow": pinned.flow.hash,
        "request": request.id,
        "stage": stage,
        "requester": request.requester.id,
        "targets": targets,
        "fields": request.fields,
        "duration_s": request.duration_s,
        "shown": shown,
    });
    if let (Some(extension), Some(content)) = (request.extension(), content.as_object_mut()) {
        let longer = json!({ "number": extension.number, "until": extension.until });
        content.insert("extension".to_owned(), longer);
    }
    // Other people decide, though the words may be the same.
    let fallback = request.round().any(|s| s.name == stage && s.on_fallback);
    if let (true, Some(content)) = (fallback, content.as_object_mut()) {
        content.insert("fallback".to_owned(), true.into());
    }
    let text = format!("{DOMAIN}{}", flow_bundle::canonical::to_string(&content));
    Digest::of(text.as_bytes())
}

/// The first 16 hex digits, as they stand in a button.
pub(crate) fn short(digest: &Digest) -> String {
    digest.hex().chars().take(SHORT).collect()
}

/// Whether somebody was shown this digest: whole, as hex, or its first 16 digits at least.
pub(crate) fn matches(digest: &Digest, given: &str) -> bool {
    let given = given.strip_prefix("sha256:").unwrap_or(given);
    given.len() >= SHORT && digest.hex().starts_with(given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::flows;
    use crate::tests::life::{Life, person};

    #[test]
    fn every_part_of_what_is_approved_is_in_it() {
        let bundle = serde_json::from_value(flows::lambda()).unwrap();
        let mut life = Life::new(&flows::lambda());
        life.run("ask ana");
        let request = life.request().unwrap().clone();
        let shown = ["the card".to_owned()];
        let digest = |hash: &str, flow: Option<Digest>, request: &Request, stage, shown: &[_]| {
            let bundle: &flow_bundle::bundle::Bundle = &bundle;
            let mut declared = bundle.flows["button"].clone();
            declared.hash = flow.unwrap_or(declared.hash);
            let content_hash = Digest::of(hash.as_bytes());
            let pinned = Pinned { bundle, content_hash, address: "button", flow: &declared };
            of(&pinned, request, stage, shown)
        };
        let changed = |change: &dyn Fn(&mut Request)| {
            let mut request = request.clone();
            change(&mut request);
            digest("a", None, &request, "lead", &shown)
        };
        let all = [
            changed(&|_| {}),
            digest("b", None, &request, "lead", &shown),
            digest("a", Some(Digest::of(b"flow")), &request, "lead", &shown),
            digest("a", None, &request, "other", &shown),
            digest("a", None, &request, "lead", &["another card".to_owned()]),
            changed(&|r| r.id = crate::ids::RequestId(uuid::Uuid::from_u128(9))),
            changed(&|r| r.requester = person("bo")),
            changed(&|r| r.accesses[0].target.address.push('x')),
            changed(&|r| drop(r.accesses[0].target.settings.insert("arn".into(), "x".into()))),
            changed(&|r| drop(r.accesses.pop())),
            changed(&|r| drop(r.fields.insert("why".into(), flow_bundle::Value::Null))),
            changed(&|r| r.duration_s = Some(1)),
            changed(&|r| r.duration_s = None),
            changed(&|r| r.stages[0].on_fallback = true),
        ];
        let different: std::collections::BTreeSet<String> = all.iter().map(Digest::hex).collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn sixteen_digits_are_enough_and_fewer_are_not() {
        let digest = Digest::of(b"x");
        assert!(matches(&digest, &short(&digest)));
        assert!(matches(&digest, &digest.hex()));
        assert!(matches(&digest, &digest.to_string()));
        assert!(!matches(&digest, &digest.hex()[..15]));
        assert!(!matches(&digest, ""));
        assert!(!matches(&digest, &format!("{}0", digest.hex())));
    }
}
