//! Velocity 1.7 itself as the oracle: templates of ours and what it made of them, in `velocity/*.txt`.
//!
//! `velocity/answers.sh` writes the answers anew where a JDK and Debian's `velocity` are.

use super::tests::render;

/// Lines of a template begin with `>`, those of what Velocity makes of it with `<`; `!` stands for an error.
const FILES: &[(&str, &str)] = &[
    ("collections", include_str!("../../velocity/collections.txt")),
    ("directives", include_str!("../../velocity/directives.txt")),
    ("expressions", include_str!("../../velocity/expressions.txt")),
    ("macros", include_str!("../../velocity/macros.txt")),
    ("references", include_str!("../../velocity/references.txt")),
    ("texts", include_str!("../../velocity/texts.txt")),
];

#[test]
fn templates_make_what_velocity_makes() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for (file, answers) in FILES {
        for block in answers.split("\n\n").filter(|block| block.starts_with('>')) {
            count += 1;
            wrong.extend(difference(block).map(|difference| format!("{file}: {difference}")));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 300, "{count}");
}

/// How our answer differs from Velocity's.
fn difference(block: &str) -> Option<String> {
    let lines = |mark: char| -> Vec<&str> {
        let marked = block.lines().filter_map(|line| line.strip_prefix(mark));
        marked.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect()
    };
    let (template, expected, is_error) =
        (lines('>').join("\n"), lines('<').join("\n"), !lines('!').is_empty());
    let made = match super::Template::compile(&template) {
        Ok(_) => render(&template, "").map(|made| made.text).map_err(|error| format!("{error:?}")),
        Err(problems) => Err(format!("{problems:?}")),
    };
    let is_right = made.as_ref().map_or(is_error, |made| !is_error && *made == expected);
    let expected = if is_error { "an error" } else { &expected };
    (!is_right).then(|| format!("{template}\n    Velocity: {expected:?}\n    here: {made:?}"))
}
