//! Mutual TLS of custom domain names: is the certificate of a client trusted, and what of it do events and logs tell?
//!
//! The handshake has shown that the client has the key. Everything else is asked here, and refused with 403 in HTTP:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html>,
//! <https://repost.aws/knowledge-center/api-gateway-mutual-tls-403-errors>.

use std::borrow::Cow;

use frontgate_explain::PlaceId;
use x509_parser::asn1_rs::Oid;
use x509_parser::certificate::X509Certificate;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::oid_registry as oid;
use x509_parser::pem::Pem;
use x509_parser::prelude::{FromDer, X509Version};
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::time;

/// `MutualTlsAuthentication` of a custom domain name.
#[derive(Clone, Debug)]
pub struct MutualTls {
    /// The bucket of `TruststoreUri`.
    pub bucket: Box<str>,
    /// The key of `TruststoreUri`.
    pub key: Box<str>,
    /// Whom it trusts; nobody before the object is read.
    pub truststore: Truststore,
    /// Its place.
    pub place: PlaceId,
}

/// The certificates of a truststore; all of them can be read.
#[derive(Clone, Debug, Default)]
pub struct Truststore {
    certificates: Vec<Authority>,
}

#[derive(Clone, Debug)]
struct Authority {
    /// Its name in DER, by which the one of a client is found: only that is read once more.
    subject: Vec<u8>,
    /// All of it in DER.
    certificate: Vec<u8>,
}

/// A client's certificate, as events and logs tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// `clientCertPem`
    pub pem: String,
    /// `subjectDN`
    pub subject: String,
    /// `issuerDN`
    pub issuer: String,
    /// `serialNumber`
    pub serial_number: String,
    /// `validity.notBefore`
    pub not_before: String,
    /// `validity.notAfter`
    pub not_after: String,
}

/// Why a client is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It is not valid yet, or no longer.
    Expired,
    /// It is signed with an algorithm that is weaker than SHA-256.
    InsecureSignature,
    /// The connection was made for another name, so no certificate was asked for.
    NotShown,
    /// No authority of the truststore has issued it.
    IssuerNotFound,
    /// It is its own issuer.
    SelfSigned,
    /// It cannot be read.
    Unreadable,
}

impl Truststore {
    /// Reads a file of certificates in PEM.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_pem(text: &[u8]) -> Result<Self, String> {
        let mut certificates = Vec::new();
        for pem in Pem::iter_from_buffer(text) {
            let pem = pem.map_err(|error| format!("it is no PEM: {error}"))?;
            let number = certificates.len() + 1;
            if pem.label != "CERTIFICATE" {
                return Err(format!("it holds a {} beside certificates", pem.label));
            }
            let Ok((_, certificate)) = X509Certificate::from_der(&pem.contents) else {
                return Err(format!("certificate {number} cannot be read"));
            };
            let subject = certificate.subject().as_raw().to_vec();
            certificates.push(Authority { subject, certificate: pem.contents });
        }
        match certificates.len() {
            0 => Err("it holds no certificate".to_owned()),
            1..=CERTIFICATES_MAX => Ok(Self { certificates }),
            count => {
                Err(format!("it holds {count} certificates, and a truststore has {CERTIFICATES_MAX} at most"))
            }
        }
    }

    /// Whether an authority of the truststore has issued the certificate, which has to be valid now.
    ///
    /// # Errors
    /// Why it is not trusted.
    pub fn judge(&self, certificate: &[u8], now_milliseconds: u64) -> Result<ClientCertificate, Distrust> {
        let (_, client) = X509Certificate::from_der(certificate).map_err(|_| Distrust::Unreadable)?;
        let now =
            i64::try_from(now_milliseconds / 1000).ok().and_then(|now| ASN1Time::from_timestamp(now).ok());
        let now = now.ok_or(Distrust::Expired)?;
        if !SECURE_SIGNATURES.contains(&client.signature_algorithm.algorithm) {
            return Err(Distrust::InsecureSignature);
        }
        let named =
            self.certificates.iter().filter(|authority| authority.subject == client.issuer().as_raw());
        let issuers = named.filter_map(|authority| X509Certificate::from_der(&authority.certificate).ok());
        let mut found = Err(match client.subject().as_raw() == client.issuer().as_raw() {
            true => Distrust::SelfSigned,
            false => Distrust::IssuerNotFound,
        });
        for (_, issuer) in issuers.filter(|(_, issuer)| may_issue(issuer)) {
            if client.verify_signature(Some(issuer.public_key())).is_err() {
                continue;
            }
            let is_valid = client.validity().is_valid_at(now) && issuer.validity().is_valid_at(now);
            found = if is_valid { Ok(()) } else { Err(Distrust::Expired) };
            if is_valid {
                break;
            }
        }
        found.map(|()| told(&client))
    }
}

