"""What an order is made of, the goods that left, and whose registrations are."""

from libs.slices import Slice
from services.orders.record.consumers import CONSUMERS
from services.orders.record.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS)
