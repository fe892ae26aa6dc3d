//! PutObject: what CloudFront lets through where a behavior allows PUT.
//!
//! Authority: Amazon S3 API reference, *PutObject*. A folder keeps no metadata, so a request that carries some is
//! refused by the name of its header: nothing is taken and then lost. A checksum is compared with what came.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use frontgate_aws::{base64_decode, base64_encode, hex};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Body, BodyError, Headers, Response};
use md5::{Digest as _, Md5};

use crate::checksum::{self, Algorithm, Announced, Checksum};
use crate::chunked::{ChunkedBody, Trailer, malformed_trailer};
use crate::error::{Code, S3Error};
use crate::folder::{self, FolderError};
use crate::get::clipped;
use crate::key::Key;
use crate::payload::Payload;
use crate::precondition::Validators;
use crate::upload::{Received, Upload};
use crate::{Call, Objects, content_type};

impl Objects {
    /// Answers a write that the policy allows.
    pub(crate) async fn put(
        &self,
        call: &Call<'_>,
        key: &Key,
        (body, payload): (Body, Payload),
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        let done = self.write(call, key, body, payload).await;
        let (received, sum) = done.inspect_err(|error| trace.note(error.fact()))?;
        trace.note(Fact::of(FactKind::ObjectWritten).value(clipped(received.length)).at(call.bucket.place));
        let tag = format!("\"{}\"", hex(&received.md5));
        let mut response = written().with_header("ETag", &tag);
        if let Some(Sum { field, value }) = sum {
            response = response.with_header(field, &value).with_header("x-amz-checksum-type", "FULL_OBJECT");
        }
        Ok(response)
    }

    /// Writes the object; what was received, and the checksum that was sent with it.
    async fn write(
        &self,
        call: &Call<'_>,
        key: &Key,
        body: Body,
        payload: Payload,
    ) -> Result<(Received, Option<Sum>), S3Error> {
        let headers = &call.head.headers;
        refuse_what_a_folder_cannot_keep(headers, key)?;
        let unable = || unable(key);
        let Some(folder) = call.bucket.folder.clone() else {
            self.tell_operator(&format!("the bucket {} has no folder to write into", call.bucket.name));
            return Err(unable());
        };
        self.check_preconditions(call, key).await?;
        let (root, wanted) = (folder.clone(), key.clone());
        let entry =
            self.off_the_runtime(move || folder::entry_of(&root, &wanted)).await??.ok_or_else(unable)?;

        let ReceivedObject { upload, received, sum } =
            self.receive_object(call, folder, (body, payload)).await?;
        let (tags, target) = (Arc::clone(&self.entity_tags), entry.clone());
        match self.off_the_runtime(move || upload.finish(&target, &tags)).await? {
            Ok(()) => Ok((received, sum)),
            Err(error) if is_taken(&error) => Err(unable()),
            Err(error) => Err(FolderError::new("write", entry, error).into()),
        }
    }

    /// Writes a body into a file beside the objects, and compares it with what the request says of it.
    pub(crate) async fn receive_object(
        &self,
        call: &Call<'_>,
        folder: PathBuf,
        (body, payload): (Body, Payload),
    ) -> Result<ReceivedObject, S3Error> {
        let headers = &call.head.headers;
        let length = announced_length(headers, &body, &payload)?;
        let expected = Digests::parse(headers)?;
        let announced = Announced::of(headers)?;
        let number = self.next_number();
        let upload = self.off_the_runtime(move || Upload::begin(&folder, number)).await??;
        let mut checksum = announced.algorithm().map(Checksum::new);
        let (upload, trailer) = self.receive(upload, (body, payload), length, &mut checksum).await?;
        let received = upload.received();
        if received.length != length {
            return Err(S3Error::of(Code::IncompleteBody));
        }
        expected.check(&received)?;
        let sum = check_sum(&announced, checksum, trailer.as_ref())?;
        Ok(ReceivedObject { upload, received, sum })
    }

    /// Writes the body as it comes, out of its chunks where it is sent in some; the trailer behind them.
    async fn receive(
        &self,
        mut upload: Upload,
        (mut body, payload): (Body, Payload),
        length: u64,
        checksum: &mut Option<Checksum>,
    ) -> Result<(Upload, Option<Trailer>), S3Error> {
        let mut chunked = match payload {
            Payload::Plain => None,
            Payload::Chunked { chain, with_trailer } => Some(ChunkedBody::new(chain, with_trailer)),
        };
        while let Some(came) = body.chunk().await {
            let came = came.map_err(|error| of_body(&error, length))?;
            let pieces = match &mut chunked {
                None => vec![came],
                Some(chunked) => chunked.take(came)?,
            };
            for piece in pieces {
                if let Some(checksum) = checksum {
                    checksum.update(&piece);
                }
                upload = self.off_the_runtime(move || upload.write(&piece)).await??;
                if upload.length() > OBJECT_LENGTH_MAX {
                    return Err(too_large(upload.length()));
                }
            }
        }
        Ok((upload, chunked.map(ChunkedBody::finish).transpose()?))
    }

