"""Acts of agreements: drafted, sent, and signed by both parties."""

from datetime import date
from typing import Any

from libs.person import Person
from services.partners.agreement.domain.agreement import Agreement
from services.partners.agreement.domain.states import Party, Renewal
from services.partners.agreement.domain.terms import AgreementTerms
from services.partners.agreement.usecases import writing
from tests.builders import NOW
from tests.component.partners.harness import Harness

TODAY = NOW.date()
HASH = "ab" * 32


def terms(**fields: Any) -> AgreementTerms:
    """All rights everywhere from today on, without end, with three months' notice."""
    content = {
        "valid_from": TODAY,
        "renewal": Renewal.NONE,
        "notice_months": 3,
        "registering": True,
        "document_sha256": HASH,
        **fields,
    }
    return AgreementTerms(**content)


async def drafted(harness: Harness, partner_id: str, *, supersedes: str = "", **fields: Any) -> Agreement:
    """A draft."""
    content = {"partner_id": partner_id, "terms": terms(**fields), "supersedes_agreement_id": supersedes}
    return await harness.run(writing.draft_agreement, writing.DraftAgreement, **content)


async def sent(harness: Harness, draft: Agreement) -> Agreement:
    """The draft, sent."""
    return await harness.run(writing.send_agreement, writing.SendAgreement, id=draft.id)


async def sign(
    harness: Harness, agreement: Agreement, party: Party, *, name: str = "Eva Grün", on: date | None = None
) -> Agreement:
    """Somebody signs for a party."""
    person = Person(name=name, email=f"{party.name.lower()}@sign.example")
    signed = {"party": party, "person": person, "signed_on": on or harness.env.today(), "document_sha256": HASH}
    return await harness.run(writing.sign_agreement, writing.SignAgreement, id=agreement.id, **signed)


async def active(harness: Harness, partner_id: str, *, supersedes: str = "", **fields: Any) -> Agreement:
    """An agreement that both parties have signed."""
    agreement = await sent(harness, await drafted(harness, partner_id, supersedes=supersedes, **fields))
    for party in Party:
        agreement = await sign(harness, agreement, party)
    return agreement
