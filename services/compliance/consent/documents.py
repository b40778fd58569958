"""The kinds of purposes, notices and consents, with their indexes."""

from datetime import datetime

from libs.person import Person
from libs.retention import When, retained
from libs.store.port import Index, Kind, Persons, Store
from services.compliance.consent.domain.consent import Consent
from services.compliance.consent.domain.purpose import PrivacyNotice, Purpose


def _persons(consent: Consent) -> tuple[Person, ...]:
    return (consent.person,)


def _person(consent: Consent) -> Person:
    return consent.person


async def _country(store: Store, consent: Consent) -> str:
    address = consent.person.address
    return address.country if address else ""


def _over(consent: Consent) -> datetime | None:
    """When the consent ended, or will by itself."""
    return consent.end_time or consent.expire_time


PURPOSES = Kind("purpose", Purpose, (Index(("code",), unique=True),))
PRIVACY_NOTICES = Kind(
    "privacy_notice",
    PrivacyNotice,
    (Index(("purpose_code", "notice_version", "language"), unique=True), Index(("purpose_code",))),
)
CONSENTS = Kind(
    "consent",
    Consent,
    (
        Index(("purpose_code", "state")),
        Index(("state",)),
    ),
    persons=Persons(
        of=_persons,
        country=_country,
        about=_person,
        retained=retained("compliance", "consent", {"ended": When(starts=_over)}),
    ),
)

KINDS = (PURPOSES, PRIVACY_NOTICES, CONSENTS)
