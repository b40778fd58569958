"""Reports of the other services about partners, one row for each reported document, and their totals.

Events arrive in any order and more than once. So a row only gains information: what an event has set stays set.
"""

from collections.abc import Iterable
from datetime import date

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.money import Money


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one registration, order, invoice or ticket, from all events so far."""

    approved: bool = False
    converted: bool = False
    ordered: bool = False
    canceled: bool = False
    total: Money | None = None
    canceled_total: Money | None = None
    order_date: date | None = None
    overdue: bool = False
    settled: bool = False
    filed: bool = False
    breached: bool = False


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Totals; or what one report adds to them."""

    approved_registration_count: int = 0
    converted_registration_count: int = 0
    order_count: int = 0
    order_totals: tuple[Money, ...] = ()
    overdue_invoice_count: int = 0
    ticket_count: int = 0
    breached_ticket_count: int = 0


class Trace(Document, frozen=True, kw_only=True):
    """What this service knows of a document of another service; the id is that of the document.

    counted: what of it the totals include. pending: whether the totals must be updated. standing_date: the order date
    if it is an order that was confirmed and not canceled.
    """

    partner_id: str
    report: Report = Report()
    counted: Tally = Tally()
    pending: bool = False
    standing_date: date | None = None


class Activity(Document, frozen=True, kw_only=True):
    """The totals of a partner; the id is the partner's.

    tally: its own. below: of all partners below it. passed: what the totals of `passed_to`, its parent, include of
    both. stale: whether the totals must be passed up again, because a report came or the partner was moved.
    """

    tally: Tally = Tally()
    below: Tally = Tally()
    passed: Tally = Tally()
    passed_to: str = ""
    stale: bool = False


class PartnerActivity(Tally, frozen=True, kw_only=True):
    """Totals as callers see them."""

    last_order_date: date | None = None


def learn(trace: Trace, news: Report) -> Trace:
    """The trace with the news added; the trace itself if there is nothing new."""
    values = {name: getattr(news, name) or getattr(trace.report, name) for name in Report.__struct_fields__}
    report = Report(**values)
    if report == trace.report:
        return trace
    standing = report.order_date if report.ordered and not report.canceled else None
    return replace(trace, report=report, pending=tally(report) != trace.counted, standing_date=standing)


def tally(report: Report) -> Tally:
    """What one report adds to the totals."""
    stands = report.ordered and not report.canceled
    return Tally(
        approved_registration_count=int(report.approved),
        converted_registration_count=int(report.converted),
        order_count=int(stands),
        order_totals=(_worth(report.total, report.canceled_total),) if stands and report.total is not None else (),
        overdue_invoice_count=int(report.overdue and not report.settled),
        ticket_count=int(report.filed),
        breached_ticket_count=int(report.breached),
    )


def settle(sums: Tally, traces: Iterable[Trace]) -> Tally:
    """The totals with everything that is pending in the traces."""
    for trace in traces:
        sums = _combined(_combined(sums, trace.counted, -1), tally(trace.report), 1)
    return sums


def counted(trace: Trace) -> Trace:
    """The trace after the totals include it."""
    return replace(trace, counted=tally(trace.report), pending=False)


def passed_up(activity: Activity, parent: str) -> tuple[Activity, dict[str, Tally]]:
    """The activity after its totals were passed to `parent` (empty: no parent), and by partner id the change of the
    totals below that partner. The previous parent gets a negative change."""
    whole = _combined(activity.tally, activity.below, 1) if parent else Tally()
    added: dict[str, Tally] = {}
    for partner, sums, sign in ((activity.passed_to, activity.passed, -1), (parent, whole, 1)):
        added[partner] = _combined(added.get(partner, Tally()), sums, sign)
    done = replace(activity, passed=whole, passed_to=parent, stale=False)
    return done, {partner: sums for partner, sums in added.items() if sums != Tally()}


def joined(activity: Activity, added: Tally) -> Activity:
    """The activity with `added` in its totals below; it must then be passed up itself."""
    return replace(activity, below=_combined(activity.below, added, 1), stale=True)


def shown(sums: Tally, *, last_order_date: date | None = None) -> PartnerActivity:
    """Totals as callers see them."""
    fields = {name: getattr(sums, name) for name in Tally.__struct_fields__}
    return PartnerActivity(**fields, last_order_date=last_order_date)


def _worth(total: Money, canceled: Money | None) -> Money:
    """The total of an order without the pieces that will not be shipped."""
    return total - canceled if canceled is not None else total


def _combined(sums: Tally, other: Tally, sign: int) -> Tally:
    numbers = {
        name: getattr(sums, name) + sign * getattr(other, name)
        for name in Tally.__struct_fields__
        if name != "order_totals"
    }
    amounts = {money.currency: money for money in sums.order_totals}
    for money in other.order_totals:
        amounts[money.currency] = amounts.get(money.currency, Money.zero(money.currency)) + money * sign
    left = (amounts[currency] for currency in sorted(amounts))
    return Tally(**numbers, order_totals=tuple(money for money in left if money.amount))
