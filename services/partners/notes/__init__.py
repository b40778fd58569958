"""Notes on partners: written, listed, deleted after a year."""

from libs.slices import Slice
from services.partners.notes.documents import KINDS
from services.partners.notes.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
