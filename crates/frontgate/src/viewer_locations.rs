//! Where viewers are: by MaxMind databases that the user names, and for viewers on this machine by a country of the
//! user's choice.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Once;

use frontgate_edge_rules::tables::countries::country_code;
use frontgate_message::{Connection, CountryCode, ViewerLocation};
use maxminddb::{MaxMindDbError, Reader};
use serde::Deserialize;
use serde_json::json;

use crate::console::Console;

/// What tells the location of a viewer.
pub struct ViewerLocations {
    databases: Vec<Database>,
    /// The country of viewers on this machine.
    own_country: Option<CountryCode>,
    console: Console,
}

struct Database {
    path: PathBuf,
    reader: Reader<Vec<u8>>,
    complained: Once,
}

impl ViewerLocations {
    /// Reads the databases; nothing where nothing tells a location.
    ///
    /// # Errors
    /// Words for the user: a database cannot be read.
    pub fn open(
        paths: &[PathBuf],
        own_country: Option<CountryCode>,
        console: &Console,
    ) -> Result<Option<Self>, String> {
        if paths.is_empty() && own_country.is_none() {
            return Ok(None);
        }
        let databases = paths.iter().map(|path| Database::open(path)).collect::<Result<_, _>>()?;
        Ok(Some(Self { databases, own_country, console: console.clone() }))
    }

    /// Notes at the connection where its viewer is, once.
    pub fn locate(&self, connection: &Connection) {
        connection.location.get_or_init(|| self.location(connection.peer.ip().to_canonical()).map(Box::new));
    }

    fn location(&self, address: IpAddr) -> Option<ViewerLocation> {
        if address.is_loopback() && self.own_country.is_some() {
            return Some(ViewerLocation { country: self.own_country, ..ViewerLocation::default() });
        }
        let mut found = None;
        for database in &self.databases {
            match database.entry(address) {
                Ok(None) => {}
                Ok(Some(entry)) => entry.add_to(found.get_or_insert_default()),
                Err(error) => database.complained.call_once(|| {
                    let text = format!("the geo database {}: {error}", database.path.display());
                    self.console.fault(text.clone(), json!({"incident": text}));
                }),
            }
        }
        found
    }
}

/// A country for the command line.
///
/// # Errors
/// Words for the user.
pub fn country(text: &str) -> Result<CountryCode, String> {
    country_code(text).ok_or_else(|| "write a two-letter code of ISO 3166-1, such as DE".to_owned())
}

impl Database {
    fn open(path: &Path) -> Result<Self, String> {
        let reader = Reader::open_readfile(path)
            .map_err(|error| format!("the geo database {} cannot be read: {error}", path.display()))?;
        Ok(Self { path: path.to_owned(), reader, complained: Once::new() })
    }

    fn entry(&self, address: IpAddr) -> Result<Option<Entry<'_>>, MaxMindDbError> {
        if address.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return Ok(None);
        }
        self.reader.lookup(address)?.decode()
    }
}

/// What is read of an entry: the fields of the databases Country, City, Enterprise and ASN.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Entry<'a> {
    autonomous_system_number: Option<u32>,
    city: Named<'a>,
    country: Named<'a>,
    location: Coordinates<'a>,
    postal: Postal<'a>,
    subdivisions: Vec<Named<'a>>,
    traits: Traits,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Named<'a> {
    iso_code: Option<&'a str>,
    names: Names<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Names<'a> {
    en: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Coordinates<'a> {
    latitude: Option<f64>,
    longitude: Option<f64>,
    metro_code: Option<u16>,
    time_zone: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Postal<'a> {
    code: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Traits {
    autonomous_system_number: Option<u32>,
}

impl Entry<'_> {
    /// Fills in what no earlier database knew.
    fn add_to(self, location: &mut ViewerLocation) {
        let text = |place: &mut Option<Box<str>>, text: Option<&str>| {
            if place.is_none() {
                *place = text.filter(|text| !text.is_empty()).map(Into::into);
            }
        };
        // The broadest subdivision comes first.
        let region = self.subdivisions.into_iter().next().unwrap_or_default();
        location.country = location.country.or_else(|| self.country.iso_code.and_then(CountryCode::of));
        text(&mut location.country_name, self.country.names.en);
        text(&mut location.region, region.iso_code);
        text(&mut location.region_name, region.names.en);
        text(&mut location.city, self.city.names.en);
        text(&mut location.postal_code, self.postal.code);
        text(&mut location.time_zone, self.location.time_zone);
        location.latitude = location.latitude.or(self.location.latitude);
        location.longitude = location.longitude.or(self.location.longitude);
        location.metro_code = location.metro_code.or(self.location.metro_code);
        let number = self.autonomous_system_number.or(self.traits.autonomous_system_number);
        location.autonomous_system_number = location.autonomous_system_number.or(number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};
    use std::path::PathBuf;

    use frontgate_message::{Connection, CountryCode, ViewerLocation};

    use super::{ViewerLocations, country};
    use crate::console::Console;

    fn locations(own_country: Option<&str>) -> ViewerLocations {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/viewers/viewers.mmdb");
        let console = Console::start(true, true).expect("a console");
        ViewerLocations::open(&[path], own_country.and_then(CountryCode::of), &console)
            .expect("the database of the tests")
            .expect("it tells locations")
    }

    fn location(locations: &ViewerLocations, address: &str) -> Option<ViewerLocation> {
        let address = SocketAddr::new(address.parse::<IpAddr>().expect("an address"), 4711);
        let connection = Connection::new(address, address, None);
        locations.locate(&connection);
        connection.location.get().cloned().flatten().map(|location| *location)
    }

    #[test]
    fn a_database_tells_the_location() {
        let locations = locations(None);
        let found = location(&locations, "203.0.113.9").expect("a location");
        let expected = ViewerLocation {
            country: CountryCode::of("US"),
            country_name: Some("United States".into()),
            region: Some("MI".into()),
            region_name: Some("Michigan".into()),
            city: Some("Ann Arbor".into()),
            postal_code: Some("48105".into()),
            time_zone: Some("America/Detroit".into()),
            latitude: Some(42.3068),
            longitude: Some(-83.7059),
            metro_code: Some(505),
            autonomous_system_number: None,
        };
        assert_eq!(found, expected);
        let mapped = location(&locations, "::ffff:203.0.113.9");
        assert_eq!(mapped.as_ref(), Some(&expected));
        let number = location(&locations, "198.51.100.1").expect("an entry").autonomous_system_number;
        assert_eq!(number, Some(64497));
        let of_six = location(&locations, "2001:db8::1").expect("a location");
        assert_eq!(of_six.country, CountryCode::of("DE"));
        assert_eq!(location(&locations, "192.0.2.1"), None);
    }

    #[test]
    fn viewers_on_this_machine_are_where_the_user_says() {
        let locations = locations(Some("FR"));
        let here = location(&locations, "127.0.0.1").expect("a location");
        assert_eq!((here.country, here.city), (CountryCode::of("FR"), None));
        let far = location(&locations, "203.0.113.9").expect("a location");
        assert_eq!(far.country, CountryCode::of("US"));
    }

    #[test]
    fn what_is_no_database_or_no_country_is_refused() {
        let console = Console::start(true, true).expect("a console");
        let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(ViewerLocations::open(&[own], None, &console).is_err());
        assert!(ViewerLocations::open(&[], None, &console).is_ok_and(|none| none.is_none()));
        assert!(country("de").is_ok() && country("XX").is_err() && country("Germany").is_err());
    }
}
