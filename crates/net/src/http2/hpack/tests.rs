//! The examples of RFC 7541 Appendix C, and what the encoder writes.

use super::{Broken, Decoder, Encoder, TABLE_BYTES};

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("two digits")).collect()
}

fn decode(decoder: &mut Decoder, block: &[u8]) -> Result<String, Broken> {
    let mut fields = Vec::new();
    decoder.decode(block, |field| {
        let (name, value) = (String::from_utf8_lossy(field.name), String::from_utf8_lossy(field.value));
        fields.push(format!("{name}: {value}"));
    })?;
    Ok(fields.join("\n"))
}

const FIRST: &str = ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com";
const SECOND: &str =
    ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache";
const THIRD: &str =
    ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value";

#[test]
fn examples_of_requests() {
    // §C.2, each with a table of its own.
    let single = [
        ("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", "custom-key: custom-header", 55),
        ("040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path", 0),
        ("1008 7061 7373 776f 7264 0673 6563 7265 74", "password: secret", 0),
        ("82", ":method: GET", 0),
    ];
    for (hex, expected, size) in single {
        let mut decoder = Decoder::new();
        assert_eq!(decode(&mut decoder, &bytes_of(hex)).as_deref(), Ok(expected), "{hex}");
        assert_eq!(decoder.table_size(), size, "{hex}");
    }
    // §C.3 and, with Huffman codes, §C.4: three requests of one connection.
    let connections = [
        [
            ("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", FIRST, 57),
            ("8286 84be 5808 6e6f 2d63 6163 6865", SECOND, 110),
            ("8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", THIRD, 164),
        ],
        [
            ("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", FIRST, 57),
            ("8286 84be 5886 a8eb 1064 9cbf", SECOND, 110),
            ("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", THIRD, 164),
        ],
    ];
    for rows in connections {
        let mut decoder = Decoder::new();
        for (hex, expected, size) in rows {
            assert_eq!(decode(&mut decoder, &bytes_of(hex)).as_deref(), Ok(expected), "{hex}");
            assert_eq!(decoder.table_size(), size, "{hex}");
        }
    }
}

/// §C.5 and §C.6: a table of 256 bytes, from which entries are evicted.
#[test]
fn examples_of_answers() {
    let date = "Mon, 21 Oct 2013 20:13:2";
    let rest = "location: https://www.example.com";
    let first = format!(":status: 302\ncache-control: private\ndate: {date}1 GMT\n{rest}");
    let second = format!(":status: 307\ncache-control: private\ndate: {date}1 GMT\n{rest}");
    let cookie = "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
    let third = format!(
        ":status: 200\ncache-control: private\ndate: {date}2 GMT\n{rest}\ncontent-encoding: gzip\n{cookie}"
    );
    let connections = [
        [
            "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "4803 3330 37c1 c0bf",
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        ],
        [
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
        ],
    ];
    for blocks in connections {
        let mut decoder = Decoder::new();
        assert_eq!(decode(&mut decoder, &[0x3f, 0xe1, 0x01]).as_deref(), Ok(""));
        for (hex, (expected, size)) in blocks.iter().zip([(&first, 222), (&second, 222), (&third, 215)]) {
            assert_eq!(decode(&mut decoder, &bytes_of(hex)).as_ref(), Ok(expected), "{hex}");
            assert_eq!(decoder.table_size(), size, "{hex}");
        }
    }
}

