"""A protected claim that is won becomes an order."""

from libs.slices import Slice
from services.deals.conversion.consumers import CONSUMERS

SLICE = Slice(consumers=CONSUMERS)
