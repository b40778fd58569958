"""Which claims are on one customer, by what their customers have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.country import RegistrationIdType
from services.deals.claims.domain.registration import ClaimContent, Customer, Registration, open_registration
from services.deals.conflicts.domain.keys import MatchKey
from services.deals.customers.domain.customers import identity
from services.deals.customers.domain.proposals import likeness
from tests.builders import NOW, an_id

ACME = Customer(legal_name="Acme GmbH", country="DE", domain="acme.de", phone="030 901820")
BARE = replace(ACME, domain="", phone="")
PERSON = replace(ACME, natural_person=True, person_id=an_id("psn"))


def keyed(text: str) -> str:
    return text


def claim(customer: Customer, number: int = 1) -> Registration:
    content = ClaimContent(
        partner_id=an_id("ptn"),
        customer=customer,
        customer_contact=None,
        sales_contact=None,
        lines=(),
        expected_close_date=None,
        description=None,
    )
    return open_registration(content, id=an_id("reg", number), now=NOW)


def one(a: Customer, b: Customer) -> bool:
    return identity(claim(a), keyed) == identity(claim(b, 2), keyed)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (replace(ACME, legal_name="ACME AG", phone=""), True),  # the domain alone
        (replace(ACME, domain="https://www.acme.de/about", country="AT"), True),
        (replace(ACME, domain="acme.com"), False),
        (
            replace(ACME, registration_id="123", registration_id_type=RegistrationIdType.USCC),
            False,
        ),  # it is known better
        (replace(ACME, domain="gmail.com"), False),
        (BARE, False),
        (PERSON, False),
    ],
)
def test_an_organisation_is_known_by_its_strongest_key(other: Customer, same: bool) -> None:
    assert one(ACME, other) is same


def test_without_number_and_domain_name_and_phone_decide_together_and_neither_alone() -> None:
    phone = replace(ACME, domain="gmail.com")
    assert one(phone, replace(phone, legal_name="acme", phone="+49 30 901820"))
    assert not one(phone, replace(phone, phone="030 111111"))
    assert not one(BARE, BARE)


def test_a_natural_person_is_known_by_its_id_alone() -> None:
    assert one(PERSON, replace(PERSON, legal_name="Somebody", domain=""))
    assert not one(PERSON, replace(PERSON, person_id=an_id("psn", 2)))
    nameless = replace(PERSON, person_id="")
    assert not one(nameless, nameless)


_CUSTOMERS = st.builds(
    Customer,
    legal_name=st.sampled_from(("Acme GmbH", "Other AG")),
    country=st.sampled_from(("DE", "FR")),
    domain=st.sampled_from(("", "acme.de", "gmail.com")),
    phone=st.sampled_from(("", "+49 30 901820")),
)


@given(_CUSTOMERS, _CUSTOMERS)
def test_likeness_is_the_same_both_ways_and_needs_more_than_a_phone_number(a: Customer, b: Customer) -> None:
    found = likeness(a, b, keyed)
    assert found == likeness(b, a, keyed)
    if found is not None:
        assert 1 <= found.score <= 100
        assert {reason.key for reason in found.reasons} - {MatchKey.PHONE}
