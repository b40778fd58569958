"""Imported tickets: what no ticket of this service can be, and how a later import continues one. No clock runs for
them."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec.structs import asdict, replace

from libs.errors import Violation
from services.tickets.record.domain.states import (
    ENDED,
    WAITING,
    WITHOUT_SOLUTION,
    CloseCode,
    SlaOutcome,
    TicketState,
    waits_as,
)
from services.tickets.record.domain.ticket import Ticket, TicketChange

_SOLVED = frozenset({TicketState.RESOLVED, TicketState.CLOSED})


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What of a row may differ from the ticket that was made of it before: how the ticket goes on and ends."""

    resolve_time: datetime | None
    close_time: datetime | None
    resolution_code: str
    close_code: CloseCode | None
    reopen_count: int
    reassignment_count: int
    sla_outcome: SlaOutcome | None


def continues(ticket: Ticket, kept: tuple[TicketChange, ...], sent: tuple[TicketChange, ...]) -> bool:
    """Whether a row may continue its ticket: the ticket has not ended, no clock of this service ran for it, and the row
    begins with the whole history that is kept."""
    return ticket.state not in ENDED and not ticket.clocks and sent[: len(kept)] == kept


def may_change(path: str) -> bool:
    """Whether a row that continues its ticket may differ in this field."""
    return path == "changes" or path in Progress.__struct_fields__


def continued(ticket: Ticket, last: TicketChange, progress: Progress, *, row_hash: str, now: datetime) -> Ticket:
    """The ticket as the row has it now; `last` is the last of its changes."""
    standing = asdict(last)
    del standing["time"]
    return replace(
        ticket,
        **standing,
        **asdict(progress),
        breached=ticket.breached or progress.sla_outcome is SlaOutcome.BREACHED,
        imported_as=row_hash,
        update_time=now,
    )


def contradictions(
    changes: tuple[TicketChange, ...],
    *,
    resolve_time: datetime | None,
    close_time: datetime | None,
    close_code: CloseCode | None,
) -> Iterator[Violation]:
    """The violations of states that do not go with the pending reason or the end of the ticket, and of changes after
    its end."""
    for place, change in enumerate(changes):
        yield from _waits(f"changes[{place}].pending_reason", change)
        if close_time is not None and change.time > close_time:
            yield Violation(f"changes[{place}].time", "is after close_time", "DATES_OUT_OF_ORDER")
    state = changes[-1].state
    if resolve_time is not None and state not in _SOLVED:
        yield Violation("resolve_time", f"a ticket in {state.name} is not solved", "NOT_RESOLVED")
    yield from _ends(state, close_time, close_code)


def _waits(field: str, change: TicketChange) -> Iterator[Violation]:
    reason = change.pending_reason
    if reason is None:
        return
    if change.state not in WAITING:
        yield Violation(field, f"a ticket in {change.state.name} does not wait", "NOT_PENDING")
    elif waits_as(reason) is not change.state:
        yield Violation(field, f"{reason.name} makes a ticket {waits_as(reason).name}", "NOT_PENDING")


def _ends(state: TicketState, close_time: datetime | None, close_code: CloseCode | None) -> Iterator[Violation]:
    for field, value in (("close_time", close_time), ("close_code", close_code)):
        if state in ENDED and value is None:
            yield Violation(field, f"is needed for a ticket in {state.name}", "REQUIRED")
        if state not in ENDED and value is not None:
            yield Violation(field, f"a ticket in {state.name} has not ended", "NOT_CLOSED")
    if state is TicketState.CANCELED and close_code is not None and close_code not in WITHOUT_SOLUTION:
        described = f"a ticket that was not solved ends as DUPLICATE or CANCELED, not as {close_code.name}"
        yield Violation("close_code", described, "CODE_NEEDS_RESOLUTION")
