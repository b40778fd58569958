"""Where pieces are seen against where they were sold to: sightings, custody, cases, patterns."""

from libs.slices import Slice
from services.orders.diversion.consumers import CONSUMERS
from services.orders.diversion.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS)
