"""The stock of partners: what they got, what they report, what that leaves, and what cannot be."""

from libs.slices import Slice
from services.orders.stock.consumers import CONSUMERS
from services.orders.stock.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS)
