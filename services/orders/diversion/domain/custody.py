"""The chain of custody of a piece: where it was shipped, and what was recorded of it since."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum

import msgspec

from libs.document import Document
from libs.money import Money


class CustodyKind(Enum):
    """How a piece came to where it is: it was shipped; handed on to another partner; lent for demonstration; its owner
    moved."""

    SHIPMENT = "SHIPMENT"
    TRANSFER = "TRANSFER"
    DEMO = "DEMO"
    MOVE = "MOVE"


_SALES = frozenset({CustodyKind.SHIPMENT, CustodyKind.TRANSFER})


class CustodyStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the chain. document_id: the shipment, or the record of the step."""

    kind: CustodyKind
    partner_id: str
    country: str
    on: date
    document_id: str


class Custody(Document, frozen=True, kw_only=True):
    """The record that a piece came lawfully to a country. holder_id: the partner that has it since. diversion_case_id:
    the case that was explained by it; empty if none."""

    serial_id: str
    kind: CustodyKind
    holder_id: str
    country: str
    on: date
    reference: str = ""
    diversion_case_id: str = ""
    create_time: datetime

    @property
    def step(self) -> CustodyStep:
        """The step that it adds to the chain."""
        return CustodyStep(
            kind=self.kind, partner_id=self.holder_id, country=self.country, on=self.on, document_id=self.id
        )


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece that this cell sold, on the day on which it was seen. chain: oldest first, from its shipment on.
    granted: the countries where its holder may sell it. taken_back: a return has accepted it, or names it. selective: a
    contract of its holder names a selective distribution network. list_price: None if the line had none."""

    sku: str
    serial: str
    product_line: str
    chain: Sequence[CustodyStep]
    granted: frozenset[str] = frozenset()
    taken_back: bool = False
    selective: bool = False
    list_price: Money | None = None

    @property
    def holder_id(self) -> str:
        """The partner that has it by the last step of the chain."""
        return self.chain[-1].partner_id

    @property
    def sold_in(self) -> str:
        """The country in which it was last sold with the vendor's consent: shipped, or handed on to another partner. To
        lend it or to move with it is no sale."""
        return next(step.country for step in reversed(self.chain) if step.kind in _SALES)

    @property
    def places(self) -> frozenset[str]:
        """The countries in which the piece may be: those of its chain, and those where its holder may sell it."""
        return self.granted.union(step.country for step in self.chain)


def chain_of(shipped: CustodyStep, recorded: Iterable[Custody], *, on: date) -> tuple[CustodyStep, ...]:
    """The chain on a day. What was recorded of an earlier sale of the same piece is left out."""
    since = [one for one in recorded if shipped.on <= one.on <= on]
    return (shipped, *(one.step for one in sorted(since, key=lambda one: (one.on, one.create_time, one.id))))
