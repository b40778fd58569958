"""Adds what events said of documents to the sums, a little later.

An event writes only the rows of its documents, so thousands of events about one partner do not wait for one sum. Jobs
add what is new to the sums, hundreds of documents in one commit, and pass changed sums up, level by level, to all
partners above.
"""

from collections.abc import Iterable, Mapping, Sequence

from libs.call import Command
from libs.store.port import ROWS_PER_PAGE, Loaded, Put, Query, Write, create, get, get_all
from services.partners.facts.documents import FACTS, PLACINGS, SOURCES
from services.partners.facts.domain.metrics import Sum
from services.partners.facts.domain.sources import Source, counted
from services.partners.facts.domain.sums import (
    Fact,
    Key,
    fact_of,
    grown,
    joined,
    moved,
    passed_up,
    settled,
    waiting,
)
from services.partners.facts.reads import EVER
from services.partners.facts.usecases.work import WRITES_AT_MOST, Done, Work
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env


async def sum_up(env: Env, cmd: Work) -> Done:
    """Add up to 200 documents to the sums, those that wait longest first."""
    page = await env.store.find(Query(kind=SOURCES, order="pending_since", at_least=EVER, limit=ROWS_PER_PAGE))
    chosen: list[Loaded[Source]] = []
    added: dict[tuple[str, Key], Sum] = {}
    for loaded in page.rows:
        lacking = waiting([loaded.value])
        more = sum(place not in added for place in lacking)
        if chosen and len(chosen) + 1 + len(added) + more > WRITES_AT_MOST:
            break
        chosen.append(loaded)
        for place, sums in lacking.items():
            added[place] = added[place] + sums if place in added else sums
    added = {place: sums for place, sums in added.items() if sums}
    facts = await _Facts.read(env, added)
    for (partner_id, key), sums in added.items():
        facts.change(grown(facts.of(partner_id, key), sums, now=env.clock.now()))
    writes = [loaded.put(counted(loaded.value)) for loaded in chosen]
    return await _commit(env, [*writes, *facts.writes()], len(chosen), cmd)


async def pass_up(env: Env, cmd: Work) -> Done:
    """Pass up to 200 changed sums up by one level, those that wait longest first."""
    page = await env.store.find(Query(kind=FACTS, order="stale_since", at_least=EVER, limit=ROWS_PER_PAGE))
    stale = [loaded.value for loaded in page.rows]
    partners = await get_all(env.store, PARTNERS, {fact.partner_id for fact in stale})
    parents = {one: loaded.value.parent_partner_id for one, loaded in partners.items()}
    above = [
        (partner_id, fact.key)
        for fact in stale
        for partner_id in {parents.get(fact.partner_id, ""), fact.passed_to}
        if partner_id
    ]
    facts = await _Facts.read(env, above, known=page.rows)
    for read in stale:
        fact = facts.now(read.id)
        done, added = passed_up(fact, parents.get(fact.partner_id, ""))
        facts.change(done)
        for partner_id, sums in added.items():
            facts.change(joined(facts.of(partner_id, fact.key), sums, now=env.clock.now()))
    return await _commit(env, facts.writes(), len(stale), cmd)


async def mark_moved(env: Env, cmd: Work) -> Done:
    """Mark all facts of a moved partner, so that they are passed to its new parent. A fact that is marked already is
    written as well, even if its parent has it: a commit that passes it to another partner at this moment must fail."""
    page = await env.store.find(Query(kind=PLACINGS, order="moved_since", at_least=EVER, limit=1))
    if not page.rows:
        return Done()
    [placing] = page.rows
    partner = await get(env.store, PARTNERS, placing.value.id)
    parent = partner.value.parent_partner_id if partner else ""
    cursor, count = "", 0
    while True:
        query = Query(kind=FACTS, equals={"partner_id": placing.value.id}, limit=ROWS_PER_PAGE, cursor=cursor)
        rows = await env.store.find(query)
        elsewhere = [
            one.put(moved(one.value, now=env.clock.now()))
            for one in rows.rows
            if one.value.passed_to != parent or one.value.stale_since
        ]
        if elsewhere:
            await env.commit(elsewhere[0], *elsewhere[1:], call=cmd.call)
        count += len(elsewhere)
        if not (cursor := rows.next_cursor):
            break
    await env.commit(placing.put(settled(placing.value)), call=cmd.call)
    return Done(count + 1)


class _Facts:
    """Facts while they are changed. of, now: as changed so far."""

    def __init__(self, loaded: Mapping[str, Loaded[Fact]]) -> None:
        self._loaded = loaded
        self._changed: dict[str, Fact] = {}

    @classmethod
    async def read(cls, env: Env, places: Iterable[tuple[str, Key]], *, known: Sequence[Loaded[Fact]] = ()) -> "_Facts":
        """The facts of these partners and keys, as far as they exist, and `known`, which were read before."""
        rows = {loaded.value.id: loaded for loaded in known}
        wanted = {key.id_of(partner_id) for partner_id, key in places} - rows.keys()
        return cls(await get_all(env.store, FACTS, sorted(wanted)) | rows)

    def now(self, id: str) -> Fact:
        """A fact that exists."""
        return self._changed.get(id) or self._loaded[id].value

    def of(self, partner_id: str, key: Key) -> Fact:
        """The fact of a partner, new if there was none."""
        fact_id = key.id_of(partner_id)
        known = fact_id in self._changed or fact_id in self._loaded
        return self.now(fact_id) if known else fact_of(partner_id, key)

    def change(self, fact: Fact) -> None:
        """Keep a changed fact."""
        self._changed[fact.id] = fact

    def writes(self) -> list[Write]:
        """The writes of everything that changed: a fact in which nothing is left is deleted."""
        found: list[Write] = []
        for fact in self._changed.values():
            loaded = self._loaded.get(fact.id)
            if loaded is None:
                found.append(create(FACTS, fact))
            else:
                found.append(loaded.delete() if fact.empty else loaded.put(fact))
        return found


async def _commit(env: Env, writes: Sequence[Write], count: int, cmd: Command) -> Done:
    if not writes:
        return Done()
    first = next((write for write in writes if isinstance(write, Put)), None)
    if first is None:  # facts in which nothing is left
        await env.store.commit(writes)
    else:
        await env.commit(first, *(write for write in writes if write is not first), call=cmd.call)
    return Done(count)
