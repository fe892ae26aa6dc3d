//! Traps of signed requests to S3: presigned URLs above all, directly and behind CloudFront.

use super::{Sign, Trap};
use crate::FactKind::{
    OriginChosen, S3AccessKeyUnknown, S3BoundaryNotAllowed, S3HeadersNotSigned, S3IdentityDenied,
    S3IdentityNotAllowed, S3SignatureMismatch, S3SignatureNotCurrent, S3SignatureRegion,
    S3SignatureUnreadable, S3SignatureVersion, S3SignedTwice,
};
use Sign::{NoneOf, Noted, OneOf};

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "s3-presigned-for-the-distribution",
        symptom: "403 SignatureDoesNotMatch from S3 behind CloudFront",
        signs: &[Noted(S3SignatureMismatch), Noted(OriginChosen)],
        cause: "A signature covers the Host, the path and the query. S3 checks it for what CloudFront sends: the bucket's own \
                Host, and the path and the parameters that the behavior passes on.",
        fix: "Sign for the very DomainName of the origin (SDKs leave the region out of it unless they are told \
              s3.REGION.amazonaws.com) and send the request to the distribution, with all query parameters forwarded and \
              OriginPath in the signed path; or keep AWS signatures out of it and use CloudFront's signed URLs.",
        place_of: &[OriginChosen],
    },
    Trap {
        id: "s3-signature-mismatch",
        symptom: "403 SignatureDoesNotMatch from S3",
        signs: &[Noted(S3SignatureMismatch), NoneOf(&[OriginChosen])],
        cause: "What the client signed is not what arrived: another method, Host, path or header, or another secret. A \
                presigned PUT must be sent with the very headers that were signed.",
        fix: "Compare the CanonicalRequest of the answer line by line with the client's own.",
        place_of: &[],
    },
    Trap {
        id: "s3-signed-twice",
        symptom: "400 InvalidArgument: Only one auth mechanism allowed",
        signs: &[Noted(S3SignedTwice)],
        cause: "The request carries a presigned query and an Authorization header. Behind CloudFront the origin access \
                control signs, and the behavior passes the query of a presigned URL on.",
        fix: "Use one of both: no query parameters to this origin and CloudFront's own signed URLs, or an origin without an \
              origin access control. In a browser, keep Authorization out of requests to presigned URLs.",
        place_of: &[OriginChosen],
    },
    Trap {
        id: "s3-authorization-forwarded",
        symptom: "400 InvalidArgument: Unsupported Authorization Type, behind CloudFront",
        signs: &[Noted(S3SignatureUnreadable), Noted(OriginChosen)],
        cause: "The behavior passes the viewer's Authorization header on to the bucket, which takes AWS signatures only: a \
                token of one's own, such as Bearer, is refused, whatever the bucket policy says.",
        fix: "Do not forward Authorization to a bucket: no Managed-AllViewer on its behavior. An origin access control that \
              always signs replaces the header.",
        place_of: &[OriginChosen],
    },
    Trap {
        id: "s3-signature-not-current",
        symptom: "403 AccessDenied Request has expired, or RequestTimeTooSkewed",
        signs: &[Noted(S3SignatureNotCurrent)],
        cause: "A presigned URL lives as long as X-Amz-Expires says, seven days at most; a signed header for 15 minutes. Or \
                the clock of the client is wrong.",
        fix: "Make a new URL, or one that lives longer; set the clock.",
        place_of: &[],
    },
    Trap {
        id: "s3-signature-region",
        symptom: "400 AuthorizationHeaderMalformed or AuthorizationQueryParametersError: the region is wrong",
        signs: &[Noted(S3SignatureRegion)],
        cause: "The client signs for another region than the bucket's.",
        fix: "Set the region of the client to the one that the answer names.",
        place_of: &[],
    },
    Trap {
        id: "s3-signature-version",
        symptom: "400 InvalidRequest: Please use AWS4-HMAC-SHA256, or 501 NotImplemented",
        signs: &[Noted(S3SignatureVersion)],
        cause: "The client signs with version 2, which regions since 2014 refuse, or with version 4A of multi-region access \
                points, which does not run here.",
        fix: "Set the signature version of the client to 4: signature_version s3v4.",
        place_of: &[],
    },
    Trap {
        id: "s3-unsigned-header",
        symptom: "403 AccessDenied: There were headers present in the request which were not signed",
        signs: &[Noted(S3HeadersNotSigned)],
        cause: "Host, Content-MD5 and every x-amz-* header that is sent must be among the signed ones: often a presigned PUT \
                is sent with an x-amz-acl or x-amz-meta-* header of which the signer did not know.",
        fix: "Sign the headers that the answer names, or do not send them.",
        place_of: &[],
    },
    Trap {
        id: "s3-key-unknown",
        symptom: "403 InvalidAccessKeyId or 400 InvalidToken",
        signs: &[Noted(S3AccessKeyUnknown)],
        cause: "The access key is none of this machine's, or its session token is missing.",
        fix: "Use the keys that `frontgate credentials NAME` prints, all three of them for a role.",
        place_of: &[],
    },
    Trap {
        id: "s3-identity-not-allowed",
        symptom: "403 AccessDenied: User … is not authorized to perform",
        signs: &[OneOf(&[S3IdentityNotAllowed, S3IdentityDenied, S3BoundaryNotAllowed])],
        cause: "The signature is right, and no policy of who signed and none of the bucket allows the action on the resource, \
                or one denies it. s3:ListBucket is on the bucket's ARN, s3:GetObject on the objects', which end in /*.",
        fix: "Add the action and the resource of the message to a policy of the user or role.",
        place_of: &[S3IdentityNotAllowed, S3IdentityDenied, S3BoundaryNotAllowed],
    },
];
