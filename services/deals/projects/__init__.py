"""Projects: the orders that are placed over time on one claim, by its partner or a partner above it."""

from libs.slices import Slice

SLICE = Slice()
