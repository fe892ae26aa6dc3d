//! `WebsiteConfiguration` of a bucket, checked as S3's `PutBucketWebsite` checks it.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html>

use frontgate_explain::PlaceId;
use frontgate_snapshot::{ReplaceKey, RoutingRule, Website, WebsiteContent};

use crate::maker::Maker;
use crate::properties::{Object, Text};

/// Reads the website of the bucket that is called `shown`.
pub fn website(properties: &Object<'_>, shown: &str, maker: &mut Maker<'_>) -> Option<Website> {
    let config = properties.object("WebsiteConfiguration")?;
    let place = maker.place(config.span(), format!("WebsiteConfiguration of {shown}"));
    let redirect_all = config.object("RedirectAllRequestsTo").map(|redirect| redirect_all(&redirect));
    let index = config.text("IndexDocument");
    let error = config.text("ErrorDocument");
    let routing_rules = routing_rules(&config, shown, maker);
    config.finish();
    if let Some(content) = redirect_all {
        if index.is_some() || error.is_some() || !routing_rules.is_empty() {
            let message = format!(
                "{}: InvalidRequest: RedirectAllRequestsTo cannot be provided in conjunction with other website \
                 configurations",
                config.path()
            );
            config.problems().error(config.span(), message, "both", "Leave out one of them.");
        }
        return Some(Website { content: content?, place });
    }
    let Some(index) = index else {
        let message = format!(
            "{}: InvalidArgument: A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
            config.path()
        );
        config.problems().error(config.span(), message, "no IndexDocument", "Add IndexDocument: index.html.");
        return None;
    };
    check_index(&config, &index);
    let index_document_place = maker.place(index.span, format!("IndexDocument {} of {shown}", index.value));
    let error_document_place = match &error {
        Some(error) => maker.place(error.span, format!("ErrorDocument {} of {shown}", error.value)),
        None => PlaceId::NONE,
    };
    let content = WebsiteContent::Pages {
        index_document: index.value.as_ref().into(),
        index_document_place,
        error_document: error.map(|error| error.value.as_ref().into()),
        error_document_place,
        routing_rules,
    };
    Some(Website { content, place })
}

/// The domain name of the website endpoint: the older regions have a hyphen, the others a dot
/// (<https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints>).
pub fn endpoint(bucket: &str, region: &str) -> String {
    let separator = if REGIONS_WITH_HYPHEN.contains(&region) { '-' } else { '.' };
    format!("{bucket}.s3-website{separator}{region}.amazonaws.com")
}

fn check_index(config: &Object<'_>, index: &Text<'_>) {
    if index.value.is_empty() || index.value.contains('/') {
        let message =
            format!("{}: InvalidArgument: The IndexDocument Suffix is not well formed", config.path());
        let cure = "Write the name of a file without a slash, such as index.html.";
        config.problems().error(index.span, message, "not well formed", cure);
    }
}

fn redirect_all(redirect: &Object<'_>) -> Option<WebsiteContent> {
    let host_name = redirect.required_text("HostName");
    let protocol = protocol(redirect);
    redirect.finish();
    Some(WebsiteContent::RedirectAll { host_name: host_name?.value.as_ref().into(), protocol })
}

fn protocol(object: &Object<'_>) -> Option<Box<str>> {
    object.choice("Protocol", &[("http", "http"), ("https", "https")]).map(Into::into)
}

fn routing_rules(config: &Object<'_>, shown: &str, maker: &mut Maker<'_>) -> Vec<RoutingRule> {
    let mut rules = Vec::new();
    for (index, object) in config.objects("RoutingRules").iter().enumerate() {
        let mut rule =
            RoutingRule::new(maker.place(object.span(), format!("RoutingRules[{index}] of {shown}")));
        if let Some(condition) = object.object("RoutingRuleCondition") {
            rule.key_prefix = condition.text("KeyPrefixEquals").map(|text| text.value.as_ref().into());
            rule.error_code = status(&condition, "HttpErrorCodeReturnedEquals", 400..=599);
            condition.finish();
        }
        object.require("RedirectRule");
        if let Some(redirect) = object.object("RedirectRule") {
            read_redirect(&redirect, &mut rule);
        }
        object.finish();
        rules.push(rule);
    }
    rules
}

fn read_redirect(redirect: &Object<'_>, rule: &mut RoutingRule) {
    rule.host_name = redirect.text("HostName").map(|text| text.value.as_ref().into());
    rule.protocol = protocol(redirect);
    rule.status = status(redirect, "HttpRedirectCode", 301..=399);
    let with = redirect.text("ReplaceKeyWith");
    let prefix = redirect.text("ReplaceKeyPrefixWith");
    if with.is_some() && prefix.is_some() {
        let message = format!(
            "{}: InvalidRequest: You can only define ReplaceKeyPrefix or ReplaceKey but not both.",
            redirect.path()
        );
        redirect.problems().error(redirect.span(), message, "both", "Leave out one of them.");
    }
    rule.replace_key = match (with, prefix) {
        (Some(with), _) => ReplaceKey::With(with.value.as_ref().into()),
        (None, Some(prefix)) => ReplaceKey::PrefixWith(prefix.value.as_ref().into()),
        (None, None) => ReplaceKey::Keep,
    };
    redirect.finish();
}

fn status(object: &Object<'_>, name: &'static str, bounds: std::ops::RangeInclusive<u64>) -> Option<u16> {
    object.number(name, bounds).and_then(|number| u16::try_from(number).ok())
}

/// *Amazon S3 website endpoints*; all other regions have a dot.
const REGIONS_WITH_HYPHEN: [&str; 9] = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

#[cfg(test)]
mod tests {
    #[test]
    fn endpoints() {
        for (region, expected) in [
            ("us-east-1", "b.s3-website-us-east-1.amazonaws.com"),
            ("eu-central-1", "b.s3-website.eu-central-1.amazonaws.com"),
        ] {
            assert_eq!(super::endpoint("b", region), expected);
        }
    }
}
