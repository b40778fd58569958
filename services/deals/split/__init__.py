"""Credit splits: which partners a deal is credited to, for what and from when on; corrections are further rows."""

from libs.slices import Slice
from services.deals.split.documents import KINDS

SLICE = Slice(kinds=KINDS)
