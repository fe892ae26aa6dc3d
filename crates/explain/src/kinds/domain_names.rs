//! Facts of API Gateway's custom domain names.

use frontgate_aws::Source::{Documented, Inferred};

use super::rows;

rows! {
    HostIsDomainName "door.host-is-custom-domain"
        "Host is {place}."
        Documented("how-to-custom-domains");
    HostIsDomainTarget "door.host-is-domain-target"
        "Host is the name that DNS leads {place} to."
        Documented("apigateway-regional-api-custom-domain-create");
    DomainNameAsked "gateway.custom-domain"
        "API Gateway knows this Host: {place}."
        Documented("how-to-custom-domains");
    ClientTrusted "gateway.client-trusted"
        "The certificate of the client is issued by an authority of the truststore: {place}."
        Documented("rest-api-mutual-tls");
    MutualTlsPassedBy "gateway.mutual-tls-passed-by"
        "The API is asked by its execute-api name, where nobody asks for a certificate, although a custom domain name with mutual \
         TLS leads to it: {place}."
        Documented("rest-api-mutual-tls");
    ClientIsCloudFront "gateway.client-is-cloudfront"
        "The custom domain name asks its clients for a certificate, and CloudFront shows none: no connection, by {place}."
        Inferred("an origin of CloudFront has no certificate for the client's side unless it has an mTLS configuration");
    ClientNotShown "gateway.client-not-shown"
        "The connection was made for another name than the Host, so the client was asked for no certificate: 403 at {place}."
        Inferred("mutual TLS belongs to the name that the connection is made for");
    ClientIssuerNotFound "gateway.client-issuer-not-found"
        "No authority of the truststore has issued the certificate of the client: 403 at {place}."
        Documented("api-gateway-mutual-tls-403-errors");
    ClientSelfSigned "gateway.client-self-signed"
        "The certificate of the client is its own issuer, and not in the truststore: 403 at {place}."
        Documented("api-gateway-mutual-tls-403-errors");
    ClientExpired "gateway.client-expired"
        "The certificate of the client, or that of its issuer, is not valid at this time: 403 at {place}."
        Documented("rest-api-mutual-tls");
    ClientSignatureInsecure "gateway.client-signature-insecure"
        "The certificate of the client is signed with less than SHA-256: 403 at {place}."
        Documented("api-gateway-mutual-tls-403-errors");
    ClientUnreadable "gateway.client-unreadable"
        "The certificate of the client cannot be read: 403 at {place}."
        Inferred("like one that nobody has issued");
    DomainTargetAsked "gateway.domain-target"
        "The Host is the target of {place}, and nothing can be called under that: 403 Forbidden."
        Documented("apigateway-regional-api-custom-domain-create");
    ApiMappingChosen "gateway.api-mapping"
        "The path goes through {place}."
        Documented("rest-api-mappings");
    RoutingRuleChosen "gateway.routing-rule"
        "The request goes by {place}."
        Documented("rest-api-routing-rules");
    ApiMappingMissing "gateway.api-mapping-missing"
        "No API mapping and no routing rule of {place} takes this request: 403 Forbidden."
        Inferred("Forbidden where no API is found");
}
