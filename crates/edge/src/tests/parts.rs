//! Requests for ranges: what the origin is asked for, what is kept, and what belongs together.

use frontgate_cache::{Cache, Limits};
use frontgate_explain::FactKind;

use super::fixture::distribution;
use super::stage::{ask, check, edge, edge_of, play, run};

#[test]
fn parts_are_kept_and_added_up() {
    let rows = [
        (
            "0 GET /a | Range: bytes=2-4",
            "Range: bytes=2-4 | -If-Range => 206 | Content-Range: bytes 2-4/10 | ETag: \"v\" >> 234",
            "206 Miss | Content-Range: bytes 2-4/10 | ETag: \"v\" >> 234",
        ),
        ("1 GET /a | Range: bytes=2-4", "", "206 Hit | Content-Range: bytes 2-4/10 | Age: 1 >> 234"),
        ("1 GET /a | Range: bytes=3-3", "", "206 Hit | Content-Range: bytes 3-3/10 >> 3"),
        ("1 GET /a | Range: bytes=-20", "Range: bytes=-20 | -If-Range => 503", "503 Error"),
        (
            "12 GET /a | Range: bytes=3-6",
            "Range: bytes=5-6 | If-Range: \"v\" => 206 | Content-Range: bytes 5-6/10 | ETag: \"v\" >>+ 56",
            "206 Miss | Content-Range: bytes 3-6/10 | -Age >> 3456",
        ),
        (
            "13 GET /a | Range: bytes=-2",
            "Range: bytes=-2 | -If-Range => 206 | Content-Range: bytes 8-9/10 | ETag: \"v\" >> 89",
            "206 Miss | Content-Range: bytes 8-9/10 >> 89",
        ),
        ("13 GET /a | Range: bytes=10-", "", "416 Error | Content-Range: bytes */10 >>"),
        (
            "13 GET /a | Range: bytes=2-4 | If-None-Match: \"v\"",
            "",
            "304 Hit | ETag: \"v\" | -Content-Range >>",
        ),
        (
            "13 GET /a | Range: bytes=3-8",
            "Range: bytes=7-7 => 206 | Content-Range: bytes 7-7/10 | ETag: \"v\" >> 7",
            "206 Miss >> 345678",
        ),
        ("13 GET /a | Range: bytes=2-3,5-6,9-", "", "206 Hit"),
        (
            "13 GET /a | Range: bytes=0-",
            "Range: bytes=0-1 => 206 | Content-Range: bytes 0-1/10 | ETag: \"v\" >> 01",
            "206 Miss | Content-Range: bytes 0-9/10 >> 0123456789",
        ),
        ("14 GET /a", "", "200 Hit | -Content-Range | Age: 1 >> 0123456789"),
        ("14 GET /a | Range: bytes=-3", "", "206 Hit >> 789"),
    ];
    play("added up", &distribution(), &rows);
}

#[test]
fn an_origin_without_ranges_is_served_as_it_answers() {
    let rows = [
        (
            "0 GET /a | Range: bytes=2-4",
            "Range: bytes=2-4 => 200 | Content-Type: text/x >> 0123456789",
            "200 Miss | -Content-Range >> 0123456789",
        ),
        ("1 GET /a | Range: bytes=2-4", "", "206 Hit | Content-Range: bytes 2-4/10 >> 234"),
        ("0 GET /s | Range: bytes=7-11", "200 >>+ abcdefghijklmnopq", "200 Miss >> abcdefghijklmnopq"),
        ("0 GET /s | Range: bytes=7-11", "", "206 Hit >> hijkl"),
        (
            "0 GET /k | Range: bytes=2-4 | If-None-Match: \"v\"",
            "-If-None-Match => 200 | ETag: \"v\" >> 0123456789",
            "304 Miss >>",
        ),
        ("0 GET /l | Range: bytes=1-2", "Range: bytes=1-2 => 200 >>+ zx150000", "200 Miss"),
        ("0 GET /404 | Range: bytes=1-2", "404 >> no", "404 Error >> no"),
        ("1 GET /404 | Range: bytes=5-6", "", "404 Error >> no"),
        ("0 GET /416 | Range: bytes=90-", "416 | Content-Range: bytes */10", "416 Error"),
        ("0 GET /416 | Range: bytes=90-", "416 | Content-Range: bytes */10", "416 Error"),
        ("0 GET /x | Range: bytes=1-2", "!Connect", "502 Error"),
        ("1 GET /x | Range: bytes=1-3", "", "502 Error"),
    ];
    play("no ranges", &distribution(), &rows);
}

