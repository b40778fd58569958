"""Which entries a document makes of what its events have said. A change here takes a higher `RULES` in sources.py.

A count of documents is in the product line of its document, or in none if the document has several. Money is in the
product line of each line. An event of a release that told no lines counts with its whole amount, in no product line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from services.partners.facts.domain.metrics import FactMetric
from services.partners.facts.domain.sources import Entry, LineAmount, Said, newest

Heard = Mapping[str, Said]

_STANDS = frozenset({"CONFIRMED", "IN_FULFILLMENT", "COMPLETED"})
_WAS_APPROVED = frozenset({"APPROVED", "EXPIRED", "CONVERTED"})
_ENDED = ("rejected", "withdrawn", "canceled", "expired")
_ENDED_STATES = frozenset({"REJECTED", "WITHDRAWN", "CANCELED", "EXPIRED"})


def entries_of(document_id: str, said: Sequence[Said]) -> tuple[Entry, ...]:
    """The entries of a document, those of one metric, day and product line added up; empty for one that does not
    count."""
    made = _MADE.get(document_id.partition("_")[0])
    found: dict[tuple[FactMetric, date, str], Entry] = {}
    for entry in made({one.id: one for one in said}) if made else ():
        place = (entry.metric, entry.day, entry.product_line)
        found[place] = _added(found[place], entry) if place in found else entry
    return tuple(entry for entry in found.values() if entry.value or entry.of)


def _added(one: Entry, other: Entry) -> Entry:
    return replace(one, value=one.value + other.value, of=one.of + other.of)


def _order(said: Heard) -> Iterator[Entry]:
    placed = said.get("confirmed") or said.get("imported")
    if placed is None or "canceled" in said or (placed.id == "imported" and placed.state not in _STANDS):
        return
    closed = said.get("closed")
    yield _count(FactMetric.ORDERS, placed, line=_only(line.product_line for line in placed.lines))
    yield from _money(FactMetric.ORDER_TOTAL, placed, (_whole(placed),))
    yield from _money(FactMetric.REVENUE_ORDERED, placed, _amounts(placed))
    yield from _discounts(placed, placed.lines, 1)
    if closed is not None:
        yield from _money(FactMetric.ORDER_TOTAL, placed, (_whole(closed),), sign=-1)
        yield from _money(FactMetric.REVENUE_ORDERED, placed, _amounts(closed), sign=-1)
        yield from _discounts(placed, closed.lines, -1)


def _invoice(said: Heard) -> Iterator[Entry]:
    issued, overdue = said.get("issued"), said.get("fell_overdue")
    last = newest(said, "paid", "reopened")
    paid = last if last is not None and last.id == "paid" else None
    if issued is not None:
        yield from _money(FactMetric.REVENUE_INVOICED, issued, _amounts(issued))
    told = issued or overdue or paid
    if told is None:
        return
    due = (issued and issued.due) or (overdue and overdue.due) or told.day
    if paid is None and overdue is not None:
        yield _count(FactMetric.OVERDUE_INVOICES, told, day=due)
        yield from _money(FactMetric.OVERDUE_AMOUNT, told, (_whole(last or overdue),), day=due)
    if paid is not None or overdue is not None:
        late = overdue is not None or (paid is not None and paid.late)
        yield _ratio(FactMetric.PAID_ON_TIME, told, due, part=int(not late))
        if paid is not None and late and paid.day > due:
            yield _ratio(FactMetric.DAYS_LATE, told, due, part=(paid.day - due).days)


def _credit_note(said: Heard) -> Iterator[Entry]:
    if (issued := newest(said, "issued", "imported")) is not None:
        yield from _money(FactMetric.REVENUE_INVOICED, issued, _amounts(issued), sign=-1)


def _payment(said: Heard) -> Iterator[Entry]:
    for name, sign in (("recorded", 1), ("reversed", -1)):
        if (one := said.get(name)) is not None:
            yield from _money(FactMetric.COLLECTED, one, (_whole(one),), sign=sign)


def _refund(said: Heard) -> Iterator[Entry]:
    if (recorded := said.get("recorded")) is not None:
        yield from _money(FactMetric.COLLECTED, recorded, (_whole(recorded),), sign=-1)


def _registration(said: Heard) -> Iterator[Entry]:
    imported = said.get("imported")
    country = next((one.country for one in said.values() if one.country), "")
    lines = max((one.product_lines for one in said.values()), key=len, default=())

    def count(metric: FactMetric, one: Said, day: date | None = None, *, part: int | None = None) -> Entry:
        return Entry(
            metric=metric,
            day=day or one.day,
            value=1 if part is None else part,
            of=0 if part is None else 1,
            product_line=_only(lines),
            country=country,
        )

    filed = newest(said, "submitted", "recalled")
    if filed is None:
        filed = newest(said, "approved", "converted", *_ENDED)
    if filed is None and imported is not None and imported.state != "DRAFT":
        filed = imported
    if filed is not None and filed.id != "recalled":
        yield count(FactMetric.REGISTRATIONS, filed)
    was_approved = imported is not None and imported.state in _WAS_APPROVED
    if (approved := said.get("approved") or said.get("converted") or (imported if was_approved else None)) is not None:
        yield count(FactMetric.REGISTRATIONS_APPROVED, approved, approved.decided)
    was_converted = imported is not None and imported.state == "CONVERTED"
    converted = said.get("converted") or (imported if was_converted else None)
    if converted is not None:
        yield count(FactMetric.REGISTRATIONS_CONVERTED, converted, converted.ended)
    won, lost = _won(said) or converted, _lost(said)
    if won is not None:
        yield count(FactMetric.DEALS_WON, won, won.ended)
        yield count(FactMetric.CONVERSION, won, won.ended, part=1)
    elif lost is not None:
        yield count(FactMetric.DEALS_LOST, lost, lost.ended)
        yield count(FactMetric.CONVERSION, lost, lost.ended, part=0)
    brought = newest(said, "customer_won", "customer_win_withdrawn")
    if brought is not None and brought.id == "customer_won":
        yield count(FactMetric.NEW_CUSTOMERS, brought)


def _won(said: Heard) -> Said | None:
    """The event by which the partner said that the customer has signed."""
    return next(
        (said[name] for name in ("stage_advanced", "imported") if name in said and said[name].stage == "WON"), None
    )


def _lost(said: Heard) -> Said | None:
    """The first event by which the deal was lost, or the claim ended without one."""
    ended = [said[name] for name in _ENDED if name in said]
    if (stage := said.get("stage_advanced")) is not None and stage.stage == "LOST":
        ended.append(stage)
    imported = said.get("imported")
    if imported is not None and (imported.stage == "LOST" or imported.state in _ENDED_STATES):
        ended.append(imported)
    return min(ended, key=lambda one: one.version, default=None)


def _offer(said: Heard) -> Iterator[Entry]:
    """An offer of a lead. A pick from the pool was no offer, and one that the vendor took back had no answer."""
    accepted = said.get("accepted")
    ended = accepted or said.get("declined") or said.get("lapsed")
    if ended is not None and not ended.picked:
        yield Entry(
            metric=FactMetric.LEADS_IN_TIME,
            day=ended.day,
            value=int(accepted is not None),
            of=1,
            product_line=_only(ended.product_lines),
            country=ended.country,
        )


def _participation(said: Heard) -> Iterator[Entry]:
    """A participation in a campaign, as the newest record of it says."""
    last = newest(said, "attended", "missed")
    if last is not None:
        yield Entry(
            metric=FactMetric.CAMPAIGNS_ATTENDED,
            day=last.day,
            value=int(last.id == "attended"),
            of=1,
            product_line=_only(last.product_lines),
            country=last.country,
        )


def _ticket(said: Heard) -> Iterator[Entry]:
    filed = said.get("created") or said.get("imported")
    known = filed or min(said.values(), key=lambda one: one.version)
    if filed is not None:
        yield _count(FactMetric.TICKETS, filed)
    breached = {name.partition(":")[2] for name in said if name.partition(":")[0] == "breached"}
    last = newest(said, "closed", "imported")
    if breached or (last is not None and last.outcome == "BREACHED"):
        yield _count(FactMetric.BREACHED_TICKETS, known)
    ended = newest(said, "resolved", "closed", "reopened")
    done = ended is not None and ended.id != "reopened" and ended.state != "CANCELED"
    responded = newest(said, "resolved", "closed")
    answered = responded is not None and responded.state != "CANCELED"
    for metric, clock, met in (
        (FactMetric.FIRST_RESPONSE_IN_TIME, "FIRST_RESPONSE", answered),
        (FactMetric.RESOLUTION_IN_TIME, "RESOLUTION", done),
    ):
        if met or clock in breached:
            yield _ratio(metric, known, known.day, part=int(clock not in breached))
    closed = newest(said, "closed", "imported", "reopened")
    if closed is not None and closed.outcome and closed.state != "CANCELED":
        yield _ratio(FactMetric.TICKETS_IN_TIME, known, known.day, part=int(closed.outcome == "MET"))
    if (opinion := said.get("opinion")) is not None:
        yield _ratio(FactMetric.SATISFACTION, known, opinion.day, part=opinion.score)
        if opinion.outcome:
            yield _count(FactMetric.COMPLAINTS, known, day=opinion.day)


def _count(metric: FactMetric, said: Said, *, day: date | None = None, line: str = "") -> Entry:
    return Entry(metric=metric, day=day or said.day, value=1, product_line=line, country=said.country)


def _ratio(metric: FactMetric, said: Said, day: date, *, part: int) -> Entry:
    return Entry(metric=metric, day=day, value=part, of=1, country=said.country)


def _money(
    metric: FactMetric, said: Said, lines: Sequence[LineAmount | None], *, day: date | None = None, sign: int = 1
) -> Iterator[Entry]:
    for line in lines:
        if line is not None:
            yield Entry(
                metric=metric,
                day=day or said.day,
                value=sign * line.amount.amount,
                product_line=line.product_line,
                currency=line.amount.currency,
                country=said.country,
            )


def _discounts(said: Said, lines: Sequence[LineAmount], sign: int) -> Iterator[Entry]:
    """What was taken off, of what the lines would have cost without it."""
    for line in lines:
        if line.discount is not None:
            off = line.discount.amount
            yield Entry(
                metric=FactMetric.DISCOUNT,
                day=said.day,
                value=sign * off,
                of=sign * (line.amount.amount + off),
                product_line=line.product_line,
                currency=line.amount.currency,
                country=said.country,
            )


def _amounts(said: Said) -> Sequence[LineAmount | None]:
    return said.lines or (_whole(said),)


def _whole(said: Said) -> LineAmount | None:
    """The whole amount of an event, in no product line; None if it has none."""
    return LineAmount(amount=said.amount) if said.amount is not None else None


def _only(lines: "Iterator[str] | Sequence[str]") -> str:
    """The product line of a document; empty if it has several."""
    found = set(lines)
    return found.pop() if len(found) == 1 else ""


_MADE: Mapping[str, Callable[[Heard], Iterator[Entry]]] = {
    "ord": _order,
    "inv": _invoice,
    "crn": _credit_note,
    "pay": _payment,
    "rfd": _refund,
    "reg": _registration,
    "lof": _offer,
    "cpa": _participation,
    "tkt": _ticket,
}
