"""The documents of a ticket: its record, comments and history."""

from libs.slices import Slice
from services.tickets.record.documents import KINDS

SLICE = Slice(kinds=KINDS)
