//! The runtime's words for errors: the engine here says the same things with other words.

/// An error of the engine in the runtime's words, such as `TypeError: cannot get property "value" of undefined`.
pub(crate) fn translated(name: &str, message: &str) -> String {
    if message == "out of memory" {
        return "MemoryError".to_owned();
    }
    let message = rephrased(message).unwrap_or_else(|| message.to_owned());
    if message.is_empty() { name.to_owned() } else { format!("{name}: {message}") }
}

fn rephrased(message: &str) -> Option<String> {
    for (before, between, after) in [
        ("cannot read property '", "' of ", "cannot get property"),
        ("cannot set property '", "' of ", "cannot set property"),
    ] {
        if let Some((property, of)) = message.strip_prefix(before).and_then(|rest| rest.split_once(between)) {
            return Some(format!("{after} \"{property}\" of {of}"));
        }
    }
    if let Some(name) = message.strip_suffix(" is not defined") {
        return Some(format!("\"{}\" is not defined", name.trim_matches('\'')));
    }
    if message.ends_with(" is read-only") {
        return Some("assignment to constant variable".to_owned());
    }
    let name = message.strip_suffix(" is not initialized")?;
    Some(format!("cannot access variable \"{}\" before initialization", name.trim_matches('\'')))
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn errors_are_told_in_the_runtimes_words() {
        for (name, message, told) in [
            (
                "TypeError",
                "cannot read property 'value' of undefined",
                "TypeError: cannot get property \"value\" of undefined",
            ),
            ("ReferenceError", "x is not defined", "ReferenceError: \"x\" is not defined"),
            ("InternalError", "out of memory", "MemoryError"),
            ("Error", "own words", "Error: own words"),
            ("Error", "", "Error"),
        ] {
            assert_eq!(translated(name, message), told);
        }
    }
}
