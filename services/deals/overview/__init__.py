"""A claim with everything known about it, composed of lower slices."""

from libs.slices import Slice

SLICE = Slice()
