"""How the customer of a claim is compared with that of another."""

from enum import Enum
from functools import lru_cache

import msgspec

from libs.country import RegistrationIdType
from libs.matching import Organisation, Prepared, RegisterNumber, Score, trained
from libs.organisation import checked_registration_number
from services.deals.claims.domain.registration import Customer

_CERTAIN = 30_000  # thousandths of a logarithm of odds; nothing outweighs it
_KEPT = 1_024  # prepared organisations; those that many claims are compared with


class NearPartName(Enum):
    """What is compared of two customers; the parts of `libs.matching` but the one where all start from."""

    SPELLING = "SPELLING"
    SQUASHED = "SQUASHED"
    SQUASHED_SAME = "SQUASHED_SAME"
    RARE_WORD = "RARE_WORD"
    SHARED_WORDS = "SHARED_WORDS"
    INITIALS = "INITIALS"
    INITIALS_INSIDE = "INITIALS_INSIDE"
    BLEND = "BLEND"
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
    """A part of a comparison, and what it adds to the logarithm of the odds, in thousandths: above 0 it agrees,
    below 0 it differs."""

    name: NearPartName
    weight_thousandths: int


class ComparedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as it is compared. names: the legal name, then the trading names. registration_id: a number that
    passes the check of its register, in its compact form; a typing error contradicts nothing."""

    names: tuple[str, ...]
    country: str = ""
    address: str = ""
    postal_code: str = ""
    phone: str = ""
    domain: str = ""
    registration_id: str = ""
    registration_id_type: RegistrationIdType | None = None


def compared(customer: Customer) -> ComparedCustomer:
    """What of a customer is compared."""
    scheme = customer.registration_id_type
    number = checked_registration_number(customer.country, scheme.name if scheme else "", customer.registration_id)
    return ComparedCustomer(
        names=(customer.legal_name, *customer.trading_names),
        country=customer.country,
        address=customer.address,
        postal_code=customer.postal_code,
        phone=customer.phone,
        domain=customer.domain,
        registration_id=number,
        registration_id_type=scheme if number else None,
    )


def organisation(one: ComparedCustomer) -> Organisation:
    """The customer as `libs.matching` takes it."""
    scheme = one.registration_id_type.name if one.registration_id_type else ""
    return Organisation(
        names=one.names,
        country=one.country,
        address=one.address,
        postal_code=one.postal_code,
        phone=one.phone,
        domain=one.domain,
        numbers=(RegisterNumber(f"{one.country}:{scheme}", one.registration_id),) if one.registration_id else (),
    )


def comparable(customer: Customer) -> bool:
    """Whether a customer is compared with others that are written differently: the names of natural persons prove
    nothing."""
    return not customer.natural_person and bool(customer.legal_name.strip())


@lru_cache(maxsize=_KEPT)
def prepared(one: ComparedCustomer) -> Prepared:
    """The customer, prepared for the trained model."""
    return trained().prepare(organisation(one))


def near(one: Customer, other: Customer) -> Score:
    """How certain it is that two customers are one, part by part. Two natural persons are not compared by it: their
    names prove nothing."""
    return trained().score(prepared(compared(one)), prepared(compared(other)))


def basis_points(probability: float) -> int:
    """A probability in ten-thousandths."""
    return round(probability * 10_000)


def parts_of(score: Score) -> tuple[NearPart, ...]:
    """The parts of a comparison that are told, strongest first."""
    told = [
        NearPart(NearPartName(part.name.upper()), round(part.logit * 1_000))
        for part in score.parts
        if part.name != "base"
    ]
    if score.contradicted:
        told.insert(0, NearPart(NearPartName.REGISTER_NUMBERS_CONTRADICT, -_CERTAIN))
    return tuple(told)
