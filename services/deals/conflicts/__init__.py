"""Claims on one customer: match keys, scores, what a partner sees of its rivals, how many claims it may hold."""

from libs.slices import Slice
from services.deals.conflicts.documents import KINDS
from services.deals.conflicts.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
