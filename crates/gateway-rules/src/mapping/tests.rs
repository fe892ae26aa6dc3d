//! Templates, what they make, and what is found in them.

use frontgate_message::Headers;

use super::{RenderError, Rendered, Template};
use crate::context::Variables;
use crate::finding::FindingKind;
use crate::fixture;

const BODY: &str =
    r#"{"name":"Ada","age":36,"none":null,"tags":["a","b"],"deep":{"list":[{"n":1},{"n":2}],"to":"test"}}"#;

pub fn render(template: &str, body: &str) -> Result<Rendered, RenderError> {
    let compiled = Template::compile(template).unwrap_or_else(|problems| panic!("{template}: {problems:?}"));
    let api = fixture::api(&fixture::document(&["/items/{id}"]));
    let headers = Headers::from_iter([("X-One", "1"), ("X-One", "2"), ("id", "header")]);
    let mut request = fixture::request(&api, &headers);
    let path = [("id".to_owned(), "7".to_owned())];
    let query = [("id".to_owned(), "query".to_owned()), ("q".to_owned(), "x y".to_owned())];
    request.path_parameters = &path;
    request.query = &query;
    let variables =
        Variables { request: &request, request_body: body.as_bytes(), integration: None, error: None };
    compiled.render(&variables)
}

#[rustfmt::skip]
const ROWS: &[(&str, &str)] = &[
    // text, comments, escapes
    ("plain {\"a\": 1} #fff $5 50% a@b.c", "plain {\"a\": 1} #fff $5 50% a@b.c"),
    ("a ## gone\nb #* gone *#c #[[$raw #if]]#", "a b c $raw #if"),
    ("\\$name \\#if \\n#set($name = 1)\\$name", "\\$name #if \\n$name"),
    // $input
    ("$input.body", BODY),
    ("$input.json('$.name') $input.json(\"$.deep.list[0]\") $input.json('$.missing')", "\"Ada\" {\"n\":1} \"\""),
    ("$input.path('$.name') $input.path('$.age') [$input.path('$.none')] [$input.path('$.missing')]", "Ada 36 [] []"),
    ("$input.path('$.deep')", "{list=[{\"n\":1},{\"n\":2}], to=test}"),
    ("$input.path('$.deep.list')", "[{\"n\":1},{\"n\":2}]"),
    ("$input.path('$.deep.list').size() $input.path('$').deep.to $input.path('$.tags[1]')", "2 test b"),
    ("$input.params('id') $input.params('q') $input.params('X-One') [$input.params('none')]", "7 x y 2 []"),
    ("$input.params().header.X-One $input.params().path.id $input.params().querystring.get('q')", "2 7 x y"),
    ("$input.body.someattr", ""),
    // $context, $stageVariables
    ("$context.httpMethod ${context.stage} $context.identity.sourceIp $context.requestTimeEpoch", "POST prod 203.0.113.9 1583348638390"),
    ("[$context.authorizer.principalId] $context['apiId'] $context.resourcePath.toUpperCase()", "[] abc1234567 /ITEMS/{ID}"),
    ("$stageVariables.color $stageVariables['color'] $stageVariables.get(\"color\") [$stageVariables.none]", "green green green []"),
    // variables
    ("#set($a = 1)\n#set( $b = \"x$a\" )\n$a $b ${b}y $!b $c $!c.", "1 x1 x1y x1 $c ."),
    ("#set($m = {\"a\": 1, 'b': [1, 2]})$m $m.a $m['b'][1] $m.get('b').get(0) $m.size()", "{a=1, b=[1, 2]} 1 2 1 2"),
    ("#set($m = {})#set($m.k = 'v')#set($m[\"l\"] = 2)#set($x = $m.put('z', 3))$m", "{k=v, l=2, z=3}"),
    ("#set($l = [])#set($x = $l.add('a'))#set($x = $l.add('b'))$l.size() $l", "2 [a, b]"),
    ("#set($j = $util.parseJson('{\"a\":{\"b\":[1,{\"c\":\"d\"}]}}'))$j.a.b[1].c $j", "d {a={b=[1,{\"c\":\"d\"}]}}"),
    // expressions
    ("#set($n = 7)#set($r = $n * 2 + 10 / 3 - 7 % 4)$r", "14"),
    ("#set($f = 1.5 + 1)$f #set($s = 'a' + 1)$s #set($neg = -3)$neg", "2.5a1-3"),
    ("#if(1 < 2 && 'a' == \"a\" && !false && 3 >= 3 && 1 != 2)yes#{else}no#end", "yes"),
    ("#if(1 gt 2 or not true)yes#elseif(2 le 2 and 1 ne 2)else#else no#end", "else"),
    ("#if($input.path('$.missing') == \"\" && !$input.path('$.missing'))empty#end", "empty"),
    ("#if($input.params('none') == '')none#end#if('')literal#end#set($e = '')#if($e)empty#end#if($unset)set#end", "noneempty"),
    ("#if(($n == 1 || 2 == 2) && true)both#end", "both"),
    ("'it''s' #set($q = 'it''s')$q #set($q = \"say \"\"hi\"\"\")$q", "'it''s' it'ssay \"hi\""),
    // loops
    ("#foreach($t in $input.path('$.tags'))$foreach.index:$t#if($foreach.hasNext), #end#end", "0:a, 1:b"),
    ("#foreach($i in [1..5])#if($i == 4)#break#end$i#end", "123"),
    ("#foreach($i in [3..1])$i#end $i", "321 $i"),
    ("#set($m = {\"a\": 1, \"b\": 2})#foreach($e in $m.entrySet())$e.key=$e.value;#end#foreach($k in $m.keySet())$k#end", "a=1;b=2;ab"),
    ("#foreach($a in [1,2])#foreach($b in [1,2])$a$b$foreach.count #end$foreach.count;#end", "111 122 1;211 222 2;"),
    ("a#stop b", "a"),
    ("#macro(pair $k $v)\"$k\": \"$v\"#if($foreach.hasNext),#end#end{#foreach($k in [\"a\", \"b\"])#pair($k $foreach.index)#end}", "{\"a\": \"0\",\"b\": \"1\"}"),
    ("#define($hello)Hi $input.path('$.name')#end$hello!", "Hi Ada!"),
    // what API Gateway's own values do not have is empty, what those of the template do not have is not
    ("#set($in = $input.path('$'))[$in.missing] [$in.deep.missing.more] [$in.deep.list[0].x] #if($in.missing == '')empty#end", "[] [] [] empty"),
    ("#set($m = {})$m.missing $!m.missing $m.put('k', 1) $m", "$m.missing  $m.put('k', 1) {k=1}"),
    ("#set($in = $input.path('$'))#set($in.new = 'v')#set($in['old'] = 1)$in.new $in.old $in.tags.size()", "v 1 2"),
    ("#set($context.responseOverride.status = 201)$context.responseOverride.status", "201"),
    // texts
    ("#set($s = \"Hello, World\")$s.length() $s.substring(7) $s.substring(0, 5) $s.indexOf('W') $s.replace('l', 'L')", "12 World Hello 7 HeLLo, WorLd"),
    ("#set($s = 'a,b,,')$s.split(',').size() $s.contains('b') $s.startsWith('a') $s.matches('a.*') $s.toUpperCase()", "2 true true true A,B,,"),
    ("#set($s = \"x1y22\")$s.replaceAll('[0-9]+', '<$0>') $s.replaceFirst('\\d', '\\$') $s.equals('x1y22')", "x<1>y<22> x$y22 true"),
    // $util
    ("$util.escapeJavaScript('it''s \"x\" \\ é')", "it\\'s \\\"x\\\" \\\\ \\u00E9"),
    ("$util.urlEncode('a b&c~*é') $util.urlDecode('a+b%26')", "a+b%26c%7E*%C3%A9 a b&"),
    ("$util.base64Encode('hi') $util.base64Decode('aGk=') $util.escapeJavaScript($input.path('$.none'))", "aGk= hi null"),
];