/// Whether a certificate may issue others; of version 1, which does not say, every one may.
fn may_issue(certificate: &X509Certificate<'_>) -> bool {
    if certificate.version() == X509Version::V1 {
        return true;
    }
    let may_sign = match certificate.key_usage() {
        Ok(usage) => usage.is_none_or(|usage| usage.value.key_cert_sign()),
        Err(_) => false,
    };
    certificate.is_ca() && may_sign
}

fn told(certificate: &X509Certificate<'_>) -> ClientCertificate {
    let date = |time: ASN1Time| {
        let seconds = u64::try_from(time.timestamp()).unwrap_or(0);
        time::certificate_date(seconds)
    };
    ClientCertificate {
        pem: pem(certificate.as_raw()),
        subject: distinguished_name(certificate.subject()),
        issuer: distinguished_name(certificate.issuer()),
        serial_number: serial_number(certificate.raw_serial()),
        not_before: date(certificate.validity().not_before),
        not_after: date(certificate.validity().not_after),
    }
}

/// `C=US,O=Example,CN=ada`, in the order of the certificate (recorded). What would read as another name within a value is escaped
/// as RFC 2253 says: nobody becomes another one by a comma.
fn distinguished_name(name: &X509Name<'_>) -> String {
    let parts = name.iter().map(|part| part.iter().map(attribute).collect::<Vec<_>>().join("+"));
    parts.collect::<Vec<_>>().join(",")
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let kind = attribute.attr_type();
    let kind = oid2abbrev(kind, oid_registry()).map_or_else(|_| kind.to_id_string(), str::to_owned);
    let Ok(value) = attribute.as_str() else {
        return format!("{kind}=#{}", frontgate_aws::hex(attribute.as_slice()));
    };
    let mut escaped = String::new();
    for (at, character) in value.char_indices() {
        let is_end = at == 0 || at + character.len_utf8() == value.len();
        if ",+\"\\<>;".contains(character) || (at == 0 && character == '#') || (is_end && character == ' ') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    format!("{kind}={escaped}")
}

/// A short one in digits, a long one in hexadecimal pairs with colons: both are recorded.
fn serial_number(raw: &[u8]) -> String {
    let digits = raw.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    if digits.len() <= SHORT_SERIAL_BYTES {
        return digits.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)).to_string();
    }
    digits.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

fn pem(der: &[u8]) -> String {
    let base64 = frontgate_aws::base64_encode(der);
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_LINE_LENGTH));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text + "-----END CERTIFICATE-----\n"
}

impl Distrust {
    /// The reason as the execution log says it: `Access denied. Reason: …`.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Expired => "certificate has expired or is not yet valid",
            Self::InsecureSignature => "Client cert using an insecure Signature Algorithm",
            Self::IssuerNotFound => "Could not find issuer for certificate",
            Self::NotShown => "no client certificate on this connection",
            Self::SelfSigned => "self signed certificate",
            Self::Unreadable => "the certificate cannot be read",
        }
    }
}

impl ClientCertificate {
    /// The variable `$context.identity.clientCert.NAME`.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(match name {
            "clientCertPem" => &self.pem,
            "subjectDN" => &self.subject,
            "issuerDN" => &self.issuer,
            "serialNumber" => &self.serial_number,
            "validity.notBefore" => &self.not_before,
            "validity.notAfter" => &self.not_after,
            _ => return None,
        }))
    }

    /// `clientCert` of an event.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "clientCertPem": self.pem,
            "subjectDN": self.subject,
            "issuerDN": self.issuer,
            "serialNumber": self.serial_number,
            "validity": {"notBefore": self.not_before, "notAfter": self.not_after},
        })
    }
}

/// "The signature algorithm is SHA-256 or stronger."
const SECURE_SIGNATURES: [Oid<'static>; 7] = [
    oid::OID_PKCS1_SHA256WITHRSA,
    oid::OID_PKCS1_SHA384WITHRSA,
    oid::OID_PKCS1_SHA512WITHRSA,
    oid::OID_SIG_ECDSA_WITH_SHA256,
    oid::OID_SIG_ECDSA_WITH_SHA384,
    oid::OID_SIG_ECDSA_WITH_SHA512,
    oid::OID_PKCS1_RSASSAPSS,
];

