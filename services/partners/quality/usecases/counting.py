"""Keeps the tallies of findings: with every commit that changes findings, and once a day by counting all of them."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from libs.call import Command
from libs.store.listing import every_row
from libs.store.port import ROWS_PER_PAGE, Put, Query, Write, create
from services.partners.quality.documents import QUALITY_FINDINGS, QUALITY_TALLIES, tally_writes
from services.partners.quality.domain.counts import Place, QualityTally, changes, tallied, tally_id
from services.partners.quality.domain.rules import QualityRule
from services.partners.settings import Env

_TURN = "quality tallies"


class CountFindings(Command, frozen=True, kw_only=True):
    """Count all findings of a rule."""

    rule: QualityRule


@asynccontextmanager
async def counted(env: Env, writes: Sequence[Write]) -> AsyncIterator[Sequence[Put[QualityTally]]]:
    """The writes of the tallies that change with these writes, to be committed with them in the block. Calls of one
    process wait for each other here; between processes the versions of the tallies decide."""
    own: list[Any] = [one for one in writes if one.kind.name == QUALITY_FINDINGS.name]
    if not own:
        yield ()
        return
    found = changes(((one.before, one.document if isinstance(one, Put) else None) for one in own), env.day_of)
    async with env.settings.locks.of(_TURN):
        yield await tally_writes(env.store, found)


async def count_findings(env: Env, cmd: CountFindings) -> QualityTally:
    """The tally of what is open or dismissed of a rule, after all its tallies were made anew. A finding that another
    process changes meanwhile changes one of these tallies too, so the commit is refused, and the rule counted again."""
    async with env.settings.locks.of(_TURN):
        held = {one.value.id: one for one in await every_row(env.store, QUALITY_TALLIES, {"rule": cmd.rule})}
        now = QualityTally(id=tally_id(cmd.rule, None), rule=cmd.rule, counted_on=env.today())
        made = {one.id: one for one in tallied({now.id: now}, await _all(env, cmd.rule))}
        made.setdefault(now.id, now)
        rest: list[Write] = [one.delete() for key, one in held.items() if key not in made]
        for key, one in made.items():
            if key != now.id and (key not in held or held[key].value != replace(one, version=held[key].value.version)):
                rest.append(held[key].put(one) if key in held else create(QUALITY_TALLIES, one))
        first = held[now.id].put(made[now.id]) if now.id in held else create(QUALITY_TALLIES, made[now.id])
        return await env.commit(first, *rest, call=cmd.call)


async def _all(env: Env, rule: QualityRule) -> Counter[Place]:
    """What all findings of a rule count for; the event loop runs what else is ready between two pages."""
    found: Counter[Place] = Counter()
    query = Query(kind=QUALITY_FINDINGS, equals={"rule": rule}, order="open_time", limit=ROWS_PER_PAGE)
    while True:
        page = await env.store.find(query)
        async with env.settings.measuring.slice():
            found.update(changes(((None, row.value) for row in page.rows), env.day_of))
        if not page.next_cursor:
            return found
        query = replace(query, cursor=page.next_cursor)
