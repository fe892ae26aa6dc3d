//! Where a viewer is, as far as its address tells.

/// A two-letter country code of ISO 3166-1, upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountryCode([u8; 2]);

/// What is known of a viewer's location; names in English.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewerLocation {
    /// The country.
    pub country: Option<CountryCode>,
    /// The country's name, where the source of the location has one.
    pub country_name: Option<Box<str>>,
    /// The code of the region in its country, such as `MI`.
    pub region: Option<Box<str>>,
    /// The name of the region.
    pub region_name: Option<Box<str>>,
    /// The city.
    pub city: Option<Box<str>>,
    /// The postal code.
    pub postal_code: Option<Box<str>>,
    /// The time zone, such as `America/Detroit`.
    pub time_zone: Option<Box<str>>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// The metro code; known in the United States only.
    pub metro_code: Option<u16>,
    /// The number of the autonomous system that the address belongs to.
    pub autonomous_system_number: Option<u32>,
}

impl CountryCode {
    /// The code, in upper or lower case; nothing where these are not two letters.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let bytes: [u8; 2] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_alphabetic).then(|| Self(bytes.map(|byte| byte.to_ascii_uppercase())))
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The letters as a number, as facts keep them.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::from(u16::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::CountryCode;

    #[test]
    fn codes_are_two_letters() {
        for (text, expected) in
            [("DE", Some("DE")), ("de", Some("DE")), ("D", None), ("DEU", None), ("D1", None), ("ß", None)]
        {
            assert_eq!(CountryCode::of(text).as_ref().map(CountryCode::as_str), expected, "{text}");
        }
        assert_eq!(CountryCode::of("AB").map(CountryCode::number), Some(0x4142));
    }
}
