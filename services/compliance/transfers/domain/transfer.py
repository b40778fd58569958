"""A registered transfer: DRAFT -> PUBLISHED -> ENDED, or DRAFT -> ENDED.

Its terms never change, because flows were allowed under them; other terms are another transfer.
"""

from collections.abc import Iterator
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.country import country_violations
from libs.document import Document
from libs.errors import AppError, Code, Violation, require_state
from services.compliance.law.domain.categories import ORGANISATION, category_violations, covers
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.transfers.domain.states import TransferState
from services.compliance.transfers.events import (
    TransferEnded,
    TransferFiled,
    TransferPublished,
    TransferRegistered,
    TransferStated,
)

MAY_PUBLISH = frozenset({TransferState.DRAFT})
MAY_FILE = MAY_END = frozenset({TransferState.DRAFT, TransferState.PUBLISHED})

# Filed before the first export, and valid for three years at most. Sources: CAC, Provisions on Promoting and Regulating
# Cross-border Data Flows, 2024-03-22, Art. 9 (assessment); CAC, Measures for the Certification of Personal Information
# Exports, in force since 2026-01-01 (certification).
FILED_FIRST = frozenset({TransferMechanism.CAC_SECURITY_ASSESSMENT, TransferMechanism.PI_CERTIFICATION})
YEARS_AT_MOST = 3


class FilingMissing(AppError):
    """The mechanism permits a transfer only after it was filed with the authority."""

    code, reason = Code.FAILED_PRECONDITION, "FILING_MISSING"

    def __init__(self, id: str, mechanism: TransferMechanism) -> None:
        super().__init__(f"{id}: {mechanism.name} is filed before it is published", id=id, mechanism=mechanism.name)


class TransferFiling(msgspec.Struct, frozen=True, kw_only=True):
    """What was filed with an authority; prm.compliance.v1.TransferFiling describes each field."""

    authority: str
    reference: str
    file_date: date


class TransferTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a transfer; prm.compliance.v1.TransferTerms describes each field."""

    mechanism: TransferMechanism
    purpose: str
    categories: tuple[str, ...] = ()
    recipient: str
    recipient_country: str
    valid_from: date
    valid_until: date | None = None
    filing: TransferFiling | None = None
    flow: str = ""


class Transfer(Document, frozen=True, kw_only=True):
    """A transfer in the register. blocked_year: as last stated to the exits; None if it was not stated yet."""

    terms: TransferTerms
    state: TransferState = TransferState.DRAFT
    create_time: datetime
    publish_time: datetime | None = None
    end_time: datetime | None = None
    update_time: datetime
    blocked_year: int | None = None


def terms_violations(terms: TransferTerms, today: date) -> Iterator[Violation]:
    """Everything that is wrong with the terms of a new transfer."""
    yield from country_violations(terms.recipient_country, "recipient_country")
    yield from category_violations(terms.categories)
    personal = [one for one in terms.categories if not covers(ORGANISATION, one)]
    if terms.mechanism is TransferMechanism.NOT_PERSONAL and personal:
        yield Violation("categories", f"NOT_PERSONAL has none but {ORGANISATION}", "CATEGORY_OF_NOTHING")
    if terms.mechanism is not TransferMechanism.NOT_PERSONAL and not terms.categories:
        yield Violation("categories", f"{terms.mechanism.name} needs at least one", "NO_CATEGORY")
    if terms.valid_until is not None and terms.valid_until < terms.valid_from:
        yield Violation("valid_until", "is before valid_from", "DATES_OUT_OF_ORDER")
    if terms.mechanism in FILED_FIRST:
        yield from _length_violations(terms)
    if terms.filing is not None:
        yield from filing_violations(terms.filing, today)


def filing_violations(filing: TransferFiling, today: date) -> Iterator[Violation]:
    """IN_THE_FUTURE for a filing that has not been made yet."""
    if filing.file_date > today:
        yield Violation("filing.file_date", "is in the future", "IN_THE_FUTURE")


def register(terms: TransferTerms, *, id: str, now: datetime) -> tuple[Transfer, TransferRegistered]:
    """A new transfer, in DRAFT."""
    transfer = Transfer(id=id, terms=terms, create_time=now, update_time=now)
    return transfer, TransferRegistered(
        transfer_id=id, mechanism=terms.mechanism, recipient_country=terms.recipient_country
    )


def publish(transfer: Transfer, *, now: datetime) -> tuple[Transfer, TransferPublished]:
    """The transfer, PUBLISHED. WrongState, FilingMissing."""
    require_state("transfer", transfer.id, transfer.state, action="publish", allowed=MAY_PUBLISH)
    terms = transfer.terms
    if terms.mechanism in FILED_FIRST and terms.filing is None:
        raise FilingMissing(transfer.id, terms.mechanism)
    published = replace(transfer, state=TransferState.PUBLISHED, publish_time=now, update_time=now)
    return published, TransferPublished(
        transfer_id=transfer.id,
        mechanism=terms.mechanism,
        recipient_country=terms.recipient_country,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
    )


def file(transfer: Transfer, filing: TransferFiling, *, now: datetime) -> tuple[Transfer, TransferFiled]:
    """The transfer with its filing. WrongState."""
    require_state("transfer", transfer.id, transfer.state, action="file", allowed=MAY_FILE)
    filed = replace(transfer, terms=replace(transfer.terms, filing=filing), update_time=now)
    return filed, TransferFiled(transfer_id=transfer.id, authority=filing.authority, file_date=filing.file_date)


def end(transfer: Transfer, *, now: datetime) -> tuple[Transfer, TransferEnded]:
    """The transfer, ENDED. WrongState."""
    require_state("transfer", transfer.id, transfer.state, action="end", allowed=MAY_END)
    ended = replace(transfer, state=TransferState.ENDED, end_time=now, update_time=now)
    return ended, TransferEnded(transfer_id=transfer.id)


def state(transfer: Transfer, blocked_year: int) -> tuple[Transfer, TransferStated]:
    """What the exits must know of a transfer that is or was published. blocked_year: the year in which the count
    refuses it; 0: none."""
    terms = transfer.terms
    return replace(transfer, blocked_year=blocked_year), TransferStated(
        transfer_id=transfer.id,
        flow=terms.flow,
        purpose=terms.purpose,
        categories=terms.categories,
        recipient_country=terms.recipient_country,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        ended=transfer.state is TransferState.ENDED,
        blocked_year=blocked_year,
    )


def _length_violations(terms: TransferTerms) -> Iterator[Violation]:
    if terms.valid_until is None:
        yield Violation("valid_until", f"{terms.mechanism.name} has an end", "NO_END")
    elif terms.valid_until >= _years_later(terms.valid_from):
        text = f"{terms.mechanism.name} is valid for {YEARS_AT_MOST} years at most"
        yield Violation("valid_until", text, "TOO_LONG")


def _years_later(day: date) -> date:
    """The same day three years later, 1 March for 29 February; the last day that a date can be if that is too late."""
    if day.year + YEARS_AT_MOST > date.max.year:
        return date.max
    if (day.month, day.day) == (2, 29):
        return date(day.year + YEARS_AT_MOST, 3, 1)
    return day.replace(year=day.year + YEARS_AT_MOST)
