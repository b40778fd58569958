"""How well partners cover the market: market potential, share, white spots, mix of channels and levers."""

from libs.slices import Slice
from services.partners.coverage.documents import KINDS

SLICE = Slice(kinds=KINDS)
