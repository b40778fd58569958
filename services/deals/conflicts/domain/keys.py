"""The keys by which customers are matched: each in one comparable form, hashed with a key of the cell, because a
customer may be a person."""

from collections.abc import Callable, Iterator
from enum import Enum

from libs.errors import AppError, Code
from libs.organisation import (
    NotARegistrationNumber,
    is_mail_host,
    phone_number,
    registration_number,
)
from services.deals.claims.domain.registration import Customer

# Raised when a release makes keys, or terms of near matches, differently; open claims are then keyed and entered again.
KEY_RULES = 6

Keyed = Callable[[str], str]
"""Hashes a text with a key of the cell, see `libs.privacy.keys.Keys.keyed`."""


class KeysBeingRenewed(AppError):
    """Some protected claims still have keys of an earlier release, so an approval could miss a conflict with them."""

    code, reason = Code.UNAVAILABLE, "KEYS_BEING_RENEWED"
    retry_after_seconds = 5.0


class MatchKey(Enum):
    """What two customers can have in common: the kinds of keys; NEAR, that they are written differently and probably
    one; JUDGED, that a person said that they are one."""

    REGISTRATION_ID = "REGISTRATION_ID"
    DOMAIN = "DOMAIN"
    PHONE = "PHONE"
    NAME = "NAME"
    NEAR = "NEAR"
    JUDGED = "JUDGED"


SLOT_KEYS = frozenset({MatchKey.REGISTRATION_ID, MatchKey.DOMAIN, MatchKey.PHONE, MatchKey.NAME})
"""Those of which a customer has a slot."""


def keys_of(customer: Customer, keyed: Keyed) -> tuple[str, ...]:
    """The ids of a customer's slots, sorted: `<kind of key>:<hash of its comparable form>`."""
    return tuple(sorted(f"{key.name}:{keyed(form)}" for key, form in _forms(customer) if form))


def key_of(slot_id: str) -> MatchKey:
    """The kind of key that a slot id names."""
    return MatchKey(slot_id.split(":", 1)[0])


def shared_forms(customer: Customer) -> tuple[tuple[MatchKey, str], ...]:
    """The keys by which other cells are asked about a customer, in their comparable forms. None of a natural person. No
    phone number: it may be that of a person."""
    if customer.natural_person:
        return ()
    return tuple((key, form) for key, form in _forms(customer) if form and key is not MatchKey.PHONE)


def _forms(customer: Customer) -> Iterator[tuple[MatchKey, str]]:
    scheme = customer.registration_id_type.name if customer.registration_id_type else ""
    if customer.registration_id:
        yield MatchKey.REGISTRATION_ID, f"{customer.country}:{scheme}:{_number(customer, scheme)}"
    if not is_mail_host(customer.web_domain):
        yield MatchKey.DOMAIN, customer.web_domain
    if customer.phone:
        yield MatchKey.PHONE, phone_number(customer.phone, customer.country)
    if name := customer.name_form:
        yield MatchKey.NAME, f"{customer.country}:{name}"


def _number(customer: Customer, scheme: str) -> str:
    try:
        return registration_number(customer.country, scheme, customer.registration_id)
    except NotARegistrationNumber:
        # a partner's typing error is no reason to lose the claim
        return customer.bare_registration_id
