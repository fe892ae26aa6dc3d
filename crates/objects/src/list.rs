//! ListObjects and ListObjectsV2.
//!
//! Authority: Amazon S3 API reference, *ListObjects* and *ListObjectsV2*.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use frontgate_aws::{Utc, base64_decode, base64_encode, ids, percent_encode};
use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::Response;

use crate::entity_tag::EntityTags;
use crate::error::S3Error;
use crate::folder::{self, FolderError, Walk};
use crate::get::clipped;
use crate::key::Key;
use crate::operation::ListVersion;
use crate::page::{After, Page, PageRequest};
use crate::query::Query;
use crate::{Call, Objects, xml};

impl Objects {
    /// Answers a list that the policy allows.
    pub(crate) async fn list(
        &self,
        call: &Call<'_>,
        version: ListVersion,
        query: &Query,
        trace: &mut Trace,
    ) -> Result<Response, S3Error> {
        let list =
            List::parse(&call.bucket.name, version, query).inspect_err(|error| trace.note(error.fact()))?;
        let tags = Arc::clone(&self.entity_tags);
        let folder = call.bucket.folder.clone();
        let answered = self.off_the_runtime(move || list.answer(folder.as_deref(), &tags)).await?;
        let answer = answered.map_err(S3Error::from).inspect_err(|error| trace.note(error.fact()))?;
        for path in &answer.no_keys {
            self.tell_operator(&format!("{} is no object: its name cannot be a key", path.display()));
        }
        trace.note(Fact::of(FactKind::ObjectsListed).value(clipped(answer.items as u64)));
        Ok(Response::new(200)
            .with_header("x-amz-bucket-region", &call.bucket.region)
            .with_header("Content-Type", "application/xml")
            .with_body(Bytes::from(answer.body)))
    }
}

/// The parameters of a list.
struct List {
    bucket: Box<str>,
    version: ListVersion,
    page: PageRequest,
    /// As they came, to be echoed.
    marker: String,
    start_after: Option<String>,
    continuation_token: Option<String>,
    encodes_urls: bool,
    fetches_owner: bool,
}

struct Answer {
    body: String,
    items: usize,
    no_keys: Vec<std::path::PathBuf>,
}

/// One object of a page.
struct Content<'k> {
    key: &'k str,
    modified: SystemTime,
    entity_tag: Arc<str>,
    length: u64,
}

impl List {
    fn parse(bucket: &str, version: ListVersion, query: &Query) -> Result<Self, S3Error> {
        let text = |name: &str| query.first(name).unwrap_or("").to_owned();
        let encodes_urls = match query.first("encoding-type") {
            None | Some("") => false,
            Some("url") => true,
            Some(other) => {
                let message = "Invalid Encoding Method specified in Request";
                return Err(S3Error::invalid_argument(message, "encoding-type", other));
            }
        };
        let continuation_token = query.first("continuation-token").map(str::to_owned);
        let start_after = query.first("start-after").map(str::to_owned).filter(|text| !text.is_empty());
        let after = match (version, &continuation_token, &start_after) {
            (ListVersion::V1, _, _) if text("marker").is_empty() => After::Nothing,
            (ListVersion::V1, _, _) => After::Item(text("marker")),
            (ListVersion::V2, Some(token), _) => After::Item(item_of_token(token)?),
            (ListVersion::V2, None, Some(key)) => After::Key(key.clone()),
            (ListVersion::V2, None, None) => After::Nothing,
        };
        let page = PageRequest {
            prefix: text("prefix"),
            delimiter: text("delimiter"),
            keys_max: keys_max(query)?,
            after,
        };
        Ok(Self {
            bucket: bucket.into(),
            version,
            page,
            marker: text("marker"),
            start_after,
            continuation_token,
            encodes_urls,
            fetches_owner: version == ListVersion::V1 || query.first("fetch-owner") == Some("true"),
        })
    }

    /// Reads the folder and writes the answer. Blocks on the disk.
    fn answer(&self, folder: Option<&Path>, tags: &EntityTags) -> Result<Answer, FolderError> {
        let Walk { keys, no_keys } = match folder {
            Some(folder) => folder::walk(folder, &self.page.prefix)?,
            None => Walk::default(),
        };
        let page = self.page.page(&keys);
        let mut contents = Vec::with_capacity(page.keys.len());
        for key in &page.keys {
            let Ok(Some(parsed)) = Key::of_path(&format!("/{}", percent_encode(key.as_bytes(), true))) else {
                continue;
            };
            let Some(folder) = folder else { continue };
            // A file that went away since the walk is no object any more.
            if let Some(object) = folder::open(folder, &parsed, tags, false)? {
                let (modified, entity_tag, length) = (object.modified, object.entity_tag, object.length);
                contents.push(Content { key, modified, entity_tag, length });
            }
        }
        let items = contents.len() + page.common_prefixes.len();
        Ok(Answer { body: self.write(&page, &contents), items, no_keys })
    }

