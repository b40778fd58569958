"""Adjudication: which of several partners' claims on one customer stays, and the appeal against that."""

from libs.slices import Slice
from services.deals.adjudication.consumers import CONSUMERS
from services.deals.adjudication.documents import KINDS
from services.deals.adjudication.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS)
