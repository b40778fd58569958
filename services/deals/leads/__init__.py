"""Leads: inquiries that the vendor passes on to one partner at a time, and the pool from which partners pick."""

from libs.slices import Slice
from services.deals.leads.documents import KINDS
from services.deals.leads.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
