"""Addresses of the Internet: which of them anybody may be sent to, and which lead into somebody's own network."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["is_public"]

_UNICAST = IPv6Network("2000::/3")
_TRANSLATED = IPv6Network("64:ff9b::/96")
_SPECIAL = tuple(
    map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20"))
)  # some Pythons miss them


def is_public(address: str) -> bool:
    """
    Tell whether an IP address is reached through the Internet and belongs to one host.

    Private, loopback, link-local, shared, documentation, multicast, reserved and unspecified ones are not; of an IPv6
    address that carries an IPv4 one (mapped, 6to4, NAT64) that one decides. What is no address is not public.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        carried = _carried(found)
        if carried is not None:
            return is_public(str(carried))
        if found not in _UNICAST:
            return False
    return found.is_global and not found.is_multicast and not any(found in network for network in _SPECIAL)


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for, or None."""
    last = IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (last if address in _TRANSLATED else None)
