//! Errors: kept for their time, replaced by pages, made by CloudFront.

use std::sync::Arc;

use frontgate_edge_rules::Behavior;

use super::fixture::{distribution, with_error_response};
use super::stage::{ask, edge, play, run};

#[test]
fn errors_are_kept_for_their_time() {
    play(
        "error caching",
        &distribution(),
        &[
            ("0 GET /404", "404 >> gone", "404 Error | -Age >> gone"),
            ("9 GET /404", "", "404 Error | Age: 9 >> gone"),
            ("10 GET /404", "200 >> back", "200 Miss >> back"),
            ("0 GET /403", "403 >> no", "403 Error >> no"),
            ("0 GET /403", "403 | Cache-Control: max-age=60 >> no", "403 Error >> no"),
            ("59 GET /403", "", "403 Error >> no"),
            ("0 GET /500", "500 >>* a stream of an error", "500 Error >> a stream of an error"),
            ("1 GET /500", "", "500 Error >> a stream of an error"),
            ("0 GET /401", "401 >> no", "401 Error"),
            ("0 GET /401", "200 >> yes", "200 Miss"),
            ("0 GET /uncached/404", "404 >> gone", "404 Error >> gone"),
            ("0 GET /uncached/404", "200 >> back", "200 Miss >> back"),
        ],
    );
    play(
        "ErrorCachingMinTTL",
        &with_error_response(404, None, 3),
        &[
            ("0 GET /404", "404 >> gone", "404 Error >> gone"),
            ("2 GET /404", "", "404 Error >> gone"),
            ("3 GET /404", "200 >> back", "200 Miss >> back"),
        ],
    );
}

#[test]
fn failures_of_the_origin_are_pages_and_kept() {
    run(async {
        let rows = [
            ("!Dns", 502, "wasn't able to resolve"),
            ("!Connect", 502, "wasn't able to connect"),
            ("!ConnectTimeout", 504, "either the attempt failed or"),
            ("!ReadTimeout", 504, "504 Gateway Timeout ERROR"),
            ("!Closed", 502, "either the attempt failed or"),
        ];
        for (failure, status, words) in rows {
            let (edge, distribution) = (edge(), distribution());
            edge.origins().says(failure);
            for viewer in ["0 GET /a", "9 GET /a"] {
                let (x, seen) = ask(&edge, &distribution, viewer).await;
                assert_eq!((seen.status, seen.result), (status, "Error"), "{failure}");
                let text = String::from_utf8(seen.body.unwrap()).unwrap();
                assert!(text.contains(words) && text.contains(x.request_id.as_str()), "{failure}: {text}");
                assert_eq!(seen.headers.contains("Age"), viewer.starts_with('9'), "{failure}");
            }
            edge.origins().says("200 >> back");
            assert_eq!(ask(&edge, &distribution, "10 GET /a").await.1.status, 200, "{failure}");
        }
    });
}

#[test]
fn a_custom_error_response_stands_for_an_error() {
    play(
        "custom error response",
        &with_error_response(404, Some(("/pages/app.html", 200)), 5),
        &[
            (
                "0 GET /missing",
                "GET /missing => 404 >> gone
                 GET /pages/app.html | -If-None-Match => 200 | ETag: \"p\" | Content-Type: text/html >> app",
                "200 Error | ETag: \"p\" | Content-Type: text/html >> app",
            ),
            ("1 GET /missing", "", "200 Error >> app"),
            ("1 GET /missing | If-None-Match: \"p\" | Range: bytes=0-0", "", "200 Error >> app"),
            ("1 HEAD /missing", "", "200 Error >>"),
            ("1 GET /pages/app.html", "", "200 Hit | Age: 1 >> app"),
            ("5 GET /missing", "200 >> back", "200 Miss >> back"),
            (
                "5 POST /uncached/api >> x",
                "POST /uncached/api => 404 | Set-Cookie: s=1 >> {}",
                "200 Error | -Set-Cookie >> app",
            ),
            ("6 GET /stream", "404 >>* an error that comes in chunks", "200 Error >> app"),
            ("7 GET /stream", "", "200 Error >> app"),
        ],
    );
    play(
        "the page fails",
        &with_error_response(503, Some(("/pages/503.html", 200)), 5),
        &[
            ("0 GET /a", "503 >> down\n404 >> no page", "404 Error >> no page"),
            ("0 GET /b", "!Dns", "502 Error"),
        ],
    );
    play(
        "CloudFront's own refusal",
        &with_error_response(403, Some(("/pages/403.html", 403)), 5),
        &[("0 POST /a", "GET /pages/403.html => 200 >> mine", "403 Error >> mine")],
    );
}

#[test]
fn the_connection_after_a_custom_error_page_is_as_documented() {
    run(async {
        for (status, close) in [(400, true), (404, false), (500, true), (502, false)] {
            let distribution = with_error_response(status, Some(("/pages/a", status)), 5);
            let edge = edge();
            edge.origins().says(&format!("{status} >> x\n200 >> page"));
            let (_, seen) = ask(&edge, &distribution, "0 GET /a").await;
            assert_eq!((seen.status, seen.close), (status, close), "{status}");
        }
    });
}

#[test]
fn a_slow_origin_is_asked_again_by_methods_that_change_nothing() {
    let mut distribution = distribution();
    let patient = |behavior: &mut Behavior| Arc::make_mut(&mut behavior.origin).connection_attempts = 3;
    distribution.behaviors.iter_mut().for_each(patient);
    patient(&mut distribution.default_behavior);
    play(
        "slow origins",
        &distribution,
        &[
            ("0 GET /a", "!ReadTimeout\n!ReadTimeout\n200 >> at last", "200 Miss >> at last"),
            ("0 GET /b", "!ReadTimeout\n200 >> soon", "200 Miss >> soon"),
            ("0 GET /uncached/c", "!ReadTimeout\n!ReadTimeout\n!ReadTimeout", "504 Error"),
            ("0 GET /uncached/c", "!ReadTimeout\n!Closed", "502 Error"),
            ("0 POST /uncached/c >> body", "!ReadTimeout", "504 Error"),
        ],
    );
}
