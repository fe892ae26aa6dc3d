//! Apache Traffic Server with one thread and its objects in the RAM cache.
//!
//! Its options: <https://docs.trafficserver.apache.org/en/9.2.x/admin-guide/files/records.config.en.html>.

use std::path::Path;

use super::{Name, Server, Setup, free_address, serving, start_at, write};
use crate::Failure;

/// In one sentence.
pub const HOW: &str = "one event thread that accepts, too, a RAM cache of 512 MB before a cache file in /dev/shm, no \
                       log, no Via, connections to the origin kept";

/// Starts it.
pub fn start(setup: &Setup, place: &Path) -> Result<Server, Failure> {
    let (http, https) = (free_address()?, free_address()?);
    let memory = setup.memory.folder("trafficserver")?;
    for folder in ["settings", "run", "log"] {
        super::fresh(&place.join(folder))?;
    }
    let settings = place.join("settings");
    let with_places = |text: &str| {
        text.replace("PLACE", &place.display().to_string())
            .replace("MEMORY", &memory.display().to_string())
            .replace("ORIGIN_PORT", &setup.origin.to_string())
            .replace("HTTPS_PORT", &https.port().to_string())
            .replace("HTTP_PORT", &http.port().to_string())
            .replace("CERTIFICATE", &setup.certificate.display().to_string())
            .replace("KEY", &setup.key.display().to_string())
    };
    write(&place.join("runroot.yaml"), &with_places(RUN_ROOT))?;
    for (name, text) in FILES {
        write(&settings.join(name), &with_places(text))?;
    }
    let mut command = serving("traffic_server");
    command.arg(format!("--run-root={}", place.join("runroot.yaml").display()));
    start_at(Name::TrafficServer, place, &mut command, http, Some(https))
}

const RUN_ROOT: &str = "\
prefix: /usr
exec_prefix: /usr
bindir: /usr/bin
sbindir: /usr/sbin
sysconfdir: PLACE/settings
datadir: MEMORY
includedir: /usr/include
libdir: /usr/lib
libexecdir: /usr/lib/trafficserver/modules
localstatedir: PLACE
runtimedir: PLACE/run
logdir: PLACE/log
cachedir: MEMORY
";

const FILES: &[(&str, &str)] = &[
    ("ip_allow.yaml", "ip_allow:\n  - {apply: in, ip_addrs: 0/0, action: allow, methods: ALL}\n"),
    ("logging.yaml", ""),
    ("plugin.config", ""),
    (
        "records.config",
        "\
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.crash_log_helper STRING NULL
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.exec_thread.affinity INT 0
CONFIG proxy.config.accept_threads INT 0
CONFIG proxy.config.task_threads INT 1
CONFIG proxy.config.http.server_ports STRING HTTP_PORT:ip-in=127.0.0.1 HTTPS_PORT:ssl:ip-in=127.0.0.1
CONFIG proxy.config.http.keep_alive_no_activity_timeout_in INT 300
CONFIG proxy.config.http.insert_request_via_str INT 0
CONFIG proxy.config.http.insert_response_via_str INT 0
CONFIG proxy.config.net.connections_throttle INT 30000
CONFIG proxy.config.net.max_connections_in INT 30000
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.cache.ram_cache.size INT 512M
CONFIG proxy.config.ssl.TLSv1 INT 0
CONFIG proxy.config.ssl.TLSv1_1 INT 0
CONFIG proxy.config.ssl.TLSv1_2 INT 0
CONFIG proxy.config.diags.output.diag STRING E
",
    ),
    // What is passed is told apart in front, so that the cache is not even asked.
    (
        "remap.config",
        "\
map /pass/ http://127.0.0.1:ORIGIN_PORT/pass/ @plugin=conf_remap.so @pparam=proxy.config.http.cache.http=0
map / http://127.0.0.1:ORIGIN_PORT/
",
    ),
    ("ssl_multicert.config", "dest_ip=* ssl_cert_name=CERTIFICATE ssl_key_name=KEY\n"),
    ("storage.config", "MEMORY 1G\n"),
];
