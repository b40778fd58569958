"""A movement: pieces of an article that came to a partner or left it, or were counted there, on a day."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum

from msgspec.structs import replace

from libs.day import first_day_violations
from libs.document import Document
from libs.errors import AppError, Code, Violation

Day = date  # the type of fields that are named `date`


class MovementKind(Enum):
    """What moved the pieces. SELL_IN and RETURN come from our shipments and returns, the others from the partner's
    reports."""

    SELL_IN = "SELL_IN"
    SELL_THROUGH = "SELL_THROUGH"
    LOSS = "LOSS"
    RETURN = "RETURN"
    COUNT = "COUNT"


MOVEMENTS_AT_MOST = 10_000  # of an article at a partner; likewise partners of an article

REPORTED = frozenset({MovementKind.SELL_THROUGH, MovementKind.LOSS, MovementKind.COUNT})


class Movement(Document, frozen=True, kw_only=True):
    """The id is `<document>:<line>` of a shipment or return, and names partner, article, day and kind of a report.
    serials: none, or one for each piece. revision: 1 at first, one more with every correction of a report.
    document_id: the shipment or return; empty for a report."""

    partner_id: str
    sku: str
    kind: MovementKind
    date: Day
    quantity: int
    serials: tuple[str, ...] = ()
    document_id: str = ""
    revision: int = 1
    create_time: datetime
    update_time: datetime


class MovementRevision(Document, frozen=True, kw_only=True):
    """A report as it was; the id is `<report>:<revision>`."""

    partner_id: str
    content: Movement


class TooManyMovements(AppError):
    """More movements of an article at a partner, or more partners with an article, than one answer reads."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_MOVEMENTS"

    def __init__(self, sku: str) -> None:
        text = f"{sku} has more than {MOVEMENTS_AT_MOST} movements at the partner, or partners"
        super().__init__(text, limit=MOVEMENTS_AT_MOST)


def report_id(partner_id: str, sku: str, kind: MovementKind, on: date) -> str:
    """The id of the report: one per partner, article, day and kind."""
    return f"{partner_id}:{sku}:{on}:{kind.value}"


def report_violations(quantity: int, serials: tuple[str, ...], on: date, *, latest: date) -> Iterator[Violation]:
    """What is wrong with a report; every day after `latest` is in the future."""
    if on > latest:
        yield Violation("date", "is in the future", "IN_THE_FUTURE")
    yield from first_day_violations("date", on)
    if serials and len(serials) != quantity:
        yield Violation("serials", "name none, or one for each piece", "SERIALS_INCOMPLETE")
    if len(set(serials)) < len(serials):
        yield Violation("serials", "name a serial twice", "DUPLICATE_SERIAL")


def corrected(before: Movement, quantity: int, serials: tuple[str, ...], *, now: datetime) -> Movement:
    """The report with these figures, as a new revision; the same object if they are the same."""
    if before.quantity == quantity and set(before.serials) == set(serials):
        return before
    return replace(before, quantity=quantity, serials=serials, revision=before.revision + 1, update_time=now)
