use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use frontgate_cloudfront_functions_rules::Runtime::{self, JavaScript10, JavaScript20};
use frontgate_cloudfront_functions_rules::event::Prepared;
use frontgate_cloudfront_functions_rules::result::Read;
use frontgate_cloudfront_functions_rules::{
    ChangedRequest, Event, FunctionResult, KeyValueStore, OriginChange, RequestView,
};
use frontgate_message::{Headers, Target};

use crate::{CompileError, EdgeLocation, Engine, Function, Moment, Outcome};

fn event(target: &str) -> Prepared {
    let headers: Headers = [("Host", "www.example.com"), ("Accept", "*/*")].into_iter().collect();
    Event {
        distribution_domain_name: "d111111abcdef8.cloudfront.net",
        distribution_id: "EDFDVBD6EXAMPLE",
        request_id: "ID==",
        viewer_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request: RequestView {
            method: "GET",
            target: &Target::new(target),
            headers: &headers,
            cloudfront_headers: &Headers::new(),
        },
        response: None,
    }
    .prepare()
}

fn moment() -> Moment<'static> {
    Moment {
        now_milliseconds: 1_700_000_000_000,
        seed: 7,
        edge_location: EdgeLocation {
            name: "FRA",
            server_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            region: "eu-central-1",
        },
    }
}

fn function(runtime: Runtime, source: &str) -> Function {
    let values: BTreeMap<Box<str>, Box<str>> =
        [("a".into(), "1".into()), ("j".into(), "{\"x\": [1]}".into())].into_iter().collect();
    let store = KeyValueStore { id: "store-id".into(), values, date: "2023-11-30T23:07:55.765Z".into() };
    Function::compile("name", runtime, source, Some(Arc::new(store))).expect("compiles")
}

fn called(engine: &Engine, function: &Function) -> Outcome {
    engine.call(function, &event("/a?x=1"), &moment(), Read::Served)
}

