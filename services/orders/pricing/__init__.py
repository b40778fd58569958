"""Price lists: what a product costs for whom."""

from libs.slices import Slice
from services.orders.pricing.documents import KINDS

SLICE = Slice(kinds=KINDS)
