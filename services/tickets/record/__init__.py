"""The documents of a ticket: its record, comments and history."""

from libs.slices import Slice
from services.tickets.record.documents import KINDS
from services.tickets.record.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
