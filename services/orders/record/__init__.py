"""The documents of orders, shipments and serials, and the partners of registrations."""

from libs.slices import Slice
from services.orders.record.consumers import CONSUMERS
from services.orders.record.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS)
