//! Multipart uploads: parts are files of their own until they become one object.
//!
//! Authority: Amazon S3 user guide, *Uploading and copying objects using multipart upload* (`mpuoverview`, `qfacts`).
//! Uploads that were begun end with the process, and so do their parts.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use frontgate_aws::{hex, sha256};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Body, Response};
use md5::{Digest as _, Md5};

use crate::checksum::Announced;
use crate::copy::source;
use crate::error::{Code, S3Error};
use crate::folder::{self, FolderError};
use crate::get::clipped;
use crate::key::Key;
use crate::list::iso_8601;
use crate::payload::Payload;
use crate::put::{check_whole, is_taken, refuse_what_a_folder_cannot_keep, sized, unable, written};
use crate::upload::{Part, Upload};
use crate::xml_reader::{Element, malformed};
use crate::{Call, Objects, xml};

/// The uploads that were begun, by id.
#[derive(Debug, Default)]
pub(crate) struct Multiparts {
    begun: Mutex<HashMap<String, Multipart>>,
}

#[derive(Debug)]
struct Multipart {
    bucket: Box<str>,
    key: Key,
    parts: BTreeMap<u32, Arc<Part>>,
}

impl Objects {
    /// CreateMultipartUpload.
    pub(crate) fn create_upload(
        &self,
        call: &Call<'_>,
        key: &Key,
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        refuse_what_a_folder_cannot_keep(&call.head.headers, key)?;
        let id = hex(&sha256(format!("upload {}", self.ids().1).as_bytes()));
        let multipart =
            Multipart { bucket: call.bucket.name.clone(), key: key.clone(), parts: BTreeMap::new() };
        let mut begun = self.multiparts.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() >= UPLOADS_MAX {
            return Err(S3Error::of(Code::SlowDown));
        }
        begun.insert(id.clone(), multipart);
        trace.note(Fact::of(FactKind::S3UploadCreated).at(call.bucket.place));
        let mut body = xml::opened("InitiateMultipartUploadResult");
        xml::element(&mut body, "Bucket", &call.bucket.name);
        xml::element(&mut body, "Key", key.as_str());
        xml::element(&mut body, "UploadId", &id);
        body.push_str("</InitiateMultipartUploadResult>");
        Ok(xml::answer(written(), body))
    }

    /// UploadPart.
    pub(crate) async fn upload_part(
        &self,
        call: &Call<'_>,
        (key, id, number): (&Key, &str, u32),
        sent: (Body, Payload),
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        self.multiparts.with(call, key, id, |_| ())?;
        let folder = call.bucket.folder.clone().ok_or_else(|| unable(key))?;
        let received = self.receive_object(call, folder, sent).await?;
        let (part, sum) = (received.upload.into_part(), received.sum);
        let length = part.length;
        let tag = self.multiparts.keep(call, (key, id, number), part)?;
        trace.note(Fact::of(FactKind::S3PartWritten).value(clipped(length)).at(call.bucket.place));
        let mut response = written().with_header("ETag", &format!("\"{tag}\""));
        if let Some(sum) = sum {
            response = response.with_header(sum.field, &sum.value);
        }
        Ok(response)
    }

