"""Scorecards: what partners did in a quarter, on scales and with weights that were published before, line by line."""

from libs.slices import Slice
from services.partners.scorecard.documents import KINDS
from services.partners.scorecard.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
