"""Versions of rules that are data: drafted, published with notice, effective from a day, never edited afterwards."""

from libs.slices import Slice

SLICE = Slice()
