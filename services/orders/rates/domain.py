"""Puts and corrects the rates of a day; a correction makes a revision, and earlier revisions are kept."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from libs.day import first_day_violations
from libs.document import Document
from libs.errors import Violation
from libs.exchange import Quote, RateTable, table_id
from libs.money import known_currencies
from services.orders.rates.events import QuotePut, RatesPut


class RateRevision(Document, frozen=True, kw_only=True):
    """A revision of a table as it was; the id is `<table>:<revision>`."""

    content: RateTable


def rate_violations(base_currency: str, on: date, quotes: Sequence[Quote], *, latest: date) -> Iterator[Violation]:
    """What is wrong with the rates of a day; every day after `latest` is in the future."""
    if base_currency not in known_currencies():
        yield Violation("base_currency", f"{base_currency!r} is not an ISO 4217 code", "UNKNOWN_CURRENCY")
    if on > latest:
        yield Violation("date", "is in the future", "IN_THE_FUTURE")
    yield from first_day_violations("date", on)
    seen = {base_currency}
    for place, quote in enumerate(quotes):
        if quote.currency not in known_currencies():
            what = f"{quote.currency!r} is not an ISO 4217 code"
            yield Violation(f"quotes[{place}].currency", what, "UNKNOWN_CURRENCY")
        if quote.currency in seen:
            same = quote.currency == base_currency
            yield Violation(f"quotes[{place}].currency", "is the base" if same else "is named twice", "SAME_CURRENCY")
        seen.add(quote.currency)
        if not Decimal(quote.rate):
            yield Violation(f"quotes[{place}].rate", "must be above zero", "BAD_RATE")


def put(before: RateTable | None, *, source: str, base_currency: str, on: date, quotes: Sequence[Quote]) -> RateTable:
    """The table with these quotes set; others of the day stay. The same revision if no rate differs in value."""
    known = {one.currency: one for one in before.quotes} if before else {}
    changed = dict(known)
    for quote in quotes:
        old = known.get(quote.currency)
        if old is None or Decimal(old.rate) != Decimal(quote.rate):
            changed[quote.currency] = quote
    if before is not None and changed == known:
        return before
    return RateTable(
        id=table_id(source, base_currency, on),
        version=before.version if before else 0,
        source=source,
        base_currency=base_currency,
        date=on,
        quotes=tuple(changed[one] for one in sorted(changed)),
        revision=before.revision + 1 if before else 1,
    )


def put_event(table: RateTable) -> RatesPut:
    """The event of a table, with all its rates."""
    return RatesPut(
        source=table.source,
        base_currency=table.base_currency,
        date=table.date,
        revision=table.revision,
        quotes=tuple(QuotePut(currency=one.currency, rate=one.rate) for one in table.quotes),
    )
