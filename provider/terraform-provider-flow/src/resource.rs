//! Resources, one file or folder each. What to do to add one stands in `tfplugin::provider`.

mod invoke_grant;

pub use invoke_grant::InvokeGrant;
