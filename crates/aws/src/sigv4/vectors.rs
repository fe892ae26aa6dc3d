//! Requests as botocore 1.43 signs them: what AWS's own client sends must be accepted as it is.

/// A signed request and the hash of its body as the receiver makes it.
pub(super) struct Row {
    pub(super) service: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) query: &'static str,
    pub(super) headers: &'static [(&'static str, &'static str)],
    pub(super) payload_hash: &'static str,
}

pub(super) const ROWS: &[Row] = &[
    Row {
        service: "execute-api",
        method: "GET",
        path: "/prod/hello",
        query: "",
        headers: &[
            ("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com"),
            ("X-Amz-Date", "20260304T050607Z"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=879908ea2cbe8f05439941cf08e89dd16604899ac8202ca3be7e16ef8ec173c5",
            ),
        ],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "execute-api",
        method: "GET",
        path: "/",
        query: "",
        headers: &[
            ("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com"),
            ("X-Amz-Date", "20260304T050607Z"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=25e5711c7e8c21adc296b874a0a6a96d60bc69254b2007cc6a8b5d53f6b581f5",
            ),
        ],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "execute-api",
        method: "GET",
        path: "/prod/a%20b/%C3%A9",
        query: "",
        headers: &[
            ("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com"),
            ("X-Amz-Date", "20260304T050607Z"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=a1c676ef7bb477bd8084040a59b909746b2f2fcb2979b05bbd50b7fb35ff6966",
            ),
        ],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "execute-api",
        method: "GET",
        path: "/prod/a/../b/./c//d/",
        query: "",
        headers: &[
            ("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com"),
            ("X-Amz-Date", "20260304T050607Z"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=23d6942d2cb674d66502190b7fe1a5c43a86da0fcef4876ccd5bdd1c22e96479",
            ),
        ],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "execute-api",
        method: "GET",
        path: "/prod/x",
        query: "b=2&a=1&a=0&A=9&empty&e=",
        headers: &[
            ("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com"),
            ("X-Amz-Date", "20260304T050607Z"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=03adcd3c87250137eaf39ccbfb1202e1c1493e50fea2d86433c86c9a800a81e8",
            ),
        ],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "execute-api",
        method: "GET",
        path: "/prod/x",
        query: "q=a%20b%2Fc%2B~%27%28&%C3%A9=%E4%BD%A0",
        headers: &[
            ("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com"),
            ("X-Amz-Date", "20260304T050607Z"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=09e2120867abd09c43c2d7a3c51f7bc97bc8515ac305c7709c360fbbc1e27a47",
            ),
        ],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "execute-api",
        method: "POST",
        path: "/prod/x",
        query: "",
        headers: &[
            ("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("X-Thing", "  a   b  "),
            ("X-Amz-Date", "20260304T050607Z"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-thing, Signature=aae08d4aaec3869b2b6d3f276fd6e780a8b3d0b84fac00a8df12de2e7830c056",
            ),
        ],
        payload_hash: "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
    },
    Row {
        service: "execute-api",
        method: "POST",
        path: "/prod/x",
        query: "",
        headers: &[
            ("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com"),
            ("Content-Type", "text/plain"),
            ("X-Amz-Date", "20260304T050607Z"),
            ("X-Amz-Security-Token", "FwoGZXIvYXdzEXAMPLE//token=="),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=12aeafb396afc1812ba1d4dea5873ee0fcbcda342831a50801f3a00cdb884c06",
            ),
        ],
        payload_hash: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    },
    Row {
        service: "lambda",
        method: "POST",
        path: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af/invocations",
        query: "",
        headers: &[
            ("host", "lambda.eu-west-1.amazonaws.com"),
            ("X-Amz-Date", "20260304T050607Z"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=e5a8c7f5773eeb5927f9fe5edf839c86ef6a4ad7fbab9be0c110b893d1a344dd",
            ),
        ],
        payload_hash: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    },
    Row {
        service: "execute-api",
        method: "GET",
        path: "/prod/hello",
        query: "name=x%20y&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260304%2Feu-west-1%2Fexecute-api%2Faws4_request&X-Amz-Date=20260304T050607Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=112ad7db0e6b908546ad7ffa93acdb4338d797c314e68f0210dfae7cc1147318",
        headers: &[("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com")],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "execute-api",
        method: "GET",
        path: "/prod/hello",
        query: "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260304%2Feu-west-1%2Fexecute-api%2Faws4_request&X-Amz-Date=20260304T050607Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2F%2Ftoken%3D%3D&X-Amz-Signature=e167fb862a4232b87c0257026ecc08b9e9b41ed417541ef19e4c1f4bffc64c9e",
        headers: &[("host", "abcdef1234.execute-api.eu-west-1.amazonaws.com")],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "s3",
        method: "GET",
        path: "/a%20b/../c//%2Bd%27.txt",
        query: "",
        headers: &[
            ("host", "bucket.s3.eu-west-1.amazonaws.com"),
            ("X-Amz-Date", "20260304T050607Z"),
            ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=9abe40f5251ca48eddd7fcd1cae34c52fccf9b877202f7d8d81849a92a3f1574",
            ),
        ],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "s3",
        method: "PUT",
        path: "/k%C3%A9y",
        query: "",
        headers: &[
            ("host", "bucket.s3.eu-west-1.amazonaws.com"),
            ("x-amz-meta-Name", "v"),
            ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
            ("X-Amz-Date", "20260304T050607Z"),
            ("X-Amz-Content-SHA256", "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/s3/aws4_request, SignedHeaders=content-md5;host;x-amz-content-sha256;x-amz-date;x-amz-meta-name, Signature=d69d74132c2487d5ef43141cd3a1429de1d31d40ef39792b507b5e7d6398486f",
            ),
        ],
        payload_hash: "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5",
    },
    Row {
        service: "s3",
        method: "GET",
        path: "/",
        query: "list-type=2&prefix=a%2Fb&delimiter=%2F&max-keys=5&acl",
        headers: &[
            ("host", "bucket.s3.eu-west-1.amazonaws.com"),
            ("X-Amz-Date", "20260304T050607Z"),
            ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=cf4451d7f838a3b3067bd1737adb0be7bb72ba4106d3c0bbfeaf84450fa4247b",
            ),
        ],
        payload_hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    Row {
        service: "s3",
        method: "GET",
        path: "/photo%201.png",
        query: "response-content-type=text%2Fplain&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260304%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260304T050607Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=e41246196ebf445c3e8e67f861e7f7b68fc8707bb6267576c62de45914c33e19",
        headers: &[("host", "bucket.s3.eu-west-1.amazonaws.com")],
        payload_hash: "UNSIGNED-PAYLOAD",
    },
    Row {
        service: "s3",
        method: "PUT",
        path: "/photo.png",
        query: "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260304%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260304T050607Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2F%2Ftoken%3D%3D&X-Amz-Signature=87419e7e1b3315d824edc0f92b83353cfa5c0e32bd9822cc8d8e3b9640a66f8f",
        headers: &[("host", "bucket.s3.eu-west-1.amazonaws.com")],
        payload_hash: "UNSIGNED-PAYLOAD",
    },
];
