//! Address ranges of `IpAddress` conditions, such as `203.0.113.0/24` and `2001:db8::/32`.

use std::net::IpAddr;

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    address: IpAddr,
    pub(crate) prefix_length: u8,
}

impl Cidr {
    /// The range that `text` names; an address alone is the range of itself.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix_length = match prefix {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
            None => longest,
        };
        (prefix_length <= longest).then_some(Self { address, prefix_length })
    }

    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(range), IpAddr::V4(address)) => same_prefix(
                u128::from(range.to_bits()),
                u128::from(address.to_bits()),
                32,
                self.prefix_length,
            ),
            (IpAddr::V6(range), IpAddr::V6(address)) => {
                same_prefix(range.to_bits(), address.to_bits(), 128, self.prefix_length)
            }
            _ => false,
        }
    }

    pub(crate) fn is_ipv4(self) -> bool {
        self.address.is_ipv4()
    }
}

fn same_prefix(a: u128, b: u128, width: u32, prefix_length: u8) -> bool {
    (a ^ b).checked_shr(width - u32::from(prefix_length)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::Cidr;

    #[test]
    fn ranges() {
        for (range, address, expected) in [
            ("203.0.113.0/24", "203.0.113.77", Some(true)),
            ("203.0.113.0/24", "203.0.114.1", Some(false)),
            ("203.0.113.9/24", "203.0.113.1", Some(true)),
            ("203.0.113.9", "203.0.113.9", Some(true)),
            ("203.0.113.9", "203.0.113.8", Some(false)),
            ("0.0.0.0/0", "9.9.9.9", Some(true)),
            ("0.0.0.0/0", "2001:db8::1", Some(false)),
            ("::/0", "2001:db8::1", Some(true)),
            ("2001:db8::/33", "2001:db8:8000::1", Some(false)),
            ("2001:db8::/32", "2001:db8:8000::1", Some(true)),
            ("10.0.0.0/8", "::ffff:10.1.1.1", Some(true)),
            ("10.0.0.0/33", "10.0.0.0", None),
            ("10.0.0.0/+8", "10.0.0.0", None),
            ("10.0.0", "10.0.0.0", None),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(Cidr::parse(range).map(|r| r.contains(address)), expected, "{range} {address}");
        }
    }
}
