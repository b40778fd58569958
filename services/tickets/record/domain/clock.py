"""A deadline of a ticket as it is stored; the slice `clocks` has its transitions."""

from datetime import datetime, timedelta

import msgspec

from libs.deadlines import Pause
from services.tickets.record.domain.states import ClockState, ClockType


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline of a ticket. `warned`: a warning was published since its last start; `pauses`: since its last
    start."""

    type: ClockType
    state: ClockState
    target: timedelta
    start_time: datetime
    due_time: datetime | None = None
    warn_time: datetime | None = None
    meet_time: datetime | None = None
    breach_time: datetime | None = None
    warned: bool = False
    pauses: tuple[Pause, ...] = ()

    @property
    def unanswered(self) -> bool:
        """Whether the clock is neither met nor stopped."""
        return self.meet_time is None and self.state is not ClockState.STOPPED

    @property
    def sweep_time(self) -> datetime | None:
        """When its next warning or breach is due; None if never."""
        if self.state is not ClockState.RUNNING:
            return None
        return self.due_time if self.warned else self.warn_time
