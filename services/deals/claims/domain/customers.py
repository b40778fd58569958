"""Customers who are natural persons, and the keyed hashes by which their claims are looked up."""

from collections.abc import Callable

from msgspec.structs import replace

from libs.person import Person
from services.deals.claims.domain.registration import Customer, Registration

Keyed = Callable[[str], str]
"""Hashes a text with a key of the cell, see `libs.privacy.keys.Keys.keyed`."""


def person(customer: Customer) -> Person | None:
    """The natural person that the customer is; None for an organisation."""
    if not customer.natural_person:
        return None
    return Person(person_id=customer.person_id, name=customer.legal_name, phone=customer.phone)


def with_person_keys(reg: Registration, keyed: Keyed) -> Registration:
    """The claim with the hashes by which its customer is looked up."""
    one = reg.customer
    values = {"name": one.name_form, "registration": one.bare_registration_id, "domain": one.web_domain}
    found = {
        f"person_{field}_key": keyed(person_text(field, value)) if one.natural_person and value else None
        for field, value in values.items()
    }
    return replace(reg, **found)


def without_erased(reg: Registration) -> Registration:
    """The claim without the hashes of a natural person who was erased from it."""
    if person(reg.customer) != Person():
        return reg
    return replace(reg, person_name_key=None, person_registration_key=None, person_domain_key=None)


def person_text(field: str, value: str) -> str:
    """What the hash of a value in its comparable form is made of. field: `name`, `registration` or `domain`."""
    return f"customer {field}:{value}"
