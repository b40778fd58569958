"""The hierarchy of partners: from whom each buys, its downline, and whether its users may see that."""

from libs.slices import Slice
from services.partners.hierarchy.documents import KINDS

SLICE = Slice(kinds=KINDS)
