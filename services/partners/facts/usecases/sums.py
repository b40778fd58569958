"""Adds what events said of documents to the sums, where the commit that stored it did not.

Events that come one by one write only the rows of their documents, so they do not wait for a sum. Jobs add what waits
to the sums, hundreds of documents in one commit, and pass changed sums up, level by level, to all partners above.
"""

from collections.abc import Sequence

from libs.call import Command
from libs.store.port import ROWS_PER_PAGE, Put, Query, Write, get, get_all
from services.partners.facts.documents import FACTS, PLACINGS, SOURCES
from services.partners.facts.domain.sources import counted
from services.partners.facts.domain.sums import joined, moved, passed_up, settled, waiting
from services.partners.facts.reads import EVER
from services.partners.facts.usecases.held import Facts, fitting
from services.partners.facts.usecases.work import Done, Work
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env


async def sum_up(env: Env, cmd: Work) -> Done:
    """Add up to 200 documents to the sums, those that wait longest first."""
    page = await env.store.find(Query(kind=SOURCES, order="pending_since", at_least=EVER, limit=ROWS_PER_PAGE))
    count, added = fitting((loaded.value, 1) for loaded in page.rows)
    chosen = page.rows[: max(count, 1)]
    if not count:  # one document that changes more sums than a commit is to have
        added = waiting(loaded.value for loaded in chosen)
    facts = await Facts.read(env, added)
    facts.grow(added, now=env.clock.now())
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
    facts = await Facts.read(env, above, known=page.rows)
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


async def _commit(env: Env, writes: Sequence[Write], count: int, cmd: Command) -> Done:
    if not writes:
        return Done()
    first = next((write for write in writes if isinstance(write, Put)), None)
    if first is None:  # facts in which nothing is left
        await env.store.commit(writes)
    else:
        await env.commit(first, *(write for write in writes if write is not first), call=cmd.call)
    return Done(count)
