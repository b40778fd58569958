"""Near matches: customers that are written differently and may be one."""

from libs.slices import Slice

SLICE = Slice()
