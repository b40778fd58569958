"""The distribution of leads: to whom a lead is passed on and why, and the pool from which partners pick."""

from libs.slices import Slice
from services.deals.lead_distribution.documents import KINDS
from services.deals.lead_distribution.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
