//! HAProxy with one thread and its own small cache.
//!
//! Its options: <https://docs.haproxy.org/2.6/configuration.html#6>.

use std::path::Path;

use super::{Name, Server, Setup, free_address, serving, start_at, write};
use crate::Failure;

/// In one sentence.
pub const HOW: &str = "one thread, its cache of 512 MB with objects up to 2 MB, connections to the origin kept and \
                       shared (http-reuse always), splicing allowed, no log, TLS 1.3";

/// Starts it.
pub fn start(setup: &Setup, place: &Path) -> Result<Server, Failure> {
    let (http, https) = (free_address()?, free_address()?);
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| Failure::of(&path.display().to_string(), &error))
    };
    // Certificate and key are one file here.
    let both = place.join("both.pem");
    write(&both, &format!("{}{}", read(&setup.certificate)?, read(&setup.key)?))?;
    let configuration = CONFIGURATION
        .replace("ORIGIN", &format!("127.0.0.1:{}", setup.origin))
        .replace("LISTEN_TLS", &https.to_string())
        .replace("LISTEN", &http.to_string())
        .replace("CERTIFICATE", &both.display().to_string());
    write(&place.join("haproxy.cfg"), &configuration)?;
    let mut command = serving("haproxy");
    command.args(["-db", "-q", "-f", "haproxy.cfg"]).current_dir(place);
    start_at(Name::Haproxy, place, &mut command, http, Some(https))
}

/// Without strict limits: it wants two file descriptors for each connection, more than a machine may allow, and needs one
/// for those that are answered from the cache.
const CONFIGURATION: &str = "\
global
  nbthread 1
  maxconn 12000
  no strict-limits
  ssl-default-bind-options ssl-min-ver TLSv1.3
defaults
  mode http
  timeout connect 10s
  timeout client 300s
  timeout server 300s
  timeout http-keep-alive 300s
  option splice-auto
  http-reuse always
cache objects
  total-max-size 512
  max-object-size 2097152
  max-age 3600
frontend viewers
  bind LISTEN
  bind LISTEN_TLS ssl crt CERTIFICATE alpn h2,http/1.1
  use_backend passed if { path_beg /pass/ }
  default_backend cached
backend cached
  http-request cache-use objects
  http-response cache-store objects
  server origin ORIGIN
backend passed
  server origin ORIGIN
";
