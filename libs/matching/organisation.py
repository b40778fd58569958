"""What is known of an organisation, and the same prepared for comparing."""

from collections.abc import Iterable, Mapping

import msgspec

from libs.matching.names import Name, prepare_name
from libs.matching.places import Address, prepare_address
from libs.organisation import is_mail_host, phone_number, web_domain

NAMES_AT_MOST = 8
NUMBERS_AT_MOST = 16
PHONE_TAIL_DIGITS = 7  # without country and area code
_PHONE_LEAST = 6


class RegisterNumber(msgspec.Struct, frozen=True):
    """A valid number of a register. kind: its country and scheme, `DE:VAT`; two numbers of one kind are compared.
    value: in its compact form."""

    kind: str
    value: str


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation as somebody wrote it; every field but the name may be empty. names: the legal name, then trading
    names. country: of its seat, ISO 3166-1. address: street and house number. numbers: checked ones alone."""

    names: tuple[str, ...]
    country: str = ""
    address: str = ""
    postal_code: str = ""
    phone: str = ""
    domain: str = ""
    numbers: tuple[RegisterNumber, ...] = ()


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation whose values were normalised once. phone: the last digits. domain: the registrable domain; label:
    its first label."""

    names: tuple[Name, ...]
    country: str
    address: Address
    phone: str
    domain: str
    label: str
    numbers: Mapping[str, frozenset[str]]


def prepare(one: Organisation) -> Prepared:
    """The organisation, prepared for any number of comparisons."""
    domain = web_domain(one.domain) if one.domain else ""
    if is_mail_host(domain):
        domain = ""
    return Prepared(
        names=tuple(prepare_name(name, one.country) for name in one.names[:NAMES_AT_MOST]),
        country=one.country,
        address=prepare_address(one.address, one.postal_code),
        phone=_tail(one.phone, one.country),
        domain=domain,
        label=domain.split(".", maxsplit=1)[0].replace("-", ""),
        numbers=_by_kind(one.numbers[:NUMBERS_AT_MOST]),
    )


def _tail(phone: str, country: str) -> str:
    digits = phone_number(phone, country).lstrip("+") if phone else ""
    return digits[-PHONE_TAIL_DIGITS:] if len(digits) >= _PHONE_LEAST else ""


def _by_kind(numbers: Iterable[RegisterNumber]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for one in numbers:
        found[one.kind] = found.get(one.kind, frozenset()) | {one.value}
    return found
