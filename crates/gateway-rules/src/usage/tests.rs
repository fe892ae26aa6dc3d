use frontgate_explain::PlaceId;
use frontgate_message::Headers;

use super::{
    ApiKey, ApiKeySource, Bucket, Counters, KeyRefusal, LimitKind, MethodThrottle, Period, PlanStage, Quota,
    QuotaCount, Throttle, UsagePlan, UsagePlans, limits,
};
use crate::authorizer::Authorized;
use crate::fixture;

const NOW: u64 = 1_583_348_638_390;
const DAY: u64 = 86_400_000;

#[test]
fn a_bucket_fills_at_its_rate_up_to_its_burst() {
    let throttle = Throttle { rate_per_second: 2.0, burst: 3 };
    let mut bucket = Bucket::full(&throttle, NOW);
    for (after, tokens) in [(0, 3), (100, 0), (500, 1), (10_000, 3), (9_000, 0)] {
        for _ in 0..tokens {
            assert!(bucket.has_token(&throttle, NOW + after), "{after}");
            bucket.take();
        }
        assert!(!bucket.has_token(&throttle, NOW + after), "{after}");
    }
    let nothing = Throttle { rate_per_second: 0.0, burst: 0 };
    assert!(!Bucket::full(&nothing, NOW).has_token(&nothing, u64::MAX));
}

#[test]
fn a_quota_begins_anew_with_its_period() {
    // NOW is a Wednesday, the 4th of March.
    for (period, same, next) in [
        (Period::Day, NOW + DAY / 6, NOW + DAY),
        (Period::Week, NOW + 3 * DAY, NOW + 4 * DAY),
        (Period::Month, NOW + 27 * DAY, NOW + 28 * DAY),
    ] {
        let quota = Quota { limit: 2, offset: 1, period };
        let mut count = QuotaCount::new(&quota, NOW);
        assert!(count.has_left(&quota, NOW));
        count.take();
        assert!(!count.has_left(&quota, same), "{period:?}: the first period has one less");
        for _ in 0..2 {
            assert!(count.has_left(&quota, next), "{period:?}");
            count.take();
        }
        assert!(!count.has_left(&quota, next), "{period:?}");
    }
}

fn key(id: &str, enabled: bool) -> ApiKey {
    ApiKey { id: id.into(), value: format!("value-of-{id}").into(), enabled, place: PlaceId(3) }
}

fn plans() -> UsagePlans {
    let stage =
        |stage: &str| PlanStage { api_id: "abc1234567".into(), stage: stage.into(), methods: Vec::new() };
    let plan = |id: &str, of: &str, keys: &[&str]| UsagePlan {
        id: id.into(),
        throttle: None,
        quota: None,
        stages: vec![stage(of)],
        key_ids: keys.iter().map(|key| (*key).into()).collect(),
        place: PlaceId(4),
    };
    UsagePlans {
        keys: vec![key("one", true), key("two", true), key("off", false)],
        plans: vec![plan("p1", "test", &["one", "two"]), plan("p2", "prod", &["one", "off"])],
    }
}

#[test]
fn a_key_opens_the_stages_of_its_plans() {
    let mut api = fixture::api(&fixture::document(&["/x"]));
    let plans = plans();
    for (sent, expected) in [
        (None, Err(KeyRefusal::Missing)),
        (Some(""), Err(KeyRefusal::Missing)),
        (Some("value-of-none"), Err(KeyRefusal::Unknown)),
        (Some("VALUE-OF-ONE"), Err(KeyRefusal::Unknown)),
        (Some("value-of-off"), Err(KeyRefusal::Disabled(PlaceId(3)))),
        (Some("value-of-two"), Err(KeyRefusal::NotInPlan(PlaceId(3)))),
        (Some("value-of-one"), Ok("p2")),
    ] {
        let headers = Headers::from_iter(sent.map(|value| ("X-API-Key", value.as_bytes())));
        let authorized =
            Authorized { usage_identifier_key: sent.map(str::to_owned), ..Authorized::default() };
        for source in [ApiKeySource::Header, ApiKeySource::Authorizer] {
            fixture::deployment_mut(&mut api).api_key_source = source;
            let none = Headers::from_iter([] as [(&str, &[u8]); 0]);
            let (headers, authorizer) = match source {
                ApiKeySource::Header => (&headers, None),
                ApiKeySource::Authorizer => (&none, Some(&authorized)),
            };
            let mut request = fixture::request(&api, headers);
            request.authorizer = authorizer;
            let found = plans.open(&request).map(|opened| &*opened.plan.id);
            assert_eq!(found, expected, "{sent:?} {source:?}");
        }
    }
}

fn throttle(path: &str, http_method: &str, burst: u32) -> MethodThrottle {
    let throttle = Throttle { rate_per_second: 1.0, burst };
    MethodThrottle { path: path.into(), http_method: http_method.into(), throttle, place: PlaceId(5) }
}

#[test]
fn the_first_limit_that_is_exceeded_is_named_and_nothing_is_counted() {
    let mut api = fixture::api(&fixture::document(&["/x", "/y"]));
    api.stages[0].throttles = vec![throttle("/*", "*", 4), throttle("/x", "POST", 3)];
    let mut plans = plans();
    plans.plans[1].throttle = Some(Throttle { rate_per_second: 1.0, burst: 2 });
    plans.plans[1].quota = Some(Quota { limit: 4, offset: 0, period: Period::Day });
    plans.plans[1].stages[0].methods = vec![throttle("/x", "POST", 1)];
    let headers = Headers::from_iter([("x-api-key", b"value-of-one".as_slice())]);
    let request = fixture::request(&api, &headers);
    let opened = plans.open(&request).expect("the key is in the plan");
    let mut counters = Counters::default();
    let mut ask = |path: usize, with_key: bool, second: u64| {
        let resource = &fixture::deployment(&api).resources.rows()[path];
        let limits = limits(&request, resource, &resource.methods[0], with_key.then_some(&opened));
        counters.admit(&limits, NOW + second * 1000).map_err(|limit| limit.kind)
    };
    let rows = [
        (0, true, 0, Ok(())),
        (0, true, 0, Err(LimitKind::ClientMethod)),
        (1, true, 0, Ok(())),
        (1, true, 0, Err(LimitKind::Client)),
        // Others have tokens of their own, but the method has its own, too: three, one of which is taken.
        (0, false, 0, Ok(())),
        (0, false, 0, Ok(())),
        (0, false, 0, Err(LimitKind::Method)),
        (1, true, 9, Ok(())),
        (1, true, 9, Ok(())),
        (1, true, 18, Err(LimitKind::ClientQuota)),
        (1, false, 18, Ok(())),
    ];
    for (index, (path, with_key, second, expected)) in rows.into_iter().enumerate() {
        assert_eq!(ask(path, with_key, second), expected, "row {index}");
    }
}
