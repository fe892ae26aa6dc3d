//! Facts of CloudFront about signed URLs and signed cookies.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    SignedUrl "edge.signed-url"
        "The URL is signed and good for another {value} s; verified with {place}."
        Documented("private-content-signed-urls");
    SignedCookies "edge.signed-cookies"
        "The signed cookies are good for another {value} s; verified with {place}."
        Documented("private-content-signed-cookies");
    SignatureMissing "edge.signature-missing"
        "{place} demands a signed URL or signed cookies, and there is no Key-Pair-Id in either."
        Recorded("a 403 answer");
    SignatureKeyUnknown "edge.signature-key-unknown"
        "The Key-Pair-Id is no public key of {place}."
        Recorded("a 403 answer");
    SignatureMalformed "edge.signature-malformed"
        "The signature for {place} is not there, is no URL-safe base64, or names an unknown hash algorithm."
        Recorded("a 403 answer");
    SignaturePolicyMalformed "edge.signature-policy-malformed"
        "There is neither a time in Expires nor a policy in Policy that CloudFront can read, signed for {place} or not."
        Recorded("a 403 answer");
    SignatureWrong "edge.signature-wrong"
        "The signature was not made for this URL and policy with the private key of {place}."
        Documented("private-content-signed-urls");
    SignedWithOtherHash "edge.signed-with-other-hash"
        "It was made with the other hash algorithm than the request says."
        Documented("private-content-creating-signed-url-canned-policy");
    SignedWithOtherKey "edge.signed-with-other-key"
        "It was made with the private key of {place}, which is not the Key-Pair-Id of the request."
        Documented("private-content-trusted-signers");
    SignedForOtherScheme "edge.signed-for-other-scheme"
        "It was made for the same URL with the other of http and https."
        Documented("private-content-creating-signed-url-canned-policy");
    SignedWithoutQuery "edge.signed-without-query"
        "It was made for the URL without its query: the parameters were added after signing."
        Documented("private-content-signed-urls");
    SignedForOtherHost "edge.signed-for-other-host"
        "It was made for the same path under another name of {place}."
        Documented("private-content-creating-signed-url-canned-policy");
    SignatureExpired "edge.signature-expired"
        "The signature was good until {value} s ago; verified with {place}."
        Documented("private-content-signed-urls");
    SignatureNotYetValid "edge.signature-not-yet-valid"
        "The signature is good in {value} s only (DateGreaterThan); verified with {place}."
        Documented("private-content-creating-signed-url-custom-policy");
    SignatureOtherAddress "edge.signature-other-address"
        "The signed policy allows other addresses than the viewer's (IpAddress); verified with {place}."
        Documented("private-content-creating-signed-url-custom-policy");
    SignatureOtherResource "edge.signature-other-resource"
        "The signed policy is for other URLs than this one (Resource); verified with {place}."
        Documented("private-content-creating-signed-url-custom-policy");
    SignaturePartsTakenOut "edge.signature-parts-taken-out"
        "{value} parts of the signature are neither in the cache key nor forwarded."
        Inferred("documented for the parameters and the cache key, not for cookies toward the origin");
    ProtectedBehaviorShadowed "edge.protected-behavior-shadowed"
        "The path matches {place}, too, which demands a signature; the behavior that was chosen stands before it."
        Documented("private-content-trusted-signers");
}
