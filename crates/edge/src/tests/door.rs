//! What happens before anything is looked up.

use super::fixture::distribution;
use super::stage::{ask, edge, play, run};

#[test]
fn requests_are_let_in_redirected_or_refused() {
    play(
        "the door",
        &distribution(),
        &[
            (
                "0 GET /secure/a?b=1",
                "",
                "301 Redirect | Location: https://www.example.com/secure/a?b=1 | Server: CloudFront | Content-Type: text/html",
            ),
            ("0 HEAD /secure/a", "", "301 Redirect >>"),
            ("0 POST /secure/a >> x", "", "307 Redirect"),
            ("0S GET /secure/a", "GET /secure/a => 200 >> x", "200 Miss >> x"),
            ("0 GET /only/a", "", "403 Error"),
            ("0 POST /a", "", "403 Error | Content-Type: text/html"),
            ("0 OPTIONS /a", "", "403 Error"),
            ("0 GET /a >> body", "", "403 Error"),
            ("0 TRACE /uncached/a", "", "403 Error"),
            ("0 GET /", "GET /index.html => 200 >> root", "200 Miss >> root"),
            ("0 GET /index.html", "", "200 Hit >> root"),
            ("0 GET /?x=1", "", "200 Hit >> root"),
            ("0 GET /a//b/../c", "GET /a//b/../c => 200 >> raw", "200 Miss >> raw"),
        ],
    );
}

#[test]
fn a_disabled_distribution_refuses() {
    let mut disabled = distribution();
    disabled.enabled = false;
    play(
        "disabled",
        &disabled,
        &[("0 GET /a", "", "403 Error | Server: CloudFront | Date: * | X-Amz-Cf-Pop: SEA73-P1")],
    );
}

#[test]
fn pages_have_cloudfronts_headers_in_cloudfronts_order() {
    run(async {
        let (x, seen) = ask(&edge(), &distribution(), "0 POST /a").await;
        let names: Vec<_> = seen.headers.iter().map(|(name, _)| name).collect();
        let wanted = ["Server", "Date", "Content-Type", "X-Cache", "Via", "X-Amz-Cf-Pop", "X-Amz-Cf-Id"];
        assert_eq!(names, wanted);
        assert_eq!(seen.headers.first_text("X-Amz-Cf-Id"), Some(x.request_id.as_str()));
        assert_eq!(seen.headers.first_text("Date"), Some("Tue, 14 Nov 2023 22:13:20 GMT"));
        let via = seen.headers.first_text("Via");
        assert_eq!(via, Some("1.1 0123456789abcdef0123456789abcdef.cloudfront.net (CloudFront)"));
        assert_eq!(seen.body.map(|body| body.len()), Ok(1053));
    });
}
