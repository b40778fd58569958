"""The directory of the organisations of all cells: states those of this cell, and keeps what the others state."""

from libs.slices import Slice
from services.partners.directory.consumers import ARRIVING, CONSUMERS
from services.partners.directory.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, arriving=ARRIVING)
