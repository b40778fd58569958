"""Filing a ticket and working on it until it is closed."""

from libs.slices import Slice
from services.tickets.handling.consumers import CONSUMERS
from services.tickets.handling.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS)
