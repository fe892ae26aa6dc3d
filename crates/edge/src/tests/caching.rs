//! What is kept, for how long, and how it is made good again.

use frontgate_edge_rules::invalidation::invalidation_paths;

use super::fixture::distribution;
use super::stage::{ask, check, edge, play, run};
use crate::invalidate;

#[test]
fn an_answer_is_kept_for_its_lifetime() {
    play(
        "lifetime",
        &distribution(),
        &[
            ("0 GET /a", "200 | Cache-Control: max-age=10 >> one", "200 Miss | -Age | Date: * >> one"),
            ("9 GET /a", "", "200 Hit | Age: 9 | Cache-Control: max-age=10 >> one"),
            ("10 GET /a", "200 | Cache-Control: max-age=10 >> two", "200 Miss | -Age >> two"),
            ("11 GET /a?ignored=1", "", "200 Hit | Age: 1 >> two"),
            ("0 GET /aged", "200 | Age: 7 | Cache-Control: max-age=10 >> x", "200 Miss | Age: 7"),
            ("2 GET /aged", "", "200 Hit | Age: 9"),
            ("0 GET /default", "200 >> x", "200 Miss"),
            ("86399 GET /default", "", "200 Hit"),
            ("0 GET /301", "301 | Location: /elsewhere", "301 Miss | Location: /elsewhere"),
            ("1 GET /301", "", "301 Hit | Location: /elsewhere"),
        ],
    );
}

#[test]
fn what_may_not_be_kept_is_not_kept() {
    play(
        "not kept",
        &distribution(),
        &[
            ("0 GET /a", "200 | Cache-Control: no-store >> one", "200 Miss >> one"),
            ("0 GET /a", "200 | Cache-Control: private >> two", "200 Miss >> two"),
            ("0 GET /a", "200 | Vary: * >> three", "200 Miss >> three"),
            (
                "0 GET /uncached/a?b=1",
                "GET /uncached/a?b=1 => 200 | Cache-Control: max-age=99 >> one",
                "200 Miss >> one",
            ),
            ("0 GET /uncached/a?b=1", "200 | Cache-Control: max-age=99 >> two", "200 Miss >> two"),
            ("0 GET /least/a", "200 | Cache-Control: no-store >> one", "200 Miss >> one"),
            ("4 GET /least/a", "", "200 Hit >> one"),
            ("5 GET /least/a", "200 | Cache-Control: no-store >> two", "200 Miss >> two"),
        ],
    );
}

#[test]
fn an_expired_object_is_revalidated() {
    play(
        "revalidation",
        &distribution(),
        &[
            (
                "0 GET /a",
                "-If-None-Match => 200 | Cache-Control: max-age=10 | ETag: \"v1\" | Last-Modified: Tue, 14 Nov 2023 00:00:00 GMT >> one",
                "200 Miss | ETag: \"v1\"",
            ),
            (
                "10 GET /a",
                "If-None-Match: \"v1\" => 304 | ETag: \"v1\" | Cache-Control: max-age=20 | X-New: 1",
                "200 RefreshHit | X-New: 1 | Cache-Control: max-age=20 | -Age >> one",
            ),
            ("29 GET /a", "", "200 Hit | Age: 19 >> one"),
            (
                "30 GET /a",
                "If-None-Match: \"v1\" => 200 | ETag: \"v2\" >> two",
                "200 Miss | ETag: \"v2\" >> two",
            ),
            ("0 GET /zero", "200 | Cache-Control: max-age=0 | ETag: \"z\" >> one", "200 Miss >> one"),
            ("0 GET /zero", "If-None-Match: \"z\" => 304", "200 RefreshHit >> one"),
            (
                "0 GET /cookies/a | Cookie: u=1",
                "200 | Cache-Control: max-age=1 | ETag: \"c\" >> one",
                "200 Miss",
            ),
            ("1 GET /cookies/a | Cookie: u=1", "-If-None-Match => 200 >> two", "200 Miss >> two"),
            ("0 GET /cookies/b", "200 | Cache-Control: max-age=1 | ETag: \"c\" >> one", "200 Miss"),
            ("1 GET /cookies/b", "If-None-Match: \"c\" => 304", "200 RefreshHit >> one"),
            (
                "0 GET /asked",
                "200 | Cache-Control: no-cache, max-age=99 | Last-Modified: Tue, 14 Nov 2023 00:00:00 GMT >> one",
                "200 Miss >> one",
            ),
            (
                "0 GET /asked",
                "If-Modified-Since: Tue, 14 Nov 2023 00:00:00 GMT => 304 | Link: </a> | Link: </b>",
                "200 RefreshHit | Link: </a>, </b> >> one",
            ),
            ("0 GET /asked", "503", "503 Error"),
        ],
    );
}

