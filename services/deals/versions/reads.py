"""Reads the versions of a rule, and writes its draft."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from libs.call import Call
from libs.document import same_content
from libs.store.listing import every_row
from libs.store.port import Kind, Loaded, create
from libs.versions import VERSIONS_PER_CELL, RuleState, RuleVersion, TooManyModels, in_force
from services.deals.settings import Env

V = TypeVar("V", bound=RuleVersion)


class Place(NamedTuple):
    """Where a draft goes. create_time: of the draft that it replaces; None without one."""

    id: str
    version: int
    number: int
    create_time: datetime | None = None


async def versions_of(env: Env, kind: Kind[V]) -> list[V]:
    """All versions of a rule, at most VERSIONS_PER_CELL."""
    return [loaded.value for loaded in await every_row(env.store, kind, {})]


async def rule_in_force(env: Env, kind: Kind[V]) -> V | None:
    """The version that applies today; None without one."""
    return in_force(await versions_of(env, kind), env.today())


async def draft(env: Env, kind: Kind[V], prefix: str, made: Callable[[Place], V], *, call: Call) -> V:
    """The draft of the next version, as `made` makes it; it replaces the draft that is there. Hold the lock on the
    kind's name. TooManyModels."""
    rows: list[Loaded[V]] = list(await every_row(env.store, kind, {}))
    old = next((row for row in rows if row.value.state is RuleState.DRAFT), None)
    if old is None:
        if len(rows) >= VERSIONS_PER_CELL:
            raise TooManyModels
        rule = made(Place(env.ids.new(prefix), 0, len(rows) + 1))
        return await env.commit(create(kind, rule), call=call)
    rule = made(Place(old.value.id, old.value.version, old.value.number, old.value.create_time))
    if same_content(old.value, rule):
        return await env.unchanged(old, call=call)
    return await env.commit(old.put(rule), call=call)
