"""What an order's documents say about each basis: the lines that earn, and what takes them back.

All amounts are integers in ten-thousandths of the order's currency, net of tax and freight. The result follows from the
documents alone, in the order of their days and ids, whatever order they arrived in.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.money import Money
from services.orders.incentives.domain.plan import PlanBasis


class Part(NamedTuple):
    """Pieces of one order line, and their net amount."""

    line_number: int
    quantity: int
    net: int


class TakenBack(NamedTuple):
    """Pieces that came back or were canceled."""

    id: str
    day: date
    parts: tuple[Part, ...]


class Invoiced(NamedTuple):
    """An invoice."""

    id: str
    day: date
    payable: int
    parts: tuple[Part, ...]


class Noted(NamedTuple):
    """A credit note. for_goods: pieces came back for it, which `TakenBack` has as well."""

    id: str
    day: date
    invoice_id: str
    payable: int
    parts: tuple[Part, ...]
    for_goods: bool = False


class Settled(NamedTuple):
    """Money received for an invoice; below zero when a payment or an allocation was reversed."""

    id: str
    day: date
    invoice_id: str
    amount: int


class SoldLine(NamedTuple):
    """A line of an order. pieces: with its net amount."""

    sku: str
    product_line: str
    pieces: Part


class Sale(NamedTuple):
    """What is known of an order. lines: empty until it is confirmed."""

    order_id: str
    currency: str
    day: date
    lines: tuple[SoldLine, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()
    invoices: tuple[Invoiced, ...] = ()
    notes: tuple[Noted, ...] = ()
    settled: tuple[Settled, ...] = ()


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a line a document took back."""

    document_id: str
    day: date
    base: int


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a document that earns. base: what it was at first; reversals: never more than that together."""

    document_id: str
    line_number: int
    day: date
    sku: str
    product_line: str
    quantity: int
    base: int
    reversals: tuple[Reversal, ...] = ()

    @property
    def left(self) -> int:
        """What was not taken back."""
        return self.base - sum(one.base for one in self.reversals)

    def less(self, document_id: str, day: date, base: int) -> "SourceLine":
        """The line after a document took this much back, at most what is left."""
        taken = min(max(base, 0), self.left)
        if not taken:
            return self
        return replace(self, reversals=(*self.reversals, Reversal(document_id=document_id, day=day, base=taken)))


def source_lines(sale: Sale, basis: PlanBasis) -> tuple[SourceLine, ...]:
    """The lines that earn on a basis; those of MARGIN are the invoiced ones, before costs."""
    return tuple(one for one in _SOURCES[basis](sale) if one.base > 0)


def share_of(amount: int, numerator: int, denominator: int) -> int:
    """An amount times a fraction, rounded half to even."""
    return Money(amount, "").share(numerator, denominator).amount


def _ordered(sale: Sale) -> Iterable[SourceLine]:
    """Each line of the order. Pieces that come back take back their share; credit notes that are not for goods take
    back their amount."""
    lines = {one.pieces.line_number: _line(sale.order_id, sale.day, one, one.pieces) for one in sale.lines}
    back: dict[int, int] = {}
    documents: list[TakenBack | Noted] = [*sale.taken_back, *(one for one in sale.notes if not one.for_goods)]
    for document in sorted(documents, key=_by_day):
        for part in document.parts:
            line = lines.get(part.line_number)
            if line is None:
                continue
            taken = part.net
            if isinstance(document, TakenBack):
                before = back.get(part.line_number, 0)
                back[part.line_number] = upto = min(before + part.quantity, line.quantity)
                taken = share_of(line.base, upto, line.quantity) - share_of(line.base, before, line.quantity)
            lines[part.line_number] = line.less(document.id, document.day, taken)
    return lines.values()


def _invoiced(sale: Sale) -> Iterable[SourceLine]:
    """Each line of each invoice, less its credit notes."""
    sold = {one.pieces.line_number: one for one in sale.lines}
    lines = {
        (invoice.id, part.line_number): _line(invoice.id, invoice.day, sold[part.line_number], part)
        for invoice in sale.invoices
        for part in invoice.parts
        if part.line_number in sold
    }
    for note in sorted(sale.notes, key=_by_day):
        for part in note.parts:
            place = (note.invoice_id, part.line_number)
            if place in lines:
                lines[place] = lines[place].less(note.id, note.day, part.net)
    return lines.values()


def _collected(sale: Sale) -> Iterable[SourceLine]:
    """The part of each invoice that was paid and need not be given back, a line for each payment."""
    sold = {one.pieces.line_number: one for one in sale.lines}
    found: list[SourceLine] = []
    for invoice in sale.invoices:
        known = [part for part in invoice.parts if part.line_number in sold]
        found += _received(sale, invoice, [(sold[part.line_number], part) for part in known])
    return found


def _received(sale: Sale, invoice: Invoiced, parts: list[tuple[SoldLine, Part]]) -> list[SourceLine]:
    """What payments brought of one invoice. Money that goes back takes from the last payment first."""
    made: list[SourceLine] = []
    paid = credited = kept = 0
    documents: list[Settled | Noted] = [one for one in sale.settled if one.invoice_id == invoice.id]
    documents += [one for one in sale.notes if one.invoice_id == invoice.id]
    for document in sorted(documents, key=_by_day) if invoice.payable > 0 else ():
        if isinstance(document, Settled):
            paid += document.amount
        else:
            credited += document.payable
        before, kept = kept, max(min(paid, invoice.payable - credited), 0)
        for sold, part in parts:
            gained = share_of(part.net, kept, invoice.payable) - share_of(part.net, before, invoice.payable)
            if gained > 0:
                made.append(_line(document.id, document.day, sold, Part(part.line_number, 0, gained)))
            else:
                made = _given_back(made, part.line_number, document, -gained)
    return made


def _given_back(made: list[SourceLine], line_number: int, document: Settled | Noted, amount: int) -> list[SourceLine]:
    """The lines after a document took an amount back, from the last one first."""
    kept = list(made)
    for place in range(len(kept) - 1, -1, -1):
        if kept[place].line_number == line_number:
            taken = min(amount, kept[place].left)
            kept[place] = kept[place].less(document.id, document.day, taken)
            amount -= taken
    return kept


def _line(document_id: str, day: date, sold: SoldLine, part: Part) -> SourceLine:
    return SourceLine(
        document_id=document_id,
        line_number=part.line_number,
        day=day,
        sku=sold.sku,
        product_line=sold.product_line,
        quantity=part.quantity,
        base=part.net,
    )


def _by_day(document: TakenBack | Noted | Settled) -> tuple[date, str]:
    return document.day, document.id


_SOURCES: Mapping[PlanBasis, Callable[[Sale], Iterable[SourceLine]]] = {
    PlanBasis.ORDERED: _ordered,
    PlanBasis.INVOICED: _invoiced,
    PlanBasis.COLLECTED: _collected,
    PlanBasis.MARGIN: _invoiced,
}
