"""Tickets taken over from another system, with their history."""

from libs.slices import Slice

SLICE = Slice()
