"""Invoices, payments and credit notes, and what is open on them."""

from libs.slices import Slice
from services.orders.billing.documents import KINDS

SLICE = Slice(kinds=KINDS)
