"""What a partner says about itself is checked by the rules of its country and kept in one form."""

import pytest
from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.errors import InvalidInput
from libs.person import PostalAddress
from services.partners.record.domain.profile import Profile, checked, examined
from services.partners.record.domain.states import PartnerKind
from tests.unit.partners.partners import PROFILE

NUMBERS = [
    ("DE", RegistrationIdType.VAT, "DE 136 695 976", "136695976"),
    ("CN", RegistrationIdType.USCC, "9111 0000 6000 3734 1L", "91110000600037341L"),
    ("BR", RegistrationIdType.CNPJ, "16.727.230/0001-97", "16727230000197"),
    ("IN", RegistrationIdType.GSTIN, "27AAPFU0939F1ZV", "27AAPFU0939F1ZV"),
    ("RU", RegistrationIdType.INN, "7707083893", "7707083893"),
    ("VN", RegistrationIdType.MST, "0100233488", "0100233488"),
    ("TW", RegistrationIdType.UBN, "00501503", "00501503"),
    ("KZ", RegistrationIdType.BIN, "990 940 002 567", "990940002567"),
    ("DE", RegistrationIdType.OTHER, "HRB 12-34", "HRB1234"),
]

WRONG = [
    ("DE", RegistrationIdType.VAT, "136695977", "fails the check digit rule of DE VAT"),
    ("DE", RegistrationIdType.VAT, "13669597", "has the wrong length for DE VAT"),
    ("CN", RegistrationIdType.USCC, "911100006000373410", "fails the check digit rule of CN USCC"),
    ("BR", RegistrationIdType.CNPJ, "16727230000198", "fails the check digit rule of BR CNPJ"),
    ("DE", RegistrationIdType.OTHER, " -/. ", "has no letters or digits"),
]


@pytest.mark.parametrize(("country", "register", "written", "kept"), NUMBERS)
def test_a_registration_id_is_kept_in_compact_form(
    country: str, register: RegistrationIdType, written: str, kept: str
) -> None:
    profile = replace(PROFILE, country=country, registration_id=written, registration_id_type=register)
    assert checked(profile) == replace(profile, registration_id=kept)


@pytest.mark.parametrize(("country", "register", "written", "why"), WRONG)
def test_a_registration_id_that_fails_the_rule_of_its_country_is_refused_with_that_rule(
    country: str, register: RegistrationIdType, written: str, why: str
) -> None:
    profile = replace(PROFILE, country=country, registration_id=written, registration_id_type=register)
    with pytest.raises(InvalidInput) as refused:
        checked(profile)
    assert [tuple(one) for one in refused.value.violations] == [("registration_id", why, "BAD_REGISTRATION_ID")]


def test_web_address_and_phone_are_kept_in_the_form_in_which_they_compare() -> None:
    profile = replace(PROFILE, domain="https://shop.Müller.example.co.uk/de", phone="(030) 90 18 20")
    assert checked(profile) == replace(profile, domain="example.co.uk", phone="+4930901820")


def test_everything_that_is_wrong_is_named_at_once() -> None:
    profile = Profile(
        kind=PartnerKind.AGENT,
        legal_name="\t",
        country="XQ",
        registration_id="1",
        domain="intranet",
        phone="call me",
        address=PostalAddress(country="FR"),
    )
    kept, found = examined(profile)
    assert kept == replace(profile, domain="", phone="")
    assert [(one.field, one.reason) for one in found] == [
        ("country", "UNKNOWN_COUNTRY"),
        ("legal_name", "REQUIRED"),
        ("registration_id_type", "REQUIRED_TOGETHER"),
        ("domain", "NOT_A_DOMAIN"),
        ("phone", "NOT_A_PHONE_NUMBER"),
        ("address.country", "OTHER_COUNTRY"),
    ]


def test_a_register_without_a_number_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(replace(PROFILE, registration_id=""))
    assert [one.field for one in refused.value.violations] == ["registration_id"]


def test_checking_what_was_checked_changes_nothing() -> None:
    for country, register, written, _ in NUMBERS:
        profile = replace(PROFILE, country=country, registration_id=written, registration_id_type=register)
        once = checked(replace(profile, phone="030 901820", domain="www.acme.example"))
        assert checked(once) == once
