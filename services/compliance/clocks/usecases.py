"""The use cases of clocks: read, explain and list deadlines, acknowledge, extend; for the job, publish what is due."""

from datetime import UTC, datetime

from libs.call import Command
from libs.deadlines import Deadline
from libs.store.port import Page
from services.compliance.clocks.documents import CLOCKS
from services.compliance.clocks.domain import acts
from services.compliance.clocks.domain.clock import StatutoryClock, clock_id, explained, tell_deadlines
from services.compliance.clocks.domain.regimes import Regime
from services.compliance.clocks.domain.states import DeadlineType, ExtensionReason
from services.compliance.settings import Env

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class GetClock(Command, frozen=True, kw_only=True):
    """Get the clock of a request."""

    case_id: str


class ExplainDeadline(Command, frozen=True, kw_only=True):
    """Explain when a deadline of a request ends, and why."""

    case_id: str
    deadline_type: DeadlineType


class ListDeadlines(Command, frozen=True, kw_only=True):
    """List open deadlines, the earliest first. due_before: None for all of them."""

    page_size: int = 0
    page_token: str = ""
    due_before: datetime | None = None
    regime: Regime | None = None


class AcknowledgeReceipt(Command, frozen=True, kw_only=True):
    """Record that the person was told of the receipt."""

    case_id: str
    etag: str = ""


class ExtendDeadline(Command, frozen=True, kw_only=True):
    """Extend the answer. told_time: when the person was told, with the reason; None for now."""

    case_id: str
    etag: str = ""
    reason: ExtensionReason
    told_time: datetime | None = None


class Sweep(Command, frozen=True, kw_only=True):
    """Publish the due warnings and misses of one clock."""

    id: str


async def get_clock(env: Env, cmd: GetClock) -> StatutoryClock:
    """The clock as it is now."""
    return await env.show(CLOCKS, clock_id(cmd.case_id), call=cmd.call)


async def explain_deadline(env: Env, cmd: ExplainDeadline) -> tuple[StatutoryClock, Deadline]:
    """The clock and the explanation of its deadline; NotFound if the law knows no such deadline."""
    clock = await env.show(CLOCKS, clock_id(cmd.case_id), call=cmd.call)
    return clock, explained(clock, cmd.deadline_type)


async def list_deadlines(env: Env, cmd: ListDeadlines) -> Page[StatutoryClock]:
    """One page of clocks with an open deadline, the earliest first."""
    return await env.listing(
        CLOCKS,
        {"regime": cmd.regime},
        call=cmd.call,
        page_size=cmd.page_size,
        page_token=cmd.page_token,
        order="due_time",
        at_least=_EVER,
        below=cmd.due_before,
    )


async def acknowledge_receipt(env: Env, cmd: AcknowledgeReceipt) -> StatutoryClock:
    """The clock with the receipt acknowledged; unchanged if it was before. WrongState if the request has ended."""
    loaded = await env.load(CLOCKS, clock_id(cmd.case_id), call=cmd.call, etag=cmd.etag)
    clock, events = acts.acknowledge(loaded.value, env.clock.now())
    if clock is loaded.value:
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(clock), events=events, call=cmd.call)


async def extend_deadline(env: Env, cmd: ExtendDeadline) -> StatutoryClock:
    """The clock with the extended answer; raises as `acts.extend`."""
    loaded = await env.load(CLOCKS, clock_id(cmd.case_id), call=cmd.call, etag=cmd.etag)
    now = env.clock.now()
    clock, events = acts.extend(loaded.value, cmd.reason, cmd.told_time or now, now)
    return await env.commit(loaded.put(clock), events=events, call=cmd.call)


async def sweep_clock(env: Env, cmd: Sweep) -> StatutoryClock:
    """The clock after its due warnings and misses were published; unchanged if none is due."""
    loaded = await env.load(CLOCKS, cmd.id, call=cmd.call)
    clock, events = tell_deadlines(loaded.value, env.clock.now())
    return await env.commit(loaded.put(clock), events=events, call=cmd.call) if events else loaded.value
