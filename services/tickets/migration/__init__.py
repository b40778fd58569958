"""Imports tickets of another system, with their history."""

from libs.slices import Slice

SLICE = Slice()