#[test]
fn a_stale_object_stands_in_for_a_failing_origin() {
    play(
        "stale",
        &distribution(),
        &[
            ("0 GET /a", "200 | Cache-Control: max-age=10 >> one", "200 Miss"),
            ("20 GET /a", "503 >> broken", "200 RefreshHit | Age: 20 >> one"),
            ("29 GET /a", "", "200 Hit | Age: 29 >> one"),
            ("30 GET /a", "!Connect", "200 RefreshHit | Age: 30 >> one"),
            ("40 GET /a", "404 >> gone", "404 Error >> gone"),
            ("41 GET /a", "", "404 Error | Age: 1 >> gone"),
            ("0 GET /never", "200 | Cache-Control: max-age=10, stale-if-error=0 >> one", "200 Miss"),
            ("10 GET /never", "503 >> broken", "503 Error >> broken"),
            ("0 GET /for5", "200 | Cache-Control: max-age=10, stale-if-error=5 >> one", "200 Miss"),
            ("14 GET /for5", "!ReadTimeout", "200 RefreshHit >> one"),
            ("24 GET /for5", "!ReadTimeout", "504 Error"),
            ("0 GET /shared", "200 | Cache-Control: s-maxage=10, stale-if-error=5 >> one", "200 Miss"),
            ("14 GET /shared", "!ReadTimeout", "200 RefreshHit >> one"),
        ],
    );
}

#[test]
fn the_answer_to_head_brings_an_expired_object_up_to_date() {
    let (kept, old) = ("200 | Cache-Control: max-age=5 | ETag: \"1\" | X-A: 1 >> one", "0 GET /a");
    let (asked, hit) = ("5 HEAD /a", "200 Hit | Age: 1 | X-A: 2 | ETag: \"1\" >> one");
    let rows = [
        ("200 | Cache-Control: max-age=9 | X-A: 2", true),
        ("200 | Cache-Control: max-age=9 | X-A: 2 | ETag: \"1\"", true),
        ("200 | Cache-Control: max-age=9 | X-A: 2 | Content-Length: 3", true),
        ("200 | Cache-Control: max-age=9 | X-A: 2 | ETag: \"2\"", false),
        ("200 | Cache-Control: max-age=9 | X-A: 2 | ETag: W/\"1\"", false),
        ("200 | Cache-Control: max-age=9 | X-A: 2 | Content-Length: 4", false),
        ("200 | Cache-Control: max-age=9 | X-A: 2 | Last-Modified: Tue, 14 Nov 2023 00:00:00 GMT", false),
        ("200 | Cache-Control: max-age=0 | X-A: 2", false),
        ("200 | Cache-Control: no-store | X-A: 2", false),
        ("204 | Cache-Control: max-age=9 | X-A: 2", false),
    ];
    for (said, is_updated) in rows {
        let status = if said.starts_with("204") { "204 Miss" } else { "200 Miss" };
        let (asks, gets) = if is_updated { ("", hit) } else { ("200 >> new", "200 Miss >> new") };
        let dialogue = [(old, kept, "200 Miss >> one"), (asked, said, status), ("6 GET /a", asks, gets)];
        play(said, &distribution(), &dialogue);
    }
}

#[test]
fn what_must_be_asked_about_does_not_stand_in() {
    for said in ["max-age=10, must-revalidate", "max-age=10, proxy-revalidate", "s-maxage=10", "no-cache"] {
        let kept = format!("200 | Cache-Control: {said} | ETag: \"1\" >> one");
        play(
            said,
            &distribution(),
            &[
                ("0 GET /a", &kept, "200 Miss"),
                ("20 GET /a", "!Connect", "502 Error"),
                ("40 GET /a", "-If-None-Match => 200 >> two", "200 Miss >> two"),
            ],
        );
    }
}

#[test]
fn the_time_before_the_edge_counts() {
    play(
        "Age",
        &distribution(),
        &[
            ("0 GET /a", "200 | Cache-Control: max-age=10 | Age: 7 >> one", "200 Miss | Age: *"),
            ("2 GET /a", "", "200 Hit | Age: 9 >> one"),
            ("3 GET /a", "200 | Cache-Control: max-age=10 | Age: 10 >> two", "200 Miss >> two"),
            ("3 GET /a", "200 | Cache-Control: max-age=10 | Age: old, 10 >> three", "200 Miss >> three"),
            ("12 GET /a", "", "200 Hit | Age: 9 >> three"),
        ],
    );
}

