"""Which addresses of the Internet anybody may be sent to."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.addresses import is_public


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001:831::200e"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.251",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "100::1",
        "2001::1",
        "2001:1ff::1",
        "3fff::1",
        "2001:db8::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "64:ff9b:1::7f00:1",
        "",
        "localhost",
        "127.1",
        "0x7f000001",
        "2130706433",
    ],
)
def test_any_other_is_not(address: str) -> None:
    assert not is_public(address)


@given(number=st.integers(0, 2**32 - 1))
def test_an_ipv4_address_within_an_ipv6_one_always_decides(number: int) -> None:
    plain = IPv4Address(number)
    first, second = number >> 16, number & 0xFFFF
    for carrying in (f"::ffff:{plain}", f"64:ff9b::{plain}", f"2002:{first:x}:{second:x}::1"):
        assert is_public(carrying) == is_public(str(plain))
