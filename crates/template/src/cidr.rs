//! Which blocks does `Fn::Cidr` cut out of an address block?
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html>

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The first `count` blocks of `host_bits` bits inside `block`; `None` when they do not fit.
pub(crate) fn blocks(block: &str, count: u32, host_bits: Option<u32>) -> Option<Vec<String>> {
    let (address, prefix) = block.split_once('/')?;
    let prefix: u32 = prefix.parse().ok()?;
    let (start, width): (u128, u32) = match address.parse().ok()? {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let host_bits = host_bits.unwrap_or(if width == 32 { 8 } else { 64 });
    let free = width.checked_sub(prefix)?.checked_sub(host_bits)?;
    let fits = free >= 32 || count <= 1 << free;
    if !(1..=COUNT_MAX).contains(&count) || !fits || host_bits == 0 || prefix == 0 {
        return None;
    }
    let start = start >> (width - prefix) << (width - prefix);
    let block = |index: u32| {
        let address = start + (u128::from(index) << host_bits);
        let address = match u32::try_from(address) {
            Ok(address) if width == 32 => IpAddr::V4(Ipv4Addr::from(address)),
            _ => IpAddr::V6(Ipv6Addr::from(address)),
        };
        format!("{address}/{}", width - host_bits)
    };
    Some((0..count).map(block).collect())
}

/// The most blocks of one call.
const COUNT_MAX: u32 = 256;

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn rows() {
        for (block, count, bits, expected) in [
            ("192.168.0.0/24", 2, Some(5), Some("192.168.0.0/27 192.168.0.32/27")),
            ("10.0.0.0/16", 2, None, Some("10.0.0.0/24 10.0.1.0/24")),
            ("2001:db8::/56", 1, Some(64), Some("2001:db8::/64")),
            ("10.0.0.0/24", 300, Some(1), None),
            ("10.0.0.0/24", 2, Some(8), None),
            ("10.0.0.0/33", 1, Some(1), None),
            ("x/8", 1, None, None),
        ] {
            let found = blocks(block, count, bits).map(|blocks| blocks.join(" "));
            assert_eq!(found.as_deref(), expected, "{block} {count}");
        }
    }
}
