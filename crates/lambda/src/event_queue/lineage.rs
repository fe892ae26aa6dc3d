//! Does an invocation go round in circles? Lambda counts in the trace header how often a chain came to a function.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>,
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html>: `Lineage=a87bd80c:0|68fd508a:5`

use frontgate_aws::{hex, sha256, without_qualifier};

/// A chain of invocations came to the same function too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the function was invoked {RECURSIVE_INVOCATIONS_MAX} times in one chain of requests")]
pub struct Recursion;

/// The trace header with which a function is invoked: it counts the invocation.
///
/// # Errors
/// The chain came to this function [`RECURSIVE_INVOCATIONS_MAX`] times already.
pub fn enter(trace_id: &str, function_arn: &str) -> Result<String, Recursion> {
    let (unqualified, _) = without_qualifier(function_arn);
    let own = hex(&sha256(unqualified.as_bytes()))[..HASH_DIGITS].to_owned();
    let mut fields: Vec<&str> = trace_id.split(';').filter(|field| !field.is_empty()).collect();
    let lineage = fields.iter().position(|field| field.starts_with(FIELD)).map(|index| fields.remove(index));
    let mut counts = counts(lineage.unwrap_or_default());
    match counts.iter().position(|(hash, _)| *hash == own) {
        Some(index) if counts[index].1 >= RECURSIVE_INVOCATIONS_MAX => return Err(Recursion),
        Some(index) => counts[index].1 += 1,
        None if counts.len() < FUNCTIONS_MAX => counts.push((own, 1)),
        None => {}
    }
    let counts: Vec<String> = counts.into_iter().map(|(hash, count)| format!("{hash}:{count}")).collect();
    let lineage = format!("{FIELD}{}", counts.join("|"));
    fields.push(&lineage);
    Ok(fields.join(";"))
}

fn counts(lineage: &str) -> Vec<(String, u32)> {
    let pairs = lineage.strip_prefix(FIELD).unwrap_or_default().split('|').take(FUNCTIONS_MAX);
    pairs
        .filter_map(|pair| {
            let (hash, count) = pair.split_once(':')?;
            let is_hash = !hash.is_empty() && hash.bytes().all(|b| b.is_ascii_hexdigit());
            is_hash.then_some(())?;
            Some((hash.to_owned(), count.parse().ok()?))
        })
        .collect()
}

/// "Approximately 16 times".
pub const RECURSIVE_INVOCATIONS_MAX: u32 = 16;

/// How many functions of a chain are counted.
const FUNCTIONS_MAX: usize = 32;
const FIELD: &str = "Lineage=";
const HASH_DIGITS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const F: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
    const G: &str = "arn:aws:lambda:us-east-1:123456789012:function:g";

    #[test]
    fn each_function_of_a_chain_is_counted() {
        let mut trace = "Root=1-2-3;Parent=4;Sampled=0".to_owned();
        for round in 1..=RECURSIVE_INVOCATIONS_MAX {
            trace = enter(&trace, F).expect("not too often");
            trace = enter(&trace, &format!("{G}:live")).expect("not too often");
            assert!(trace.starts_with("Root=1-2-3;Parent=4;Sampled=0;Lineage="), "{trace}");
            assert_eq!(trace.matches(&format!(":{round}")).count(), 2, "{trace}");
        }
        assert_eq!(enter(&trace, F), Err(Recursion));
        assert_eq!(enter(&trace, &format!("{F}:1")), Err(Recursion));
    }

    #[test]
    fn a_lineage_that_is_none_counts_nothing() {
        for trace in ["", "Root=1-2-3", "Lineage=", "Lineage=x:1", "Lineage=a87bd80c", "Lineage=a87bd80c:no"]
        {
            let trace = enter(trace, F).expect("the first time");
            assert!(trace.ends_with(":1") && trace.matches('|').count() == 0, "{trace}");
        }
    }
}
