//! Throttles in templates: `RateLimit` and `BurstLimit` of usage plans, those of stages, and the paths that they name.

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::usage::{ACCOUNT_THROTTLE, Throttle};

use crate::maker::Maker;
use crate::properties::{Object, scalar};

/// The throttle of an object with those two properties; `None` where it has neither. The one that is missing is the account's,
/// which holds in any case.
pub fn throttle(object: &Object<'_>, rate: &'static str, burst: &'static str) -> Option<Throttle> {
    let rate_per_second = limit(object, rate);
    let burst = limit(object, burst);
    if rate_per_second.is_none() && burst.is_none() {
        return None;
    }
    Some(Throttle {
        rate_per_second: rate_per_second.unwrap_or(ACCOUNT_THROTTLE.rate_per_second),
        burst: burst.map_or(ACCOUNT_THROTTLE.burst, whole),
    })
}

/// A limit; -1 is none.
fn limit(object: &Object<'_>, name: &'static str) -> Option<f64> {
    let node = object.node(name)?;
    let number =
        scalar(&node.value).and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite());
    match number {
        Some(number) if number >= 0.0 => Some(number),
        Some(number) if (number + 1.0).abs() < f64::EPSILON => None,
        _ => {
            let message = format!("{}.{name}: it is no number of requests", object.path());
            object.problems().error(node.span, message, "not valid", "Write a number such as 10.");
            None
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
fn whole(number: f64) -> u32 {
    number as u32
}

/// The place of an object.
pub fn place(object: &Object<'_>, maker: &mut Maker<'_>, label: &str) -> PlaceId {
    maker.place(object.span(), label)
}

/// A path as settings write it: `/~1orders~1{id}` is `/orders/{id}`; plain slashes are taken, too.
pub fn resource_path(written: &str) -> String {
    let path = written.strip_prefix('/').filter(|rest| rest.starts_with("~1")).unwrap_or(written);
    path.replace("~1", "/")
}

#[cfg(test)]
mod tests {
    use super::resource_path;

    #[test]
    fn paths_are_unescaped() {
        for (written, path) in [
            ("/*", "/*"),
            ("/", "/"),
            ("/~1", "/"),
            ("/~1orders", "/orders"),
            ("/~1orders~1{id}", "/orders/{id}"),
            ("/orders/{id}", "/orders/{id}"),
        ] {
            assert_eq!(resource_path(written), path);
        }
    }
}
