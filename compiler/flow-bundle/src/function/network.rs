//! Addresses: of mail and of networks.

use std::net::IpAddr;

/// Whether the text has the form of an e-mail address: one `@`, something before it, a dotted or
/// plain host after it, no white space. Whether it exists, nobody asks.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= 254
        && !local.is_empty()
        && local.len() <= 64
        && local
            .chars()
            .all(|c| !c.is_whitespace() && !c.is_control() && !"@<>(),;:\\\"[]".contains(c))
        && host.split('.').all(label)
}

/// Whether the network, in CIDR form, holds the address.
pub(super) fn contains(net: &str, ip: &str) -> Result<bool, String> {
    let bad = || format!("`{net}` is no network: an address, `/` and a number of bits");
    let (base, bits) = net.split_once('/').ok_or_else(bad)?;
    let base: IpAddr = base.parse().map_err(|_| bad())?;
    let bits: u32 = bits.parse().map_err(|_| bad())?;
    let ip: IpAddr = ip.parse().map_err(|_| format!("`{ip}` is no IP address"))?;
    let (base, ip, width) = match (base, ip) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return Ok(false),
    };
    if bits > width {
        return Err(bad());
    }
    // A shift by the whole width is no shift at all.
    let prefix = |n: u128| n.checked_shr(width - bits).unwrap_or(0);
    Ok(prefix(base) == prefix(ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail() {
        for good in ["ana@acme.example", "a.b+c@x", "ö@exämple.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "ana", "@x", "a@", "a@b@c", "a b@c", "a@b..c", "a@-b", "<a@b>"] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn networks() {
        assert_eq!(contains("10.0.0.0/8", "10.1.2.3"), Ok(true));
        assert_eq!(contains("10.0.0.0/8", "11.1.2.3"), Ok(false));
        assert_eq!(contains("0.0.0.0/0", "1.1.1.1"), Ok(true));
        assert_eq!(contains("::/0", "fe80::1"), Ok(true));
        assert_eq!(contains("fe80::/10", "fe80::1"), Ok(true));
        assert_eq!(contains("10.0.0.0/8", "fe80::1"), Ok(false));
        for (net, ip) in [("10.0.0.0", "1.1.1.1"), ("10.0.0.0/33", "1.1.1.1"), ("::/0", "x")] {
            assert!(contains(net, ip).is_err());
        }
    }
}
