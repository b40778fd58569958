"""Partner programmes: versions of levels, of what a partner needs for each, and of what it gets."""

from libs.slices import Slice
from services.partners.program.documents import KINDS

SLICE = Slice(kinds=KINDS)
