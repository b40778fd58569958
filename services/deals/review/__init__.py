"""A claim from its submission to the vendor's decision, and the clock of that decision."""

from libs.slices import Slice
from services.deals.review.jobs import JOBS

SLICE = Slice(jobs=JOBS)
