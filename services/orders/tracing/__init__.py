"""Where a piece with a serial number was sold, also if another cell sold it."""

from libs.cross_checks.pending import PENDING
from libs.slices import Slice
from services.orders.tracing.consumers import ARRIVING, CONSUMERS
from services.orders.tracing.documents import KINDS
from services.orders.tracing.reads import PIECES

SLICE = Slice(kinds=KINDS, jobs=PIECES.jobs, consumers=CONSUMERS, arriving=ARRIVING, figures=(PENDING,))
