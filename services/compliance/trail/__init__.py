"""The audit trail: an entry for each event and recorded call of the cell, in a signed hash chain with proofs."""

from libs.slices import Slice
from services.compliance.trail.consumers import CONSUMERS
from services.compliance.trail.documents import KINDS
from services.compliance.trail.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS)