    /// UploadPartCopy.
    pub(crate) async fn copy_part(
        &self,
        call: &Call<'_>,
        (key, id, number): (&Key, &str, u32),
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        let noted = |error: S3Error, trace: &mut Trace| {
            trace.note(error.fact());
            error
        };
        let begun = self.multiparts.with(call, key, id, |_| ()).and_then(|()| source(call));
        let (source, from) = begun.map_err(|error| noted(error, trace))?;
        let object = self.open_source(&source, &from, trace).await?;
        let range = call.head.headers.first_text("x-amz-copy-source-range");
        let range = copied_range(range, object.length).map_err(|error| noted(error, trace))?;
        let folder = call.bucket.folder.clone().ok_or_else(|| noted(unable(key), trace))?;
        let upload_number = self.next_number();
        let copied = self.off_the_runtime(move || {
            Upload::copy(&folder, upload_number, object.file, range.start, range.end - range.start)
        });
        let part = copied.await??.into_part();
        let length = part.length;
        let kept = self.multiparts.keep(call, (key, id, number), part);
        let tag = kept.map_err(|error| noted(error, trace))?;
        trace.note(Fact::of(FactKind::S3PartWritten).value(clipped(length)).at(call.bucket.place));
        let mut body = xml::opened("CopyPartResult");
        xml::element(&mut body, "LastModified", &iso_8601(call.now));
        xml::element(&mut body, "ETag", &format!("\"{tag}\""));
        body.push_str("</CopyPartResult>");
        Ok(xml::answer(written(), body))
    }

    /// CompleteMultipartUpload.
    pub(crate) async fn complete_upload(
        &self,
        call: &Call<'_>,
        (key, id): (&Key, &str),
        body: Body,
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        let body = body.collect(DOCUMENT_BYTES_MAX).await.map_err(|_| malformed())?;
        check_whole(&call.head.headers, &Announced::Nothing, &body)?;
        let listed = listed_parts(&Element::parse(&body)?)?;
        let parts = self.multiparts.with(call, key, id, |multipart| multipart.chosen(&listed))??;
        self.check_preconditions(call, key).await?;
        let folder = call.bucket.folder.clone().ok_or_else(|| unable(key))?;
        let (root, wanted) = (folder.clone(), key.clone());
        let entry = self.off_the_runtime(move || folder::entry_of(&root, &wanted)).await??;
        let entry = entry.ok_or_else(|| unable(key))?;
        let (number, tags, target) = (self.next_number(), Arc::clone(&self.entity_tags), entry.clone());
        let tag = tag_of(&parts);
        let kept = tag.clone();
        let joined = self.off_the_runtime(move || {
            let upload = Upload::join(&folder, number, &parts)?;
            let length = upload.length();
            Ok::<_, FolderError>((upload.finish_as(&target, &tags, &kept.into()), length))
        });
        let length = match joined.await?? {
            (Ok(()), length) => length,
            (Err(error), _) if is_taken(&error) => return Err(unable(key)),
            (Err(error), _) => return Err(FolderError::new("write", entry, error).into()),
        };
        self.multiparts.remove(id);
        trace.note(Fact::of(FactKind::ObjectWritten).value(clipped(length)).at(call.bucket.place));
        let mut body = xml::opened("CompleteMultipartUploadResult");
        let (name, region) = (&call.bucket.name, &call.bucket.region);
        let location = format!("https://{name}.s3.{region}.amazonaws.com/{}", key.as_str());
        xml::element(&mut body, "Location", &location);
        xml::element(&mut body, "Bucket", name);
        xml::element(&mut body, "Key", key.as_str());
        xml::element(&mut body, "ETag", &format!("\"{tag}\""));
        body.push_str("</CompleteMultipartUploadResult>");
        Ok(xml::answer(written(), body))
    }

    /// AbortMultipartUpload.
    pub(crate) fn abort_upload(
        &self,
        call: &Call<'_>,
        (key, id): (&Key, &str),
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        self.multiparts.with(call, key, id, |_| ())?;
        self.multiparts.remove(id);
        trace.note(Fact::of(FactKind::S3UploadAborted).at(call.bucket.place));
        Ok(Response::new(204))
    }
}

