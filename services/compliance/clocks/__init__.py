"""The statutory clocks of requests: deadlines by the law of each, warnings, misses, and their explanation."""

from libs.slices import Slice
from services.compliance.clocks.documents import KINDS
from services.compliance.clocks.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
