"""How the customer of a claim is compared with that of another."""

from enum import Enum
from functools import lru_cache

import msgspec

from libs.matching import Organisation, Prepared, RegisterNumber, Score, trained
from libs.organisation import checked_registration_number
from services.deals.claims.domain.registration import Customer

_KEPT = 1_024  # prepared organisations; those that many claims are compared with


class NearPartName(Enum):
    """What is compared of two customers; the parts of `libs.matching` but the one where all start from."""

    SPELLING = "SPELLING"
    SQUASHED = "SQUASHED"
    RARE_WORD = "RARE_WORD"
    SHARED_WORDS = "SHARED_WORDS"
    INITIALS = "INITIALS"
    EXTRA_RARE_WORDS = "EXTRA_RARE_WORDS"
    NUMBERS_DIFFER = "NUMBERS_DIFFER"
    COUNTRIES_NAMED_DIFFER = "COUNTRIES_NAMED_DIFFER"
    COUNTRY_NAMED_ONCE = "COUNTRY_NAMED_ONCE"
    HAN = "HAN"
    HAN_SAME = "HAN_SAME"
    HAN_IN_ORDER = "HAN_IN_ORDER"
    HAN_START = "HAN_START"
    HAN_RUN = "HAN_RUN"
    HAN_LONG = "HAN_LONG"
    ADDRESS_SAME = "ADDRESS_SAME"
    HOUSE_NUMBER_DIFFERS = "HOUSE_NUMBER_DIFFERS"
    STREET_DIFFERS = "STREET_DIFFERS"
    POSTAL_CODE_DIFFERS = "POSTAL_CODE_DIFFERS"
    PHONE_SAME = "PHONE_SAME"
    COUNTRY_DIFFERS = "COUNTRY_DIFFERS"
    DOMAIN_SAME = "DOMAIN_SAME"
    DOMAIN_DIFFERS = "DOMAIN_DIFFERS"
    DOMAIN_IS_NAME = "DOMAIN_IS_NAME"
    REGISTER_NUMBER_SAME = "REGISTER_NUMBER_SAME"
    REGISTER_NUMBERS_CONTRADICT = "REGISTER_NUMBERS_CONTRADICT"


class NearPart(msgspec.Struct, frozen=True):
    """A part of a comparison, and what it adds to the logarithm of the odds: above 0 it agrees, below 0 it differs."""

    name: NearPartName
    weight: float


def organisation(customer: Customer) -> Organisation:
    """The customer as it is compared. Only a register number that passes its check is compared: a typing error
    contradicts nothing."""
    scheme = customer.registration_id_type.name if customer.registration_id_type else ""
    number = checked_registration_number(customer.country, scheme, customer.registration_id)
    return Organisation(
        names=(customer.legal_name,),
        country=customer.country,
        phone=customer.phone,
        domain=customer.domain,
        numbers=(RegisterNumber(f"{customer.country}:{scheme}", number),) if number else (),
    )


def comparable(customer: Customer) -> bool:
    """Whether a customer is compared with others that are written differently: the names of natural persons prove
    nothing."""
    return not customer.natural_person and bool(customer.legal_name.strip())


@lru_cache(maxsize=_KEPT)
def prepared(one: Organisation) -> Prepared:
    """The organisation, prepared for the trained model."""
    return trained().prepare(one)


def near(one: Customer, other: Customer) -> Score:
    """How certain it is that two customers are one, part by part. Two natural persons are not compared by it: their
    names prove nothing."""
    return trained().score(prepared(organisation(one)), prepared(organisation(other)))


def parts_of(score: Score) -> tuple[NearPart, ...]:
    """The parts of a comparison that are told, strongest first."""
    told = [
        NearPart(NearPartName(part.name.upper()), round(part.logit, 3)) for part in score.parts if part.name != "base"
    ]
    if score.contradicted:
        told.insert(0, NearPart(NearPartName.REGISTER_NUMBERS_CONTRADICT, -_CERTAIN))
    return tuple(told)


_CERTAIN = 30.0  # the logarithm of odds that nothing outweighs
