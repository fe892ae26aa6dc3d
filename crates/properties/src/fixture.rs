//! The distribution that the properties ask, as its template makes it, and requests to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use frontgate_edge_rules::{Behavior, Distribution};
use frontgate_message::{Connection, Handshake, Headers, Method, RequestHead, Target, Tls, Version};
use frontgate_snapshot::{Snapshot, compile};
use frontgate_stacks::{Deployments, Options, plan};

/// The distribution of `template.yaml` beside this file.
pub(crate) fn distribution() -> &'static Distribution {
    static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(|| {
        let planned = plan("template.yaml", TEMPLATE, Path::new("."), &options(), &Deployments::default());
        let planned = planned.unwrap_or_else(|refused| {
            panic!("the own template is refused:\n{}", refused.diagnostics.render(&refused.source, false))
        });
        compile(planned.resources, 1)
    });
    SNAPSHOT.distributions.first().expect("the own template has a distribution")
}

/// One of its behaviors, the default one included.
pub(crate) fn behavior(number: u8) -> &'static Behavior {
    let distribution = distribution();
    let all = distribution.behaviors.len() + 1;
    distribution.behaviors.get(usize::from(number) % all).unwrap_or(&distribution.default_behavior)
}

/// What templates are planned with.
pub(crate) fn options() -> Options {
    Options { stack_name: "properties".into(), region: "us-east-1".into(), ..Options::default() }
}

/// A GET request over TLS.
pub(crate) fn get(target: &str, headers: Headers) -> RequestHead {
    RequestHead {
        method: Method::Get,
        target: Target::new(target),
        version: Version::Http11,
        host: HOST.into(),
        headers,
        connection: connection(),
        for_error_of: None,
    }
}

fn connection() -> Arc<Connection> {
    let tls = Tls {
        server_name: Some(HOST.into()),
        version: "TLSv1.3",
        cipher: "TLS_AES_128_GCM_SHA256".into(),
        handshake: Handshake::Full,
        client_certificate: None,
        fingerprints: None,
    };
    let (peer, local) = (SocketAddr::from((VIEWER, 50_000)), SocketAddr::from((Ipv4Addr::LOCALHOST, 443)));
    Arc::new(Connection::new(peer, local, Some(tls)))
}

/// The address of the viewer.
pub(crate) const VIEWER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);

/// The name that is asked for.
pub(crate) const HOST: &str = "www.example.com";

const TEMPLATE: &str = include_str!("template.yaml");
