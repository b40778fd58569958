"""Win-back: customers that were lost or have stopped buying, with the reasons."""

from libs.slices import Slice

SLICE = Slice()
