"""Merges duplicate tickets and splits tickets."""

from libs.slices import Slice

SLICE = Slice()