#[test]
fn versions_never_mix() {
    let first = "206 | Content-Range: bytes 0-3/10 | ETag: \"v\" >> 0123";
    let rows = [
        ("0 GET /a | Range: bytes=0-3", first, "206 Miss >> 0123"),
        // The origin says by the status that there is another version.
        (
            "1 GET /a | Range: bytes=2-5",
            "Range: bytes=4-5 | If-Range: \"v\" => 200 | ETag: \"w\" >> abcdefghij",
            "206 Miss | ETag: \"w\" >> cdef",
        ),
        ("1 GET /a | Range: bytes=0-3", "", "206 Hit >> abcd"),
        // It does not know If-Range: the part is of another version, or of another length.
        ("0 GET /b | Range: bytes=0-3", first, "206 Miss >> 0123"),
        (
            "1 GET /b | Range: bytes=2-5",
            "Range: bytes=4-5 => 206 | Content-Range: bytes 4-5/10 | ETag: \"w\" >> ef
             Range: bytes=2-5 | -If-Range => 206 | Content-Range: bytes 2-5/10 | ETag: \"w\" >> cdef",
            "206 Miss | Content-Range: bytes 2-5/10 | ETag: \"w\" >> cdef",
        ),
        ("0 GET /c | Range: bytes=0-3", first, "206 Miss >> 0123"),
        (
            "1 GET /c | Range: bytes=2-5",
            "Range: bytes=4-5 => 206 | Content-Range: bytes 4-5/20 | ETag: \"v\" >> ef
             206 | Content-Range: bytes 2-5/20 | ETag: \"v\" >> cdef",
            "206 Miss | Content-Range: bytes 2-5/20 >> cdef",
        ),
        // Without a strong validator each part stands alone.
        (
            "0 GET /d | Range: bytes=0-3",
            "206 | Content-Range: bytes 0-3/10 | ETag: W/\"v\" >> 0123",
            "206 Miss",
        ),
        ("1 GET /d | Range: bytes=0-1", "", "206 Hit >> 01"),
        (
            "1 GET /d | Range: bytes=2-5",
            "Range: bytes=2-5 => 206 | Content-Range: bytes 2-5/10 | ETag: W/\"v\" >> 2345",
            "206 Miss >> 2345",
        ),
        ("1 GET /d | Range: bytes=4-5", "", "206 Hit >> 45"),
        (
            "1 GET /d | Range: bytes=0-1",
            "Range: bytes=0-1 => 206 | Content-Range: bytes 0-1/10 | ETag: W/\"v\" >> 01",
            "206 Miss",
        ),
        // The viewer has a part of another version.
        ("0 GET /e | Range: bytes=0-3", first, "206 Miss >> 0123"),
        ("1 GET /e | Range: bytes=0-3 | If-Range: \"v\"", "", "206 Hit >> 0123"),
        (
            "1 GET /e | Range: bytes=2-5 | If-Range: \"u\"",
            "Range: bytes=4-9 | If-Range: \"v\" => 206 | Content-Range: bytes 4-9/10 | ETag: \"v\" >> 456789",
            "200 Miss | -Content-Range >> 0123456789",
        ),
        (
            "0 GET /f | Range: bytes=2-5 | If-Range: \"u\"",
            "Range: bytes=2-5 | If-Range: \"u\" => 200 | ETag: \"v\" >> 0123456789",
            "200 Miss >> 0123456789",
        ),
    ];
    play("versions", &distribution(), &rows);
}

