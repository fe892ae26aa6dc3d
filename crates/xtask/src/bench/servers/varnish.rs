//! Varnish with its cache in memory; it has no TLS.
//!
//! Its options: <https://varnish-cache.org/docs/7.1/reference/varnishd.html>.

use std::path::Path;

use super::{Name, Server, Setup, free_address, serving, start_at, write};
use crate::Failure;

/// In one sentence.
pub const HOW: &str = "one pool of threads that are there from the start, malloc storage of 512 MB, its log in shared \
                       memory as it is, no TLS of its own";

/// Starts it.
pub fn start(setup: &Setup, place: &Path) -> Result<Server, Failure> {
    let http = free_address()?;
    write(&place.join("bench.vcl"), &CONFIGURATION.replace("ORIGIN_PORT", &setup.origin.to_string()))?;
    let mut command = serving("varnishd");
    command
        // Without the jail that changes the user: the folders are those of whoever runs the benchmark.
        .args(["-j", "none", "-F", "-T", "none", "-s", "malloc,512m", "-f"])
        .arg(place.join("bench.vcl"))
        .args(["-a", &http.to_string(), "-n"])
        // Its programs are shared objects, which a folder in memory may not be allowed to hold.
        .arg(place.join("work"))
        .args(["-p", "thread_pools=1", "-p", "thread_pool_min=100", "-p", "thread_pool_max=1000"])
        .args(["-p", "timeout_idle=300"]);
    start_at(Name::Varnish, place, &mut command, http, None)
}

const CONFIGURATION: &str = "\
vcl 4.1;
backend origin {
  .host = \"127.0.0.1\";
  .port = \"ORIGIN_PORT\";
}
sub vcl_recv {
  if (req.url ~ \"^/pass/\") {
    return (pass);
  }
}
";
