"""Handover: the orders of a partner that leaves, of which nothing was shipped, go to another partner."""

from libs.handover import OpenRows, handing_over
from services.orders.billing.documents import INVOICES
from services.orders.handover.usecases import (
    hand_over_order,
    invoices_found_by,
    keeps_debtor,
    of_shipped_order,
    orders_found_by,
    returns_found_by,
    stays,
)
from services.orders.record.documents import ORDERS
from services.orders.returns.documents import RETURNS

SLICE = handing_over(
    "orders",
    OpenRows(kind=ORDERS, found_by=orders_found_by, stays=stays, move=hand_over_order),
    OpenRows(kind=RETURNS, found_by=returns_found_by, stays=of_shipped_order),
    OpenRows(kind=INVOICES, found_by=invoices_found_by, stays=keeps_debtor),
)