#[test]
fn what_cannot_be_kept_as_a_part_passes() {
    let rows = [
        ("0 GET /a | Range: bytes=0-1", "206 | Content-Range: bytes 0-1/* >> ab", "206 Miss >> ab"),
        ("0 GET /a | Range: bytes=0-1", "206 | Content-Range: bytes 5-6/9 >> fg", "206 Miss >> fg"),
        (
            "0 GET /a | Range: bytes=0-1",
            "206 | Cache-Control: no-store | Content-Range: bytes 0-1/9 >> ab",
            "206 Miss >> ab",
        ),
        ("0 GET /a | Range: bytes=0-1", "206 | Content-Range: bytes 0-1/9 >>+ a !", "206 Miss >>!"),
        ("0 GET /a | Range: bytes=0-1", "206 | Content-Range: bytes 0-3/9 >> abcd", "206 Miss >> ab"),
        ("0 GET /a | Range: bytes=2-3", "", "206 Hit >> cd"),
        ("0 GET /w | Range: bytes=0-1", "206 | Content-Range: bytes 0-1/9 >> abc", "502 Error"),
        ("0 GET /uncached/w | Range: bytes=0-1", "206 | Content-Range: bytes 0-1/* >>+ abc", "502 Error"),
        ("0 GET /p", "206 | Content-Range: bytes 0-1/9 >> ab", "206 Miss | Content-Range: bytes 0-1/9 >> ab"),
        ("0 GET /p", "200 >> whole", "200 Miss >> whole"),
        ("0 HEAD /h | Range: bytes=0-1", "-Range => 200 >> whole", "200 Miss"),
        (
            "0 GET /uncached/a | Range: bytes=0-1",
            "Range: bytes=0-1 => 206 | Content-Range: bytes 0-1/9 >> ab",
            "206 Miss >> ab",
        ),
        (
            "0 GET /large | Range: bytes=0-",
            "Range: bytes=0- => 206 | Content-Range: bytes 0-149999/150000 >>+ zx150000",
            "206 Miss",
        ),
        ("0 GET /large | Range: bytes=0-1", "206 | Content-Range: bytes 0-1/150000 >> zz", "206 Miss >> zz"),
    ];
    play("passes", &distribution(), &rows);
}

#[test]
fn parts_expire_as_objects_do() {
    let part = "206 | Content-Range: bytes 0-3/10 | ETag: \"v\" | Cache-Control: max-age=9 >> 0123";
    let rows = [
        ("0 GET /a | Range: bytes=0-3", part, "206 Miss"),
        ("8 GET /a | Range: bytes=1-2", "", "206 Hit | Age: 8 >> 12"),
        (
            "9 GET /a | Range: bytes=1-2",
            "Range: bytes=1-2 | If-None-Match: \"v\" => 304 | Cache-Control: max-age=5",
            "206 RefreshHit | Content-Range: bytes 1-2/10 >> 12",
        ),
        ("13 GET /a | Range: bytes=0-0", "", "206 Hit | Age: 4 >> 0"),
        ("14 GET /a | Range: bytes=0-0", "If-None-Match: \"v\" => 503", "206 RefreshHit | Age: 5 >> 0"),
        ("15 GET /a | Range: bytes=0-0", "", "206 Hit | Age: 6 >> 0"),
        ("24 GET /a | Range: bytes=0-0", "!Connect", "206 RefreshHit >> 0"),
        (
            "40 GET /a | Range: bytes=5-6",
            "Range: bytes=5-6 | -If-None-Match | -If-Range => 206 | Content-Range: bytes 5-6/10 | ETag: \"v\" >> 56",
            "206 Miss >> 56",
        ),
        ("41 GET /a | Range: bytes=1-1", "", "206 Hit | Age: 1 >> 1"),
        // A viewer that goes on with a download gets no part of another version.
        ("0 GET /v | Range: bytes=0-3", part, "206 Miss"),
        (
            "20 GET /v | Range: bytes=1-2 | If-Range: \"v\"",
            "Range: bytes=1-2 | If-None-Match: \"v\" | If-Range: \"v\" => 200 | ETag: \"w\" >> abcdefghij",
            "200 Miss | ETag: \"w\" >> abcdefghij",
        ),
        ("50 GET /b | Range: bytes=0-3", part, "206 Miss"),
        ("60 GET /b", "-Range => 200 | ETag: \"v\" >> 0123456789", "200 Miss >> 0123456789"),
        ("0 GET /writable/a | Range: bytes=0-3", part, "206 Miss"),
        ("0 PUT /writable/a", "200", "200 Miss"),
        ("0 GET /writable/a | Range: bytes=0-3", part, "206 Miss"),
    ];
    play("expire", &distribution(), &rows);
}