#[test]
fn what_is_broken_is_refused() {
    let rows: &[(&str, &[u8])] = &[
        ("the index zero", &[0x80]),
        ("an index of nothing", &[0xbe]),
        ("a name of nothing", &[0x7e, 0x01, b'a']),
        ("an index cut off", &[0xff]),
        ("an index that overflows", &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        ("a literal without a name", &[0x40]),
        ("a literal without a value", &[0x41]),
        ("a string cut off", &[0x41, 0x05, b'a']),
        ("a Huffman code with too much padding", &[0x41, 0x82, 0x1f, 0xff]),
        ("a table larger than ours", &[0x3f, 0xe2, 0x1f]),
        ("a size after a field", &[0x82, 0x20]),
    ];
    for (name, block) in rows {
        assert!(decode(&mut Decoder::new(), block).is_err(), "{name}");
    }
    // The largest table that we allow, and two sizes at once.
    assert_eq!(decode(&mut Decoder::new(), &[0x20, 0x3f, 0xe1, 0x1f, 0x82]).as_deref(), Ok(":method: GET"));
}

fn encode(encoder: &mut Encoder, status: u16, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    encoder.begin(status, &mut out);
    for (name, value) in fields {
        encoder.field(name, value.as_bytes(), &mut out);
    }
    out
}

#[test]
fn answers_come_back_and_what_repeats_is_short() {
    let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
    let long = "x".repeat(2000);
    let fields = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", "5"),
        ("ETag", "\"e\""),
        ("X-Cache", "Hit from cloudfront"),
        ("Via", "1.1 abc.cloudfront.net (CloudFront)"),
        ("X-Amz-Cf-Id", "AAAA"),
        ("Set-Cookie", "a=b"),
        ("X-Own", "a\r\nb"),
        ("Vary", &long),
        ("Bad Name", "left out"),
        ("Connection", "left out"),
        (":path", "left out"),
        ("X-Long-Name-Of-More-Than-Sixty-Four-Bytes-Which-Nobody-Has-But-Anybody-May", "1"),
    ];
    let expected = |status: &str| {
        format!(
            ":status: {status}\ncontent-type: text/html; charset=utf-8\ncontent-length: 5\netag: \"e\"\nx-cache: Hit from cloudfront\n\
             via: 1.1 abc.cloudfront.net (CloudFront)\nx-amz-cf-id: AAAA\nset-cookie: a=b\nx-own: a  b\nvary: {long}\n\
             x-long-name-of-more-than-sixty-four-bytes-which-nobody-has-but-anybody-may: 1"
        )
    };
    let mut lengths = Vec::new();
    for status in [200, 404, 418, 502] {
        let block = encode(&mut encoder, status, &fields);
        assert_eq!(decode(&mut decoder, &block), Ok(expected(&status.to_string())));
        lengths.push(block.len());
    }
    assert!(lengths[1] + 50 < lengths[0], "{lengths:?}");
}

#[test]
fn the_viewers_table_is_never_too_small() {
    for sizes in [&[0][..], &[100], &[0, 4096], &[65_536], &[200, 0, 150]] {
        let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
        let fields = [("Server", "AmazonS3"), ("Accept-Ranges", "bytes"), ("Vary", "Origin")];
        for round in 0..3 {
            if round == 1 {
                sizes.iter().for_each(|size| encoder.resize(*size));
            }
            let block = encode(&mut encoder, 200, &fields);
            let text = decode(&mut decoder, &block).expect("it is sound");
            assert_eq!(
                text, ":status: 200\nserver: AmazonS3\naccept-ranges: bytes\nvary: Origin",
                "{sizes:?}"
            );
            let room = if round == 0 { TABLE_BYTES } else { *sizes.last().expect("a size") as usize };
            assert!(decoder.table_size() <= room, "{sizes:?}");
        }
    }
}

/// No bytes make the decoder panic, and its table stays within its bounds.
#[test]
fn any_bytes_are_decoded_or_refused() {
    let mut random = super::super::seeded::Random::new(7);
    for _ in 0..20_000 {
        let mut decoder = Decoder::new();
        for _ in 0..3 {
            let length = random.below(60);
            let mut block: Vec<u8> = (0..length).map(|_| random.byte()).collect();
            if random.below(3) > 0 {
                block.splice(0..0, [0x82, 0x86, 0x41, 0x8c, 0xf1, 0xe3]);
            }
            let _ = decode(&mut decoder, &block);
            assert!(decoder.table_size() <= TABLE_BYTES);
        }
    }
}
