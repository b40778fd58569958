"""The hierarchy of partners: who buys from whom, the downline of a partner, whether its people may see it."""

from libs.slices import Slice
from services.partners.hierarchy.documents import KINDS

SLICE = Slice(kinds=KINDS)
