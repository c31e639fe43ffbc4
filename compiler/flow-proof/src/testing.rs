//! The bundles of the examples, for tests.

use flow_bundle::bundle::{Bundle, BundleFile};

/// The approval-only example of the specification.
pub fn approval_only() -> Bundle {
    let text = include_str!("../../flow-bundle/data/approval-only.json");
    serde_json::from_str::<BundleFile>(text).unwrap().bundle
}

/// The text of the Lambda example.
pub const LAMBDA: &str = include_str!("../../flow-bundle/data/aws-lambda.json");

/// The Lambda example.
pub fn lambda() -> Bundle {
    serde_json::from_str(LAMBDA).unwrap()
}