    fn write(&self, page: &Page<'_>, contents: &[Content<'_>]) -> String {
        let mut out = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">",
        );
        xml::element(&mut out, "Name", &self.bucket);
        xml::element(&mut out, "Prefix", &self.encoded(&self.page.prefix));
        let next = page.last.filter(|_| page.is_truncated);
        match self.version {
            ListVersion::V1 => {
                xml::element(&mut out, "Marker", &self.encoded(&self.marker));
                if let Some(next) = next.filter(|_| !self.page.delimiter.is_empty()) {
                    xml::element(&mut out, "NextMarker", &self.encoded(next));
                }
            }
            ListVersion::V2 => {
                if let Some(key) = &self.start_after {
                    xml::element(&mut out, "StartAfter", &self.encoded(key));
                }
                if let Some(token) = &self.continuation_token {
                    xml::element(&mut out, "ContinuationToken", token);
                }
                if let Some(next) = next {
                    xml::element(&mut out, "NextContinuationToken", &token_of_item(next));
                }
                let count = contents.len() + page.common_prefixes.len();
                xml::element(&mut out, "KeyCount", &count.to_string());
            }
        }
        xml::element(&mut out, "MaxKeys", &self.page.keys_max.to_string());
        if !self.page.delimiter.is_empty() {
            xml::element(&mut out, "Delimiter", &self.encoded(&self.page.delimiter));
        }
        if self.encodes_urls {
            xml::element(&mut out, "EncodingType", "url");
        }
        xml::element(&mut out, "IsTruncated", if page.is_truncated { "true" } else { "false" });
        contents.iter().for_each(|content| self.write_content(&mut out, content));
        for prefix in &page.common_prefixes {
            out.push_str("<CommonPrefixes>");
            xml::element(&mut out, "Prefix", &self.encoded(prefix));
            out.push_str("</CommonPrefixes>");
        }
        out.push_str("</ListBucketResult>");
        out
    }

    fn write_content(&self, out: &mut String, content: &Content<'_>) {
        out.push_str("<Contents>");
        xml::element(out, "Key", &self.encoded(content.key));
        xml::element(out, "LastModified", &iso_8601(content.modified));
        xml::element(out, "ETag", &format!("\"{}\"", content.entity_tag));
        xml::element(out, "Size", &content.length.to_string());
        if self.fetches_owner {
            out.push_str("<Owner>");
            xml::element(out, "ID", &ids::canonical_user_id(ids::ACCOUNT_ID));
            out.push_str("</Owner>");
        }
        xml::element(out, "StorageClass", "STANDARD");
        out.push_str("</Contents>");
    }

    fn encoded(&self, text: &str) -> String {
        if self.encodes_urls {
            percent_encode(text.as_bytes(), true).replace("%20", "+")
        } else {
            text.to_owned()
        }
    }
}

/// The most keys and common prefixes of one page.
const KEYS_MAX: usize = 1000;

fn keys_max(query: &Query) -> Result<usize, S3Error> {
    let Some(text) = query.first("max-keys").filter(|text| !text.is_empty()) else { return Ok(KEYS_MAX) };
    match text.parse::<i32>() {
        Ok(number) => usize::try_from(number).map(|number| number.min(KEYS_MAX)).map_err(|_| {
            let message = "Argument maxKeys must be an integer between 0 and 2147483647";
            S3Error::invalid_argument(message, "maxKeys", text)
        }),
        Err(_) => {
            let message = "Provided max-keys not an integer or within integer range";
            Err(S3Error::invalid_argument(message, "max-keys", text))
        }
    }
}

fn token_of_item(item: &str) -> String {
    base64_encode(format!("{TOKEN_VERSION}{item}").as_bytes())
}

fn item_of_token(token: &str) -> Result<String, S3Error> {
    base64_decode(token)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix(TOKEN_VERSION).map(str::to_owned))
        .ok_or_else(|| {
            let message = "The continuation token provided is incorrect";
            S3Error::invalid_argument(message, "continuation-token", token)
        })
}

/// What our tokens begin with; a text that is no token does not.
const TOKEN_VERSION: &str = "1:";

/// `2026-02-03T04:05:06.000Z`, as S3 writes times in lists.
/// `2025-07-14T08:00:00.000Z`
pub(crate) fn iso_8601(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let Utc { year, month, day, hour, minute, second, .. } = Utc::of(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{iso_8601, item_of_token, token_of_item};

    #[test]
    fn times_and_tokens() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_709_164_799, "2024-02-28T23:59:59.000Z"),
            (1_709_164_800, "2024-02-29T00:00:00.000Z"),
            (1_770_091_506, "2026-02-03T04:05:06.000Z"),
            (4_102_444_800, "2100-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(iso_8601(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
        assert_eq!(item_of_token(&token_of_item("a/é")).expect("our token"), "a/é");
        assert!(item_of_token("nonsense").is_err());
        assert!(item_of_token("").is_err());
    }
}
