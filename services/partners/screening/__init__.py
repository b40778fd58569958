"""Screening of partners against lists of organisations, as sanctions lists are."""

from libs.slices import Slice
from services.partners.screening.consumers import CONSUMERS
from services.partners.screening.documents import KINDS
from services.partners.screening.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS)
