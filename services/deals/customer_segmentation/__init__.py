"""Segmentation of end customers: which of them make how much of the revenue, and where each is in its life cycle."""

from libs.slices import Slice
from services.deals.customer_segmentation.documents import KINDS
from services.deals.customer_segmentation.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
