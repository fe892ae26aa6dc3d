//! Which regions can have an Origin Shield, and what does it do here?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/origin-shield.html>. It is one more layer of
//! cache, common to all edge locations. Its keys are those of the edge, so that it has what another edge location asked
//! for before. Where there is one edge location only, both would always hold the same: what is in the shield and not at
//! the edge does not occur, and a second copy in the same memory would only make both smaller. What remains to be seen of
//! it is that the request came to the origin from there.

use frontgate_aws::Source;
use frontgate_explain::PlaceId;

/// `OriginShield` of an origin, enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginShield {
    /// `OriginShieldRegion`
    pub region: Box<str>,
    /// Where it stands.
    pub place: PlaceId,
}

/// The regions, as "Choosing the AWS Region for Origin Shield" lists them.
pub const ORIGIN_SHIELD_REGIONS: (&[&str], Source) = (
    &[
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "me-central-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-2",
    ],
    Source::Documented("origin-shield"),
);

/// Whether a region can have one.
#[must_use]
pub fn is_origin_shield_region(region: &str) -> bool {
    ORIGIN_SHIELD_REGIONS.0.binary_search(&region).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{ORIGIN_SHIELD_REGIONS, is_origin_shield_region};

    #[test]
    fn regions_are_found() {
        assert!(ORIGIN_SHIELD_REGIONS.0.is_sorted());
        for (region, expected) in
            [("us-east-1", true), ("eu-west-3", false), ("US-EAST-1", false), ("", false)]
        {
            assert_eq!(is_origin_shield_region(region), expected, "{region}");
        }
    }
}
