//! frontgate
fn main() {}