#[test]
fn an_unsafe_method_ends_what_is_kept() {
    play(
        "unsafe methods",
        &distribution(),
        &[
            ("0 GET /writable/a", "200 >> one", "200 Miss"),
            ("0 HEAD /writable/a", "", "200 Hit"),
            ("1 POST /writable/a >> x", "500 >> no", "500 Error >> no"),
            ("1 GET /writable/a", "", "200 Hit >> one"),
            ("1 PUT /writable/b >> x", "204", "204 Miss"),
            ("1 OPTIONS /writable/a", "200", "200 Miss"),
            ("1 GET /writable/a", "", "200 Hit >> one"),
            ("1 DELETE /writable/a", "204", "204 Miss"),
            ("1 GET /writable/a", "404 >> gone", "404 Error >> gone"),
            ("2 GET /writable/a", "", "404 Error >> gone"),
            ("2 PUT /writable/a >> x", "201 >> made", "201 Miss >> made"),
            ("2 GET /writable/a", "200 >> two", "200 Miss >> two"),
            ("2 GET /writable/c", "200 >> c", "200 Miss >> c"),
            ("2 GET /d?ignored", "200 >> d", "200 Miss >> d"),
            ("3 POST /writable/new >> x", "500 | Location: a", "500 Error"),
            (
                "3 POST /writable/new >> x",
                "201 | Location: a | Content-Location: http://www.example.com/d",
                "201 Miss",
            ),
            ("3 POST /writable/new >> x", "201 | Location: https://other.example.com/writable/c", "201 Miss"),
            ("3 GET /writable/a", "200 >> three", "200 Miss >> three"),
            ("3 GET /d", "200 >> new", "200 Miss >> new"),
            ("3 GET /writable/c", "", "200 Hit >> c"),
        ],
    );
}

#[test]
fn an_answer_for_who_sent_authorization_is_not_kept_for_others() {
    play(
        "Authorization",
        &distribution(),
        &[
            ("0 GET /writable/a | Authorization: me", "Authorization: me => 200 >> mine", "200 Miss >> mine"),
            ("0 GET /writable/a", "200 | Cache-Control: public >> all", "200 Miss >> all"),
            ("1 GET /writable/a | Authorization: me", "", "200 Hit >> all"),
            ("1 GET /a | Authorization: me", "-Authorization => 200 >> all", "200 Miss >> all"),
            ("1 GET /a", "", "200 Hit >> all"),
        ],
    );
}

#[test]
fn stale_while_revalidate_answers_first_and_asks_then() {
    run(async {
        let (edge, distribution) = (edge(), distribution());
        let origins = edge.origins();
        origins.says("200 | Cache-Control: max-age=10, stale-while-revalidate=30 | ETag: \"1\" >> one");
        ask(&edge, &distribution, "0 GET /a").await;
        let (mut x, seen) = ask(&edge, &distribution, "15 GET /a").await;
        check("served at once", "200 Hit | Age: 15 >> one", &seen);
        assert_eq!(origins.asked.get(), 1);
        let (other, seen) = ask(&edge, &distribution, "16 GET /a").await;
        check("another is served while it is fetched", "200 Hit | Age: 16 >> one", &seen);
        assert!(other.refresh.is_none());
        origins.says("If-None-Match: \"1\" => 200 | Cache-Control: max-age=10 >> two");
        let refresh = *x.refresh.take().expect("a refresh");
        edge.refresh(&distribution, refresh, &mut x).await;
        let (_, seen) = ask(&edge, &distribution, "17 GET /a").await;
        check("the new one", "200 Hit | Age: 2 >> two", &seen);
    });
}

#[test]
fn the_key_is_what_the_policy_says() {
    play(
        "key",
        &distribution(),
        &[
            ("0 GET /query/a?x=1", "GET /query/a?x=1 => 200 >> one", "200 Miss"),
            ("0 GET /query/a?x=2", "200 >> two", "200 Miss >> two"),
            ("0 GET /query/a?x=1", "", "200 Hit >> one"),
            (
                "0 GET /cookies/a | Cookie: u=1",
                "Cookie: u=1 => 200 | Set-Cookie: s=1 >> one",
                "200 Miss | Set-Cookie: s=1",
            ),
            ("0 GET /cookies/a | Cookie: u=2", "200 >> two", "200 Miss >> two"),
            ("0 GET /cookies/a | Cookie: u=1", "", "200 Hit | Set-Cookie: s=1 >> one"),
            ("0 GET /options/a", "200 >> get", "200 Miss >> get"),
            ("0 OPTIONS /options/a", "OPTIONS /options/a => 200 >> options", "200 Miss >> options"),
            ("0 OPTIONS /options/a", "", "200 Hit >> options"),
            ("0 GET /options/a", "", "200 Hit >> get"),
        ],
    );
}

