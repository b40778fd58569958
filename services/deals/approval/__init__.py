"""The approval chain: who approves which claim, by amount, tier, product line and discount asked."""

from libs.slices import Slice
from services.deals.approval.documents import KINDS

SLICE = Slice(kinds=KINDS)
