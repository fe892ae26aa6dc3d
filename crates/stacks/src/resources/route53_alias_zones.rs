//! The hosted zones of AWS itself, which alias records name: one for CloudFront, one per region for the others.

use frontgate_aws::Source;

/// A zone of AWS's that an alias may name.
#[derive(Clone, Copy, Debug)]
pub struct AliasZone {
    /// Its id.
    pub id: &'static str,
    /// The names in it end with that.
    pub suffix: &'static str,
    /// Where it was learnt.
    pub source: Source,
}

/// The zone that the names with this suffix lie in, if it is one of AWS's known here.
#[must_use]
pub fn of_name(dns_name: &str) -> Option<&'static AliasZone> {
    ALIAS_ZONES.iter().find(|zone| frontgate_snapshot::lies_in(dns_name, zone.suffix))
}

const CLOUDFRONT: Source = Source::Documented("aws-properties-route53-aliastarget");
const GATEWAY: Source = Source::Documented("general/latest/gr/apigateway");
const WEBSITE: Source = Source::Documented("general/latest/gr/s3#s3_website_region_endpoints");

/// Sorted by suffix.
const ALIAS_ZONES: &[AliasZone] = &[
    zone("cloudfront.net", "Z2FDTNDATAQYW2", CLOUDFRONT),
    zone("execute-api.ap-east-1.amazonaws.com", "Z3FD1VL90ND7K5", GATEWAY),
    zone("execute-api.ap-northeast-1.amazonaws.com", "Z1YSHQZHG15GKL", GATEWAY),
    zone("execute-api.ap-northeast-2.amazonaws.com", "Z20JF4UZKIW1U8", GATEWAY),
    zone("execute-api.ap-south-1.amazonaws.com", "Z3VO1THU9YC4UR", GATEWAY),
    zone("execute-api.ap-southeast-1.amazonaws.com", "ZL327KTPIQFUL", GATEWAY),
    zone("execute-api.ap-southeast-2.amazonaws.com", "Z2RPCDW04V8134", GATEWAY),
    zone("execute-api.ca-central-1.amazonaws.com", "Z19DQILCV0OWEC", GATEWAY),
    zone("execute-api.eu-central-1.amazonaws.com", "Z1U9ULNL0V5AJ3", GATEWAY),
    zone("execute-api.eu-north-1.amazonaws.com", "Z3UWIKFBOOGXPP", GATEWAY),
    zone("execute-api.eu-west-1.amazonaws.com", "ZLY8HYME6SFDD", GATEWAY),
    zone("execute-api.eu-west-2.amazonaws.com", "ZJ5UAJN8Y3Z2Q", GATEWAY),
    zone("execute-api.eu-west-3.amazonaws.com", "Z3KY65QIEKYHQQ", GATEWAY),
    zone("execute-api.me-south-1.amazonaws.com", "Z20ZBPC0SS8806", GATEWAY),
    zone("execute-api.sa-east-1.amazonaws.com", "ZCMLWB8V5SYIT", GATEWAY),
    zone("execute-api.us-east-1.amazonaws.com", "Z1UJRXOUMOOFQ8", GATEWAY),
    zone("execute-api.us-east-2.amazonaws.com", "ZOJJZC49E0EPZ", GATEWAY),
    zone("execute-api.us-west-1.amazonaws.com", "Z2MUQ32089INYE", GATEWAY),
    zone("execute-api.us-west-2.amazonaws.com", "Z2OJLYMUO9EFXC", GATEWAY),
    zone("s3-website-ap-northeast-1.amazonaws.com", "Z2M4EHUR26P7ZW", WEBSITE),
    zone("s3-website-ap-southeast-1.amazonaws.com", "Z3O0J2DXBE1FTB", WEBSITE),
    zone("s3-website-ap-southeast-2.amazonaws.com", "Z1WCIGYICN2BYD", WEBSITE),
    zone("s3-website-eu-west-1.amazonaws.com", "Z1BKCTXD74EZPE", WEBSITE),
    zone("s3-website-sa-east-1.amazonaws.com", "Z7KQH4QJS55SO", WEBSITE),
    zone("s3-website-us-east-1.amazonaws.com", "Z3AQBSTGFYJSTF", WEBSITE),
    zone("s3-website-us-west-1.amazonaws.com", "Z2F56UZL2M1ACD", WEBSITE),
    zone("s3-website-us-west-2.amazonaws.com", "Z3BJ6K6RIION7M", WEBSITE),
    zone("s3-website.ap-east-1.amazonaws.com", "ZNB98KWMFR0R6", WEBSITE),
    zone("s3-website.ap-northeast-2.amazonaws.com", "Z3W03O7B5YMIYP", WEBSITE),
    zone("s3-website.ap-south-1.amazonaws.com", "Z11RGJOFQNVJUP", WEBSITE),
    zone("s3-website.ca-central-1.amazonaws.com", "Z1QDHH18159H29", WEBSITE),
    zone("s3-website.eu-central-1.amazonaws.com", "Z21DNDUVLTQW6Q", WEBSITE),
    zone("s3-website.eu-north-1.amazonaws.com", "Z3BAZG2TWCNX0D", WEBSITE),
    zone("s3-website.eu-west-2.amazonaws.com", "Z3GKZC51ZF0DB4", WEBSITE),
    zone("s3-website.eu-west-3.amazonaws.com", "Z3R1K369G5AVDG", WEBSITE),
    zone("s3-website.me-south-1.amazonaws.com", "Z1MPMWCPA7YB62", WEBSITE),
    zone("s3-website.us-east-2.amazonaws.com", "Z2O1EMRO9K5GLX", WEBSITE),
];

const fn zone(suffix: &'static str, id: &'static str, source: Source) -> AliasZone {
    AliasZone { id, suffix, source }
}

#[cfg(test)]
mod tests {
    use super::{ALIAS_ZONES, of_name};

    #[test]
    fn the_table_is_sorted_and_ids_are_unique() {
        assert!(ALIAS_ZONES.is_sorted_by_key(|zone| zone.suffix));
        let mut ids: Vec<&str> = ALIAS_ZONES.iter().map(|zone| zone.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ALIAS_ZONES.len());
        assert!(ALIAS_ZONES.iter().all(|zone| zone.source.is_citable()));
    }

    #[test]
    fn names_lie_in_zones() {
        for (name, id) in [
            ("d111111abcdef8.cloudfront.net", Some("Z2FDTNDATAQYW2")),
            ("s3-website-us-east-1.amazonaws.com", Some("Z3AQBSTGFYJSTF")),
            ("d-1.execute-api.eu-west-1.amazonaws.com", Some("ZLY8HYME6SFDD")),
            ("my-cloudfront.net", None),
            ("my-lb-1.us-east-1.elb.amazonaws.com", None),
        ] {
            assert_eq!(of_name(name).map(|zone| zone.id), id, "{name}");
        }
    }
}
