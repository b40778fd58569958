"""Campaigns and trade fairs: their costs, the partners that took part, and what was ordered because of them."""

from libs.slices import Slice
from services.deals.campaigns.documents import KINDS

SLICE = Slice(kinds=KINDS)
