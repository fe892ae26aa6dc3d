//! Throttles in templates: `RateLimit` and `BurstLimit` of usage plans, `MethodSettings` of stages.

use frontgate_explain::PlaceId;
use frontgate_gateway_rules::usage::{ACCOUNT_THROTTLE, MethodThrottle, Throttle};

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

/// The throttles of `MethodSettings`; other settings are refused by name, where they would change something.
pub fn throttles(properties: &Object<'_>, maker: &mut Maker<'_>) -> Vec<MethodThrottle> {
    let mut throttles = Vec::new();
    for setting in properties.objects("MethodSettings") {
        for flag in ["CachingEnabled", "DataTraceEnabled", "MetricsEnabled"] {
            if setting.flag(flag) == Some(true) {
                setting.unsupported(&[flag]);
            }
        }
        if let Some(level) = setting.text("LoggingLevel").filter(|level| level.value != "OFF") {
            setting.unsupported_value("LoggingLevel", &level);
        }
        // Without a cache they say nothing.
        setting.accept(&["CacheDataEncrypted", "CacheTtlInSeconds"]);
        let path = setting.text("ResourcePath").map_or_else(|| "/*".into(), |path| path.value);
        let http_method = setting.text("HttpMethod").map_or_else(|| "*".into(), |method| method.value);
        let throttle = throttle(&setting, "ThrottlingRateLimit", "ThrottlingBurstLimit");
        setting.finish();
        let Some(throttle) = throttle else { continue };
        let place = place(&setting, maker, &format!("the setting of {http_method} {path}"));
        let path = resource_path(&path).into();
        throttles.push(MethodThrottle { path, http_method: http_method.as_ref().into(), throttle, place });
    }
    throttles
}

/// The place of an object.
pub fn place(object: &Object<'_>, maker: &mut Maker<'_>, label: &str) -> PlaceId {
    maker.place(object.span(), label)
}

/// A path as settings write it: `/~1orders~1{id}` is `/orders/{id}`; plain slashes are taken, too.
fn resource_path(written: &str) -> String {
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
