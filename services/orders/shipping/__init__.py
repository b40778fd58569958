"""Goods leave and arrive, with their serials; some replace what came back."""

from libs.slices import Slice

SLICE = Slice()
