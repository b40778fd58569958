"""Tells every service whose rows are not to be purged: those of persons under a legal hold or with an open request."""

from libs.slices import Slice
from services.compliance.freezes.consumers import CONSUMERS
from services.compliance.freezes.documents import KINDS
from services.compliance.freezes.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS)
