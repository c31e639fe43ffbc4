//! terraform-provider-flow
fn main() {}
