"""Partners taken over from another system, with their contacts."""

from libs.slices import Slice

SLICE = Slice()
