"""Accruals: the share of what a partner is invoiced that goes into its accrued funds, reversed by credit notes."""

from libs.slices import Slice
from services.partners.accruals.consumers import CONSUMERS
from services.partners.accruals.documents import KINDS
from services.partners.accruals.jobs import JOBS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, jobs=JOBS)
