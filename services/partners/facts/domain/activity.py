"""The totals of a partner over all time, as GetPartner shows them."""

from collections.abc import Mapping
from datetime import date

import msgspec

from libs.money import Money
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sums import Key


class PartnerActivity(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and totals; `prm.partners.v1.PartnerActivity` describes them."""

    approved_registration_count: int = 0
    converted_registration_count: int = 0
    order_count: int = 0
    order_totals: tuple[Money, ...] = ()
    last_order_date: date | None = None
    overdue_invoice_count: int = 0
    ticket_count: int = 0
    breached_ticket_count: int = 0


_COUNTS: Mapping[str, FactMetric] = {
    "approved_registration_count": FactMetric.REGISTRATIONS_APPROVED,
    "converted_registration_count": FactMetric.REGISTRATIONS_CONVERTED,
    "order_count": FactMetric.ORDERS,
    "overdue_invoice_count": FactMetric.OVERDUE_INVOICES,
    "ticket_count": FactMetric.TICKETS,
    "breached_ticket_count": FactMetric.BREACHED_TICKETS,
}


def activity(sums: Mapping[Key, Sum], *, last_order_date: date | None) -> PartnerActivity:
    """What the totals among these sums, those of no month, come to."""
    totals = {key: found for key, found in sums.items() if key.month is None}
    counts = {
        field: sum(found.value for key, found in totals.items() if key.metric is metric)
        for field, metric in _COUNTS.items()
    }
    worth = {key.currency: found.value for key, found in totals.items() if key.metric is FactMetric.ORDER_TOTAL}
    amounts = tuple(Money(worth[currency], currency) for currency in sorted(worth) if worth[currency])
    return PartnerActivity(**counts, order_totals=amounts, last_order_date=last_order_date)
