//! Route 53's side that resolvers see: the hosted zones of the snapshot, and the names of AWS's shape that answer here,
//! served over UDP and TCP.
//!
//! It is an authoritative server, as Route 53 is: what it does not serve it refuses, it asks nobody else
//! (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/welcome-dns-service.html>, RFC 1034, RFC 2181).

#![forbid(unsafe_code)]

mod lookup;
mod message;
mod server;

pub use lookup::Here;
pub use server::{DnsServer, ServeError, serve};

#[cfg(test)]
mod tests;