fn request(outcome: &Outcome) -> &ChangedRequest {
    match &outcome.result {
        Ok(FunctionResult::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

/// The value of an expression, by way of the log.
fn value(runtime: Runtime, expression: &str) -> String {
    let asynchronous = if runtime == JavaScript20 { "async " } else { "" };
    let source = format!(
        "var crypto = require('crypto');\nvar qs = require('querystring');\n\
         {asynchronous}function handler(event) {{ console.log({expression}); return event.request; }}"
    );
    let function = function(runtime, &source);
    let outcome = called(&Engine::new(), &function);
    match (&outcome.result, outcome.logs.as_slice()) {
        (Ok(_), [line]) => line.clone(),
        (Err(error), _) => error.to_string().rsplit("run. ").next().unwrap_or_default().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_is_changed() {
    let function = function(
        JavaScript10,
        "function handler(event) {\n var request = event.request;\n\
         request.uri += '/index.html';\n request.headers['x-a'] = {value: 'b'};\n return request; }",
    );
    let engine = Engine::new();
    for _ in 0..3 {
        let outcome = called(&engine, &function);
        assert_eq!(request(&outcome).uri.as_deref(), Some("/a/index.html"));
        let headers = request(&outcome).headers.clone().expect("changed");
        assert_eq!(headers.first_text("X-A"), Some("b"));
        assert_eq!(outcome.logs, Vec::<String>::new());
    }
}

#[test]
fn no_call_sees_what_another_did() {
    for source in [
        "var count = 0; function handler(event) { count++; event.request.uri = '/' + count; return event.request; }",
        "function handler(event) { globalThis.count = (globalThis.count || 0) + 1;\
         event.request.uri = '/' + globalThis.count; return event.request; }",
        "function handler(event) { Math.count = (Math.count || 0) + 1;\
         event.request.uri = '/' + Math.count; return event.request; }",
    ] {
        let function = function(JavaScript20, source);
        let engine = Engine::new();
        for _ in 0..3 {
            assert_eq!(request(&called(&engine, &function)).uri.as_deref(), Some("/1"), "{source}");
        }
    }
}

#[test]
fn values_that_both_runtimes_give() {
    for (expression, expected) in [
        ("Date.now()", "1700000000000"),
        ("new Date().toISOString()", "2023-11-14T22:13:20.000Z"),
        ("new Date(0).getTime() + ' ' + (new Date() instanceof Date)", "0 true"),
        ("Math.random() === Math.random()", "false"),
        (
            "typeof Map + typeof Proxy + typeof setTimeout + typeof fetch + typeof Reflect",
            "undefinedundefinedundefinedundefinedundefined",
        ),
        ("typeof [].flat + typeof Array.from + typeof [].toSorted", "undefinedundefinedundefined"),
        ("{a: 'x', b: [1, null]}", "{a:'x',b:[1,null]}"),
        ("crypto.createHash('md5').update('abc').digest('hex')", "900150983cd24fb0d6963f7d28e17f72"),
        (
            "crypto.createHash('sha1').update('a').update('bc').digest('base64')",
            "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
        ),
        (
            "crypto.createHmac('sha256', 'key').update('The quick brown fox jumps over the lazy dog').digest('hex')",
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
        ),
        (
            "crypto.createHash('sha256').update('').digest('base64url')",
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        ),
        ("crypto.createHash('sha512')", "TypeError: not supported algorithm: \"sha512\""),
        ("qs.parse('name=value&abc=xyz&abc=123&e')", "{name:'value',abc:['xyz','123'],e:''}"),
        (
            "qs.stringify({ name: 'va lue', abc: ['xyz', '123'], anotherName: '' })",
            "name=va%20lue&abc=xyz&abc=123&anotherName=",
        ),
        ("qs.unescape('%41%FF')", "A\u{fffd}"),
        ("eval('1')", "InternalError: Not implemented"),
        ("new Function('return 1')", "TypeError: function constructor is disabled in \"safe\" mode"),
        (
            "(function () {}).constructor('return 1')",
            "TypeError: function constructor is disabled in \"safe\" mode",
        ),
        ("event.request.headers.cookie.value", "TypeError: cannot get property \"value\" of undefined"),
        ("nothing", "ReferenceError: \"nothing\" is not defined"),
        ("require('fs')", "Error: Cannot find module \"fs\""),
        ("'é'.charCodeAt(0) + ' ' + 'a-b'.replace(/-(?<x>b)/, '$<x>')", "233 ab"),
        ("event.context.eventType + event.viewer.ip", "viewer-request127.0.0.1"),
    ] {
        for runtime in Runtime::ALL {
            assert_eq!(value(runtime, expression), expected, "{expression}");
        }
    }
}

#[test]
fn values_of_runtime_1() {
    for (expression, expected) in [
        ("String.bytesFrom('aGk', 'base64')", "hi"),
        ("String.bytesFrom([0x68, 0x69]).toString('hex')", "6869"),
        ("'é'.toUTF8().length + 'é'.toUTF8().fromUTF8()", "2é"),
        ("crypto.createHash('md5').update('abc').digest().length", "16"),
        (
            "typeof Buffer + typeof atob + typeof Symbol + typeof 'a'.replaceAll",
            "undefinedundefinedundefinedundefined",
        ),
        ("event.request.rawQueryString", "undefined"),
    ] {
        assert_eq!(value(JavaScript10, expression), expected, "{expression}");
    }
}

#[test]
fn values_of_runtime_2() {
    for (expression, expected) in [
        ("Buffer.from('aGk', 'base64').toString()", "hi"),
        ("Buffer.from('héé').toString('hex') + Buffer.byteLength('é')", "68c3a9c3a92"),
        ("Buffer.concat([Buffer.from('a'), Buffer.from([98])]).toString('base64url')", "YWI"),
        ("Buffer.alloc(3, 'ab').toString() + Buffer.alloc(2).toString('hex')", "aba0000"),
        ("Buffer.from('abcabc').indexOf('c') + ' ' + Buffer.from('abcabc').lastIndexOf('c')", "2 5"),
        (
            "Buffer.from('ff01', 'hex').readInt16BE(0) + ' ' + Buffer.from('ff01', 'hex').readUIntLE(0, 2)",
            "-255 511",
        ),
        ("JSON.stringify(Buffer.from('a'))", "{\"type\":\"Buffer\",\"data\":[97]}"),
        ("Buffer.from('abc').subarray(1).equals(Buffer.from('bc'))", "true"),
        ("Buffer.from('a').readInt16BE(0)", "RangeError: Index out of range"),
        (
            "crypto.createHash('md5').update(Buffer.from('abc')).digest().toString('hex')",
            "900150983cd24fb0d6963f7d28e17f72",
        ),
        ("atob('aGk=') + btoa('hi')", "hiaGk="),
        ("new TextDecoder().decode(new TextEncoder().encode('é€😀'))", "é€😀"),
        ("'a.b.c'.replaceAll('.', '-') + 1_000", "a-b-c1000"),
        ("event.request.rawQueryString()", "x=1"),
        ("typeof String.bytesFrom", "undefined"),
        ("(await Promise.all([1, Promise.resolve(2)])).length", "2"),
        ("event?.request.method", "GET"),
        ("event.nothing?.more", "TypeError: cannot get property \"more\" of undefined"),
    ] {
        assert_eq!(value(JavaScript20, expression), expected, "{expression}");
    }
}

#[test]
fn a_key_value_store_is_read() {
    for (body, logged) in [
        ("console.log(await cf.kvs().get('a'))", "1"),
        ("console.log((await cf.kvs('store-id').get('j', {format: 'json'})).x[0])", "1"),
        ("console.log((await cf.kvs().get('a', {format: 'bytes'})).toString('hex'))", "31"),
        ("console.log(await cf.kvs().exists('b'))", "false"),
        (
            "console.log(await cf.kvs().meta())",
            "{creationDateTime:'2023-11-30T23:07:55.765Z',lastUpdatedDateTime:'2023-11-30T23:07:55.765Z',keyCount:2}",
        ),
        ("try { await cf.kvs().get('b') } catch (e) { console.log(e) }", "Error: KeyNotFound"),
        (
            "try { cf.kvs('other') } catch (e) { console.log(e.message) }",
            "KeyValueStore \"other\" is not associated with the function",
        ),
        ("console.log(cf.edgeLocation)", "{name:'FRA',serverIp:'127.0.0.1',region:'eu-central-1'}"),
    ] {
        let source = format!(
            "import cf from 'cloudfront';\nasync function handler(event) {{ {body}; return event.request; }}"
        );
        let outcome = called(&Engine::new(), &function(JavaScript20, &source));
        assert_eq!(outcome.logs, [logged], "{body}: {:?}", outcome.result);
        assert!(outcome.result.is_ok());
    }
}

#[test]
fn an_origin_is_asked_for() {
    for (call, expected) in [
        (
            "cf.selectRequestOriginById('other')",
            OriginChange::read("{\"select\": \"other\"}").expect("fine"),
        ),
        (
            "cf.updateRequestOrigin({domainName: 'a.example'})",
            OriginChange::read("{\"update\": {\"domainName\": \"a.example\"}}").expect("fine"),
        ),
        (
            "cf.createRequestOriginGroup({originIds: ['a', {originId: 'b'}], failoverCriteria: {statusCodes: [500]}})",
            OriginChange::read(
                "{\"group\": {\"originIds\": [\"a\", \"b\"], \"failoverCriteria\": {\"statusCodes\": [500]}}}",
            )
            .expect("fine"),
        ),
    ] {
        let source = format!(
            "import cf from 'cloudfront'\nfunction handler(event) {{ {call}; return event.request }}"
        );
        let function = function(JavaScript20, &source);
        let engine = Engine::new();
        for _ in 0..2 {
            assert_eq!(request(&called(&engine, &function)).origin.as_ref(), Some(&expected));
        }
    }
}

#[test]
fn limits_are_kept_and_the_next_call_is_fine() {
    for (body, error) in [
        ("while (true) {}", "exceeded the time"),
        ("var a = []; while (true) { a.push('x'.repeat(200000) + a.length) }", "MemoryError"),
        ("var a = 'x'.repeat(3000000)", "MemoryError"),
        ("function f() { return f() + 1 } f()", "RangeError: Maximum call stack size exceeded"),
        ("throw new Error('own')", "Error: own"),
        ("throw 'a text'", "a text"),
        ("/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')", "exceeded the time"),
    ] {
        let source = format!(
            "function handler(event) {{ if (event.request.uri === '/bad') {{ {body} }} return event.request }}"
        );
        let function = function(JavaScript20, &source);
        let engine = Engine::new();
        let outcome = engine.call(&function, &event("/bad"), &moment(), Read::Served);
        let text = outcome.result.expect_err("fails").to_string();
        assert!(text.contains(error), "{body}: {text}");
        assert!(called(&engine, &function).result.is_ok(), "{body}");
    }
}

#[test]
fn what_is_no_result() {
    for (body, error) in [
        ("", "the handler returned nothing"),
        ("return 1", "the result must be an object"),
        ("return {}", "request.method is read-only"),
        ("return {statusCode: '200'}", "statusCode must be an integer"),
        ("return new Promise(() => {})", "never settled"),
        ("event.self = event; return event", "circular"),
        ("event.request.uri = '\\ud800'; return event.request", "half a character"),
    ] {
        let source = format!("function handler(event) {{ {body} }}");
        let outcome = called(&Engine::new(), &function(JavaScript20, &source));
        let text = outcome.result.expect_err("not taken").to_string();
        assert!(text.contains(error), "{body}: {text}");
    }
    let without = function(JavaScript20, "var x = 1");
    let text = called(&Engine::new(), &without).result.expect_err("no handler").to_string();
    assert!(text.contains("\"handler\" is not defined"), "{text}");
}

#[test]
fn logs_are_cut_off() {
    let source = "function handler(event) { for (var i = 0; i < 20; i++) { console.log('é'.repeat(400)) }\
                  return event.request }";
    let outcome = called(&Engine::new(), &function(JavaScript20, source));
    let bytes: usize = outcome.logs.iter().map(String::len).sum();
    assert!(outcome.result.is_ok() && (9_000..=10_240).contains(&bytes), "{bytes}");
}

#[test]
fn what_does_not_compile() {
    let compiled = |source: &str| Function::compile("f", JavaScript20, source, None).expect_err("refused");
    assert_eq!(compiled(&" ".repeat(10_241)), CompileError::TooLarge(10_241));
    for (source, error) in [
        ("\nfor (const a of b) {}", "SyntaxError: Token \"of\" not supported in this version in 2"),
        ("let a;\nlet a;", "in 2"),
        ("'use strict';\nvar x = 010;", "in 2"),
        ("({a} = b)", "ReferenceError: Invalid left-hand side in assignment in 1"),
    ] {
        let found = compiled(source).to_string();
        assert!(found.ends_with(error), "{found}");
    }
}
