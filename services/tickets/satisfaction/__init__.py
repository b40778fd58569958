"""What requesters think of tickets that are over, one by one and in numbers."""

from libs.slices import Slice

SLICE = Slice()
