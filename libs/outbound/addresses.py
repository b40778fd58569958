"""Which addresses and URLs a call may go to that somebody else chose: none of the vendor's own network."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from libs.errors import Violation

Address = IPv4Address | IPv6Address

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_LOCALHOST = "localhost"
_NUMBER = re.compile("[0-9]+|0[xX][0-9a-fA-F]*")
_PORTS = range(1, 65_536)


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet: not private, loopback, link-local, multicast, of a carrier's
    NAT, reserved or unspecified. An IPv6 address that wraps an IPv4 address (mapped, compatible, translated, NAT64,
    6to4, Teredo) is judged by that, and NAT64 of a local prefix never is public."""
    if isinstance(address, IPv6Address):
        wrapped = tuple(_wrapped(address))
        if wrapped:
            return all(is_public(one) for one in wrapped)
        if address in _NAT64[1]:
            return False
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_allowed(address: Address, *, loopback: bool) -> bool:
    """Whether a call may go there. loopback: a development cell may call itself."""
    return is_public(address) or (loopback and address.is_loopback)


def literal(host: str) -> Address | None:
    """The address that a host of a URL writes out; None for a name."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def url_violations(field: str, url: str, *, loopback: bool) -> Iterator[Violation]:
    """What is wrong with a URL that is to be called; nothing if it is an absolute `https` URL of a name or of a public
    address, without user, password and fragment. loopback: `http` and `https` to loopback are allowed too."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        yield Violation(field, "is no URL", "NOT_A_URL")
        return
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host or not _has_form(host):
        yield Violation(field, "is no absolute URL of a host", "NOT_A_URL")
        return
    if port is not None and port not in _PORTS:
        yield Violation(field, "names no port", "NOT_A_URL")
    if "@" in parts.netloc or parts.fragment:
        yield Violation(field, "has a user, a password or a fragment", "NOT_A_URL")
    if parts.scheme == "http" and not (loopback and _is_loopback(parts)):
        yield Violation(field, "does not begin with https", "NOT_ENCRYPTED")
    address = literal(host)
    name = host.removesuffix(".")
    named = name == _LOCALHOST or name.endswith(f".{_LOCALHOST}")
    if (address is not None and not is_allowed(address, loopback=loopback)) or (named and not loopback):
        yield Violation(field, "is not an address of the public internet", "ADDRESS_NOT_PUBLIC")


def _is_loopback(parts: SplitResult) -> bool:
    address = literal(parts.hostname or "")
    return parts.hostname == _LOCALHOST or (address is not None and address.is_loopback)


def _has_form(host: str) -> bool:
    """Whether a host is an address without a zone, or a name of letters, digits, hyphens and dots, 253 characters at
    most. A name whose last part is a number is refused: some resolvers read an address into it (`127.1`,
    `0x7f000001`, `127.0.0.1.`)."""
    if "%" in host:
        return False
    if literal(host) is not None:
        return True
    labels = host.removesuffix(".").split(".")
    plain = all(0 < len(one) <= 63 and one.replace("-", "a").replace("_", "a").isalnum() for one in labels)
    return host.isascii() and len(host) <= 253 and plain and _NUMBER.fullmatch(labels[-1]) is None


def _wrapped(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    low = IPv4Address(int(address) & 0xFFFF_FFFF)
    if (
        address.ipv4_mapped is not None
        or address in _NAT64[0]
        or address in _TRANSLATED
        or (address in _COMPATIBLE and int(address) > 1)
    ):
        yield low
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
