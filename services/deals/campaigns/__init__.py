"""Campaigns and trade fairs: their costs, the partners that took part, and what was ordered because of them."""

from libs.slices import Slice
from services.deals.campaigns.consumers import CONSUMERS
from services.deals.campaigns.documents import KINDS
from services.deals.campaigns.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS)
