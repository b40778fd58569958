"""Conflicting claims: match keys, slots, scores, what a partner may see, and the account of a partner's open claims."""

from libs.cross_checks.pending import PENDING
from libs.slices import Slice
from services.deals.conflicts.consumers import ARRIVING, CONSUMERS
from services.deals.conflicts.documents import KINDS
from services.deals.conflicts.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS, arriving=ARRIVING, figures=(PENDING,))