#[test]
fn cookies_of_the_origin_pass_where_cookies_are_forwarded() {
    let says = "200 | Cache-Control: no-cache=\"Set-Cookie\", max-age=9 | Set-Cookie: s=1 >> x";
    play(
        "Set-Cookie",
        &distribution(),
        &[
            ("0 GET /a", says, "200 Miss | -Set-Cookie"),
            ("0 GET /uncached/a", says, "200 Miss | Set-Cookie: s=1"),
            ("0 GET /cookies/a", says, "200 Miss | Set-Cookie: s=1 >> x"),
            ("1 GET /cookies/a", "", "200 Hit | -Set-Cookie >> x"),
        ],
    );
}

#[test]
fn what_is_for_one_answer_only_is_not_kept() {
    play(
        "listed fields",
        &distribution(),
        &[
            (
                "0 GET /a",
                "200 | Cache-Control: max-age=9, no-cache=\"X-A, X-B\", private=\"X-C\" | X-A: 1 | X-B: 2 | X-C: 3 | X-D: 4 >> x",
                "200 Miss | X-A: 1 | X-B: 2 | X-C: 3 | X-D: 4 >> x",
            ),
            ("1 GET /a", "", "200 Hit | -X-A | -X-B | -X-C | X-D: 4 >> x"),
        ],
    );
}

#[test]
fn an_invalidation_removes_what_it_names() {
    run(async {
        let (edge, distribution) = (edge(), distribution());
        for target in ["/a", "/b/1", "/b/2", "/query/a?x=1", "/gone"] {
            edge.origins().says(if target == "/gone" { "404 >> x" } else { "200 >> x" });
            ask(&edge, &distribution, &format!("0 GET {target}")).await;
        }
        let rows = [
            ("/nothing", 0),
            ("/A", 0),
            ("/a", 1),
            ("/b/*", 2),
            ("/query/a", 0),
            ("/query/a?x=1", 1),
            ("/*", 1),
        ];
        for (path, removed) in rows {
            let paths = invalidation_paths(&[path]).expect(path);
            assert_eq!(invalidate(edge.cache(), &distribution, &paths), removed, "{path}");
        }
        let mut other = distribution.clone();
        other.id = "EANOTHER".into();
        edge.origins().says("200 >> new");
        let (_, seen) = ask(&edge, &distribution, "1 GET /a").await;
        check("asked anew", "200 Miss >> new", &seen);
        let paths = invalidation_paths(&["/*"]).expect("a path");
        assert_eq!(invalidate(edge.cache(), &other, &paths), 0);
    });
}

#[test]
fn a_response_headers_policy_dresses_every_answer() {
    let says = "200 | Server: nginx | X-Secret: 1 | X-Content-Type-Options: other >> x";
    let dressed = "Server: CloudFront | -X-Secret | X-Content-Type-Options: nosniff | X-Own: policy";
    let rows = [
        ("0 GET /dressed/a", says, "200 Miss"),
        ("1 GET /dressed/a", "", "200 Hit | -Access-Control-Allow-Origin | -Server-Timing"),
        ("1 GET /dressed/a | Pragma: server-timing", "", "200 Hit | Server-Timing: *"),
        (
            "1 GET /dressed/a | Origin: https://app.example.com",
            "",
            "200 Hit | Access-Control-Allow-Origin: https://app.example.com",
        ),
        ("1 GET /dressed/a | Origin: https://evil.example.org", "", "200 Hit | -Access-Control-Allow-Origin"),
        ("1 GET /dressed/a | Range: bytes=0-0", "", "206 Hit | Content-Range: bytes 0-0/1"),
        (
            "1 GET /dressed/own",
            "200 | Server: x | X-Own: origin >>* stream",
            "200 Miss | X-Own: origin | Server: CloudFront >> stream",
        ),
        ("1 GET /dressed/own", "", "200 Hit | X-Own: origin >> stream"),
    ];
    play("policy", &distribution(), &rows);
    run(async {
        let (edge, distribution) = (edge(), distribution());
        edge.origins().says(says);
        for viewer in ["0 GET /dressed/a", "1 GET /dressed/a"] {
            let (x, seen) = ask(&edge, &distribution, viewer).await;
            check(viewer, &format!("200 {} | {dressed}", x.result.result_type()), &seen);
        }
    });
}
