"""The use cases of the register: record, amend and close a breach, and show it."""

from datetime import datetime

from libs.call import Command, ResourceCommand
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.document import same_content
from libs.errors import InvalidInput
from libs.store.port import Page, create
from services.compliance.breaches.documents import BREACHES
from services.compliance.breaches.domain.breach import (
    Breach,
    BreachFacts,
    NoticeClock,
    amend,
    close,
    facts_violations,
    record,
)
from services.compliance.breaches.domain.clocks import clocks_of
from services.compliance.breaches.domain.states import BreachState
from services.compliance.settings import Env


class RecordBreach(Command, frozen=True, kw_only=True):
    """Record a breach. aware_time: None for now."""

    facts: BreachFacts
    aware_time: datetime | None = None


class AmendBreach(ResourceCommand, frozen=True, kw_only=True):
    """Replace the facts of a breach."""

    facts: BreachFacts


class CloseBreach(ResourceCommand, frozen=True, kw_only=True):
    """Close a breach."""


class GetBreach(Command, frozen=True, kw_only=True):
    """Get one breach."""

    id: str


class ListBreaches(Command, frozen=True, kw_only=True):
    """List breaches; an empty filter matches all of them."""

    page_size: int = 0
    page_token: str = ""
    state: BreachState | None = None


async def record_breach(env: Env, cmd: RecordBreach) -> Breach:
    """The new breach, with its clocks. InvalidInput with every violation; WrongCell."""
    now = env.clock.now()
    aware = cmd.aware_time or now
    _require_sound(env, cmd.facts, aware, now)
    breach, event = record(cmd.facts, _clocks(env, cmd.facts, aware), id=env.ids.new("brc"), aware=aware, now=now)
    return await env.commit(create(BREACHES, breach), events=[event], call=cmd.call)


async def amend_breach(env: Env, cmd: AmendBreach) -> Breach:
    """The breach with these facts; unchanged if it has them. InvalidInput, WrongCell, WrongState."""
    loaded = await env.load(BREACHES, cmd.id, call=cmd.call, etag=cmd.etag)
    aware, now = loaded.value.aware_time, env.clock.now()
    _require_sound(env, cmd.facts, aware, now)
    breach, event = amend(loaded.value, cmd.facts, _clocks(env, cmd.facts, aware), now=now)
    if same_content(loaded.value, breach):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(breach), events=[event], call=cmd.call)


async def close_breach(env: Env, cmd: CloseBreach) -> Breach:
    """The breach, CLOSED. WrongState, NoticesOutstanding."""
    loaded = await env.load(BREACHES, cmd.id, call=cmd.call, etag=cmd.etag)
    breach, event = close(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(breach), events=[event], call=cmd.call)


async def get_breach(env: Env, cmd: GetBreach) -> Breach:
    """The breach as it is now."""
    return await env.show(BREACHES, cmd.id, call=cmd.call)


async def list_breaches(env: Env, cmd: ListBreaches) -> Page[Breach]:
    """One page of breaches by id."""
    filters = {"state": cmd.state}
    return await env.listing(BREACHES, filters, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token)


def _require_sound(env: Env, facts: BreachFacts, aware: datetime, now: datetime) -> None:
    if wrong := list(facts_violations(facts, aware, now)):
        raise InvalidInput(wrong)
    for country in facts.countries:
        env.directory.require_country(country)


def _clocks(env: Env, facts: BreachFacts, aware: datetime) -> tuple[NoticeClock, ...]:
    critical = env.settings.policy.critical_infrastructure
    return clocks_of(facts, aware, zone=env.directory.here.time_zone, critical=critical)


# A closed breach is looked at no more, so that two persons say that all was told.
FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.compliance.v1.BreachService/CloseBreach",
        permission="compliance.breach.close",
        kind=BREACHES,
        command=CloseBreach,
        use_case=close_breach,
        summary=lambda cmd, one: f"close {one.id}: {len(one.clocks)} clocks",
    )
)
