"""Where a request comes from, coarsely: enough to tell a stranger's network from one's own, not to find a home."""

import ipaddress

NOWHERE = "somewhere"
IPV4_BITS, IPV6_BITS = 24, 48  # what a carrier or an office keeps while single addresses change


def coarse(address: str | None) -> str:
    """The network of an address, as "198.51.100.0/24" or "2001:db8:1::/48"; "somewhere" for what is none."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return NOWHERE
    inner = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    bits = IPV4_BITS if inner or isinstance(found, ipaddress.IPv4Address) else IPV6_BITS
    return str(ipaddress.ip_network((inner or found, bits), strict=False))
