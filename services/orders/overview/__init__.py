"""Shows an order with its shipments, invoices, credit notes, payments, returns and allocations."""

from libs.slices import Slice

SLICE = Slice()
