"""Cases about pieces seen outside: opened by a sighting, grown by further ones, decided by a person."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import Violation, require_state
from libs.money import Money
from services.orders.diversion.domain.custody import CustodyKind, CustodyStep, Piece
from services.orders.diversion.domain.states import DiversionCaseState
from services.orders.diversion.events import (
    DiversionCaseDecided,
    DiversionCaseExtended,
    DiversionCaseOpened,
    DiversionViolationFound,
)

PIECES_PER_CASE = 200
MAY_DECIDE = frozenset({DiversionCaseState.OPEN})


class DivertedPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a case. list_price: of one piece on its order; None if its line had none."""

    serial_id: str
    sku: str
    serial: str
    product_line: str
    sighting_id: str
    seen_on: date
    list_price: Money | None = None
    chain: tuple[CustodyStep, ...]


class DiversionCase(Document, frozen=True, kw_only=True):
    """A case; prm.orders.v1.DiversionCase describes each field. open_key: unique among open cases that can take more
    pieces, else None. decided_on: the day of the decision in the cell's time zone."""

    state: DiversionCaseState = DiversionCaseState.OPEN
    holder_id: str
    sold_in: str
    seen_at_partner_id: str = ""
    seen_in: str
    pieces: tuple[DivertedPiece, ...]
    explanation: CustodyKind | None = None
    rule_code: str = ""
    decided_on: date | None = None
    open_key: str | None = None
    create_time: datetime
    update_time: datetime

    @property
    def quantity(self) -> int:
        """How many pieces."""
        return len(self.pieces)

    @property
    def values(self) -> tuple[Money, ...]:
        """The pieces at list price, by currency; currencies are not added."""
        found: dict[str, Money] = {}
        for price in (one.list_price for one in self.pieces):
            if price is not None:
                found[price.currency] = found.get(price.currency, Money.zero(price.currency)) + price
        return tuple(found[one] for one in sorted(found))

    @property
    def sha256(self) -> str:
        """The hash of what the case knows of its pieces, by which an export of it is recognised as evidence."""
        return hashlib.sha256(msgspec.json.encode((self.id, self.pieces))).hexdigest()


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decides about a case. explanation: how the pieces came there, of EXPLAINED. rule_code: the rule of
    conduct that was breached, of VIOLATION."""

    state: DiversionCaseState
    explanation: CustodyKind | None = None
    rule_code: str = ""


def open_key(holder_id: str, *, sold_in: str, seen_in: str, seen_at_partner_id: str) -> str:
    """The key of the open case about pieces of a partner that were seen there."""
    return ":".join((holder_id, sold_in, seen_in, seen_at_partner_id))


def diverted(piece: Piece, *, sighting_id: str, seen_on: date) -> DivertedPiece:
    """A piece as a case keeps it."""
    return DivertedPiece(
        serial_id=f"{piece.sku}:{piece.serial}",
        sku=piece.sku,
        serial=piece.serial,
        product_line=piece.product_line,
        sighting_id=sighting_id,
        seen_on=seen_on,
        list_price=piece.list_price,
        chain=tuple(piece.chain),
    )


def open_case(
    id: str, piece: Piece, found: DivertedPiece, *, seen_in: str, seen_at_partner_id: str, now: datetime
) -> tuple[DiversionCase, DiversionCaseOpened]:
    """A case about one piece, and its event."""
    case = DiversionCase(
        id=id,
        holder_id=piece.holder_id,
        sold_in=piece.sold_in,
        seen_in=seen_in,
        seen_at_partner_id=seen_at_partner_id,
        pieces=(found,),
        open_key=open_key(
            piece.holder_id, sold_in=piece.sold_in, seen_in=seen_in, seen_at_partner_id=seen_at_partner_id
        ),
        create_time=now,
        update_time=now,
    )
    return case, DiversionCaseOpened(
        diversion_case_id=id, holder_id=case.holder_id, sold_in=case.sold_in, seen_in=seen_in
    )


def grow(
    case: DiversionCase, found: DivertedPiece, *, now: datetime
) -> tuple[DiversionCase, DiversionCaseExtended] | None:
    """An open case with one more piece, and the event; None if it has the piece already. A case that is full takes no
    more: the next piece opens another one."""
    if any(one.serial_id == found.serial_id for one in case.pieces):
        return None
    pieces = (*case.pieces, found)
    key = case.open_key if len(pieces) < PIECES_PER_CASE else None
    grown = replace(case, pieces=pieces, open_key=key, update_time=now)
    return grown, DiversionCaseExtended(diversion_case_id=case.id, holder_id=case.holder_id, quantity=len(pieces))


def ruling_violations(ruling: Ruling) -> Iterator[Violation]:
    """What is wrong with a ruling."""
    explained = ruling.state is DiversionCaseState.EXPLAINED
    if ruling.state is DiversionCaseState.OPEN:
        yield Violation("state", "is no decision", "NOT_ALLOWED")
    if explained and ruling.explanation is None:
        yield Violation("explanation", "is needed for EXPLAINED", "REQUIRED")
    if not explained and ruling.explanation is not None:
        yield Violation("explanation", "goes with EXPLAINED only", "NOT_ALLOWED")
    if ruling.explanation is CustodyKind.SHIPMENT:
        yield Violation("explanation", "a shipment is recorded by RecordShipment", "NOT_ALLOWED")
    if ruling.state is DiversionCaseState.VIOLATION and not ruling.rule_code:
        yield Violation("rule_code", "is needed for VIOLATION", "REQUIRED")
    if ruling.state is not DiversionCaseState.VIOLATION and ruling.rule_code:
        yield Violation("rule_code", "goes with VIOLATION only", "NOT_ALLOWED")


def decide(
    case: DiversionCase, ruling: Ruling, *, today: date, now: datetime
) -> tuple[DiversionCase, tuple[DiversionCaseDecided | DiversionViolationFound, ...]]:
    """The case, decided, and its events. WrongState unless it is OPEN."""
    require_state("diversion_case", case.id, case.state, action="a decision", allowed=MAY_DECIDE)
    decided = replace(
        case,
        state=ruling.state,
        explanation=ruling.explanation,
        rule_code=ruling.rule_code,
        decided_on=today,
        open_key=None,
        update_time=now,
    )
    told = DiversionCaseDecided(diversion_case_id=case.id, holder_id=case.holder_id, state=ruling.state)
    if ruling.state is not DiversionCaseState.VIOLATION:
        return decided, (told,)
    found = DiversionViolationFound(
        diversion_case_id=case.id, holder_id=case.holder_id, rule_code=ruling.rule_code, sha256=decided.sha256
    )
    return decided, (told, found)
