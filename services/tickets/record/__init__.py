"""What a ticket is made of: its record, what is said about it, how it went."""

from libs.slices import Slice
from services.tickets.record.documents import KINDS

SLICE = Slice(kinds=KINDS)
