"""The kind of statutory clocks, with its indexes."""

from libs.store.port import Index, Kind
from services.compliance.clocks.domain.clock import StatutoryClock

CLOCKS = Kind(
    "statutory_clock", StatutoryClock, (Index(("due_time",)), Index(("regime", "due_time")), Index(("sweep_time",)))
)

KINDS = (CLOCKS,)
