"""Joint pursuit: partners that work on a deal together, and what each of them was told of it."""

from libs.slices import Slice
from services.deals.pursuit.consumers import CONSUMERS
from services.deals.pursuit.documents import KINDS
from services.deals.pursuit.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS)
