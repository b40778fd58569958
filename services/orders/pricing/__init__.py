"""Price lists: the prices of products by tier and currency."""

from libs.slices import Slice
from services.orders.pricing.documents import KINDS

SLICE = Slice(kinds=KINDS)
