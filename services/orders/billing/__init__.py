"""Invoices, payments and credit notes, and the open amounts of invoices."""

from libs.slices import Slice
from services.orders.billing.documents import KINDS

SLICE = Slice(kinds=KINDS)
