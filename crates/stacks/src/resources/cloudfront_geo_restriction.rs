//! `Restrictions` of a distribution: which countries its viewers may come from.

use frontgate_edge_rules::tables::countries::country_code;
use frontgate_edge_rules::{GeoRestriction, GeoRestrictionType};

use crate::maker::Maker;
use crate::properties::{Object, Text};

/// Reads the geo restriction of a distribution.
pub fn geo_restriction(config: &Object<'_>, maker: &mut Maker<'_>) -> Option<GeoRestriction> {
    let restrictions = config.object("Restrictions")?;
    restrictions.require("GeoRestriction");
    let geo = restrictions.object("GeoRestriction");
    restrictions.finish();
    let geo = geo?;
    geo.require("RestrictionType");
    let kind = geo.choice("RestrictionType", RESTRICTION_TYPES);
    let listed = geo.texts("Locations");
    geo.finish();
    let kind = kind??;
    check_locations(&geo, &listed);
    let locations: Vec<_> = listed.iter().filter_map(|text| country_code(&text.value)).collect();
    if !maker.viewers_are_located {
        geo.problems().warning(
            geo.span_of("RestrictionType"),
            format!("{}: the country of no viewer is known, so all of them are let in", geo.path()),
            "lets everybody in here",
            "Start with --geo-database FILE, or with --viewer-country CODE for viewers on this machine.",
        );
    }
    let codes: Vec<&str> = listed.iter().map(|text| &*text.value).collect();
    let label = format!("the {} of countries ({})", kind.as_str(), codes.join(", "));
    let place = maker.place(geo.span_of("RestrictionType"), label);
    Some(GeoRestriction { kind, locations, place })
}

/// "A two-letter, uppercase country code", at least one.
fn check_locations(geo: &Object<'_>, listed: &[Text<'_>]) {
    if listed.is_empty() {
        let message = format!(
            "{}: InvalidGeoRestrictionParameter: The specified geo restriction parameter is not valid: no location is \
             named",
            geo.path()
        );
        geo.problems().error(geo.span(), message, "no Locations", "Add Locations: [DE].");
    }
    let is_wrong = |text: &&Text<'_>| {
        country_code(&text.value).is_none() || text.value.chars().any(|c| c.is_ascii_lowercase())
    };
    for text in listed.iter().filter(is_wrong) {
        let message = format!(
            "{}.Locations: InvalidGeoRestrictionParameter: The specified geo restriction parameter is not valid: {}",
            geo.path(),
            text.value
        );
        let cure = match &*text.value {
            "UK" => "The code of the United Kingdom is GB.",
            _ => "Write two-letter codes of ISO 3166-1 in upper case, such as DE.",
        };
        geo.problems().error(text.span, message, "no country", cure);
    }
}

const RESTRICTION_TYPES: &[(&str, Option<GeoRestrictionType>)] = &[
    ("blacklist", Some(GeoRestrictionType::Blacklist)),
    ("none", None),
    ("whitelist", Some(GeoRestrictionType::Whitelist)),
];
