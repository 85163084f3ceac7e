//! Where a request came from, when there are proxies in front.
//!
//! Only `X-Forwarded-For` is read, and only from peers that are trusted. `Forwarded` is not: a proxy that sets one of the
//! two lets the client's other one through, so whoever read both would believe the client.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use axum::http::HeaderMap;
use ipnet::{IpNet, Ipv4Net};

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies that are trusted to say where a request came from; none unless given.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

impl FromStr for Proxies {
    type Err = String;

    /// Reads addresses and networks with commas between them.
    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                network_of(part).ok_or_else(|| {
                    format!("\"{part}\" is neither an address such as 10.0.0.7 nor a network such as 10.0.0.0/8")
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Proxies {
    /// Where a request came from: the last address in the header that is no trusted proxy, or the first one when all are.
    /// The peer itself when it is not trusted, says nothing, or hands on what is no address.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let mut farthest = peer;
        for line in headers.get_all(X_FORWARDED_FOR).iter().rev() {
            let Ok(line) = line.to_str() else {
                return peer;
            };
            for hop in line.rsplit(',') {
                let Some(hop) = address_of(hop.trim()) else {
                    return peer;
                };
                if !self.trusts(hop) {
                    return hop;
                }
                farthest = hop;
            }
        }
        farthest
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address of a header, with or without a port.
fn address_of(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(text)
        .parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|address| address.to_canonical())
}

/// A network, or an address as the network of itself; addresses of IPv4 in the clothes of IPv6 are taken out of them.
fn network_of(text: &str) -> Option<IpNet> {
    let network = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .ok()?;
    let IpNet::V6(within) = network else {
        return Some(network);
    };
    match (within.addr().to_ipv4_mapped(), within.prefix_len()) {
        (Some(address), length @ 96..) => Ipv4Net::new(address, length - 96).ok().map(IpNet::V4),
        _ => Some(network),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(trusted: &str, peer: &str, lines: &[&str]) -> String {
        let proxies: Proxies = trusted.parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn whoever_is_not_trusted_cannot_choose_an_address() {
        assert_eq!(client("", "10.0.0.1", &["1.2.3.4"]), "10.0.0.1");
        assert_eq!(client("10.0.0.2", "10.0.0.1", &["1.2.3.4"]), "10.0.0.1");
        assert_eq!(client("", "::ffff:10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_last_address_that_is_no_trusted_proxy_is_the_client() {
        let trusted = "10.0.0.0/8, 2001:db8::/32";
        for (lines, wanted) in [
            (&["1.2.3.4"][..], "1.2.3.4"),
            (&["9.9.9.9, 1.2.3.4"], "1.2.3.4"),
            (&["junk, 1.2.3.4, 10.1.1.1"], "1.2.3.4"),
            (&["9.9.9.9", "1.2.3.4", "10.1.1.1, 10.2.2.2"], "1.2.3.4"),
            (&["1.2.3.4,2001:db8::7"], "1.2.3.4"),
            (&["2a00::1"], "2a00::1"),
            (&["[2a00::1]:443"], "2a00::1"),
            (&["[2a00::1]"], "2a00::1"),
            (&["1.2.3.4:55"], "1.2.3.4"),
            (&["::ffff:1.2.3.4"], "1.2.3.4"),
            (&["10.9.9.9, 10.1.1.1"], "10.9.9.9"),
        ] {
            assert_eq!(client(trusted, "10.0.0.1", lines), wanted, "{lines:?}");
        }
    }

    #[test]
    fn junk_in_the_header_leaves_the_peer() {
        for lines in [
            &["junk"][..],
            &["1.2.3.4, junk"],
            &["1.2.3.4,"],
            &[""],
            &["unknown, 10.1.1.1"],
            &["1.2.3.4", "1.2.3.400"],
            &["é"],
        ] {
            assert_eq!(
                client("10.0.0.0/8", "10.0.0.1", lines),
                "10.0.0.1",
                "{lines:?}"
            );
        }
    }

    #[test]
    fn networks_are_compared_whatever_clothes_they_wear() {
        assert_eq!(
            client("::ffff:10.0.0.0/104", "10.0.0.1", &["1.2.3.4"]),
            "1.2.3.4"
        );
        assert_eq!(
            client("10.0.0.1", "::ffff:10.0.0.1", &["1.2.3.4"]),
            "1.2.3.4"
        );
        assert_eq!(client("::1", "::1", &["1.2.3.4"]), "1.2.3.4");
    }

    #[test]
    fn what_is_no_network_is_named() {
        for part in [
            "10.0.0.0/33",
            "localhost",
            "10.0.0",
            "10.0.0.0/8/8",
            "::1/129",
        ] {
            let error = format!("::1, {part}").parse::<Proxies>().unwrap_err();
            assert!(error.contains(&format!("\"{part}\"")), "{error}");
        }
    }
}
