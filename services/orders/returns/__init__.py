"""Goods come back: authorized, received, inspected."""

from libs.slices import Slice
from services.orders.returns.documents import KINDS

SLICE = Slice(kinds=KINDS)
