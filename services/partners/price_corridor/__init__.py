"""Price corridors: bounds of prices, which of them are lawful, and cases about prices outside of them."""

from libs.slices import Slice
from services.partners.price_corridor.documents import KINDS

SLICE = Slice(kinds=KINDS)
