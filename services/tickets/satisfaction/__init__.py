"""The satisfaction of requesters with closed tickets: single answers and reports."""

from libs.slices import Slice

SLICE = Slice()
