"""Versions of rules that are data (`libs/versions.py`): reads them, and writes their draft."""

from libs.slices import Slice

SLICE = Slice()
