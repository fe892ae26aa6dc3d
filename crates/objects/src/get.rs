//! GetObject and HeadObject.
//!
//! Authority: Amazon S3 API reference, *GetObject* and *HeadObject*.

use std::sync::Arc;

use bytes::Bytes;
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Body, Method, Response};

use crate::authorize::{list_denied, may_list};
use crate::error::{Code, S3Error};
use crate::folder::{self, OpenObject};
use crate::key::Key;
use crate::precondition::{Validators, Verdict};
use crate::query::Query;
use crate::range::{self, Selection};
use crate::{Call, Caller, Objects, content_type, stream};

impl Objects {
    /// Answers a read that the policy allows.
    pub(crate) async fn get(
        &self,
        call: &Call<'_>,
        key: &Key,
        query: &Query,
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        let headers = &call.head.headers;
        let overrides = overrides(call, query).inspect_err(|error| trace.note(error.fact()))?;
        let with_body = call.head.method == Method::Get;
        let opened = self.open(call, key, with_body).await.inspect_err(|error| trace.note(error.fact()))?;
        let Some(object) = opened else {
            self.note_key_without_prefix(call, key, trace).await;
            return Err(missing_key(call, key, trace));
        };
        trace.note(Fact::of(FactKind::ObjectFound).value(clipped(object.length)).at(call.bucket.place));

        let validators = Validators { entity_tag: &object.entity_tag, modified: object.modified };
        let selection = match validators.judge(headers) {
            Verdict::Failed(condition) => {
                trace.note(Fact::of(FactKind::PreconditionFailed));
                return Err(S3Error::of(Code::PreconditionFailed).with("Condition", condition));
            }
            Verdict::NotModified => {
                trace.note(Fact::of(FactKind::ObjectNotModified));
                return Ok(describe(Response::new(304), &object));
            }
            Verdict::Proceed if validators.allow_range(headers) => {
                range::select(headers.first_text("range"), object.length)
            }
            Verdict::Proceed => Selection::Whole,
        };
        let (mut response, start, length) = match selection {
            Selection::Unsatisfiable => {
                trace.note(Fact::of(FactKind::ObjectRangeInvalid));
                return Err(S3Error::of(Code::InvalidRange)
                    .with("RangeRequested", headers.first_text("range").unwrap_or(""))
                    .with("ActualObjectSize", &object.length.to_string()));
            }
            Selection::Whole => (describe(Response::new(200), &object), 0, object.length),
            Selection::Part { start, length } => {
                trace.note(Fact::of(FactKind::ObjectRangeServed).value(clipped(length)));
                let content_range = format!("bytes {start}-{}/{}", start + length - 1, object.length);
                let response = describe(Response::new(206), &object);
                (response.with_header("Content-Range", &content_range), start, length)
            }
        };
        response.headers.append("Accept-Ranges", b"bytes");
        response.headers.append("Content-Type", content_type::guess(key.as_str()).as_bytes());
        for (name, value) in overrides {
            response.headers.set(name, value.as_bytes());
        }
        if with_body {
            response.body = body(object, start, length);
        } else {
            response.content_length_of_omitted_body = Some(length);
        }
        Ok(response)
    }

    /// Notes that only a prefix keeps CloudFront from an object: that of a path pattern, which reaches the bucket.
    async fn note_key_without_prefix(&self, call: &Call<'_>, key: &Key, trace: &mut Trace) {
        if matches!(call.caller, Caller::Anonymous | Caller::Identity(_)) {
            return;
        }
        if let Some(rest) = key.without_first_folder()
            && let Ok(Some(_)) = self.open(call, &rest, false).await
        {
            trace.note(Fact::of(FactKind::KeyWithoutPrefix).at(call.bucket.place));
        }
    }

    /// Opens the object of a key; `None` where there is none. A bucket without a folder is empty.
    pub(crate) async fn open(
        &self,
        call: &Call<'_>,
        key: &Key,
        with_content: bool,
    ) -> Result<Option<OpenObject>, S3Error> {
        let Some(folder) = call.bucket.folder.clone() else { return Ok(None) };
        let (key, tags) = (key.clone(), Arc::clone(&self.entity_tags));
        Ok(self.off_the_runtime(move || folder::open(&folder, &key, &tags, with_content)).await??)
    }
}

/// The error for a key that is not there: whoever may not list the bucket must not learn that.
pub(crate) fn missing_key(call: &Call<'_>, key: &Key, trace: &mut Trace) -> S3Error {
    let place = call.bucket.policy.as_ref().map_or(call.bucket.place, |policy| policy.place);
    if may_list(call) {
        trace.note(Fact::of(FactKind::KeyMissing404).at(place));
        S3Error::of(Code::NoSuchKey).with("Key", key.as_str())
    } else {
        trace.note(Fact::of(FactKind::KeyMissing403).at(place));
        list_denied(call)
    }
}

/// A number for a fact; past four billion it says "as many as that".
pub(crate) fn clipped(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The header fields that every answer about an object has.
fn describe(response: Response, object: &OpenObject) -> Response {
    response
        .with_header("Last-Modified", &httpdate::fmt_http_date(object.modified))
        .with_header("ETag", &format!("\"{}\"", object.entity_tag))
        .with_header("x-amz-server-side-encryption", "AES256")
}

fn body(object: OpenObject, start: u64, length: u64) -> Body {
    match object.content {
        Some(content) => {
            let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(content.len());
            content.slice(at(start)..at(start + length)).into()
        }
        None if length == 0 => Bytes::new().into(),
        None => stream::body(object.file, start, length),
    }
}

/// The header fields that `response-content-type` and its like ask for, which only signed requests may use.
fn overrides<'q>(call: &Call<'_>, query: &'q Query) -> Result<Vec<(&'static str, &'q str)>, S3Error> {
    let is_signed = !matches!(call.caller, Caller::Anonymous | Caller::CloudFrontUnsigned);
    let asked: Vec<_> =
        OVERRIDES.iter().filter_map(|(name, header)| Some((*header, query.first(name)?))).collect();
    if asked.is_empty() || is_signed { Ok(asked) } else { Err(S3Error::of(Code::InvalidRequest)) }
}

/// *GetObject*, "Overriding response header values through the request".
const OVERRIDES: &[(&str, &str)] = &[
    ("response-cache-control", "Cache-Control"),
    ("response-content-disposition", "Content-Disposition"),
    ("response-content-encoding", "Content-Encoding"),
    ("response-content-language", "Content-Language"),
    ("response-content-type", "Content-Type"),
    ("response-expires", "Expires"),
];