impl Multiparts {
    /// Does something with an upload of that key; an error where there is none.
    fn with<T>(
        &self,
        call: &Call<'_>,
        key: &Key,
        id: &str,
        work: impl FnOnce(&mut Multipart) -> T,
    ) -> Result<T, S3Error> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let is_its = |upload: &&mut Multipart| upload.bucket == call.bucket.name && upload.key == *key;
        match begun.get_mut(id).filter(is_its) {
            Some(multipart) => Ok(work(multipart)),
            None => Err(S3Error::of(Code::NoSuchUpload).with("UploadId", id)),
        }
    }

    /// Keeps a part in the place of an earlier one of that number; its entity tag.
    fn keep(
        &self,
        call: &Call<'_>,
        (key, id, number): (&Key, &str, u32),
        part: Part,
    ) -> Result<String, S3Error> {
        let tag = hex(&part.md5);
        self.with(call, key, id, |multipart| multipart.parts.insert(number, Arc::new(part)))?;
        Ok(tag)
    }

    fn remove(&self, id: &str) {
        let removed = self.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        // Its files go away with it: not under the lock.
        drop(removed);
    }
}

/// The bytes of a source that a part copies: `bytes=FIRST-LAST`, or all.
fn copied_range(header: Option<&str>, length: u64) -> Result<Range<u64>, S3Error> {
    let Some(header) = header else { return Ok(0..length) };
    let range = header.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let range = range.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    match range {
        Some((first, last)) if first <= last && last < length => Ok(first..last + 1),
        _ => {
            let message = format!("Range specified is not valid for source object of size: {length}");
            Err(S3Error::invalid_argument(&message, "x-amz-copy-source-range", header))
        }
    }
}

/// A part as the request to complete lists it.
struct Listed {
    number: u32,
    tag: String,
}

impl Multipart {
    /// The parts that are listed, if they are there and may be joined.
    fn chosen(&self, listed: &[Listed]) -> Result<Vec<Arc<Part>>, S3Error> {
        if !listed.is_sorted_by(|one, next| one.number < next.number) {
            return Err(S3Error::of(Code::InvalidPartOrder).with("UploadId", ""));
        }
        let mut parts = Vec::with_capacity(listed.len());
        for (index, wanted) in listed.iter().enumerate() {
            let tag = wanted.tag.trim_matches('"');
            let part = self.parts.get(&wanted.number).filter(|part| hex(&part.md5) == tag);
            let part = part.ok_or_else(|| {
                S3Error::of(Code::InvalidPart)
                    .with("PartNumber", &wanted.number.to_string())
                    .with("ETag", tag)
            })?;
            if part.length < PART_LENGTH_MIN && index + 1 < listed.len() {
                return Err(sized(
                    S3Error::of(Code::EntityTooSmall),
                    part.length,
                    "MinSizeAllowed",
                    PART_LENGTH_MIN,
                )
                .with("PartNumber", &wanted.number.to_string())
                .with("ETag", tag));
            }
            parts.push(Arc::clone(part));
        }
        Ok(parts)
    }
}

fn listed_parts(document: &Element) -> Result<Vec<Listed>, S3Error> {
    let listed = document.all("Part").map(|part| {
        let number = part.text_of("PartNumber").and_then(|number| number.parse().ok());
        let tag = part.text_of("ETag").map(str::to_owned);
        number.zip(tag).map(|(number, tag)| Listed { number, tag }).ok_or_else(malformed)
    });
    let listed: Vec<Listed> = listed.collect::<Result<_, _>>()?;
    if document.name != "CompleteMultipartUpload" || listed.is_empty() {
        return Err(malformed());
    }
    Ok(listed)
}

/// "The MD5 of the MD5s, a hyphen and the number of parts."
fn tag_of(parts: &[Arc<Part>]) -> String {
    let all: Vec<u8> = parts.iter().flat_map(|part| part.md5).collect();
    format!("{}-{}", hex(&Md5::digest(&all)), parts.len())
}

/// The smallest part but the last.
const PART_LENGTH_MIN: u64 = 5 * 1024 * 1024;
/// How many parts there may be, and their highest number.
pub(crate) const PARTS_MAX: u32 = 10_000;
/// How many uploads may be begun at a time.
const UPLOADS_MAX: usize = 1000;
/// The longest list of parts.
const DOCUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;
