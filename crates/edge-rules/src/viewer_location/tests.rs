use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use frontgate_explain::{FactKind, PlaceId, Trace};
use frontgate_message::{Connection, CountryCode, Method, RequestHead, ViewerLocation};

use super::{HEADERS, TEST_COUNTRY_HEADER, barred_by_country, viewer_country};
use crate::cloudfront_headers::write_cloudfront_header;
use crate::config::{GeoRestriction, GeoRestrictionType};
use crate::fixture::head;

fn code(text: &str) -> Option<CountryCode> {
    CountryCode::of(text)
}

fn ann_arbor() -> ViewerLocation {
    ViewerLocation {
        country: code("US"),
        country_name: None,
        region: Some("MI".into()),
        region_name: Some("Michigan".into()),
        city: Some("Ann Arbor".into()),
        postal_code: Some("48105".into()),
        time_zone: Some("America/Detroit".into()),
        latitude: Some(42.3068),
        longitude: Some(-83.7059),
        metro_code: Some(505),
        autonomous_system_number: Some(64496),
    }
}

fn request(from: Ipv4Addr, location: Option<ViewerLocation>, headers: &[(&str, &str)]) -> RequestHead {
    let mut request = head(Method::Get, "/", headers);
    let local = request.connection.local;
    let connection = Connection::new(SocketAddr::new(IpAddr::V4(from), 4711), local, None);
    connection.location.set(location.map(Box::new)).expect("a new connection");
    request.connection = Arc::new(connection);
    request
}

fn header(name: &str, request: &RequestHead) -> Option<String> {
    let mut value = Vec::new();
    write_cloudfront_header(name, request, &mut value).then(|| String::from_utf8(value).expect("ASCII"))
}

#[test]
fn headers_tell_the_location() {
    let far = Ipv4Addr::new(203, 0, 113, 7);
    let request = request(far, Some(ann_arbor()), &[]);
    let rows = [
        ("CloudFront-Viewer-Country", "US"),
        ("cloudfront-viewer-country-name", "United States"),
        ("CloudFront-Viewer-Country-Region", "MI"),
        ("CloudFront-Viewer-Country-Region-Name", "Michigan"),
        ("CloudFront-Viewer-City", "Ann Arbor"),
        ("CloudFront-Viewer-Postal-Code", "48105"),
        ("CloudFront-Viewer-Time-Zone", "America/Detroit"),
        ("CloudFront-Viewer-Latitude", "42.30680"),
        ("CloudFront-Viewer-Longitude", "-83.70590"),
        ("CloudFront-Viewer-Metro-Code", "505"),
        ("CloudFront-Viewer-ASN", "64496"),
    ];
    for (name, value) in rows {
        assert_eq!(header(name, &request).as_deref(), Some(value), "{name}");
    }
    assert_eq!(rows.len(), HEADERS.len());
}

#[test]
fn what_is_not_known_has_no_header() {
    let far = Ipv4Addr::new(203, 0, 113, 7);
    for (name, _) in HEADERS {
        assert_eq!(header(name, &request(far, None, &[])), None, "{name}");
        assert_eq!(header(name, &request(far, Some(ViewerLocation::default()), &[])), None, "{name}");
    }
    let abroad = ViewerLocation {
        country: code("BR"),
        country_name: Some("Brazil".into()),
        city: Some("São Paulo".into()),
        metro_code: Some(1),
        ..ViewerLocation::default()
    };
    let request = request(far, Some(abroad), &[]);
    assert_eq!(header("CloudFront-Viewer-City", &request).as_deref(), Some("S%C3%A3o Paulo"));
    assert_eq!(header("CloudFront-Viewer-Metro-Code", &request), None);
    assert_eq!(header("CloudFront-Viewer-Country-Name", &request).as_deref(), Some("Brazil"));
}

#[test]
fn only_a_viewer_on_this_machine_plays_a_country() {
    let headers = [(TEST_COUNTRY_HEADER, "jp")];
    let here = request(Ipv4Addr::LOCALHOST, Some(ann_arbor()), &headers);
    assert_eq!(viewer_country(&here), code("JP"));
    assert_eq!(header("CloudFront-Viewer-Country-Name", &here).as_deref(), Some("Japan"));
    assert_eq!(header("CloudFront-Viewer-City", &here), None);
    let far = request(Ipv4Addr::new(203, 0, 113, 7), Some(ann_arbor()), &headers);
    assert_eq!(viewer_country(&far), code("US"));
    let nonsense = request(Ipv4Addr::LOCALHOST, None, &[(TEST_COUNTRY_HEADER, "Japan")]);
    assert_eq!(viewer_country(&nonsense), None);
}

#[test]
fn restrictions_let_in_and_block() {
    use FactKind::{GeoAllowed, GeoBlocked, GeoUnknown};
    use GeoRestrictionType::{Blacklist, Whitelist};
    let rows = [
        (Whitelist, Some("US"), GeoAllowed),
        (Whitelist, Some("DE"), GeoBlocked),
        (Whitelist, None, GeoUnknown),
        (Blacklist, Some("US"), GeoBlocked),
        (Blacklist, Some("DE"), GeoAllowed),
        (Blacklist, None, GeoUnknown),
    ];
    for (kind, country, expected) in rows {
        let restriction = GeoRestriction {
            kind,
            locations: [code("US"), code("CA")].into_iter().flatten().collect(),
            place: PlaceId(7),
        };
        let location = ViewerLocation { country: country.and_then(code), ..ViewerLocation::default() };
        let request = request(Ipv4Addr::new(203, 0, 113, 7), Some(location), &[]);
        let mut trace = Trace::new();
        let refusal = barred_by_country(&restriction, &request, &mut trace);
        let fact = match refusal {
            Some(crate::viewer::Admission::Refuse { status: 403, fact, .. }) => fact,
            Some(other) => panic!("{other:?}"),
            None => trace.facts()[0],
        };
        assert_eq!((fact.kind, fact.place), (expected, PlaceId(7)), "{kind:?} {country:?}");
        assert_eq!(refusal.is_some(), expected == GeoBlocked, "{kind:?} {country:?}");
    }
}
