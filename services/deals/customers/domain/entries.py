"""The history of a customer: an entry for each claim, order and ticket.

Events arrive in any order and more than once. Each entry keeps what was heard of its document so that in the end it is
the same whatever came when. An order belongs to the customer of the claim that it names, a ticket to that of its order,
if they are of the same partner.
"""

from datetime import date, datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from libs.money import Money
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Review

MOVED_AT_ONCE = 500  # documents in one commit


class DocumentType(Enum):
    """The kind of a document in a history."""

    CLAIM = "CLAIM"
    ORDER = "ORDER"
    TICKET = "TICKET"


class Win(msgspec.Struct, frozen=True):
    """That a claim brought a new customer, as it was published. customer_id: the vendor's record at that time."""

    day: date
    customer_id: str


class CustomerEntry(Document, frozen=True, kw_only=True):
    """A document; the id is its id. customer_id: the vendor's record by its claim; empty while that is unknown.
    parent_id: the order of a ticket, the claim of an order. time: of a claim the submission, else the earliest event.
    state, state_version: the newest event that says a state. partner_version: the newest event. won_day: when the claim
    was converted or the order placed. told: of a claim that brought a new customer; None if none was published.
    country, product_lines: of a claim. amount: the total of an order by the newest event that says one
    (amount_version); None if none was heard. canceled_amount: of the pieces that were canceled when it was closed."""

    partner_id: str = ""
    partner_version: int = 0
    customer_id: str = ""
    type: DocumentType | None = None
    parent_id: str = ""
    time: datetime | None = None
    state: str = ""
    state_version: int = 0
    won_day: date | None = None
    canceled: bool = False
    told: Win | None = None
    country: str = ""
    product_lines: tuple[str, ...] = ()
    amount: Money | None = None
    amount_version: int = 0
    canceled_amount: Money | None = None

    @property
    def place(self) -> str | None:
        """Orders a history by time; None for a document of which nothing was heard."""
        return f"{self.time:%Y%m%dT%H%M%S.%f}-{self.id}" if self.time else None

    @property
    def won_key(self) -> str | None:
        """Orders the wins of a customer by day; None if the document is none."""
        return f"{self.won_day} {self.id}" if self.won_day and not self.canceled else None

    @property
    def told_key(self) -> str | None:
        """The day of the published win; None without."""
        return f"{self.told.day} {self.id}" if self.told else None

    @property
    def registration_id(self) -> str:
        """The claim of a claim or of an order."""
        return self.id if self.type is DocumentType.CLAIM else self.parent_id

    @property
    def won_date(self) -> date | None:
        """The day of the win; None if the order was canceled."""
        return None if self.canceled else self.won_day


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What one event said of an order or ticket. state: the last part of its subject; empty if the event changed the
    partner alone. day: on which an order was placed. amount, canceled_amount: of an order, None if the event says
    none."""

    document_id: str
    partner_id: str
    type: DocumentType
    parent_id: str
    version: int
    state: str
    time: datetime
    day: date | None = None
    amount: Money | None = None
    canceled_amount: Money | None = None


class TooManyDocuments(AppError):
    """More orders and tickets hang on a claim than can move with it to another customer."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_DOCUMENTS"

    def __init__(self, id: str) -> None:
        super().__init__(f"more than {MOVED_AT_ONCE} documents hang on {id}", id=id, limit=MOVED_AT_ONCE)


def heard(entry: CustomerEntry, news: News) -> CustomerEntry:
    """The entry after an event."""
    newer = news.version > entry.partner_version
    states = bool(news.state) and news.version > entry.state_version
    prices = news.amount is not None and news.version > entry.amount_version
    return replace(
        entry,
        partner_id=news.partner_id if newer else entry.partner_id,
        partner_version=max(news.version, entry.partner_version),
        type=news.type,
        parent_id=news.parent_id or entry.parent_id,
        time=min(entry.time or news.time, news.time),
        state=news.state if states else entry.state,
        state_version=news.version if states else entry.state_version,
        won_day=news.day or entry.won_day,
        canceled=entry.canceled or (news.type is DocumentType.ORDER and news.state == "CANCELED"),
        amount=news.amount if prices else entry.amount,
        amount_version=news.version if prices else entry.amount_version,
        canceled_amount=news.canceled_amount or entry.canceled_amount,
    )


def claimed(entry: CustomerEntry, reg: Registration, *, converted: date | None) -> CustomerEntry:
    """The entry of a claim as it is now. converted: the day of its conversion; None if it is not converted."""
    return replace(
        entry,
        partner_id=reg.partner_id,
        type=DocumentType.CLAIM,
        time=reg.submit_time or entry.time or reg.create_time,
        won_day=converted if reg.review is Review.CONVERTED else None,
        country=reg.customer.country,
        product_lines=reg.named_product_lines,
    )
