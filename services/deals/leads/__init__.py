"""Leads: inquiries that the vendor passes on to one partner at a time, from intake to the claim that one becomes."""

from libs.slices import Slice
from services.deals.leads.documents import KINDS
from services.deals.leads.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
