//! Which known name was probably meant?

/// The candidate nearest to `name`, if one is near: at most a third of the letters differ, letter case aside.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let allowed = name.chars().count() / 3;
    candidates
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *candidate != name)
        .min()
        .map(|(_, candidate)| candidate)
}

/// "did you mean" for the nearest candidate, else the list of all candidates if it is short.
pub(crate) fn cure<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>, what: &str) -> String {
    let candidates = candidates.into_iter().collect::<Vec<_>>();
    match nearest(name, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if candidates.is_empty() => format!("there is no {what} in this template"),
        None if candidates.len() <= LISTED_MAX => format!("the {what}s here are: {}", candidates.join(", ")),
        None => format!("no {what} has a similar name"),
    }
}

/// Changed, added, removed or swapped letters that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// How many candidates are still worth listing.
const LISTED_MAX: usize = 12;

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names() {
        for (name, expected) in [
            ("Buket", Some("Bucket")),
            ("bucket", Some("Bucket")),
            ("Bukcet", Some("Bucket")),
            ("SiteBucket", None),
            ("B", None),
            ("API", Some("Api")),
            ("Apu", Some("Api")),
        ] {
            assert_eq!(nearest(name, ["Bucket", "Api"]), expected, "{name}");
        }
    }
}
