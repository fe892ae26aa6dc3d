//! nginx with one worker, its cache in files that lie in memory, sent by sendfile.
//!
//! Its options: <https://nginx.org/en/docs/http/ngx_http_proxy_module.html>.

use std::path::Path;

use super::{Name, Server, Setup, free_address, serving, start_at, write};
use crate::Failure;

/// In one sentence.
pub const HOW: &str = "one worker, cache files in /dev/shm, sendfile, open_file_cache, multi_accept, connections to the \
                       origin kept, no access log, TLS 1.3 with a shared session cache";

/// Starts it.
pub fn start(setup: &Setup, place: &Path) -> Result<Server, Failure> {
    let (http, https) = (free_address()?, free_address()?);
    let configuration = CONFIGURATION
        .replace("ORIGIN", &format!("127.0.0.1:{}", setup.origin))
        .replace("LISTEN_TLS", &https.to_string())
        .replace("LISTEN", &http.to_string())
        .replace("CERTIFICATE", &setup.certificate.display().to_string())
        .replace("KEY", &setup.key.display().to_string())
        .replace("CACHE", &setup.memory.folder("nginx")?.display().to_string());
    write(&place.join("nginx.conf"), &configuration)?;
    let mut command = serving("nginx");
    command.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(place);
    start_at(Name::Nginx, place, &mut command, http, Some(https))
}

/// Without tcp_nopush: over the loopback it holds the end of larger answers back for 40 ms. The worker is the user that
/// starts it, so that it may write where the folders of the benchmark are.
const CONFIGURATION: &str = "\
daemon off;
user root;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
events { worker_connections 15000; multi_accept on; }
http {
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  open_file_cache max=1000 inactive=1h;
  open_file_cache_valid 1h;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  proxy_cache_path CACHE levels=1:2 keys_zone=objects:64m max_size=2g inactive=1h use_temp_path=off;
  upstream origin { server ORIGIN; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen LISTEN;
    listen LISTEN_TLS ssl http2;
    ssl_certificate CERTIFICATE;
    ssl_certificate_key KEY;
    ssl_protocols TLSv1.3;
    ssl_session_cache shared:sessions:16m;
    proxy_http_version 1.1;
    proxy_set_header Connection '';
    location / {
      proxy_pass http://origin;
      proxy_cache objects;
      proxy_cache_key $request_uri;
      proxy_cache_lock on;
      proxy_cache_valid 200 1h;
    }
    location /pass/ {
      proxy_pass http://origin;
    }
  }
}
";
