//! Paths and what they find.

use serde_json::{Value, json};

use super::JsonPath;

#[test]
fn paths_find_what_they_name() {
    let document = json!({
        "a": {"b c": [1, {"d": "x"}]},
        "list": [{"n": 1}, {"n": 2}],
        "store": {"book": [
            {"title": "Sayings", "price": 8.95, "tags": ["old"]},
            {"title": "Sword", "price": 12.99, "isbn": null},
            {"title": "Moby", "price": 8.99, "isbn": "0-553"},
        ], "limit": 10},
    });
    for (path, expected) in [
        ("$", Some(document.clone())),
        ("$.a['b c'][1].d", Some(json!("x"))),
        ("a[\"b c\"][-2]", Some(json!(1))),
        ("$.list[*].n", Some(json!([1, 2]))),
        ("$.list.*.n", Some(json!([1, 2]))),
        ("$.missing.more", None),
        ("$.list[7]", None),
        ("$..n", Some(json!([1, 2]))),
        ("$..d", Some(json!(["x"]))),
        ("$..book[0].title", Some(json!(["Sayings"]))),
        ("$..['n']", Some(json!([1, 2]))),
        ("$..missing", Some(json!([]))),
        ("$.store.book[0:2].title", Some(json!(["Sayings", "Sword"]))),
        ("$.store.book[-1:].title", Some(json!(["Moby"]))),
        ("$.store.book[:1].title", Some(json!(["Sayings"]))),
        ("$.store.book[2:9].title", Some(json!(["Moby"]))),
        ("$.store.book[2:1].title", Some(json!([]))),
        ("$.store.book[0,2].title", Some(json!(["Sayings", "Moby"]))),
        ("$.store.book[0]['title','price']", Some(json!(["Sayings", 8.95]))),
        ("$.store.book[?(@.price < 10)].title", Some(json!(["Sayings", "Moby"]))),
        ("$.store.book[?(@.price > $.store.limit)].title", Some(json!(["Sword"]))),
        ("$.store.book[?(@.isbn)].title", Some(json!(["Sword", "Moby"]))),
        ("$.store.book[?(!@.isbn)].title", Some(json!(["Sayings"]))),
        ("$.store.book[?(@.title == 'Moby' || @.price==12.99)].title", Some(json!(["Sword", "Moby"]))),
        ("$.store.book[?(@.price<10 && (@.title != 'Moby'))].title", Some(json!(["Sayings"]))),
        ("$.store.book[?(@['title'] =~ /s.*/i)].title", Some(json!(["Sayings", "Sword"]))),
        ("$.store.book[?(@.title in ['Moby', \"Sword\"])].price", Some(json!([12.99, 8.99]))),
        ("$.store.book[?(@.title nin ['Moby'])].price", Some(json!([8.95, 12.99]))),
        ("$.store.book[?(@.tags contains 'old')].price", Some(json!([8.95]))),
        ("$.store.book[?(@.title.length() == 4)].title", Some(json!(["Moby"]))),
        ("$..[?(@.isbn == '0-553')].title", Some(json!(["Moby"]))),
        ("$.store.book.length()", Some(json!(3))),
        ("$.store.book[*].price.max()", Some(json!(12.99))),
        ("$.list[*].n.sum()", Some(json!(3.0))),
        ("$.list[*].n.avg()", Some(json!(1.5))),
        ("$.store.book[1].keys()", Some(json!(["title", "price", "isbn"]))),
        ("$.missing.length()", None),
    ] {
        let found: Option<Value> = JsonPath::parse(path).expect(path).find(&document);
        let found = match found {
            // `..` finds a filter's element once as an element and once as itself.
            Some(Value::Array(mut items)) => {
                items.dedup();
                Some(Value::Array(items))
            }
            other => other,
        };
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn what_is_not_implemented_is_refused() {
    let deep = format!("$[?({}@.a{})]", "(".repeat(5_000), ")".repeat(5_000));
    for path in [
        "$..",
        "$....a",
        "$.a[?(@.b)",
        "$.a[?(@.b ~ 1)]",
        "$.a[?(@.b == )]",
        "$.a[?(1 == 1]",
        "$.a.concat()",
        "$.a[",
        "$.a[?(@.b =~ /(?=x)/)]",
        "$x",
        "$['a'",
        "$['é",
        "$.a[1:x]",
        "$.a[1,'b']",
        "$.a[(@.length-1)]",
        &deep,
    ] {
        assert!(JsonPath::parse(path).is_err(), "{path}");
    }
}

#[test]
fn a_path_that_goes_through_too_much_finds_nothing() {
    let document = json!((0..3_000).map(|n| json!({"n": [n]})).collect::<Vec<_>>());
    let path = JsonPath::parse("$..[*]..[*]..[?(@ in $..n)]").expect("a path");
    assert_eq!(path.find(&document), None);
}
