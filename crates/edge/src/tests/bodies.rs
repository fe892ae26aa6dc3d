//! Parts, heads, conditions, compressed forms and bodies that come bit by bit.

use std::io::Read;

use frontgate_message::{BodyError, Request};

use super::fixture::distribution;
use super::stage::{START, ask, check, edge, play, request, run, see};
use crate::{Exchange, RequestId};

#[test]
fn parts_are_cut_out_of_whole_objects() {
    let rows = [
        ("0 GET /a", "200 | Content-Type: text/x >> 0123456789", "200 Miss"),
        ("1 GET /a | Range: bytes=-3", "", "206 Hit | Age: 1 | Content-Range: bytes 7-9/10 >> 789"),
        ("1 GET /a | Range: bytes=8-", "", "206 Hit | Content-Type: text/x >> 89"),
        ("1 GET /a | Range: bytes=5-1", "", "200 Hit | -Content-Range >> 0123456789"),
        ("1 GET /a | Range: bytes=20-", "", "416 Error | Content-Range: bytes */10 >>"),
        ("1 HEAD /a | Range: bytes=0-1", "", "200 Hit | -Content-Range >>"),
        ("0 GET /c | Range: bytes=0-1", "200 >>* chunked body", "200 Miss >> chunked body"),
        ("0 GET /c | Range: bytes=0-1", "", "206 Hit >> ch"),
    ];
    play("ranges", &distribution(), &rows);
}

#[test]
fn a_viewer_that_has_the_object_gets_304() {
    let rows = [
        (
            "0 GET /a | If-None-Match: \"v\"",
            "-If-None-Match => 200 | ETag: \"v\" | Content-Type: text/x >> abc",
            "304 Miss | ETag: \"v\" | -Content-Type >>",
        ),
        ("1 GET /a | If-None-Match: \"v\"", "", "304 Hit | ETag: \"v\" | Age: 1 >>"),
        ("1 HEAD /a | If-None-Match: \"v\"", "", "304 Hit >>"),
        ("1 GET /a | If-None-Match: \"w\"", "", "200 Hit >> abc"),
        ("0 GET /s | If-None-Match: \"v\"", "200 | ETag: \"v\" >>* coming in chunks", "304 Miss >>"),
        ("0 GET /s", "", "200 Hit >> coming in chunks"),
        ("0 GET /cookies/a | If-None-Match: \"v\"", "200 | ETag: \"v\" >> abc", "304 Miss"),
        (
            "0 GET /cookies/a | Cookie: u=1 | If-None-Match: \"v\"",
            "200 | ETag: \"v\" >> abc",
            "200 Miss >> abc",
        ),
        ("0 GET /cookies/a | Cookie: u=1 | If-None-Match: \"v\"", "", "200 Hit >> abc"),
        ("0 GET /n", "304", "304 Miss"),
        ("0 GET /n", "200 >> abc", "200 Miss >> abc"),
        ("0 GET /uncached/a | If-None-Match: \"v\"", "If-None-Match: \"v\" => 304 | ETag: \"v\"", "304 Miss"),
    ];
    play("conditions", &distribution(), &rows);
}

#[test]
fn head_is_served_from_get_and_keeps_its_own_answers_apart() {
    run(async {
        let (edge, distribution) = (edge(), distribution());
        let rows = [
            ("0 HEAD /a", "HEAD /a => 200 | ETag: \"v\" >> abc", "200 Miss | ETag: \"v\" >>"),
            ("1 HEAD /a", "", "200 Hit | Age: 1 >>"),
            ("1 GET /a", "GET /a => 200 | ETag: \"v\" >> abc", "200 Miss >> abc"),
            ("3 HEAD /a", "", "200 Hit | Age: 2 >>"),
            ("3 HEAD /uncached/a", "200 | Content-Length: 3", "200 Miss >>"),
        ];
        for (viewer, origin, wanted) in rows {
            edge.origins().says(origin);
            let (_, seen) = ask(&edge, &distribution, viewer).await;
            check(viewer, wanted, &seen);
            let length = if viewer.contains("HEAD") { Some(3) } else { None };
            assert_eq!(seen.length_of_omitted_body, length, "{viewer}");
        }
    });
}

