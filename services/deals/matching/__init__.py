"""Near matches: the index of customers, those that are written differently and may be one, and what a person said."""

from libs.slices import Slice
from services.deals.matching.documents import KINDS
from services.deals.matching.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
