"""The pipeline: each submitted claim as a deal with its dated stages, how it ended and why, and win rates."""

from libs.slices import Slice
from services.deals.pipeline.consumers import CONSUMERS
from services.deals.pipeline.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS)
