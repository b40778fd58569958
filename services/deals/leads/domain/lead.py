"""The structs of a lead, the checks of its content, and its creation."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from libs.document import Document
from libs.errors import InvalidInput, Violation
from libs.money import Money, currency_violations
from libs.person import Person, PersonalText, home_violations, persons_named
from services.deals.claims.domain.customers import person
from services.deals.claims.domain.registration import Customer, customer_violations
from services.deals.leads.domain.states import LeadBasis, LeadClosureCode, LeadSource, LeadState

HAD_KEPT = 50
MATCHES_KEPT = 50


class LeadScoreLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule of the scoring gave."""

    code: str
    met: bool
    points: int


class LeadMatch(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may be of the same customer. protects: whether it is a claim that protects the customer."""

    id: str
    score: int
    protects: bool = False


class Had(msgspec.Struct, frozen=True, kw_only=True):
    """A partner that had the lead and does not have it any more, since `time`."""

    partner_id: str
    time: datetime


class LeadContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a lead says; its persons have ids already."""

    source: LeadSource
    customer: Customer
    contact: Person | None = None
    text: PersonalText | None = None
    product_lines: tuple[str, ...] = ()
    expected_amount: Money | None = None
    basis: LeadBasis | None = None
    consent_reference: str = ""


class Lead(Document, frozen=True, kw_only=True):
    """A lead. score, score_lines: by the rules `scoring_id`. follow_up_days: how long a partner has to make a claim of
    it, by its score. keys: ids of the slots in which it is compared with others while it is open. partner_id, offer_id:
    of the partner to which it is offered or that has it. offer_time: also of a pick. had: the partners that had it, the
    newest 50. refusals: how many did not want it since it was passed on first. due_time: when the service acts by
    itself: the end of the offer, of the follow-up, of the withholding, or of the lead; None once it is over.
    expire_time: when it ends if nobody has it. imported_as: hash of the imported row, else empty."""

    state: LeadState = LeadState.NEW
    source: LeadSource
    customer: Customer
    contact: Person | None = None
    text: PersonalText | None = None
    product_lines: tuple[str, ...] = ()
    expected_amount: Money | None = None
    basis: LeadBasis | None = None
    consent_reference: str = ""
    score: int = 0
    score_lines: tuple[LeadScoreLine, ...] = ()
    scoring_id: str = ""
    follow_up_days: int = 0
    matches: tuple[LeadMatch, ...] = ()
    keys: tuple[str, ...] = ()
    partner_id: str = ""
    offer_id: str = ""
    offer_time: datetime | None = None
    accept_time: datetime | None = None
    picked: bool = False
    had: tuple[Had, ...] = ()
    refusals: int = 0
    withheld_until: datetime | None = None
    due_time: datetime | None = None
    expire_time: datetime
    closure_code: LeadClosureCode | None = None
    close_time: datetime | None = None
    registration_id: str = ""
    external_source: str = ""
    external_id: str | None = None
    imported_as: str = ""
    create_time: datetime
    update_time: datetime


def open_lead(content: LeadContent, *, id: str, shelf: timedelta, create_time: datetime | None, now: datetime) -> Lead:
    """A lead in NEW; InvalidInput lists every violation of the content. create_time: None: now."""
    if wrong := [*content_violations(content)]:
        raise InvalidInput(wrong)
    return Lead(
        id=id,
        source=content.source,
        customer=content.customer,
        contact=content.contact,
        text=content.text,
        product_lines=tuple(sorted(content.product_lines)),
        expected_amount=content.expected_amount,
        basis=content.basis,
        consent_reference=content.consent_reference,
        due_time=now + shelf,
        expire_time=now + shelf,
        create_time=create_time or now,
        update_time=now,
    )


def content_violations(content: LeadContent) -> Iterator[Violation]:
    """Every violation of the content."""
    yield from customer_violations(content.customer)
    yield from home_violations(contact=content.contact)
    if content.expected_amount is not None:
        yield from currency_violations(content.expected_amount.currency, "expected_amount.currency_code")
        if content.expected_amount.amount < 0:
            yield Violation("expected_amount", "must not be negative", "OUT_OF_RANGE")
    named = {"contact": content.contact, "text": content.text, "customer": person(content.customer)}
    yield from basis_violations(
        content.basis, content.consent_reference, named=[name for name, one in named.items() if one is not None]
    )


def basis_violations(basis: LeadBasis | None, consent_reference: str, *, named: list[str]) -> Iterator[Violation]:
    """Whether the basis fits. named: the fields of the lead that name a person."""
    if basis is LeadBasis.CONSENT and not consent_reference:
        yield Violation("consent_reference", "is needed for CONSENT", "REQUIRED")
    if basis is not LeadBasis.CONSENT and consent_reference:
        yield Violation("consent_reference", "is of CONSENT alone", "CONTRADICTION")
    if basis is LeadBasis.NO_PERSON:
        for field in named:
            yield Violation("basis", f"NO_PERSON, but {field} may name one", "CONTRADICTION")


def persons_in(lead: Lead) -> tuple[str, ...]:
    """The fields of the lead that name a person."""
    found = {"contact": lead.contact, "text": lead.text, "customer": person(lead.customer)}
    return tuple(name for name, one in found.items() if one is not None)


def persons(lead: Lead) -> tuple[Person, ...]:
    """The contact, the customer if it is a natural person, and whom the text names by its id."""
    named = (one for one in (lead.contact, person(lead.customer)) if one is not None)
    return (*named, *persons_named(lead.text))
