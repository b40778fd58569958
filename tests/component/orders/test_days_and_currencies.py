"""Which currencies and days begin something: one rule for all calls. Old documents keep their currency, and imports may
be old."""

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput
from libs.money import Money
from libs.store.listing import everything
from services.orders.billing.documents import INVOICES
from services.orders.credit.usecases import SetCreditTerms, set_credit_terms
from services.orders.migration.domain.history import HistoricDocument, HistoricLine, ImportDocument
from services.orders.migration.usecases import ImportDocumentRow, import_document
from services.orders.pricing.usecases import PutPriceList, put_price_list
from services.orders.record.domain.order import FxRate
from services.orders.record.domain.states import LineKind
from tests.component.orders.balance import acts
from tests.component.orders.harness import PARTNER, Harness

MARKS = Money.of(10, "DEM")
YEAR_ONE = date(1, 1, 1)
EPOCH = date(1970, 1, 1)

Attempt = Callable[[Harness], Coroutine[Any, Any, object]]


async def _imported(harness: Harness, on: date, document: ImportDocument = ImportDocument.ORDER, **fields: Any) -> str:
    row = HistoricDocument(
        external_source="erp",
        external_id="7",
        document=document,
        partner_id=PARTNER,
        currency="DEM",
        order_date=on,
        ship_to_country="DE",
        lines=(HistoricLine(kind=LineKind.CHARGE, sku="M", quantity=1, unit_price=MARKS),),
        row_hash="7",
        **fields,
    )
    return (await harness.run(import_document, ImportDocumentRow, row=row)).id


def _rate(on: date) -> FxRate:
    return FxRate(from_currency="EUR", to_currency="USD", rate="1.1", date=on, source="ecb")


REFUSED: dict[str, tuple[Attempt, tuple[str, str]]] = {
    "payment on account in marks": (
        lambda harness: acts.receive(harness, MARKS),
        ("amount.currency_code", "UNKNOWN_CURRENCY"),
    ),
    "terms in marks": (
        lambda harness: harness.run(set_credit_terms, SetCreditTerms, partner_id=PARTNER, limit=MARKS),
        ("limit.currency_code", "UNKNOWN_CURRENCY"),
    ),
    "payment in the year 1": (
        lambda harness: acts.receive(harness, "1", value_date=YEAR_ONE),
        ("value_date", "OUT_OF_RANGE"),
    ),
    "payment on the day that stands for none": (
        lambda harness: acts.receive(harness, "1", value_date=EPOCH),
        ("value_date", "OUT_OF_RANGE"),
    ),
    "rate of the year 1": (
        lambda harness: harness.draft(fx_rate=_rate(YEAR_ONE)),
        ("fx_rate.date", "OUT_OF_RANGE"),
    ),
    "price list from the year 1": (
        lambda harness: harness.run(
            put_price_list, PutPriceList, code="all", currency="EUR", valid_from=YEAR_ONE, items=()
        ),
        ("valid_from", "OUT_OF_RANGE"),
    ),
    "import from the year 1": (lambda harness: _imported(harness, YEAR_ONE), ("order_date", "OUT_OF_RANGE")),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_money_that_is_gone_and_days_that_are_none_begin_nothing(harness: Harness, what: str) -> None:
    attempt, wrong = REFUSED[what]
    with pytest.raises(InvalidInput) as refused:
        await attempt(harness)
    assert [(one.field, one.reason) for one in refused.value.violations] == [wrong]
    assert harness.names() == []


async def test_old_documents_are_imported_and_settled_in_their_currency(harness: Harness) -> None:
    day = date(1999, 3, 1)
    order = await _imported(harness, day, invoice_number="R7", invoice_date=day)
    [invoice] = await everything(harness.env.store, INVOICES, {"order_id": order})
    assert (invoice.open, invoice.issue_date) == (MARKS, day)
    await acts.pay(harness, invoice, MARKS)
    assert (await acts.now(harness, invoice)).open == replace(MARKS, amount=0)


async def test_an_old_credit_is_paid_back_in_its_currency(harness: Harness) -> None:
    await acts.an_orphan(harness, MARKS, "9")
    await acts.refund(harness, MARKS)
    assert await acts.open_credits(harness) == []
