//! flowd
fn main() {}
