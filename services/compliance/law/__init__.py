"""What laws say in numbers and names, as data with its source: categories of data, mechanisms, thresholds."""

from libs.slices import Slice

SLICE = Slice()
