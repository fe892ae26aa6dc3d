//! What a stage of an HTTP API sets: how fast its routes may be asked, and its access log.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html>

use frontgate_explain::PlaceId;

use super::routing::RouteKey;
use crate::access_log::AccessLogSetting;
use crate::usage::Throttle;

/// The settings of a stage.
#[derive(Clone, Debug, Default)]
pub struct HttpStageSettings {
    /// `RouteSettings` and `DefaultRouteSettings`.
    pub throttles: Vec<RouteThrottle>,
    /// `AccessLogSettings`
    pub access_log: Option<AccessLogSetting>,
}

/// How fast a route may be asked by all together.
#[derive(Clone, Debug)]
pub struct RouteThrottle {
    /// The key of the route; `None` for each route without a setting of its own.
    pub route: Option<Box<str>>,
    /// How fast.
    pub throttle: Throttle,
    /// The place of the setting.
    pub place: PlaceId,
}

impl HttpStageSettings {
    /// How fast a route may be asked.
    #[must_use]
    pub fn throttle(&self, key: &RouteKey) -> Option<&RouteThrottle> {
        let own = |row: &&RouteThrottle| row.route.as_deref() == Some(key.as_str());
        self.throttles.iter().find(own).or_else(|| self.throttles.iter().find(|row| row.route.is_none()))
    }
}

#[cfg(test)]
mod tests {
    use frontgate_explain::PlaceId;

    use super::{HttpStageSettings, RouteKey, RouteThrottle};
    use crate::usage::Throttle;

    #[test]
    fn a_setting_of_its_own_comes_first() {
        let row = |route: Option<&str>, burst| RouteThrottle {
            route: route.map(Into::into),
            throttle: Throttle { rate_per_second: 1.0, burst },
            place: PlaceId::NONE,
        };
        let settings = HttpStageSettings {
            throttles: vec![row(None, 1), row(Some("GET /items"), 2)],
            ..HttpStageSettings::default()
        };
        for (key, burst) in [("GET /items", 2), ("POST /items", 1), ("$default", 1)] {
            let key = RouteKey::parse(key).expect("a route key");
            assert_eq!(settings.throttle(&key).map(|row| row.throttle.burst), Some(burst));
        }
        assert!(
            HttpStageSettings::default().throttle(&RouteKey::parse("$default").expect("a key")).is_none()
        );
    }
}
