"""Tickets from filing to closing."""

from libs.slices import Slice
from services.tickets.handling.consumers import CONSUMERS
from services.tickets.handling.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS)
