"""Invoices fall overdue and are dunned, unless somebody blocks that."""

from libs.slices import Slice
from services.orders.dunning.jobs import JOBS

SLICE = Slice(jobs=JOBS)
