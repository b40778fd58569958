"""Refunds: money paid back to a partner from its credits."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import msgspec

from libs.document import Document
from libs.errors import Violation
from libs.money import Money, total
from services.orders.balance.domain.allocation import MoreThanCredit
from services.orders.credit.domain import PartnerCredit
from services.orders.record.domain.violations import early_violations

CREDITS_PER_REFUND = 100  # two writes each in the commit of the refund


class RefundPart(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a refund is taken from one credit."""

    credit_id: str
    amount: Money


class Refund(Document, frozen=True, kw_only=True):
    """Money paid back to a partner; the sum of `parts` is `amount`. `external_id`, unless None, is unique per
    source."""

    partner_id: str
    amount: Money
    parts: tuple[RefundPart, ...]
    refund_date: date
    external_source: str = ""
    external_id: str | None = None
    create_time: datetime


def refund_violations(
    credits: Sequence[PartnerCredit], *, partner_id: str, currency: str, on: date
) -> Iterator[Violation]:
    """The violations of a refund on the day `on` from these credits, in the order in which the request names them."""
    named: set[str] = set()
    for place, credit in enumerate(credits):
        path = f"credit_ids[{place}]"
        if credit.partner_id != partner_id:
            yield Violation(path, "is a credit of another partner", "PARTNER_MISMATCH")
        if credit.currency != currency:
            yield Violation(path, f"is in {credit.currency}, not in {currency}", "CURRENCY_MISMATCH")
        if credit.id in named:
            yield Violation(path, "is named twice", "DUPLICATE_CREDIT")
        named.add(credit.id)
        yield from early_violations("refund_date", on, credit.date)


def parts_of(amount: Money, credits: Sequence[PartnerCredit]) -> tuple[RefundPart, ...]:
    """How much is taken from each credit: the first one as far as it is open, then the next; MoreThanCredit."""
    left, found = amount, []
    for credit in credits:
        part = min(left, credit.open)
        if part.amount:
            found.append(RefundPart(credit_id=credit.id, amount=part))
            left -= part
    if left.amount:
        raise MoreThanCredit(total([credit.open for credit in credits], amount.currency))
    return tuple(found)
