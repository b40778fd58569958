"""Imports orders and credit notes of another system."""

from libs.slices import Slice

SLICE = Slice()
