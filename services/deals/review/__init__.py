"""From the submission of a claim to the vendor's decision, and the clock that says until when it is due."""

from libs.slices import Slice
from services.deals.review.jobs import JOBS

SLICE = Slice(jobs=JOBS)
