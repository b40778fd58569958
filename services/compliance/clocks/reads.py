"""The writes of a clock that higher slices add to the commit of a request."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec

from libs.deadlines import business_calendar
from libs.env import About
from libs.store.port import Write, create, get
from services.compliance.clocks.documents import CLOCKS
from services.compliance.clocks.domain import acts
from services.compliance.clocks.domain.clock import StatutoryClock, Transition, clock_id, start_clock
from services.compliance.clocks.domain.regimes import Regime, RequestType, calendar_country
from services.compliance.settings import Env


class ClockWrites(NamedTuple):
    """What a change of a clock adds to a commit: its write and its events, none if it changes nothing."""

    writes: tuple[Write, ...] = ()
    events: tuple[msgspec.Struct | About, ...] = ()


class StartedClock(NamedTuple):
    """A new clock, its write and its events."""

    value: StatutoryClock
    writes: tuple[Write, ...]
    events: tuple[About, ...]


def started(
    env: Env, case_id: str, regime: Regime, type: RequestType, *, country: str, received: datetime
) -> StartedClock:
    """The clock of a new request, to be written with it."""
    calendar = business_calendar(calendar_country(regime, country), env.directory.here.time_zone)
    clock, events = start_clock(
        case_id,
        regime,
        type,
        country=country,
        calendar=calendar,
        received=received,
        warn_days=env.settings.policy.warn_days,
        now=env.clock.now(),
    )
    write = create(CLOCKS, clock)
    return StartedClock(clock, (write,), tuple(About(one, write.document) for one in events))


async def ended(env: Env, case_id: str, *, answered: bool) -> ClockWrites:
    """The write that ends the clock of a request, and its events. answered: whether the person got an answer."""
    return await _changed(env, case_id, lambda clock: acts.end(clock, env.clock.now(), answered=answered))


async def paused(env: Env, case_id: str) -> ClockWrites:
    """The write that pauses the clock of a request, and its events. PauseNotAllowed if its law lets the clock run."""
    return await _changed(env, case_id, lambda clock: acts.pause(clock, env.clock.now()))


async def resumed(env: Env, case_id: str) -> ClockWrites:
    """The write that lets the clock of a request run again, and its events."""
    return await _changed(env, case_id, lambda clock: acts.resume(clock, env.clock.now()))


async def _changed(env: Env, case_id: str, act: Callable[[StatutoryClock], Transition]) -> ClockWrites:
    """Nothing if the act changes nothing, or if an earlier release recorded the request without a clock."""
    loaded = await get(env.store, CLOCKS, clock_id(case_id))
    if loaded is None:
        return ClockWrites()
    clock, events = act(loaded.value)
    if clock is loaded.value:
        return ClockWrites()
    write = loaded.put(clock)
    return ClockWrites((write,), tuple(About(one, write.document) for one in events))
