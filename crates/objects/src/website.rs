//! One request to the website endpoint of a bucket, from its path to its answer.
//!
//! Authority: Amazon S3 user guide, *Website endpoints* (`WebsiteEndpoints`), *Configuring an index document*
//! (`IndexDocumentSupport`), *Configuring a custom error document* (`CustomErrorDocSupport`).

use frontgate_explain::{Fact, FactKind, PlaceId, Trace};
use frontgate_message::{Body, Method, RequestHead, Response};
use frontgate_snapshot::{RoutingRule, Website, WebsiteContent};

use crate::authorize::authorize;
use crate::error::{Code, S3Error};
use crate::key::Key;
use crate::operation::Operation;
use crate::query::Query;
use crate::serve::with_common_fields;
use crate::website_page::{page, tell};
use crate::website_redirect::{all, by_rule, rule_after, rule_before};
use crate::{Call, Objects};

/// The pages of a website, as one request sees them.
struct Pages<'a> {
    index_document: &'a str,
    index_document_place: PlaceId,
    error_document: Option<&'a str>,
    error_document_place: PlaceId,
    routing_rules: &'a [RoutingRule],
}

/// What the endpoint found.
enum Found {
    /// An object, or a redirect.
    Response(Response),
    /// A folder with an index document.
    Folder(String),
    /// Neither; with the key that was asked for.
    Error(S3Error, String),
}

impl Objects {
    /// Answers a request to the website endpoint of the bucket.
    pub async fn website(&self, call: &Call<'_>, trace: &mut Trace) -> Response {
        trace.note(Fact::of(FactKind::WebsiteAsked).at(call.bucket.place));
        let Some(Website { content, place }) = &call.bucket.website else {
            trace.note(Fact::of(FactKind::WebsiteNotConfigured).at(call.bucket.place));
            let error = S3Error::of(Code::NoSuchWebsiteConfiguration).with("BucketName", &call.bucket.name);
            return self.error_page(&error, None, call);
        };
        let pages = match content {
            WebsiteContent::RedirectAll { host_name, protocol } => {
                trace.note(Fact::of(FactKind::WebsiteRedirectAll).at(*place));
                return self.dress(all(call.head, host_name, protocol.as_deref()), call.head, call.now);
            }
            WebsiteContent::Pages {
                index_document,
                index_document_place,
                error_document,
                error_document_place,
                routing_rules,
            } => Pages {
                index_document,
                index_document_place: *index_document_place,
                error_document: error_document.as_deref(),
                error_document_place: *error_document_place,
                routing_rules,
            },
        };
        match self.find(call, &pages, trace).await {
            Found::Response(response) => self.dress(response, call.head, call.now),
            Found::Folder(path) => {
                trace.note(Fact::of(FactKind::WebsiteFolderRedirect));
                let error = S3Error::of(Code::Found).with_header("Location", &path);
                self.error_page(&error, None, call)
            }
            Found::Error(error, key) => self.failed(call, &pages, error, &key, trace).await,
        }
    }

    /// Answers a request to the website endpoint of a bucket that does not exist.
    #[must_use]
    pub fn no_such_website(
        &self,
        name: &str,
        head: &RequestHead,
        now: std::time::SystemTime,
        trace: &mut Trace,
    ) -> Response {
        trace.note(Fact::of(FactKind::BucketUnknown));
        let error = S3Error::of(Code::NoSuchBucket).with("BucketName", name);
        self.dress_with_ids(head, now, |ids| page(&error, None, ids))
    }

    async fn find(&self, call: &Call<'_>, pages: &Pages<'_>, trace: &mut Trace) -> Found {
        let asked = match Key::of_path(call.head.target.path()) {
            Ok(key) => key.map_or_else(String::new, |key| key.as_str().to_owned()),
            Err(error) => return Found::Error(error, String::new()),
        };
        if !matches!(call.head.method, Method::Get | Method::Head) {
            trace.note(Fact::of(FactKind::WebsiteMethodNotAllowed));
            let error = S3Error::of(Code::MethodNotAllowed)
                .with("Method", call.head.method.as_str())
                .with("ResourceType", "OBJECT")
                .with_header("Allow", "GET, HEAD");
            return Found::Error(error, asked);
        }
        if let Some(rule) = rule_before(pages.routing_rules, &asked) {
            trace.note(Fact::of(FactKind::WebsiteRoutingRule).at(rule.place));
            return Found::Response(by_rule(rule, call.head, &asked));
        }
        let is_folder = asked.is_empty() || asked.ends_with('/');
        let wanted = if is_folder {
            trace.note(Fact::of(FactKind::WebsiteIndexDocument).at(pages.index_document_place));
            format!("{asked}{}", pages.index_document)
        } else {
            asked.clone()
        };
        let key = match Key::of_text(&wanted) {
            Ok(key) => key,
            Err(error) => return Found::Error(error, asked),
        };
        if !is_folder && let Some(folder) = self.folder_of(call, &asked, pages).await {
            return Found::Folder(folder);
        }
        match self.read(call, key, trace).await {
            Ok(response) => Found::Response(response),
            Err(error) => Found::Error(error, asked),
        }
    }

