"""What the tests of consent do again and again."""

from typing import Any

from libs.person import Person
from services.compliance.consent.domain.consent import Consent
from services.compliance.consent.domain.purpose import PrivacyNotice, Purpose
from services.compliance.consent.domain.states import DataSubject, LawfulBasis
from services.compliance.consent.usecases.consents import (
    CheckConsent,
    Checked,
    GiveConsent,
    WithdrawConsent,
    check_consent,
    give_consent,
    withdraw_consent,
)
from services.compliance.consent.usecases.purposes import (
    PublishPrivacyNotice,
    PutPurpose,
    publish_privacy_notice,
    put_purpose,
)
from services.compliance.requests.domain.request import AliasField, SubjectAlias
from services.compliance.requests.domain.states import RequestChannel
from tests.component.compliance.harness import Harness

ADA = Person(name="Ada", email="ada@example.org")


async def put(harness: Harness, **fields: Any) -> Purpose:
    """A purpose that rests on consent."""
    content: dict[str, Any] = {
        "code": "newsletter",
        "description": "News about products",
        "data_use": "marketing.communications.email",
        "lawful_basis": LawfulBasis.CONSENT,
        "categories": ("user.contact.email",),
        "data_subjects": (DataSubject.PARTNER_CONTACT,),
        **fields,
    }
    return await harness.run(put_purpose, PutPurpose, **content)


async def publish(harness: Harness, version: str = "2026-03", **fields: Any) -> PrivacyNotice:
    """A notice in German."""
    content = {"purpose_code": "newsletter", "notice_version": version, "language": "de", "text": "Wir schreiben."}
    return await harness.run(publish_privacy_notice, PublishPrivacyNotice, **{**content, **fields})


async def give(harness: Harness, person: Person = ADA, **fields: Any) -> Consent:
    """Somebody consents to the newsletter."""
    content: dict[str, Any] = {
        "person": person,
        "purpose_code": "newsletter",
        "notice_version": "2026-03",
        "language": "de",
        "channel": RequestChannel.PORTAL,
        **fields,
    }
    return await harness.run(give_consent, GiveConsent, **content)


async def withdraw(harness: Harness, consent: Consent, **fields: Any) -> Consent:
    """The person does not consent any more."""
    return await harness.run(withdraw_consent, WithdrawConsent, id=consent.id, **fields)


async def check(harness: Harness, value: str, field: str = "EMAIL", purpose: str = "newsletter") -> Checked:
    """Whether whoever has this alias consents."""
    alias = SubjectAlias(field=AliasField(field), value=value)
    return await harness.look(check_consent, CheckConsent, purpose_code=purpose, alias=alias)
