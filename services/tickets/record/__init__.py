"""What a ticket is made of: its record, what is said about it, how it went."""

from libs.slices import Slice
from services.tickets.record.documents import KINDS
from services.tickets.record.subject_data import PERSONS

SLICE = Slice(kinds=KINDS, persons=PERSONS)
