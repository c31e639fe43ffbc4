//! What the protocol compiler wrote. Nothing by hand.

/// The provider service.
#[allow(
    missing_docs,
    dead_code,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The services beside it.
#[allow(
    missing_docs,
    dead_code,
    clippy::all,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
pub mod plugin {
    tonic::include_proto!("plugin");
}
