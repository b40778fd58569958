"""Shows a partner with its activity and its possible duplicates."""

from libs.slices import Slice

SLICE = Slice()
