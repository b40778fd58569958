"""A ticket taken over from another system: what a row cannot say at once. No clock starts."""

from collections.abc import Iterator
from datetime import datetime

from libs.errors import Violation
from services.tickets.domain.states import ENDED, WAITING, CloseCode, waits_as
from services.tickets.domain.ticket import TicketChange


def contradictions(
    changes: tuple[TicketChange, ...], close_time: datetime | None, *, close_code: CloseCode | None
) -> Iterator[Violation]:
    """Every state of a row that does not go with what it waits for, or how it ended."""
    for place, change in enumerate(changes):
        yield from _waits(f"changes[{place}].pending_reason", change)
    yield from _ends(changes[-1], close_time, close_code)


def _waits(field: str, change: TicketChange) -> Iterator[Violation]:
    reason = change.pending_reason
    if reason is None:
        return
    if change.state not in WAITING:
        yield Violation(field, f"a ticket in {change.state.name} does not wait", "NOT_PENDING")
    elif waits_as(reason) is not change.state:
        yield Violation(field, f"{reason.name} makes a ticket {waits_as(reason).name}", "NOT_PENDING")


def _ends(last: TicketChange, close_time: datetime | None, close_code: CloseCode | None) -> Iterator[Violation]:
    for field, value in (("close_time", close_time), ("close_code", close_code)):
        if last.state in ENDED and value is None:
            yield Violation(field, f"is needed for a ticket in {last.state.name}", "REQUIRED")
        if last.state not in ENDED and value is not None:
            yield Violation(field, f"a ticket in {last.state.name} has not ended", "NOT_CLOSED")
