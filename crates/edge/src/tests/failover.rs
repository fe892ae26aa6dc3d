//! Origin groups: the secondary origin is asked as an origin of its own.

use frontgate_explain::FactKind;

use super::fixture::{distribution, with_error_response};
use super::stage::{ask, edge, play, run};

const FROM_PRIMARY: &str = "GET /group/a | Host: origin.example.net | -X-Copy";
const FROM_SECONDARY: &str = "GET /copy/group/a | Host: secondary.example.net | X-Copy: yes";

#[test]
fn the_secondary_origin_is_asked_where_the_primary_one_fails() {
    let both = |primary: &str, secondary: &str| {
        format!("{FROM_PRIMARY} => {primary}\n{FROM_SECONDARY} => {secondary}")
    };
    let rows = [
        (both("500 >> broken", "200 >> copy"), "200 Miss >> copy"),
        (both("404 >> none", "403 >> no"), "403 Error >> no"),
        (both("!Connect", "200 >> copy"), "200 Miss >> copy"),
        (both("!ConnectTimeout", "200 >> copy"), "200 Miss >> copy"),
        (both("!Dns", "!Dns"), "502 Error"),
        (format!("{FROM_PRIMARY} => 200 >> first"), "200 Miss >> first"),
        (format!("{FROM_PRIMARY} => 302 | Location: /b"), "302 Miss"),
        (format!("{FROM_PRIMARY} => 403 >> no"), "403 Error >> no"),
        (format!("{FROM_PRIMARY} => !ReadTimeout"), "504 Error"),
        (format!("{FROM_PRIMARY} => !Closed"), "502 Error"),
    ];
    for (origin, wanted) in &rows {
        play("an origin group", &distribution(), &[("0 GET /group/a", origin, wanted)]);
    }
}

#[test]
fn what_the_secondary_origin_answers_is_kept_and_the_primary_one_is_asked_first_every_time() {
    play(
        "kept",
        &distribution(),
        &[
            (
                "0 GET /group/a",
                "503 >> down\n200 | Cache-Control: max-age=10 | ETag: \"c\" >> copy",
                "200 Miss",
            ),
            ("9 GET /group/a", "", "200 Hit | Age: 9 >> copy"),
            (
                "10 GET /group/a",
                "GET /group/a | If-None-Match: \"c\" => 503 >> down
                 GET /copy/group/a | If-None-Match: \"c\" => 304 | Cache-Control: max-age=10",
                "200 RefreshHit >> copy",
            ),
            ("20 GET /group/a", "503 >> down\n503 >> down, too", "200 RefreshHit | Age: 10 >> copy"),
            ("30 GET /group/a", "GET /group/a => 200 >> back", "200 Miss >> back"),
            ("0 OPTIONS /group/b", "OPTIONS /group/b => 500 >> no", "500 Error >> no"),
            (
                "0 HEAD /group/h",
                "HEAD /group/h => 500\nHEAD /copy/group/h => 200 | Content-Length: 7",
                "200 Miss",
            ),
        ],
    );
    play(
        "the error page replaces what the secondary origin answers",
        &with_error_response(500, Some(("/pages/500.html", 200)), 5),
        &[(
            "0 GET /group/a",
            "404 >> none\n500 >> broken\nGET /pages/500.html => 200 >> page",
            "200 Error >> page",
        )],
    );
}

#[test]
fn the_reasons_and_the_last_request_are_told() {
    run(async {
        let rows = [
            ("500\n200", "FailedOver", "/copy/group/a"),
            ("!Connect\n200", "FailedOverWithoutAnswer", "/copy/group/a"),
            ("403", "NotFailedOver", "/group/a"),
            ("!ReadTimeout", "NotFailedOverWithoutAnswer", "/group/a"),
        ];
        for (origin, fact, target) in rows {
            let edge = edge();
            edge.origins().says(origin);
            let (x, _) = ask(&edge, &distribution(), "0 GET /group/a").await;
            let facts: Vec<_> = x.trace.facts().iter().map(|fact| format!("{:?}", fact.kind)).collect();
            assert!(facts.iter().any(|noted| noted == fact), "{origin}: {facts:?}");
            assert_eq!(x.origin_request.expect("a request").target, target, "{origin}");
            let asked = x.trace.facts().iter().filter(|fact| fact.kind == FactKind::OriginChosen).count();
            assert_eq!(asked, origin.lines().count(), "{origin}");
        }
    });
}
