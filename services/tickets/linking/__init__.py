"""Merging duplicates and splitting tickets."""

from libs.slices import Slice

SLICE = Slice()
