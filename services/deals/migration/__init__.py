"""Imports claims from another system."""

from libs.slices import Slice

SLICE = Slice()
