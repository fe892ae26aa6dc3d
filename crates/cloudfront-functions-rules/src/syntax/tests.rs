use super::check;
use crate::runtime::Runtime::{self, JavaScript10, JavaScript20};

fn refused(source: &str, runtime: Runtime) -> String {
    match check(source, runtime) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_both_runtimes_take() {
    for source in [
        "function handler(event) { var request = event.request; return request; }",
        "var f = (a, b, ...rest) => a + b; var g = x => ({ x, [x]: 1, 'y': 2, get z() { return 1 }, m() {} });",
        "a: for (var i = 0, n = 3; i < n; i++) { if (i) continue a; else break a }",
        "for (var key in {}) ; for (key in {}) {}",
        "var r = /[/\\]]+\\/(?<name>x)/gi.exec('a') ? 1 : 2 ** 3;",
        "var t = `a${ `b${1}` }c\n${ {a: 1}.a }`;",
        "switch (1) { case 1: case 2: break; default: f() }",
        "try { throw new Error('x') } catch (e) { } finally { }",
        "do x++; while (x < 3)\nvar y = x / 2 / 3",
        "var a = b\n++c",
        "x = a ? b : c ?? d; delete a.b; void 0; typeof a in b; new Date().getTime(); new a.b(1)(2)",
        "(function () { return })(); tag`x`; if (a) {} else if (b) ; else { }",
        "/* a\n comment */ // another\nvar a",
        "var s = 'a\\\nb', n = 0x1F + .5 + 1e-3 + 0b11 + 0o17",
        "import crypto from 'crypto';\nimport qs from 'querystring'",
        "x ? .5 : 1",
        "var o = { if: 1, get: 2, set: 3, async: 4, get if() { return 1 } }; o.class; o.default",
    ] {
        for runtime in Runtime::ALL {
            assert_eq!(refused(source, runtime), "", "{source}");
        }
    }
}

#[test]
fn what_neither_runtime_takes() {
    for (source, error) in [
        ("\nfor (var a of b) {}", "SyntaxError: Token \"of\" not supported in this version in 2"),
        ("for (a of b) {}", "SyntaxError: Token \"of\" not supported in this version in 1"),
        ("class A {}", "SyntaxError: Token \"class\" not supported in this version in 1"),
        ("var x = class {}", "SyntaxError: Token \"class\" not supported in this version in 1"),
        ("var {a} = b", "SyntaxError: Token \"a\" not supported in this version in 1"),
        ("var [a] = b", "SyntaxError: Token \"a\" not supported in this version in 1"),
        ("function f({a}) {}", "SyntaxError: Token \"{\" not supported in this version in 1"),
        ("function f(a = 1) {}", "SyntaxError: Unexpected token \"=\" in 1"),
        ("var f = ({a}) => a", "SyntaxError: Unexpected token \"=>\" in 1"),
        ("var f = (a = 1) => a", "SyntaxError: Unexpected token \"=>\" in 1"),
        ("var a = [...b]", "SyntaxError: Unexpected token \"...\" in 1"),
        ("f(...a)", "SyntaxError: Unexpected token \"...\" in 1"),
        ("var a = {...b}", "SyntaxError: Token \"...\" not supported in this version in 1"),
        ("function* f() {}", "SyntaxError: Unexpected token \"*\" in 1"),
        ("var f = function* () {}", "SyntaxError: Token \"*\" not supported in this version in 1"),
        ("try {} catch {}", "SyntaxError: Token \"{\" not supported in this version in 1"),
        ("with (a) {}", "SyntaxError: Token \"(\" not supported in this version in 1"),
        ("a ||= b", "SyntaxError: Unexpected token \"=\" in 1"),
        ("var a = 1n", "SyntaxError: Unexpected token \"n\" in 1"),
        ("a?.[0]", "SyntaxError: Unexpected token \"[\" in 1"),
        ("var a = /x/s", "SyntaxError: Invalid RegExp flags \"s\" in 1"),
        ("return 1", "SyntaxError: Illegal return statement in 1"),
        ("export default 1", "SyntaxError: Illegal export statement in 1"),
        ("import fs from 'fs'", "SyntaxError: Cannot find module \"fs\" in 1"),
        ("import {a} from 'crypto'", "SyntaxError: Non-default import is not supported in 1"),
        ("function f() {", "SyntaxError: Unexpected end of input in 1"),
        ("var a = 'x", "SyntaxError: Unterminated string \"'x\" in 1"),
        ("var a = `x", "SyntaxError: Unterminated template literal in 1"),
        ("[a, b] = [b, a]", "ReferenceError: Invalid left-hand side in assignment in 1"),
        ("var class = 1", "SyntaxError: Unexpected token \"class\" in 1"),
        ("var a = #b", "SyntaxError: Unexpected token \"#\" in 1"),
        ("a b", "SyntaxError: Unexpected token \"b\" in 1"),
        (
            "if (a) function f() {}",
            "SyntaxError: Functions can only be declared at top level or inside a block in 1",
        ),
        ("try {} var a", "SyntaxError: Missing catch or finally after try in 1"),
        ("var é = 1", "SyntaxError: Unexpected token \"é\" in 1"),
    ] {
        for runtime in Runtime::ALL {
            assert_eq!(refused(source, runtime), error, "{source}");
        }
    }
}

#[test]
fn what_came_with_runtime_2() {
    for (source, error) in [
        ("\n\nconst a = 1", "SyntaxError: Token \"const\" not supported in this version in 3"),
        ("let a = 1", "SyntaxError: Token \"let\" not supported in this version in 1"),
        ("for (let i = 0;;) {}", "SyntaxError: Token \"let\" not supported in this version in 1"),
        ("async function f() { await 1 }", "SyntaxError: Token \"async\" not supported in this version in 1"),
        ("var n = 1_000", "SyntaxError: Unexpected token \"_000\" in 1"),
        ("import cf from 'cloudfront'", "SyntaxError: Cannot find module \"cloudfront\" in 1"),
    ] {
        assert_eq!(refused(source, JavaScript10), error, "{source}");
        assert_eq!(refused(source, JavaScript20), "", "{source}");
    }
}

#[test]
fn what_is_told_of_a_source() {
    let source = "import cf from 'cloudfront';\nconst kvs = cf.kvs();\nfunction handler(e) {\n  cf.updateRequestOrigin({});\n  return e?.request }";
    let accepted = check(source, JavaScript20).expect("accepted");
    assert_eq!(&source[accepted.imports[0].start..accepted.imports[0].end], "import cf from 'cloudfront'");
    assert_eq!(&source[accepted.optional_chains[0]..accepted.optional_chains[0] + 2], "?.");
    let helpers: Vec<_> = accepted.helpers.iter().map(|helper| (helper.name, helper.line)).collect();
    assert_eq!(helpers, [("kvs", 2), ("updateRequestOrigin", 4)]);
    for (source, touches) in [
        ("var a = Math.max(1, 2); var o = {}; o.x = 1", false),
        ("Math.x = 1", true),
        ("String.prototype.x = function () {}", true),
        ("globalThis.x = 1", true),
        ("delete JSON.parse", true),
    ] {
        assert_eq!(check(source, JavaScript20).expect(source).touches_globals, touches, "{source}");
    }
}

#[test]
fn nothing_exhausts_the_stack() {
    for piece in ["(", "[", "{", "a=>", "!", "-", "new ", "if(a)", "a?", "`${", "function f(){", "x=", "{a:"]
    {
        let source = piece.repeat(10_240 / piece.len());
        assert!(check(&source, JavaScript20).is_err(), "{piece}");
    }
}