    /// *Conditional writes*: `If-None-Match: *` creates only, `If-Match` replaces only what it names.
    pub(crate) async fn check_preconditions(&self, call: &Call<'_>, key: &Key) -> Result<(), S3Error> {
        let headers = &call.head.headers;
        let (if_match, if_none_match) = (headers.first_text("if-match"), headers.first_text("if-none-match"));
        if if_match.is_none() && if_none_match.is_none() {
            return Ok(());
        }
        if if_none_match.is_some_and(|value| value != "*") {
            return Err(S3Error::of(Code::NotImplemented).with("Header", "If-None-Match"));
        }
        let failed = |condition| S3Error::of(Code::PreconditionFailed).with("Condition", condition);
        match (self.open(call, key, false).await?, if_match) {
            (None, Some(_)) => Err(S3Error::of(Code::NoSuchKey).with("Key", key.as_str())),
            (None, None) => Ok(()),
            (Some(_), None) => Err(failed("If-None-Match")),
            (Some(_), Some(_)) if if_none_match.is_some() => Err(failed("If-None-Match")),
            (Some(object), Some(tags)) => {
                let validators = Validators { entity_tag: &object.entity_tag, modified: object.modified };
                if validators.is_among(tags) { Ok(()) } else { Err(failed("If-Match")) }
            }
        }
    }
}

/// The checksums that the request announces.
struct Digests {
    md5: Option<[u8; 16]>,
    sha256: Option<String>,
}

impl Digests {
    fn parse(headers: &Headers) -> Result<Self, S3Error> {
        let md5 = match headers.first_text("content-md5") {
            None => None,
            Some(text) => match base64_decode(text).and_then(|bytes| bytes.try_into().ok()) {
                Some(md5) => Some(md5),
                None => return Err(S3Error::of(Code::InvalidDigest).with("Content-MD5", text)),
            },
        };
        let announces_hash = |text: &&str| *text != "UNSIGNED-PAYLOAD" && !text.starts_with("STREAMING-");
        let sha256 = headers.first_text("x-amz-content-sha256").filter(announces_hash);
        Ok(Self { md5, sha256: sha256.map(str::to_ascii_lowercase) })
    }

    fn check(&self, received: &Received) -> Result<(), S3Error> {
        if let Some(md5) = self.md5.filter(|md5| *md5 != received.md5) {
            return Err(S3Error::of(Code::BadDigest)
                .with("ExpectedDigest", &base64_encode(&md5))
                .with("CalculatedDigest", &base64_encode(&received.md5)));
        }
        let computed = hex(&received.sha256);
        match &self.sha256 {
            Some(sha256) if *sha256 != computed => Err(S3Error::of(Code::XAmzContentSHA256Mismatch)
                .with("ClientComputedContentSHA256", sha256)
                .with("S3ComputedContentSHA256", &computed)),
            _ => Ok(()),
        }
    }
}

/// What was received, and is no object yet.
pub(crate) struct ReceivedObject {
    pub(crate) upload: Upload,
    pub(crate) received: Received,
    pub(crate) sum: Option<Sum>,
}

/// A checksum as the answer has it.
pub(crate) struct Sum {
    pub(crate) field: &'static str,
    pub(crate) value: String,
}

/// What S3 answers to all that writes: buckets encrypt by themselves.
pub(crate) fn written() -> Response {
    Response::new(200).with_header("x-amz-server-side-encryption", "AES256")
}

/// No file of a folder can be this object.
pub(crate) fn unable(key: &Key) -> S3Error {
    S3Error::not_implemented(&format!("PutObject of the key {} into a folder", key.as_str()))
}

/// Compares the checksum that was announced with that of what came.
fn check_sum(
    announced: &Announced,
    checksum: Option<Checksum>,
    trailer: Option<&Trailer>,
) -> Result<Option<Sum>, S3Error> {
    let (Some(algorithm), Some(checksum)) = (announced.algorithm(), checksum) else { return Ok(None) };
    let expected = match announced {
        Announced::Value(_, value) => value,
        _ => {
            let value = trailer.and_then(|trailer| trailer.first(algorithm.field()));
            let value = value.ok_or_else(malformed_trailer)?;
            checksum::check_form(algorithm, value)?;
            value
        }
    };
    let computed = checksum.value();
    checksum::compare(algorithm, expected, &computed)?;
    Ok(Some(Sum { field: algorithm.field(), value: computed }))
}

