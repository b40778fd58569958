"""The record of an end customer, and which claims are on the same one.

The vendor has one record of a customer; each partner has one of its own, which is made of its own claims alone.
"""

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum

from msgspec.structs import replace

from libs.document import Document
from libs.person import Person
from services.deals.claims.domain.customers import person, person_text
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.conflicts.domain.keys import MatchKey, key_of, keys_of

Keyed = Callable[[str], str]
"""Hashes a text with a key of the cell, see `libs.privacy.keys.Keys.keyed`."""


class View(Enum):
    """Whose record it is: the vendor's, which stands for itself or was merged into another, or a partner's."""

    CELL = "CELL"
    MERGED = "MERGED"
    PARTNER = "PARTNER"


class EndCustomer(Document, frozen=True, kw_only=True):
    """A record. partner_id: empty for the vendor's. customer_id: the vendor's record of the customer, which may be this
    one. described_by: the newest claim, whose customer is `customer`. name_key, registration_key, domain_key: keyed
    hashes by which the record is found; None for what the customer has not. propose_since: since when its duplicates
    have to be looked for; None: they were. last_won_date: of
    the vendor's record that stands for itself, the newest win of all that were merged into it."""

    partner_id: str = ""
    customer_id: str
    view: View
    customer: Customer = Customer()
    described_by: str = ""
    name_key: str | None = None
    registration_key: str | None = None
    domain_key: str | None = None
    merged_into_id: str = ""
    merge_time: datetime | None = None
    propose_since: datetime | None = None
    last_won_date: date | None = None
    create_time: datetime
    update_time: datetime

    def recorded(self) -> "EndCustomer":
        """See Document."""
        return emptied(self)


def identity(reg: Registration, keyed: Keyed) -> str:
    """Which customer a claim is on, as a text that claims on the same one have in common. An organisation is known by
    its number in a register, else by its web domain, else by name, country and phone number together: what the conflict
    check takes for one customer. A natural person is known by its id alone. Anything else is a customer of its own."""
    customer = reg.customer
    if customer.natural_person:
        return f"person {customer.person_id}" if customer.person_id else f"claim {reg.id}"
    keys = {key_of(one): one for one in keys_of(customer, keyed)}
    if MatchKey.REGISTRATION_ID in keys and customer.bare_registration_id:
        return keys[MatchKey.REGISTRATION_ID]
    if MatchKey.DOMAIN in keys:
        return keys[MatchKey.DOMAIN]
    if MatchKey.NAME in keys and MatchKey.PHONE in keys:
        return f"{keys[MatchKey.NAME]} {keys[MatchKey.PHONE]}"
    return f"claim {reg.id}"


def found_by(field: str, value: str, keyed: Keyed) -> str | None:
    """The hash by which a record is found. field: `name`, `registration` or `domain`; value: in its comparable form."""
    return keyed(person_text(field, value)) if value else None


def described(row: EndCustomer, reg: Registration, keyed: Keyed, *, now: datetime) -> EndCustomer:
    """The record with the customer of its newest claim."""
    one = reg.customer
    after = replace(
        row,
        customer=one,
        described_by=reg.id,
        name_key=found_by("name", one.name_form, keyed),
        registration_key=found_by("registration", one.bare_registration_id, keyed),
        domain_key=found_by("domain", one.web_domain, keyed),
    )
    if after == row:
        return row
    since = after.propose_since or now if after.view is not View.PARTNER else None
    return replace(after, propose_since=since, update_time=now)


def emptied(row: EndCustomer) -> EndCustomer:
    """The record without the hashes of its customer's facts."""
    return replace(row, name_key=None, registration_key=None, domain_key=None)


def persons(row: EndCustomer) -> tuple[Person, ...]:
    """The customer, if it is a natural person."""
    who = person(row.customer)
    return (who,) if who is not None else ()


def shown(row: EndCustomer, viewer: str) -> EndCustomer:
    """The record as the viewer may see it. viewer: the id of the caller's partner; empty for the vendor's people."""
    return replace(row, customer_id="") if viewer or row.view is not View.PARTNER else row