    /// The path with a slash, where the key is no object and would be a folder with an index document.
    async fn folder_of(&self, call: &Call<'_>, asked: &str, pages: &Pages<'_>) -> Option<String> {
        let key = Key::of_text(asked).ok()?;
        let index = Key::of_text(&format!("{asked}/{}", pages.index_document)).ok()?;
        let is_object = matches!(self.open(call, &key, false).await, Ok(Some(_)) | Err(_));
        let has_index = !is_object && matches!(self.open(call, &index, false).await, Ok(Some(_)));
        has_index.then(|| format!("{}/", call.head.target.path()))
    }

    /// Reads an object that the public may read.
    async fn read(&self, call: &Call<'_>, key: Key, trace: &mut Trace) -> Result<Response, S3Error> {
        let query = Query::default();
        authorize(call, &Operation::GetObject(key.clone()), &query, trace)?;
        self.get(call, &key, &query, trace).await
    }

    /// An error: a routing rule for it, else the error document, else a page of S3's own.
    async fn failed(
        &self,
        call: &Call<'_>,
        pages: &Pages<'_>,
        error: S3Error,
        key: &str,
        trace: &mut Trace,
    ) -> Response {
        if let Some(message) = error.operator() {
            self.tell_operator(message);
        }
        if let Some(rule) = rule_after(pages.routing_rules, key, error.status()) {
            trace.note(Fact::of(FactKind::WebsiteRoutingRule).at(rule.place));
            return self.dress(by_rule(rule, call.head, key), call.head, call.now);
        }
        let document = pages.error_document.filter(|_| (400..500).contains(&error.status()));
        let Some(document) = document else { return self.error_page(&error, None, call) };
        let read = match Key::of_text(document) {
            Ok(key) => {
                let head = plain(call.head);
                self.read(&Call { head: &head, ..*call }, key, trace).await
            }
            Err(error) => Err(error),
        };
        match read {
            Ok(mut response) => {
                let kind = FactKind::WebsiteErrorDocument;
                trace.note(Fact::of(kind).value(error.status().into()).at(pages.error_document_place));
                response.status = error.status();
                tell(&error, &mut response.headers);
                self.dress(response, call.head, call.now)
            }
            Err(second) => {
                trace.note(Fact::of(FactKind::WebsiteErrorDocumentFailed).at(pages.error_document_place));
                self.error_page(&error, Some(&second), call)
            }
        }
    }

    fn error_page(&self, error: &S3Error, document: Option<&S3Error>, call: &Call<'_>) -> Response {
        let is_told = call.head.method == Method::Head || error.is(Code::Found);
        self.dress_with_ids(call.head, call.now, |ids| {
            let mut response = page(error, document, ids);
            if is_told {
                tell(error, &mut response.headers);
            }
            response
        })
    }
}

/// A plain request for the error document, which is sent whole whatever was asked.
fn plain(head: &RequestHead) -> RequestHead {
    let mut head = head.clone();
    if head.method != Method::Head {
        head.method = Method::Get;
    }
    head.headers.retain(|name, _| !CONDITIONS.iter().any(|own| own.eq_ignore_ascii_case(name)));
    head
}

const CONDITIONS: [&str; 6] =
    ["If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range"];

impl Objects {
    /// The header fields of every answer around one that needs no ids.
    fn dress(&self, response: Response, head: &RequestHead, now: std::time::SystemTime) -> Response {
        self.dress_with_ids(head, now, |_| response)
    }

    fn dress_with_ids(
        &self,
        head: &RequestHead,
        now: std::time::SystemTime,
        make: impl FnOnce((&str, &str)) -> Response,
    ) -> Response {
        let (request_id, host_id) = self.ids();
        let mut response = make((&request_id, &host_id));
        if head.method == Method::Head && !matches!(response.body, Body::Empty) {
            response.content_length_of_omitted_body = response.body.length();
        }
        with_common_fields(response, head, now, (&request_id, &host_id))
    }
}
