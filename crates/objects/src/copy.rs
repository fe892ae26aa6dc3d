//! CopyObject: from a bucket of the account to this one.
//!
//! Authority: Amazon S3 API reference, *CopyObject*. A copy keeps its type only where the names of both keys say the same.

use std::fs::File;
use std::sync::Arc;

use frontgate_aws::{hex, percent_decode};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Headers, Response};

use crate::authorize::may_read;
use crate::error::{Code, S3Error};
use crate::folder::{self, FolderError, OpenObject};
use crate::get::{clipped, missing_key};
use crate::key::Key;
use crate::list::iso_8601;
use crate::precondition::{Validators, Verdict};
use crate::put::{is_taken, refuse_what_a_folder_cannot_keep, unable, written};
use crate::upload::{Received, Upload};
use crate::{Call, Objects, content_type, xml};

impl Objects {
    /// Answers a copy that may be written here.
    pub(crate) async fn copy(
        &self,
        call: &Call<'_>,
        key: &Key,
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        let checked = refuse_what_a_folder_cannot_keep(&call.head.headers, key);
        let source = checked.and_then(|()| source(call)).and_then(|source| fits(call, key, source));
        let (source, from) = source.inspect_err(|error| trace.note(error.fact()))?;
        let object = self.open_source(&source, &from, trace).await?;
        let copied = self.copy_file(call, key, object.file).await;
        let received = copied.inspect_err(|error| trace.note(error.fact()))?;
        trace.note(Fact::of(FactKind::ObjectWritten).value(clipped(received.length)).at(call.bucket.place));
        let mut body = xml::opened("CopyObjectResult");
        xml::element(&mut body, "LastModified", &iso_8601(call.now));
        xml::element(&mut body, "ETag", &format!("\"{}\"", hex(&received.md5)));
        body.push_str("</CopyObjectResult>");
        Ok(xml::answer(written(), body))
    }

    /// Opens what is to be copied, where the policies allow to read it.
    pub(crate) async fn open_source(
        &self,
        source: &Call<'_>,
        key: &Key,
        trace: &mut Trace,
    ) -> Result<OpenObject, S3Error> {
        may_read(source, key, trace)?;
        let opened = self.open(source, key, false).await;
        let opened = opened.inspect_err(|error| trace.note(error.fact()))?;
        let Some(object) = opened else { return Err(missing_key(source, key, trace)) };
        let kept = check_source(&source.head.headers, &object);
        kept.inspect_err(|error| trace.note(error.fact())).map(|()| object)
    }

    /// Makes what a file holds the object of a key.
    async fn copy_file(&self, call: &Call<'_>, key: &Key, file: File) -> Result<Received, S3Error> {
        self.check_preconditions(call, key).await?;
        let folder = call.bucket.folder.clone().ok_or_else(|| unable(key))?;
        let (root, wanted) = (folder.clone(), key.clone());
        let entry = self.off_the_runtime(move || folder::entry_of(&root, &wanted)).await??;
        let entry = entry.ok_or_else(|| unable(key))?;
        let (number, tags, target) = (self.next_number(), Arc::clone(&self.entity_tags), entry.clone());
        let copied = self.off_the_runtime(move || {
            let upload = Upload::copy(&folder, number, file, 0, u64::MAX)?;
            let received = upload.received();
            Ok::<_, FolderError>((upload.finish(&target, &tags), received))
        });
        match copied.await?? {
            (Ok(()), received) => Ok(received),
            (Err(error), _) if is_taken(&error) => Err(unable(key)),
            (Err(error), _) => Err(FolderError::new("write", entry, error).into()),
        }
    }
}

/// What is to be copied: a call of its bucket, and its key.
pub(crate) fn source<'a>(call: &Call<'a>) -> Result<(Call<'a>, Key), S3Error> {
    let headers = &call.head.headers;
    let (name, from) = source_of(headers.first_text("x-amz-copy-source").unwrap_or_default())?;
    let bucket = call.buckets.iter().find(|candidate| *candidate.name == *name);
    let bucket = bucket.ok_or_else(|| S3Error::of(Code::NoSuchBucket).with("BucketName", &name))?;
    Ok((Call { bucket, ..*call }, from))
}

/// `x-amz-copy-source-if-match` and its like: the conditions of a read, which all fail with 412 here.
fn check_source(headers: &Headers, object: &OpenObject) -> Result<(), S3Error> {
    let mut conditions = Headers::new();
    for (name, value) in headers {
        if let Some(name) = name.to_ascii_lowercase().strip_prefix("x-amz-copy-source-") {
            conditions.append(name, value);
        }
    }
    let validators = Validators { entity_tag: &object.entity_tag, modified: object.modified };
    let failed = |condition: &str| {
        let condition = format!("x-amz-copy-source-{condition}");
        Err(S3Error::of(Code::PreconditionFailed).with("Condition", &condition))
    };
    match validators.judge(&conditions) {
        Verdict::Proceed => Ok(()),
        Verdict::Failed(condition) => failed(condition),
        Verdict::NotModified if conditions.contains("if-none-match") => failed("If-None-Match"),
        Verdict::NotModified => failed("If-Modified-Since"),
    }
}

/// Whether the copy can be that object.
fn fits<'a>(call: &Call<'_>, key: &Key, source: (Call<'a>, Key)) -> Result<(Call<'a>, Key), S3Error> {
    let (of, from) = &source;
    if of.bucket.name == call.bucket.name && from == key {
        return Err(S3Error::of(Code::InvalidRequest).saying(ONTO_ITSELF));
    }
    if content_type::guess(from.as_str()) != content_type::guess(key.as_str()) {
        return Err(S3Error::of(Code::NotImplemented).with("Header", "content-type"));
    }
    Ok(source)
}

/// The bucket and the key of `x-amz-copy-source`: `/bucket/key` or `bucket/key`, encoded.
fn source_of(header: &str) -> Result<(String, Key), S3Error> {
    if header.contains("?versionId=") {
        return Err(S3Error::not_implemented("versions of objects (versionId)"));
    }
    let bad_source = || {
        let message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
        S3Error::invalid_argument(message, "x-amz-copy-source", header)
    };
    let (bucket, key) = header.strip_prefix('/').unwrap_or(header).split_once('/').ok_or_else(bad_source)?;
    let bucket = String::from_utf8(percent_decode(bucket)).map_err(|_| bad_source())?;
    if bucket.starts_with("arn:") {
        return Err(S3Error::not_implemented("copies from access points"));
    }
    Ok((bucket, Key::of_path(key)?.ok_or_else(bad_source)?))
}

const ONTO_ITSELF: &str = "This copy request is illegal because it is trying to copy an object to itself without changing \
                           the object's metadata, storage class, website redirect location or encryption attributes.";
