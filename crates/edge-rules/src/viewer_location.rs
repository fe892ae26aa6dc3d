//! Where is the viewer, and does the geo restriction let it in?
//!
//! Authority: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/georestrictions.html> and the viewer
//! location headers of <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html>.

use std::io::Write as _;

use frontgate_explain::{Fact, FactKind, Trace};
use frontgate_message::{CountryCode, RequestHead, ViewerLocation};

use crate::config::{GeoRestriction, GeoRestrictionType};
use crate::errors::ErrorPage;
use crate::tables::countries::country_name;
use crate::viewer::Admission;

/// A viewer on this machine may say with this header of ours which country it plays.
pub const TEST_COUNTRY_HEADER: &str = "CloudFront-Test-Viewer-Country";

/// The refusal of a viewer whose country the geo restriction blocks; the reason is noted either way.
pub fn barred_by_country(
    restriction: &GeoRestriction,
    head: &RequestHead,
    trace: &mut Trace,
) -> Option<Admission> {
    let Some(country) = viewer_country(head) else {
        // "If CloudFront can't determine a user's location, CloudFront serves the content that the user has requested."
        trace.note(Fact::of(FactKind::GeoUnknown).at(restriction.place));
        return None;
    };
    let listed = restriction.locations.contains(&country);
    let allowed = match restriction.kind {
        GeoRestrictionType::Blacklist => !listed,
        GeoRestrictionType::Whitelist => listed,
    };
    let fact = |kind| Fact::of(kind).value(country.number()).at(restriction.place);
    if allowed {
        trace.note(fact(FactKind::GeoAllowed));
        return None;
    }
    Some(Admission::Refuse { status: 403, page: ErrorPage::CountryBlocked, fact: fact(FactKind::GeoBlocked) })
}

/// The country of a viewer, where it is known.
#[must_use]
pub fn viewer_country(head: &RequestHead) -> Option<CountryCode> {
    played_country(head).or_else(|| location(head)?.country)
}

/// Appends the value of a location header to `out`; nothing where `name` is none of them, false where nothing is known.
pub(crate) fn write_location_header(name: &str, head: &RequestHead, out: &mut Vec<u8>) -> Option<bool> {
    let (_, write) = HEADERS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?;
    let found = match (played_country(head), location(head)) {
        (Some(country), _) => {
            let played = ViewerLocation { country: Some(country), ..ViewerLocation::default() };
            write(&played, out)
        }
        (None, Some(location)) => write(location, out),
        (None, None) => None,
    };
    Some(found.is_some())
}

fn played_country(head: &RequestHead) -> Option<CountryCode> {
    let is_here = head.connection.peer.ip().to_canonical().is_loopback();
    if !is_here {
        return None;
    }
    head.headers.first_text(TEST_COUNTRY_HEADER).and_then(CountryCode::of)
}

fn location(head: &RequestHead) -> Option<&ViewerLocation> {
    head.connection.location.get()?.as_deref()
}

type Write = fn(&ViewerLocation, &mut Vec<u8>) -> Option<()>;

/// Each header with what it is made of. "This is present only when the viewer is in the United States": Metro-Code.
const HEADERS: &[(&str, Write)] = &[
    ("CloudFront-Viewer-ASN", |location, out| write_number(location.autonomous_system_number?, out)),
    ("CloudFront-Viewer-City", |location, out| write_text(location.city.as_deref()?, out)),
    ("CloudFront-Viewer-Country", |location, out| write_text(location.country?.as_str(), out)),
    ("CloudFront-Viewer-Country-Name", |location, out| {
        let by_code = || location.country.and_then(country_name);
        write_text(location.country_name.as_deref().or_else(by_code)?, out)
    }),
    ("CloudFront-Viewer-Country-Region", |location, out| write_text(location.region.as_deref()?, out)),
    ("CloudFront-Viewer-Country-Region-Name", |location, out| {
        write_text(location.region_name.as_deref()?, out)
    }),
    ("CloudFront-Viewer-Latitude", |location, out| write_degrees(location.latitude?, out)),
    ("CloudFront-Viewer-Longitude", |location, out| write_degrees(location.longitude?, out)),
    ("CloudFront-Viewer-Metro-Code", |location, out| {
        location.country.filter(|country| country.as_str() == "US")?;
        write_number(location.metro_code?.into(), out)
    }),
    ("CloudFront-Viewer-Postal-Code", |location, out| write_text(location.postal_code.as_deref()?, out)),
    ("CloudFront-Viewer-Time-Zone", |location, out| write_text(location.time_zone.as_deref()?, out)),
];

/// "For non-ASCII characters in these headers' values, CloudFront percent-encodes the character."
#[expect(clippy::unnecessary_wraps, reason = "the rows of the table are made of it and `?`")]
fn write_text(text: &str, out: &mut Vec<u8>) -> Option<()> {
    for byte in text.bytes() {
        if byte.is_ascii() {
            out.push(byte);
        } else {
            // A Vec takes all that is written to it.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Some(())
}

#[expect(clippy::unnecessary_wraps, reason = "the rows of the table are made of it and `?`")]
fn write_number(number: u32, out: &mut Vec<u8>) -> Option<()> {
    let _ = write!(out, "{number}");
    Some(())
}

/// Five decimals, as recorded: `42.30680`.
#[expect(clippy::unnecessary_wraps, reason = "the rows of the table are made of it and `?`")]
fn write_degrees(degrees: f64, out: &mut Vec<u8>) -> Option<()> {
    let _ = write!(out, "{degrees:.5}");
    Some(())
}

#[cfg(test)]
mod tests;