#[test]
fn compressed_forms_are_made_once_and_kept() {
    let rows = [
        (
            "0 GET /packed/a | Accept-Encoding: gzip, br",
            "Accept-Encoding: br,gzip => 200 | Content-Type: text/css | ETag: \"v\" >> ax2000",
            "200 Miss | Content-Encoding: br | ETag: W/\"v\" | Vary: Accept-Encoding",
        ),
        ("1 GET /packed/a | Accept-Encoding: br;q=1, gzip", "", "200 Hit | Content-Encoding: br"),
        (
            "1 GET /packed/a | Accept-Encoding: gzip",
            "Accept-Encoding: gzip => 200 | Content-Type: text/css >> ax2000",
            "200 Miss | Content-Encoding: gzip",
        ),
        (
            "1 GET /packed/a",
            "-Accept-Encoding => 200 | Content-Type: text/css >> small",
            "200 Miss | -Content-Encoding >> small",
        ),
        (
            "90000 GET /packed/a | Accept-Encoding: br, gzip",
            "If-None-Match: \"v\" => 304 | ETag: \"v\"",
            "200 RefreshHit | Content-Encoding: br | ETag: W/\"v\"",
        ),
        (
            "90001 GET /packed/a | Accept-Encoding: br, gzip",
            "",
            "200 Hit | Content-Encoding: br | ETag: W/\"v\"",
        ),
        (
            "0 GET /packed/b | Accept-Encoding: br",
            "200 | Content-Type: image/png >> ax2000",
            "200 Miss | -Content-Encoding",
        ),
        (
            "0 GET /packed/c | Accept-Encoding: br",
            "200 | Content-Type: text/css >>* ax2000",
            "200 Miss | -Content-Encoding",
        ),
        (
            "0 GET /packed/d | Accept-Encoding: br",
            "200 | Content-Type: text/css | Content-Encoding: zstd >> ax2000",
            "200 Miss | Content-Encoding: zstd",
        ),
        (
            "0 GET /packed/e | Accept-Encoding: br",
            "200 | Content-Type: text/css | Cache-Control: no-store >> ax2000",
            "200 Miss | -Content-Encoding",
        ),
        ("0 GET /packed/f | Accept-Encoding: br", "200 | Content-Type: text/css >>+ ax2000 !", "502 Error"),
        (
            "0 GET /uncached/a | Accept-Encoding: br",
            "200 | Content-Type: text/css >> ax2000",
            "200 Miss | -Content-Encoding",
        ),
    ];
    play("compression", &distribution(), &rows);
}

#[test]
fn compressed_forms_are_what_they_say() {
    run(async {
        let (edge, distribution) = (edge(), distribution());
        for (coding, count) in [("br", 2_000), ("gzip", 2_000), ("br", 90_000), ("gzip", 90_000)] {
            edge.origins().says(&format!("200 | Content-Type: text/css >>+ yx{count}"));
            let viewer = format!("0 GET /packed/{coding}{count} | Accept-Encoding: {coding}");
            for _ in 0..2 {
                let (_, seen) = ask(&edge, &distribution, &viewer).await;
                let body = seen.body.unwrap();
                let mut text = String::new();
                match coding {
                    "br" => brotli::Decompressor::new(&body[..], 4096).read_to_string(&mut text).unwrap(),
                    _ => flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut text).unwrap(),
                };
                assert_eq!(text, "y".repeat(count), "{viewer}");
            }
        }
    });
}

#[test]
fn bodies_that_break_off_are_passed_on_and_not_kept() {
    let rows = [
        ("0 GET /a", "200 >>+ abcdefghij !", "200 Miss >>!"),
        ("0 GET /a", "200 >>* abcdefghij !", "200 Miss >>!"),
        ("0 GET /a", "200 >>+ abcdefghij", "200 Miss >> abcdefghij"),
        ("0 GET /a", "", "200 Hit >> abcdefghij"),
    ];
    play("truncated", &distribution(), &rows);
}

#[test]
fn bodies_larger_than_an_object_may_be_pass_by() {
    run(async {
        let (edge, distribution) = (edge(), distribution());
        for kind in ["", "+ ", "* "] {
            for _ in 0..2 {
                edge.origins().says(&format!("200 >>{kind}zx150000"));
                let (_, seen) = ask(&edge, &distribution, "0 GET /large").await;
                assert_eq!(seen.body.map(|body| body.len()), Ok(150_000), "{kind}");
                assert_eq!(seen.result, "Miss", "{kind}");
            }
        }
        assert_eq!(edge.cache().counts().entries, 0);
    });
}

#[test]
fn bodies_of_requests_go_to_the_origin() {
    run(async {
        let (edge, distribution) = (edge(), distribution());
        edge.origins().says("POST /uncached/a => 201 >> done");
        let (_, seen) = ask(&edge, &distribution, "0 POST /uncached/a >> some text").await;
        check("POST", "201 Miss >> done", &seen);
        assert_eq!(edge.origins().bodies.borrow()[..], [b"some text".to_vec()]);
        let (_, Request { head, .. }) = request("0 POST /uncached/a");
        let broken = frontgate_message::Body::stream(Some(9), Broken);
        edge.origins().says("200 >> never");
        let mut x = Exchange::new(START, RequestId::of_bytes(&[0; 40]));
        let response = edge.serve(&distribution, &head, broken, &mut x).await;
        check("broken", "400 Error", &see(response, &x).await);
    });
}

struct Broken;

impl frontgate_message::Chunks for Broken {
    fn poll_chunk(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<bytes::Bytes, BodyError>>> {
        std::task::Poll::Ready(Some(Err(BodyError::BadChunk)))
    }
}
