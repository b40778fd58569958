"""Which addresses and URLs may be called: nothing that leads into the vendor's own network."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.outbound.addresses import is_allowed, is_public, url_violations

# Written from the registries of special-purpose addresses (RFC 6890, 6598, 3927, 4193, 4291, 5771, 8190).
_PRIVATE = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "255.255.255.255/32", "::/128", "::1/128", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "64:ff9b:1::/48",
    "2001:db8::/32", "100::/64",
)  # fmt: skip
_WRAPPERS = ("::ffff:{}", "::{}", "64:ff9b::{}", "::ffff:0:{}")
_PUBLIC = ("1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822")


@pytest.mark.parametrize("network", _PRIVATE)
def test_no_address_of_a_special_network_is_public(network: str) -> None:
    found = ip_network(network)
    some = (found.network_address, found.broadcast_address, found[found.num_addresses // 2])
    assert not [one for one in some if is_public(one)]


@pytest.mark.parametrize("text", _PUBLIC)
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(
    st.sampled_from([one for one in _PRIVATE if ":" not in one]), st.integers(0, 2**32 - 1), st.sampled_from(_WRAPPERS)
)
@example("127.0.0.0/8", 1, "::ffff:{}")
@example("169.254.0.0/16", 0xA9FE, "64:ff9b::{}")
def test_a_private_address_is_none_in_any_wrapper(network: str, offset: int, wrapper: str) -> None:
    found = ip_network(network)
    inside = found[offset % found.num_addresses]
    assert not is_public(IPv6Address(wrapper.format(inside)))


@given(st.integers(0, 2**32 - 1))
def test_6to4_is_judged_by_the_address_inside(number: int) -> None:
    inside = IPv4Address(number)
    wrapped = IPv6Address((0x2002 << 112) | (number << 80) | 1)
    assert not is_public(wrapped) or is_public(inside)


def test_loopback_is_allowed_to_a_development_cell_and_nothing_else_is() -> None:
    assert is_allowed(ip_address("127.0.0.1"), loopback=True)
    assert is_allowed(ip_address("::1"), loopback=True)
    assert not is_allowed(ip_address("127.0.0.1"), loopback=False)
    assert not is_allowed(ip_address("10.0.0.1"), loopback=True)


def _reasons(url: str, *, loopback: bool = False) -> set[str]:
    return {one.reason for one in url_violations("url", url, loopback=loopback)}


@pytest.mark.parametrize(
    ("url", "reasons"),
    [
        ("https://erp.example/hooks?tenant=1", set()),
        ("https://erp.example:8443/", set()),
        ("https://93.184.216.34/", set()),
        ("https://[2606:4700:4700::1111]/", set()),
        ("http://erp.example/", {"NOT_ENCRYPTED"}),
        ("https://user:word@erp.example/", {"NOT_A_URL"}),
        ("https://erp.example/#part", {"NOT_A_URL"}),
        ("ftp://erp.example/", {"NOT_A_URL"}),
        ("erp.example", {"NOT_A_URL"}),
        ("https://", {"NOT_A_URL"}),
        ("https://erp.example:0/", {"NOT_A_URL"}),
        ("https://erp.example:99999/", {"NOT_A_URL"}),
        ("https://[::1", {"NOT_A_URL"}),
        ("https://a..b/", {"NOT_A_URL"}),
        ("https://10.0.0.7/", {"ADDRESS_NOT_PUBLIC"}),
        ("https://169.254.169.254/latest", {"ADDRESS_NOT_PUBLIC"}),
        ("https://[::ffff:10.0.0.7]/", {"ADDRESS_NOT_PUBLIC"}),
        ("https://localhost/", {"ADDRESS_NOT_PUBLIC"}),
        ("https://erp.localhost/", {"ADDRESS_NOT_PUBLIC"}),
        ("https://localhost./", {"ADDRESS_NOT_PUBLIC"}),
        ("https://erp.localhost./", {"ADDRESS_NOT_PUBLIC"}),
        ("http://127.0.0.1/", {"NOT_ENCRYPTED", "ADDRESS_NOT_PUBLIC"}),
        ("https://2130706433/", {"NOT_A_URL"}),
        ("https://0x7f000001/", {"NOT_A_URL"}),
        ("https://0177.0.0.1/", {"NOT_A_URL"}),
        ("https://127.1/", {"NOT_A_URL"}),
        ("https://127.0.0x1/", {"NOT_A_URL"}),
        ("https://127.0.0.1./", {"NOT_A_URL"}),
        ("https://0/", {"NOT_A_URL"}),
        ("https://1.1.1.1%2e/", {"NOT_A_URL"}),
        ("https://[2606:4700:4700::1111%25eth0]/", {"NOT_A_URL"}),
        ("https://1.erp.example/", set()),
        ("https://erp.0x7g/", set()),
    ],
)
def test_what_is_wrong_with_a_url_is_named(url: str, reasons: set[str]) -> None:
    assert _reasons(url) == reasons


def test_a_development_cell_may_name_loopback_without_tls_and_no_other_place() -> None:
    assert not _reasons("http://127.0.0.1:9000/", loopback=True)
    assert not _reasons("http://localhost:9000/", loopback=True)
    assert _reasons("http://erp.example/", loopback=True) == {"NOT_ENCRYPTED"}
    assert _reasons("https://10.0.0.7/", loopback=True) == {"ADDRESS_NOT_PUBLIC"}


@given(st.text(max_size=60))
def test_any_text_is_judged_and_none_raises(text: str) -> None:
    for url in (text, f"https://{text}", f"https://erp.example/{text}"):
        list(url_violations("url", url, loopback=False))
