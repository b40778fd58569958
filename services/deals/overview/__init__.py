"""Composes a claim with its decision deadline and its partner's account, from lower slices."""

from libs.slices import Slice

SLICE = Slice()
