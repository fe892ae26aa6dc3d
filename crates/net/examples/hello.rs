//! The smallest server on this crate: `cargo run -p frontgate-net --example hello -- FOLDER PORT PORT`.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use frontgate_message::{Connection, Request, Response};
use frontgate_net::{
    CertificateAuthority, CertificateStore, Limits, Malformed, ServerOptions, Service, serve,
};

struct Hello {
    body: Bytes,
}

impl Service for Hello {
    async fn call(&self, _: Request) -> Response {
        Response::new(200).with_header("Content-Type", "text/plain").with_body(self.body.clone())
    }

    fn malformed(&self, malformed: Malformed, _: &Arc<Connection>) -> Response {
        Response::new(400).with_body(Bytes::from(malformed.to_string()))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder is the certificate authority to be in?")?;
    let mut port = || arguments.next().map_or(Ok(0), |port| port.parse::<u16>());
    let authority = CertificateAuthority::load_or_create(Path::new(&folder))?;
    let certificates = CertificateStore::new(Arc::new(authority))?;
    certificates.set_issued_names(|name| Some(vec![name.into()]));
    let options = ServerOptions {
        http: Some(([127, 0, 0, 1], port()?).into()),
        https: Some(([127, 0, 0, 1], port()?).into()),
        workers: 1,
        limits: Limits::default(),
        certificates: Arc::new(certificates),
        on_incident: Arc::new(|incident| eprintln!("{incident:?}")),
    };
    let server = serve(options, |_| Hello { body: Bytes::from(vec![b'x'; 1024]) })?;
    println!("{:?} {:?}", server.http(), server.https());
    std::thread::park();
    Ok(())
}
