"""A claim is complete when it is handed in: everything that is missing is named at once."""

import pytest
from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.errors import InvalidInput
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.claims.domain.states import Review
from services.deals.review.domain.completeness import refuse_incomplete
from tests.unit.deals.registrations import KEYS, a_registration

ONLY_NAMED = ("NAME:00",)
VAT, OTHER = RegistrationIdType.VAT, RegistrationIdType.OTHER


def _wrong(reg: Registration, keys: tuple[str, ...] = KEYS) -> list[tuple[str, str]]:
    try:
        refuse_incomplete(reg, keys)
    except InvalidInput as err:
        return [(one.field, one.reason) for one in err.violations]
    return []


def _numbered(number: str, register: RegistrationIdType | None) -> Registration:
    customer = Customer(legal_name="Zweirad Union", country="DE", registration_id=number, registration_id_type=register)
    return replace(a_registration(), customer=customer)


def test_everything_that_is_missing_is_named_at_once() -> None:
    empty = replace(a_registration(), customer=Customer(legal_name="  ", country="DE", registration_id="1"), lines=())
    assert _wrong(empty, ONLY_NAMED) == [
        ("customer.legal_name", "REQUIRED"),
        ("customer", "REQUIRED"),
        ("customer.registration_id_type", "REQUIRED"),
        ("lines", "REQUIRED"),
    ]


@pytest.mark.parametrize("key", ["REGISTRATION_ID", "DOMAIN", "PHONE"])
def test_one_key_beside_the_name_is_enough_and_the_name_alone_is_not(key: str) -> None:
    assert _wrong(a_registration(), (*ONLY_NAMED, f"{key}:00")) == []
    assert _wrong(a_registration(), ONLY_NAMED) == [("customer", "REQUIRED")]
    assert _wrong(a_registration(), ()) == [("customer", "REQUIRED")]


@pytest.mark.parametrize(
    ("number", "register", "wrong"),
    [
        ("DE136695976", VAT, []),
        ("DE 136 695 976", VAT, []),
        ("DE123", VAT, [("customer.registration_id", "BAD_REGISTRATION_ID")]),
        ("DE136695977", VAT, [("customer.registration_id", "BAD_REGISTRATION_ID")]),
        ("HRB 12345 B", OTHER, []),
        ("--", OTHER, [("customer.registration_id", "BAD_REGISTRATION_ID")]),
        ("DE136695976", None, [("customer.registration_id_type", "REQUIRED")]),
    ],
)
def test_a_number_passes_the_check_of_its_register(
    number: str, register: RegistrationIdType | None, wrong: list[tuple[str, str]]
) -> None:
    assert _wrong(_numbered(number, register)) == wrong


def test_of_a_claim_that_was_sent_back_only_what_may_be_edited_counts() -> None:
    asked = replace(a_registration(Review.ACTION_REQUIRED), customer=Customer(country="DE"), lines=())
    assert _wrong(asked, ONLY_NAMED) == [("lines", "REQUIRED")]
    asked = replace(asked, requested_fields=("customer",))
    assert _wrong(asked, ONLY_NAMED) == [("customer.legal_name", "REQUIRED"), ("customer", "REQUIRED")]
    assert _wrong(replace(asked, requested_fields=("description",)), ONLY_NAMED) == []
