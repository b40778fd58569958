"""Returns of goods: authorized, received, inspected, settled."""

from libs.slices import Slice
from services.orders.returns.documents import KINDS

SLICE = Slice(kinds=KINDS)