#[test]
fn templates_make_what_api_gateway_makes() {
    let mut wrong = Vec::new();
    for (template, expected) in ROWS {
        let made = render(template, BODY).map(|made| made.text);
        if made.as_deref() != Ok(*expected) {
            wrong.push(format!("{template}\n    expected: {expected:?}\n    made: {made:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The template that the console offers as "method request passthrough".
const PASSTHROUGH: &str = r##"## see http://docs.aws.amazon.com/apigateway
#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
    "account-id" : "$context.identity.accountId",
    "http-method" : "$context.httpMethod",
    "source-ip" : "$context.identity.sourceIp"
    }
}
"##;

#[test]
fn the_passthrough_template_of_the_console_makes_json() {
    let made = render(PASSTHROUGH, "{\"a\":[1]}").expect("it renders");
    let json: serde_json::Value = serde_json::from_str(&made.text).expect("JSON");
    assert_eq!(
        json,
        serde_json::json!({
            "body-json": {"a": [1]},
            "params": {"path": {"id": "7"}, "querystring": {"id": "query", "q": "x y"}, "header": {"X-One": "2", "id": "header"}},
            "stage-variables": {"color": "green"},
            "context": {"account-id": "", "http-method": "POST", "source-ip": "203.0.113.9"},
        })
    );
}

#[test]
fn a_request_without_a_body_is_an_empty_object() {
    for (template, expected) in [
        ("$input.body", "{}"),
        ("$input.json('$')", "{}"),
        ("[$input.path('$.a')]", "[]"),
        ("$input.path('$')", "{}"),
    ] {
        assert_eq!(render(template, "").map(|made| made.text).as_deref(), Ok(expected), "{template}");
    }
    assert_eq!(render("$input.json('$.a')", "no json"), Err(RenderError::BodyIsNotJson));
    assert_eq!(render("$input.body", "no json").map(|made| made.text).as_deref(), Ok("no json"));
}

#[test]
fn overrides_are_collected() {
    let template = "#set($context.responseOverride.status = 418)\
        #set($context.responseOverride.header.X-A = \"$context.stage\")\
        #set($context.requestOverride.path.id = 'p')#set($context.requestOverride.querystring['q'] = 1)ok";
    let made = render(template, "").expect("it renders");
    let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    assert_eq!(made.text, "ok");
    assert_eq!(made.overrides.status, Some(418));
    assert_eq!(made.overrides.response_headers, pair("X-A", "prod"));
    assert_eq!(made.overrides.path, pair("id", "p"));
    assert_eq!(made.overrides.query, pair("q", "1"));
    let ignored = render("#set($context.responseOverride.status = 99)", "").expect("it renders");
    assert_eq!(ignored.overrides.status, None);
}

#[test]
fn limits_end_what_would_not_end() {
    for (template, expected) in [
        ("#foreach($i in [1..1001])x#end", "FOREACH_ITERATIONS_MAX"),
        ("#foreach($i in [1..1000])#foreach($j in [1..1000])x#end#end", "STEPS_MAX"),
        ("#set($s = 'xxxxxxxxxx')#foreach($i in [1..100])#set($s = \"$s$s\")#end", "TEXT_LENGTH_MAX"),
        ("#set($l = [1])#set($x = $l.add($l))#set($x = $l.add($l))$l", "TEXT_LENGTH_MAX"),
        (
            "#set($l = [1])#foreach($i in [1..1000])#foreach($i in [1..900])#set($l = [$l])#end#end",
            "STEPS_MAX",
        ),
        ("#set($n = 9)#foreach($i in [1..100])#set($n = $n * $n)#end", "INTEGER_BITS_MAX"),
    ] {
        assert_eq!(render(template, ""), Err(RenderError::Limit(expected)), "{template}");
    }
    let sum = format!("#set($n = 1{})$n", "+1".repeat(50_000));
    assert_eq!(render(&sum, "").map(|made| made.text).as_deref(), Ok("50001"));
}

#[test]
fn what_java_throws_ends_the_template_and_says_where() {
    for (template, expected, place) in [
        ("a\n $input.path('$.tags')[7]", "Index 7 out of bounds for length 2", (2, 2)),
        ("#set($l = [])$l.get(0)", "`$l.get(0)`: Index 0 out of bounds for length 0", (1, 14)),
        ("#set($n = 0)$n.parseInt('x')", "For input string: \"x\"", (1, 13)),
        ("$util.parseJson('{')", "the text is no JSON", (1, 1)),
        ("#macro(m)#m()#end\n#m()", "Macros call one another too deeply", (1, 10)),
        (
            "#set($context.responseOverride.status = 200)#set($context.responseOverride.status = 201)",
            "second time",
            (1, 50),
        ),
        ("$context.stage.substring(9)", "begin 9, end 4, length 4", (1, 1)),
    ] {
        match render(template, BODY) {
            Err(RenderError::Thrown { what, line, column })
                if what.contains(expected) && (line, column) == place => {}
            other => panic!("{template}: {other:?}"),
        }
    }
}

#[test]
fn what_is_wrong_or_not_implemented_is_found_with_its_place() {
    use FindingKind::{Invalid, Unsupported};
    for (template, kind, line, column, says) in [
        ("{\n  \"a\": $input.jsonize('x')\n}", Unsupported, 2, 14, "`jsonize`"),
        ("x\n#parse('a')#end", Unsupported, 2, 1, "`#parse`"),
        ("$context.stage.matches('(?=a)')", Unsupported, 1, 15, "(?=a)"),
        ("#macro(m $a)$a#end\n#m(word)", Invalid, 2, 1, "`#m`"),
        ("$input.path('$.a[(1)]')", Unsupported, 1, 7, "[(1)]"),
        ("#set($input.body = 1)", Unsupported, 1, 1, "$input.body"),
        ("#if(true)", Invalid, 1, 10, "#end"),
        ("a#end", Invalid, 1, 2, "closes nothing"),
        ("#set($a = )", Invalid, 1, 11, "value"),
        ("#set($a = 'x)", Invalid, 1, 11, "quote"),
        ("é$input.path('$.a'", Invalid, 1, 19, "`)`"),
        ("#foreach($a of $b)#end", Invalid, 1, 13, "`in`"),
        ("${a", Invalid, 1, 4, "`}`"),
    ] {
        let problems = Template::compile(template).expect_err(template);
        let first = &problems[0];
        assert_eq!((first.kind, first.line, first.column), (kind, line, column), "{template}: {problems:?}");
        assert!(first.what.contains(says), "{template}: {problems:?}");
    }
    let deep = format!("#set($a = {}1{})", "(".repeat(10_000), ")".repeat(10_000));
    assert!(Template::compile(&deep).is_err());
    assert!(Template::compile(&"#if(true)".repeat(10_000)).is_err());
    assert!(Template::compile(&"x".repeat(super::TEMPLATE_LENGTH_MAX + 1)).is_err());
}

#[test]
fn no_text_breaks_the_parser() {
    for (template, _) in ROWS {
        for (at, _) in template.char_indices() {
            drop(Template::compile(&template[..at]));
            drop(Template::compile(&template[at..]));
        }
    }
}

#[test]
fn no_template_breaks_what_runs_it() {
    let texts: Vec<&str> = ROWS.iter().map(|(template, _)| *template).collect();
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
    };
    for _ in 0..2_000 {
        let (one, two) = (texts[random(texts.len())], texts[random(texts.len())]);
        let cut = one.floor_char_boundary(random(one.len()));
        let part = &two[two.floor_char_boundary(random(two.len()))..];
        let template = format!("{}{part}{}", &one[..cut], &one[cut..]);
        if Template::compile(&template).is_ok() {
            drop(render(&template, BODY));
        }
    }
}