#[test]
fn several_ranges_are_cut_out_of_what_spans_them() {
    run(async {
        let (edge, distribution) = (edge(), distribution());
        let answer = "206 | Content-Type: text/x | Content-Range: bytes 0-5/10 | ETag: \"v\" >>";
        for kind in ["", "+", "*"] {
            edge.origins().says(&format!("Range: bytes=0-5 => {answer}{kind} 012345"));
            let viewer =
                format!("0 GET /a{} | Range: bytes=0-1,4-5", kind.len() + kind.find('*').map_or(0, |_| 1));
            for result in ["Miss", "Hit"] {
                let (_, seen) = ask(&edge, &distribution, &viewer).await;
                let wanted = "| Content-Type: multipart/byteranges; boundary=BwcHBwcHBwcHBwcHBwcH";
                check("several", &format!("206 {result} {wanted}"), &seen);
                let text = String::from_utf8(seen.body.unwrap()).unwrap();
                assert!(text.contains("Content-Range: bytes 0-1/10\r\n\r\n01\r\n--"), "{text}");
                let last = "Content-Type: text/x\r\nContent-Range: bytes 4-5/10\r\n\r\n45\r\n--";
                assert!(text.contains(last), "{text}");
            }
        }
        assert_eq!(edge.origins().complaint(), "");
    });
}

#[test]
fn different_parts_come_beside_each_other_and_the_same_once() {
    run(async {
        let mut edge = edge_of(Cache::new(Limits::of_total(8 << 20)));
        edge.origins.held = Some(tokio::sync::Semaphore::new(0));
        let distribution = distribution();
        let part = |first: u64, text: &str| {
            format!("206 | ETag: \"v\" | Content-Range: bytes {first}-{}/10 >>+ {text}\n", first + 2)
        };
        edge.origins().says(&format!("{}{}", part(0, "012"), part(5, "567")));
        let ask = |range: &'static str| {
            let (edge, distribution) = (&edge, &distribution);
            async move { ask(edge, distribution, &format!("0 GET /a | Range: bytes={range}")).await }
        };
        let let_go = async {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            edge.origins().held.as_ref().expect("held").add_permits(9);
        };
        let (one, two, three, ()) = tokio::join!(ask("0-2"), ask("5-7"), ask("0-2"), let_go);
        check("one", "206 Miss >> 012", &one.1);
        check("two", "206 Miss >> 567", &two.1);
        check("three", "206 Hit >> 012", &three.1);
        assert!(three.0.trace.first(FactKind::Collapsed).is_some());
        assert_eq!(edge.origins().asked.get(), 2);
        edge.origins().says("Range: bytes=3-4 => 206 | ETag: \"v\" | Content-Range: bytes 3-4/10 >> 34");
        check("between", "206 Miss >> 01234567", &ask("0-7").await.1);
        assert_eq!(edge.origins().complaint(), "");
    });
}

#[test]
fn of_an_object_larger_than_the_cache_takes_the_newest_parts_are_kept() {
    run(async {
        let edge = edge_of(Cache::new(Limits { total_bytes_max: 1 << 20, object_bytes_max: 20_000 }));
        let distribution = distribution();
        let ask = async |first: u64, is_kept: bool| {
            let last = first + 7999;
            if !is_kept {
                edge.origins().says(&format!(
                    "Range: bytes={first}-{last} => 206 | ETag: \"v\" | Content-Range: bytes {first}-{last}/90000 >>+ zx8000"
                ));
            }
            let (_, seen) =
                ask(&edge, &distribution, &format!("0 GET /a | Range: bytes={first}-{last}")).await;
            check("part", if is_kept { "206 Hit" } else { "206 Miss" }, &seen);
            assert_eq!(edge.origins().complaint(), "", "{first}");
        };
        for first in [0, 8000, 16_000] {
            ask(first, false).await;
        }
        for (first, is_kept) in [(16_000, true), (8000, true), (0, false), (16_000, true), (8000, false)] {
            ask(first, is_kept).await;
        }
        assert!(edge.cache().counts().bytes < 20_000 + 4096);
    });
}
