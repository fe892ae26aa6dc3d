//! Objects are invalidated by their tags.

use frontgate_cache::{Cache, Limits};
use frontgate_edge_rules::Distribution;
use frontgate_edge_rules::cache_tags::CacheTagConfig;
use frontgate_edge_rules::invalidation::invalidation_paths;
use frontgate_explain::PlaceId;

use super::fixture::distribution;
use super::stage::{ask, check, edge_of, run};
use crate::{Object, invalidate};

fn tagged_by(header: &str) -> Distribution {
    let config = CacheTagConfig { header_name: header.into(), place: PlaceId::NONE };
    Distribution { cache_tags: Some(config), ..distribution() }
}

#[test]
fn a_tag_names_objects_in_all_their_variants() {
    run(async {
        let edge = edge_of(Cache::with_labels(Limits::of_total(8 << 20), Object::labels));
        let own = tagged_by("cache-tag");
        let fill = async |target: &str, tags: &str| {
            edge.origins().says(&format!("200 | Cache-Tag: {tags} | ETag: \"v\" >> body"));
            check(target, "200 Miss | Cache-Tag", &ask(&edge, &own, &format!("0 GET {target}")).await.1);
        };
        let invalidate = |distribution: &Distribution, items: &[&str]| {
            invalidate(edge.cache(), distribution, &invalidation_paths(items).expect("items"))
        };
        for (target, tags) in [("/a", "x, Y"), ("/b", "y"), ("/query/c?1", "z"), ("/query/c?2", "z")] {
            fill(target, tags).await;
        }
        edge.origins().says("206 | Cache-Tag: y | Content-Range: bytes 0-1/9 | ETag: \"v\" >> ab");
        check("part", "206 Miss", &ask(&edge, &own, "0 GET /part | Range: bytes=0-1").await.1);
        edge.origins().says("404 | Cache-Tag: y >> no");
        check("error", "404 Error", &ask(&edge, &own, "0 GET /error").await.1);
        assert_eq!(invalidate(&own, &["#w"]), 0);
        assert_eq!(invalidate(&own, &["#Z"]), 2);
        assert_eq!(invalidate(&distribution(), &["#y"]), 0, "no CacheTagConfig");
        assert_eq!(invalidate(&tagged_by("other"), &["#y"]), 0, "another header");
        assert_eq!(invalidate(&Distribution { id: "E0".into(), ..own.clone() }, &["#y"]), 0);
        assert_eq!(invalidate(&own, &["#x", "/b"]), 2);
        assert_eq!(invalidate(&own, &["#Y"]), 2, "the part and the error");
        assert_eq!(edge.cache().counts().entries, 0);
    });
}
