"""Legal holds over all aliases of a person, placed and released by two persons; they stop erasures."""

from libs.slices import Slice
from services.compliance.holds.documents import KINDS
from services.compliance.holds.usecases import FOUR_EYES

SLICE = Slice(kinds=KINDS, guarded=FOUR_EYES.guarded)
