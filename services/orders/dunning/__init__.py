"""Marks invoices overdue and duns them, unless a dunning block stops that."""

from libs.slices import Slice
from services.orders.dunning.jobs import JOBS

SLICE = Slice(jobs=JOBS)
