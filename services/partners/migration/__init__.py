"""Imports partners of another system, with their contacts."""

from libs.slices import Slice

SLICE = Slice()
