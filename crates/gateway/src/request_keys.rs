//! What does every service know of a request? The condition keys of the network and of the request.
//!
//! Authority: IAM user guide, *AWS global condition context keys*, "Properties of the network" and "of the request"
//! (`reference_policies_condition-keys`).

use std::net::IpAddr;

use frontgate_gateway_rules::time;
use frontgate_message::Headers;

/// A request, as far as policies of every service may ask of it.
#[derive(Clone, Copy, Debug)]
pub struct KeyedRequest<'a> {
    /// Its header fields.
    pub headers: &'a Headers,
    /// The address that it comes from.
    pub source_ip: IpAddr,
    /// Whether it came over https.
    pub secure: bool,
    /// The region of the endpoint.
    pub region: &'a str,
    /// When it came, in milliseconds of the Unix epoch.
    pub now_milliseconds: u64,
}

impl KeyedRequest<'_> {
    /// Its condition keys; one from the open internet has no VPC.
    #[must_use]
    pub fn keys(&self) -> Vec<(&'static str, String)> {
        let mut keys = vec![
            ("aws:SourceIp", self.source_ip.to_canonical().to_string()),
            ("aws:SecureTransport", self.secure.to_string()),
            ("aws:CurrentTime", time::iso_8601(self.now_milliseconds)),
            ("aws:EpochTime", (self.now_milliseconds / 1000).to_string()),
            ("aws:RequestedRegion", self.region.to_owned()),
        ];
        for (key, header) in [("aws:UserAgent", "User-Agent"), ("aws:Referer", "Referer")] {
            keys.extend(self.headers.first_text(header).map(|value| (key, value.to_owned())));
        }
        keys
    }
}

/// Keys as an evaluation takes them.
pub fn borrowed<'a>(keys: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    keys.iter().map(|(key, value)| (*key, value.as_str())).collect()
}