/// Compares a whole body with the digests and the checksum that the request announces.
pub(crate) fn check_whole(headers: &Headers, announced: &Announced, body: &[u8]) -> Result<(), S3Error> {
    let received = Received {
        length: body.len() as u64,
        md5: Md5::digest(body).into(),
        sha256: frontgate_aws::sha256(body),
    };
    Digests::parse(headers)?.check(&received)?;
    let checksum = announced.algorithm().map(|algorithm| {
        let mut checksum = Checksum::new(algorithm);
        checksum.update(body);
        checksum
    });
    check_sum(announced, checksum, None).map(drop)
}

/// The largest object that one PutObject takes.
const OBJECT_LENGTH_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// Headers whose meaning would be lost, because a folder has no place for it.
const METADATA_HEADERS: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-language",
    "expires",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
];

/// The beginnings of such headers.
const METADATA_PREFIXES: &[&str] = &["x-amz-grant-", "x-amz-meta-", "x-amz-server-side-encryption-"];

pub(crate) fn refuse_what_a_folder_cannot_keep(headers: &Headers, key: &Key) -> Result<(), S3Error> {
    let refused = |name: &str| Err(S3Error::of(Code::NotImplemented).with("Header", name));
    for (name, value) in headers {
        let (name, value) = (name.to_ascii_lowercase(), String::from_utf8_lossy(value));
        match name.as_str() {
            "x-amz-acl" if value != "bucket-owner-full-control" => {
                return Err(S3Error::of(Code::AccessControlListNotSupported));
            }
            "content-type" if value != content_type::guess(key.as_str()) => return refused(&name),
            // The coding of the chunks is no property of the object.
            "content-encoding" if !value.is_empty() && !value.eq_ignore_ascii_case("aws-chunked") => {
                return refused(&name);
            }
            "x-amz-server-side-encryption" if value != "AES256" => return refused(&name),
            "x-amz-storage-class" if value != "STANDARD" => return refused(&name),
            other if is_unknown_checksum(other) => return refused(other),
            other if METADATA_HEADERS.contains(&other) => return refused(other),
            other if METADATA_PREFIXES.iter().any(|prefix| other.starts_with(prefix)) => {
                return refused(other);
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_unknown_checksum(name: &str) -> bool {
    // Which kind of checksum a multipart upload has is no value of one.
    let is_kind = matches!(name, "x-amz-checksum-algorithm" | "x-amz-checksum-type");
    name.starts_with("x-amz-checksum-") && !is_kind && Algorithm::of_field(name).is_none()
}

fn announced_length(headers: &Headers, body: &Body, payload: &Payload) -> Result<u64, S3Error> {
    let field = |name| headers.first_text(name).and_then(|text| text.parse().ok());
    let length = match payload {
        Payload::Plain => body.length().or_else(|| field("content-length")),
        Payload::Chunked { .. } => field("x-amz-decoded-content-length"),
    };
    match length {
        None => Err(S3Error::of(Code::MissingContentLength)),
        Some(length) if length > OBJECT_LENGTH_MAX => Err(too_large(length)),
        Some(length) => Ok(length),
    }
}

fn too_large(length: u64) -> S3Error {
    sized(S3Error::of(Code::EntityTooLarge), length, "MaxSizeAllowed", OBJECT_LENGTH_MAX)
}

/// The error with the size that was proposed and the one that is allowed.
pub(crate) fn sized(error: S3Error, proposed: u64, limit: &'static str, allowed: u64) -> S3Error {
    error.with("ProposedSize", &proposed.to_string()).with(limit, &allowed.to_string())
}

fn of_body(error: &BodyError, length: u64) -> S3Error {
    match error {
        BodyError::TooLarge => too_large(length),
        BodyError::TimedOut => S3Error::of(Code::RequestTimeout),
        BodyError::BadChunk | BodyError::Truncated => S3Error::of(Code::IncompleteBody),
        BodyError::Failed(why) => S3Error::internal(format!("the body of an upload: {why}")),
    }
}

/// Whether a folder already has a file where the key needs a folder, or the other way round.
pub(crate) fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AlreadyExists
            | io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::NotADirectory
    )
}
