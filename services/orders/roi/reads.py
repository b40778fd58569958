"""Measures what this service holds of benefits: documents of a period, summed by currency."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta

from msgspec.structs import replace

from libs.exchange import ExchangeRate, exchange_rate, first_day_for
from libs.money import Money
from libs.rates_projection import tables_between
from libs.store.port import ROWS_PER_PAGE, D, Kind, Page, Query, Scalar, get_all
from services.orders.balance.domain.statement import ENTRIES_PER_STATEMENT, TooManyEntries
from services.orders.billing.documents import CREDIT_NOTES, INVOICES, PAYMENTS
from services.orders.billing.domain.credit_note import CreditNote
from services.orders.billing.domain.invoice import Invoice
from services.orders.diversion.documents import DIVERSION_CASES
from services.orders.diversion.domain.states import DiversionCaseState
from services.orders.roi.domain.statement import BenefitFacts, Measured
from services.orders.roi.domain.terms import MEASURED, BenefitKind, Period, RoiTerms, StatedFigure
from services.orders.settings import Env

_DAY = timedelta(days=1)


class _Sum:
    """Amounts by currency, and of how many documents."""

    def __init__(self) -> None:
        self._amounts = defaultdict[str, int](int)
        self._documents = 0

    def add(self, *amounts: Money) -> None:
        """The amounts of one document."""
        self._documents += 1
        for one in amounts:
            self._amounts[one.currency] += one.amount

    @property
    def measured(self) -> Measured:
        """The figure."""
        amounts = tuple(Money(amount, currency) for currency, amount in sorted(self._amounts.items()) if amount)
        return Measured(amounts=amounts, document_count=self._documents)


async def facts_of(env: Env, terms: RoiTerms) -> tuple[BenefitFacts, ...]:
    """The figures of every benefit that is measured or stated, in the order of their kinds. TooManyEntries."""
    stated = {one.kind: one for one in terms.figures}
    found = []
    for kind in BenefitKind:
        if kind in MEASURED or kind in stated:
            figure = stated.get(kind)
            baseline = await _figure(env, kind, terms.baseline, figure, figure.baseline if figure else None)
            actual = await _figure(env, kind, terms.period, figure, figure.actual if figure else None)
            found.append(BenefitFacts(kind=kind, baseline=baseline, actual=actual))
    return tuple(found)


async def rates_of(env: Env, terms: RoiTerms, currencies: frozenset[str]) -> tuple[ExchangeRate, ...]:
    """The rate of each currency on the last day of the period, or today if that is earlier. RateUnknown."""
    on = min(terms.period.last_day, env.today())
    tables = await tables_between(env.store, terms.rate_source, first=first_day_for(on), last=on) if currencies else ()
    return tuple(
        exchange_rate(tables, one, terms.currency, on=on, source=terms.rate_source) for one in sorted(currencies)
    )


async def _figure(
    env: Env, kind: BenefitKind, period: Period, stated: StatedFigure | None, amount: Money | None
) -> Measured:
    if stated is not None and amount is not None:
        return Measured(amounts=(amount,), source=stated.source)
    match kind:
        case BenefitKind.SALES:
            return await _sales(env, period)
        case BenefitKind.RECOVERED_OVERDUE:
            return await _recovered(env, period)
        case BenefitKind.DIVERSION_STOPPED:
            return await _diversion_stopped(env, period)
        case _:
            raise AssertionError(f"{kind} is not measured, so both its figures are stated")


async def _sales(env: Env, period: Period) -> Measured:
    """Invoices less credit notes, net of tax and freight."""
    found = _Sum()
    async for page in _pages(env, INVOICES, "issue_date", period):
        for row in page.rows:
            found.add(_net(row.value))
    async for notes in _pages(env, CREDIT_NOTES, "issue_date", period):
        for note in notes.rows:
            found.add(-_net(note.value))
    return found.measured


async def _recovered(env: Env, period: Period) -> Measured:
    """Payments after the due date of their invoice, without reversed ones."""
    found = _Sum()
    async for page in _pages(env, PAYMENTS, "value_date", period):
        paid = [row.value for row in page.rows if row.value.invoice_id and row.value.reverse_date is None]
        invoices = await get_all(env.store, INVOICES, sorted({one.invoice_id for one in paid}))
        for one in paid:
            if invoices[one.invoice_id].value.due_date < one.value_date:
                found.add(one.amount)
    return found.measured


async def _diversion_stopped(env: Env, period: Period) -> Measured:
    """Pieces at list price in cases that were decided as a violation, each piece once."""
    found, counted = _Sum(), set[str]()
    violation = {"state": DiversionCaseState.VIOLATION}
    async for page in _pages(env, DIVERSION_CASES, "decided_on", period, violation):
        for row in page.rows:
            pieces = [one for one in row.value.pieces if one.serial_id not in counted]
            found.add(*(one.list_price for one in pieces if one.list_price is not None))
            counted.update(one.serial_id for one in pieces)
    return found.measured


async def _pages(
    env: Env, kind: Kind[D], order: str, period: Period, equals: Mapping[str, Scalar] | None = None
) -> AsyncIterator[Page[D]]:
    """The documents of a period, page by page. TooManyEntries."""
    query: Query[D] = Query(
        kind=kind,
        equals=equals or {},
        order=order,
        at_least=period.first_day,
        below=period.last_day + min(_DAY, date.max - period.last_day),
        limit=ROWS_PER_PAGE,
    )
    count, cursor = 0, ""
    while True:
        page = await env.store.find(replace(query, cursor=cursor))
        count += len(page.rows)
        if count > ENTRIES_PER_STATEMENT:
            raise TooManyEntries
        yield page
        cursor = page.next_cursor
        if not cursor:
            return


def _net(document: Invoice | CreditNote) -> Money:
    return document.totals.total - document.totals.tax - document.totals.freight
