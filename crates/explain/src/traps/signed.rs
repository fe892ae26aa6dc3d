//! Traps of signed URLs and signed cookies: four answers of CloudFront for a dozen mistakes.

use super::{Sign, Trap};
use crate::FactKind::{
    ProtectedBehaviorShadowed, SignatureExpired, SignatureKeyUnknown, SignatureMalformed, SignatureMissing,
    SignatureNotYetValid, SignatureOtherAddress, SignatureOtherResource, SignaturePolicyMalformed,
    SignatureWrong, SignedForOtherHost, SignedForOtherScheme, SignedWithOtherHash, SignedWithOtherKey,
    SignedWithoutQuery,
};
use Sign::{NoneOf, Noted};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "signed-url-missing",
        symptom: "403 MissingKey (XML)",
        signs: &[Noted(SignatureMissing)],
        cause: "The behavior has TrustedKeyGroups, and the request carries no signature: no Key-Pair-Id in the query, \
                and no cookie CloudFront-Key-Pair-Id that the browser sends to this host and path.",
        fix: "Sign the URL, or set the cookies with a Domain and Path that cover the request (fetch needs credentials: \
              'include' for another host). Paths that are open to all need a behavior of their own before this one.",
        place_of: &[SignatureMissing],
    },
    Trap {
        id: "signed-url-unknown-key",
        symptom: "403 InvalidKey (XML): Unknown Key",
        signs: &[Noted(SignatureKeyUnknown)],
        cause: "Key-Pair-Id is not the id of a public key in the key groups of the behavior: it is that of another \
                behavior, of an older deployment, or the id of the key group itself.",
        fix: "Sign with the id of the AWS::CloudFront::PublicKey (!Ref gives it, K…), and list the key in a key group \
              that TrustedKeyGroups of this behavior names.",
        place_of: &[SignatureKeyUnknown],
    },
    Trap {
        id: "signed-url-malformed-signature",
        symptom: "403 MalformedSignature (XML)",
        signs: &[Noted(SignatureMalformed)],
        cause: "Signature is not there, or is no base64 in CloudFront's alphabet; or Hash-Algorithm is neither SHA1 nor \
                SHA256.",
        fix: "Encode the signature in base64 and replace + by -, = by _ and / by ~, without line breaks.",
        place_of: &[],
    },
    Trap {
        id: "signed-url-malformed-policy",
        symptom: "403 MalformedPolicy (XML)",
        signs: &[Noted(SignaturePolicyMalformed)],
        cause: "Expires is no whole number of seconds, or Policy is no JSON with one statement whose Condition has \
                DateLessThan with AWS:EpochTime as a number.",
        fix: "Compare the policy with AWS's form: DateLessThan is required, times are numbers without quotation marks, \
              AWS:SourceIp is one IPv4 address or block.",
        place_of: &[],
    },
    Trap {
        id: "signed-url-hash-algorithm",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[Noted(SignedWithOtherHash)],
        cause: "The signature is right, but made with another hash than the request names: without Hash-Algorithm \
                CloudFront takes SHA-1.",
        fix: "Add Hash-Algorithm=SHA256 (cookie CloudFront-Hash-Algorithm) to what is signed with SHA-256.",
        place_of: &[],
    },
    Trap {
        id: "signed-url-other-key",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[Noted(SignedWithOtherKey)],
        cause: "The signature is right, but made with the private key of another public key than Key-Pair-Id names.",
        fix: "Give the signer the id that belongs to its private key.",
        place_of: &[SignedWithOtherKey],
    },
    Trap {
        id: "signed-url-other-scheme",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[Noted(SignedForOtherScheme)],
        cause: "The URL was signed with the other of http and https than it is asked for with.",
        fix: "Sign the URL exactly as the viewer asks for it, or use a custom policy whose Resource begins with http*://.",
        place_of: &[],
    },
    Trap {
        id: "signed-url-query-added",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[Noted(SignedWithoutQuery)],
        cause: "Query parameters were added to the URL after it was signed.",
        fix: "Sign the URL with all its parameters in their order, or use a custom policy whose Resource ends with *.",
        place_of: &[],
    },
    Trap {
        id: "signed-url-other-host",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[Noted(SignedForOtherHost)],
        cause: "The URL was signed under another name of the distribution, such as its cloudfront.net name, than it is \
                asked for with.",
        fix: "Sign the URL with the name that the viewer uses.",
        place_of: &[],
    },
    Trap {
        id: "signed-url-wrong-signature",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[
            Noted(SignatureWrong),
            NoneOf(&[
                SignedForOtherHost,
                SignedForOtherScheme,
                SignedWithOtherHash,
                SignedWithOtherKey,
                SignedWithoutQuery,
            ]),
        ],
        cause: "The signature does not belong to this URL and time (or this policy) and this public key: another path, \
                another private key, or a text that was signed with spaces or another order of its members.",
        fix: "Sign exactly {\"Statement\":[{\"Resource\":\"URL\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":\
              EXPIRES}}}]}, or send the very bytes that were signed as Policy; and compare the public key with \
              openssl pkey -in private_key.pem -pubout.",
        place_of: &[SignatureWrong],
    },
    Trap {
        id: "signed-url-expired",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[Noted(SignatureExpired)],
        cause: "The time of Expires or DateLessThan has passed. It is checked at the start of every request, so for every \
                part of a video, too.",
        fix: "Sign anew, with a time that covers the whole use: seconds since 1970, not milliseconds and not a duration.",
        place_of: &[],
    },
    Trap {
        id: "signed-url-not-yet-valid",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[Noted(SignatureNotYetValid)],
        cause: "DateGreaterThan of the policy has not come yet; the very second that it names does not count.",
        fix: "Begin some minutes earlier, since clocks differ, or leave DateGreaterThan out.",
        place_of: &[],
    },
    Trap {
        id: "signed-url-other-address",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[Noted(SignatureOtherAddress)],
        cause: "AWS:SourceIp of the policy is not the address under which CloudFront sees the viewer; a viewer that comes \
                over IPv6 is never within it.",
        fix: "Sign for the viewer's public IPv4 address (here 127.0.0.1/32), set IPV6Enabled: false, or leave IpAddress \
              out.",
        place_of: &[],
    },
    Trap {
        id: "signed-url-other-resource",
        symptom: "403 AccessDenied (XML): Access denied",
        signs: &[Noted(SignatureOtherResource)],
        cause: "Resource of the policy does not match the URL: protocol, name, path and query are compared one by one, \
                and a wildcard ends with its part. A path without * at its end allows no query.",
        fix: "Write the Resource with the name that the viewer uses, such as https://www.example.com/private/*.",
        place_of: &[],
    },
    Trap {
        id: "signed-behaviour-order",
        symptom: "Protected content is served to everybody",
        signs: &[Noted(ProtectedBehaviorShadowed)],
        cause: "A behavior without TrustedKeyGroups and with a wider pattern stands before the protected one, which is \
                never reached.",
        fix: "Move the protected behavior before the other one.",
        place_of: &[ProtectedBehaviorShadowed],
    },
];
