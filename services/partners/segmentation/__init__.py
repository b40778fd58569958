"""Segmentation: which partners make how much of the revenue, and where each is in its life cycle."""

from libs.slices import Slice
from services.partners.segmentation.documents import KINDS
from services.partners.segmentation.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
