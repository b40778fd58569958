"""Sightings of pieces, and what one means."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple

import msgspec

from libs.document import Document
from services.orders.diversion.domain.custody import Piece
from services.orders.diversion.domain.law import TABLE, TradeRow, lawful_by


class SightingSource(Enum):
    """How it is known where a piece was."""

    TICKET = "TICKET"
    RETURN = "RETURN"
    WARRANTY = "WARRANTY"
    ACTIVATION = "ACTIVATION"
    SCAN = "SCAN"
    REPORT = "REPORT"


class SightingCircumstance(Enum):
    """What whoever reports a sighting says about it."""

    OWNER_MOVED = "OWNER_MOVED"
    OFFERED_FOR_RESALE = "OFFERED_FOR_RESALE"


class SightingOutcome(Enum):
    """What a sighting means. NOT_SOLD_HERE: this cell had not sold the piece. INSIDE: it may be there. EXPLAINED: its
    owner moved with it, or it came back. LAWFUL: parallel trade that the law allows. OUTSIDE: a case."""

    NOT_SOLD_HERE = "NOT_SOLD_HERE"
    INSIDE = "INSIDE"
    EXPLAINED = "EXPLAINED"
    LAWFUL = "LAWFUL"
    OUTSIDE = "OUTSIDE"


class Sighting(Document, frozen=True, kw_only=True):
    """A sighting; prm.orders.v1.Sighting describes each field. serial_id: `<sku>:<serial>`."""

    partner_id: str = ""
    source: SightingSource
    circumstance: SightingCircumstance | None = None
    sku: str
    serial: str
    serial_id: str
    country: str
    seen_at_partner_id: str = ""
    seen_on: date
    reference: str = ""
    outcome: SightingOutcome
    law: str = ""
    holder_id: str = ""
    sold_in: str = ""
    diversion_case_id: str = ""
    trace_id: str = ""
    create_time: datetime


class Seen(NamedTuple):
    """Where a piece was seen. in_network: whether whoever has it belongs to a selective distribution network of its
    product line."""

    country: str
    on: date
    circumstance: SightingCircumstance | None = None
    in_network: bool = False


class Verdict(NamedTuple):
    """What a sighting means. law: of a lawful trade."""

    outcome: SightingOutcome
    law: str = ""


class MonthShare(msgspec.Struct, frozen=True, kw_only=True):
    """Of the pieces of a partner that were seen in a month: how many outside, how many in lawful parallel trade, and
    the share of those outside, rounded half to even."""

    month: date
    seen_count: int
    outside_count: int
    lawful_count: int
    outside_basis_points: int


def judge(piece: Piece | None, seen: Seen, *, group: str, table: Iterable[TradeRow] = TABLE) -> Verdict:
    """What it means that a piece was seen there. piece: None if this cell did not sell it. group: `lawful_trade` of the
    cell. A resale in breach of a selective distribution network that a contract names is outside although the trade
    between the countries is lawful."""
    if piece is None:
        return Verdict(SightingOutcome.NOT_SOLD_HERE)
    if piece.taken_back or seen.circumstance is SightingCircumstance.OWNER_MOVED:
        return Verdict(SightingOutcome.EXPLAINED)
    if seen.country in piece.places:
        return Verdict(SightingOutcome.INSIDE)
    row = lawful_by(piece.sold_in, seen.country, on=seen.on, group=group, table=table)
    resold = seen.circumstance is SightingCircumstance.OFFERED_FOR_RESALE
    if row is None or (piece.selective and resold and not seen.in_network):
        return Verdict(SightingOutcome.OUTSIDE)
    return Verdict(SightingOutcome.LAWFUL, row.law)


def shares(sightings: Iterable[Sighting]) -> tuple[MonthShare, ...]:
    """The share of pieces seen outside, by month. A piece counts once a month, as outside if it was seen outside
    then."""
    months: dict[date, dict[SightingOutcome | None, set[str]]] = {}
    for one in sightings:
        pieces = months.setdefault(one.seen_on.replace(day=1), {})
        pieces.setdefault(None, set()).add(one.serial_id)
        pieces.setdefault(one.outcome, set()).add(one.serial_id)
    return tuple(_share(month, pieces) for month, pieces in sorted(months.items()))


def _share(month: date, pieces: dict[SightingOutcome | None, set[str]]) -> MonthShare:
    seen, outside = len(pieces[None]), pieces.get(SightingOutcome.OUTSIDE, set())
    lawful = pieces.get(SightingOutcome.LAWFUL, set()) - outside
    share, rest = divmod(len(outside) * 10_000, seen)
    return MonthShare(
        month=month,
        seen_count=seen,
        outside_count=len(outside),
        lawful_count=len(lawful),
        outside_basis_points=share + (2 * rest > seen or (2 * rest == seen and share % 2)),
    )
