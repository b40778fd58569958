"""Evidence that two customers are different: strong keys (registration id, web domain) that both have and that
differ."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from libs.country import RegistrationIdType
from libs.organisation import checked_registration_number, is_mail_host, web_domain
from services.deals.claims.domain.registration import Customer
from services.deals.conflicts.domain.keys import MatchKey

_KEPT = 256  # one customer is compared with many
# Registers that give one organisation a number per branch or state: the part that identifies the organisation.
_OWN_PART: dict[RegistrationIdType | None, slice] = {
    RegistrationIdType.BN: slice(0, 9),
    RegistrationIdType.CNPJ: slice(0, 8),
    RegistrationIdType.GSTIN: slice(2, 12),
    RegistrationIdType.MST: slice(0, 10),
    RegistrationIdType.NPWP: slice(0, 12),
}


class _Strong(NamedTuple):
    """The strong keys of a customer. register: country and type of the number. number: its part that identifies the
    organisation; empty if there is no number or it fails the check of its register. domain: the name before the
    suffix, so that `acme.de` and `acme.com` are equal; empty if there is none or it is a public mail host."""

    register: tuple[str, RegistrationIdType | None]
    number: str
    domain: str


def differences(one: Customer, other: Customer) -> Iterator[MatchKey]:
    """The strong keys in which two customers differ. Domains are not compared if the registration ids agree: one
    organisation may have many domains."""
    mine, theirs = _strong(one), _strong(other)
    comparable = mine.register == theirs.register and bool(mine.number and theirs.number)
    if comparable and mine.number != theirs.number:
        yield MatchKey.REGISTRATION_ID
    same_number = comparable and mine.number == theirs.number
    if mine.domain and theirs.domain and mine.domain != theirs.domain and not same_number:
        yield MatchKey.DOMAIN


@lru_cache(maxsize=_KEPT)
def _strong(customer: Customer) -> _Strong:
    scheme, number = customer.registration_id_type, ""
    if scheme is not None:
        number = checked_registration_number(customer.country, scheme.name, customer.registration_id)
    domain = web_domain(customer.domain) if customer.domain else ""
    return _Strong(
        register=(customer.country, scheme),
        number=number[_OWN_PART.get(scheme, slice(None))],
        domain="" if is_mail_host(domain) else domain.partition(".")[0],
    )
