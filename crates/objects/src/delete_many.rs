//! DeleteObjects: up to a thousand keys in one request, each allowed or not by itself.
//!
//! Authority: Amazon S3 API reference, *DeleteObjects*.

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{Body, Response};

use crate::authorize::authorize;
use crate::checksum::Announced;
use crate::delete::remove;
use crate::error::{Code, S3Error};
use crate::key::Key;
use crate::operation::Operation;
use crate::query::Query;
use crate::xml_reader::{Element, malformed};
use crate::{Call, Objects, xml};

impl Objects {
    /// Answers a request to delete many objects.
    pub(crate) async fn delete_all(
        &self,
        call: &Call<'_>,
        body: Body,
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        let wanted = wanted(call, body).await.inspect_err(|error| trace.note(error.fact()))?;
        let mut out = xml::opened("DeleteResult");
        for text in &wanted.keys {
            match self.delete_one(call, text, trace).await {
                Ok(()) if wanted.is_quiet => {}
                Ok(()) => {
                    out.push_str("<Deleted>");
                    xml::element(&mut out, "Key", text);
                    out.push_str("</Deleted>");
                }
                Err(error) => {
                    if let Some(message) = error.operator() {
                        self.tell_operator(message);
                    }
                    out.push_str("<Error>");
                    xml::element(&mut out, "Key", text);
                    xml::element(&mut out, "Code", error.name());
                    xml::element(&mut out, "Message", error.message());
                    out.push_str("</Error>");
                }
            }
        }
        out.push_str("</DeleteResult>");
        Ok(xml::answer(Response::new(200), out))
    }

    async fn delete_one(&self, call: &Call<'_>, text: &str, trace: &mut Trace) -> Result<(), S3Error> {
        let key = Key::of_text(text)?;
        authorize(call, &Operation::DeleteObject(key.clone()), &Query::default(), trace)?;
        if let Some(folder) = call.bucket.folder.clone() {
            let deleted = self.off_the_runtime(move || remove(&folder, &key)).await?;
            deleted.map_err(S3Error::from).inspect_err(|error| trace.note(error.fact()))?;
        }
        trace.note(Fact::of(FactKind::ObjectDeleted).at(call.bucket.place));
        Ok(())
    }
}

/// What the request wants deleted.
struct Wanted {
    keys: Vec<String>,
    is_quiet: bool,
}

async fn wanted(call: &Call<'_>, body: Body) -> Result<Wanted, S3Error> {
    let headers = &call.head.headers;
    let announced = Announced::of(headers)?;
    if !headers.contains("content-md5") && announced == Announced::Nothing {
        return Err(
            S3Error::of(Code::InvalidRequest).saying("Missing required header for this request: Content-MD5")
        );
    }
    let body = body.collect(DOCUMENT_BYTES_MAX).await.map_err(|_| malformed())?;
    crate::put::check_whole(headers, &announced, &body)?;
    let document = Element::parse(&body)?;
    let objects: Vec<&Element> = document.all("Object").collect();
    if document.name != "Delete" || objects.is_empty() || objects.len() > KEYS_MAX {
        return Err(malformed());
    }
    if objects.iter().any(|object| object.text_of("VersionId").is_some()) {
        return Err(S3Error::not_implemented("versions of objects (VersionId)"));
    }
    let keys = objects.into_iter().map(|object| {
        // White space is part of a key.
        let key = object.all("Key").next().map(|key| key.text.clone());
        key.filter(|key| !key.is_empty()).ok_or_else(malformed)
    });
    let is_quiet = document.text_of("Quiet") == Some("true");
    Ok(Wanted { keys: keys.collect::<Result<_, _>>()?, is_quiet })
}

/// "The request can contain a list of up to 1,000 keys."
const KEYS_MAX: usize = 1000;
/// A thousand of the longest keys, each byte as a character reference, have room.
const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;
