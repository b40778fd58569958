"""Exchange rates by source and day, their corrections, and the rate between two currencies."""

from libs.slices import Slice
from services.orders.rates.documents import KINDS

SLICE = Slice(kinds=KINDS)
