//! Data sources, one file each. What to do to add one stands in `tfplugin::provider`.

mod bundle;

pub use bundle::Bundle;
