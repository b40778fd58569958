"""The retention schedule of the cell, its rehearsals, and the reports of what every service purged."""

from libs.slices import Slice
from services.compliance.retention.consumers import CONSUMERS
from services.compliance.retention.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS)