/// How many certificates a truststore may have.
const CERTIFICATES_MAX: usize = 1_000;
/// A serial number of so many bytes is written in digits.
const SHORT_SERIAL_BYTES: usize = 8;
const PEM_LINE_LENGTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::{Distrust, Truststore};
    use x509_parser::pem::Pem;

    const CA: &[u8] = include_bytes!("mutual_tls/ca.pem");
    const CLIENT: &[u8] = include_bytes!("mutual_tls/client.pem");
    /// 2026-01-01
    const NOW: u64 = 1_767_225_600_000;

    fn der(pem: &[u8]) -> Vec<u8> {
        let first = Pem::iter_from_buffer(pem).next().expect("a certificate");
        first.expect("it is PEM").contents
    }

    fn check(truststore: &[u8], client: &[u8], now: u64, expected: Result<&str, Distrust>) {
        let truststore = Truststore::from_pem(truststore).expect("a truststore");
        let judged = truststore.judge(&der(client), now);
        assert_eq!(judged.as_ref().map(|client| client.serial_number.as_str()).map_err(|why| *why), expected);
    }

    #[test]
    fn who_is_trusted() {
        let both = [CA, include_bytes!("mutual_tls/not-an-authority.pem")].concat();
        check(CA, CLIENT, NOW, Ok("1"));
        check(CA, include_bytes!("mutual_tls/long-serial.pem"), NOW, Ok("a1:a1:a1:a1:a1:a1:a1:a1:a1:a1"));
        check(CA, include_bytes!("mutual_tls/stranger.pem"), NOW, Err(Distrust::IssuerNotFound));
        check(CA, include_bytes!("mutual_tls/itself.pem"), NOW, Err(Distrust::SelfSigned));
        check(CA, include_bytes!("mutual_tls/weak.pem"), NOW, Err(Distrust::InsecureSignature));
        check(CA, include_bytes!("mutual_tls/expired.pem"), NOW, Err(Distrust::Expired));
        check(CA, CLIENT, 0, Err(Distrust::Expired));
        check(&both, include_bytes!("mutual_tls/below-plain.pem"), NOW, Err(Distrust::IssuerNotFound));
        let truststore = Truststore::from_pem(CA).expect("a truststore");
        assert_eq!(truststore.judge(b"no certificate", NOW), Err(Distrust::Unreadable));
        // The right name under a wrong signature.
        let mut forged = der(CLIENT);
        *forged.last_mut().expect("a signature") ^= 1;
        assert_eq!(truststore.judge(&forged, NOW), Err(Distrust::IssuerNotFound));
    }

    #[test]
    fn what_is_told() {
        let truststore = Truststore::from_pem(CA).expect("a truststore");
        let client = truststore.judge(&der(CLIENT), NOW).expect("it is trusted");
        assert_eq!(client.pem.as_bytes(), CLIENT);
        for (name, value) in [
            ("subjectDN", "C=US,O=Example,CN=ada"),
            ("issuerDN", "C=US,O=Example,CN=Example CA"),
            ("validity.notBefore", "Aug 29 00:28:21 2020 GMT"),
            ("validity.notAfter", "Aug  5 00:28:21 2120 GMT"),
        ] {
            assert_eq!(client.variable(name).as_deref(), Some(value));
        }
        assert_eq!(client.variable("validity"), None);
        assert_eq!(client.json()["validity"]["notAfter"], "Aug  5 00:28:21 2120 GMT");
    }

    #[test]
    fn nobody_becomes_another_one_by_a_comma() {
        let itself: &[u8] = include_bytes!("mutual_tls/comma.pem");
        let client =
            Truststore::from_pem(itself).expect("a truststore").judge(&der(itself), NOW + 31_622_400_000);
        assert_eq!(
            client.map(|client| client.subject),
            Ok(r"C=US,O=Example\, Inc.,CN=ada+CN=admin".to_owned())
        );
    }

    #[test]
    fn what_is_no_truststore() {
        for (text, says) in [
            (&b""[..], "no certificate"),
            (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "PRIVATE KEY"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1"),
        ] {
            let refused = Truststore::from_pem(text).map(drop).expect_err("it is none");
            assert!(refused.contains(says), "{refused}");
        }
    }
}
