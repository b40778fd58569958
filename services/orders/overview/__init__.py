"""An order with everything that followed from it."""

from libs.slices import Slice

SLICE = Slice()
