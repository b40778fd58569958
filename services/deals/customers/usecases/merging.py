"""Merges records of the vendor, undoes merges, and proposes and dismisses them."""

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import NotFound
from libs.store.port import ROWS_PER_PAGE, Loaded, Put, Query, Write, create, get
from services.deals.customers.documents import CUSTOMERS, PROPOSALS
from services.deals.customers.domain import merging, proposals
from services.deals.customers.domain.customers import EndCustomer, View
from services.deals.customers.domain.proposals import (
    PROPOSED_AT_MOST,
    Likeness,
    MergeProposal,
    MergeProposalState,
    likeness,
)
from services.deals.customers.reads import Book, proposals_of, tree
from services.deals.customers.usecases.wins import about, tell
from services.deals.settings import Env

_KEYS = ("registration_key", "domain_key", "name_key")


class MergeCustomers(ResourceCommand, frozen=True, kw_only=True):
    """Merge a record into another one."""

    into_id: str


class UndoMerge(ResourceCommand, frozen=True, kw_only=True):
    """Separate a record from the one into which it was merged."""


class ProposeMerges(Command, frozen=True, kw_only=True):
    """Look for the duplicates of a record."""

    customer_id: str


class DismissProposal(ResourceCommand, frozen=True, kw_only=True):
    """Judge that two records are of two customers."""


async def merge_customers(env: Env, cmd: MergeCustomers) -> EndCustomer:
    """The merged record; unchanged if it was merged into that one already."""
    source = await _of_the_vendor(env, cmd, cmd.id, etag=cmd.etag)
    target = await _of_the_vendor(env, cmd, cmd.into_id)
    if source.value.view is View.MERGED and source.value.merged_into_id == cmd.into_id:
        return await env.unchanged(source, call=cmd.call)
    members = (*await tree(env, cmd.id), *await tree(env, cmd.into_id))
    merging.refuse_merge(source.value, target.value, together=len(members))
    merged, event = merging.merge(source.value, target.value, now=env.clock.now())
    book = Book(env)
    told = await tell(book, target.value.id, members)
    put = source.put(merged)
    more = [target.put(target.value), *book.writes(""), *await _judgement(env, merged, MergeProposalState.MERGED)]
    return await env.commit(put, *more, events=[event, *about(told, more)], call=cmd.call)


async def undo_merge(env: Env, cmd: UndoMerge) -> EndCustomer:
    """The record that stands for itself again, with everything that was merged into it before."""
    loaded = await _of_the_vendor(env, cmd, cmd.id, etag=cmd.etag)
    apart, event = merging.undo(loaded.value, now=env.clock.now())
    book = Book(env)
    root = await book.root(loaded.value)
    below = await tree(env, cmd.id)
    rest = [one for one in await tree(env, root.id) if one not in below]
    told = {**await tell(book, cmd.id, below), **await tell(book, root.id, rest)}
    book.keep_customer(root)
    more = [
        *book.writes(""),
        *await _judgement(env, loaded.value, MergeProposalState.DISMISSED),
    ]
    return await env.commit(loaded.put(apart), *more, events=[event, *about(told, more)], call=cmd.call)


async def propose_merges(env: Env, cmd: ProposeMerges) -> EndCustomer:
    """The record, after its duplicates were looked for; `proposals_of` has them. Unchanged if there is nothing new."""
    loaded = await _of_the_vendor(env, cmd, cmd.customer_id)
    row = await Book(env).root(loaded.value)
    known = {(one.one_id, one.other_id) for one in await proposals_of(env, row.id)}
    now, made = env.clock.now(), list[Write]()
    for other, found in await _alike(env, loaded.value, row.id):
        ids = proposals.pair(row.id, other)
        if ids not in known and len(known) < PROPOSED_AT_MOST:
            known.add(ids)
            made.append(create(PROPOSALS, proposals.proposed(_proposal_id(env, ids), ids, found, now=now)))
    if not made and loaded.value.propose_since is None:
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(proposals.looked_for(loaded.value)), *made, call=cmd.call)


async def dismiss_proposal(env: Env, cmd: DismissProposal) -> MergeProposal:
    """The proposal in DISMISSED; unchanged if it is."""
    loaded = await env.load(PROPOSALS, cmd.id, call=cmd.call, etag=cmd.etag)
    after = proposals.dismiss(loaded.value, now=env.clock.now())
    if same_content(loaded.value, after):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(after), call=cmd.call)


async def _of_the_vendor(env: Env, cmd: Command, id: str, *, etag: str = "") -> Loaded[EndCustomer]:
    """A record of the vendor; NotFound also for that of a partner."""
    loaded = await env.load(CUSTOMERS, id, call=cmd.call, etag=etag)
    if loaded.value.view is View.PARTNER:
        raise NotFound(CUSTOMERS.name, id)
    return loaded


async def _alike(env: Env, row: EndCustomer, root_id: str) -> list[tuple[str, Likeness]]:
    """The tops of other trees with a record that shares a key with this one; the most certain first."""
    best: dict[str, Likeness] = {}
    book = Book(env)
    for key in _KEYS:
        value: str | None = getattr(row, key)
        for view in (View.CELL, View.MERGED) if value else ():
            query = Query(kind=CUSTOMERS, equals={key: value, "view": view}, limit=ROWS_PER_PAGE)
            for loaded in (await env.store.find(query)).rows:
                top = (await book.root(loaded.value)).id
                found = likeness(row.customer, loaded.value.customer, env.keys.keyed)
                if top != root_id and found is not None and (top not in best or best[top].score < found.score):
                    best[top] = found
    return sorted(best.items(), key=lambda one: (-one[1].score, one[0]))


async def _judgement(env: Env, merged: EndCustomer, state: MergeProposalState) -> tuple[Put[MergeProposal], ...]:
    """The write of what a person decided about a record and the one into which it is merged. A merge that nobody
    proposed leaves none."""
    ids = proposals.pair(merged.id, merged.merged_into_id)
    key, now = _proposal_id(env, ids), env.clock.now()
    held = await get(env.store, PROPOSALS, key)
    if held is not None:
        after = proposals.decided(held.value, state, now=now)
        return () if after is held.value else (held.put(after),)
    if state is MergeProposalState.MERGED:
        return ()
    return (create(PROPOSALS, proposals.judged(key, ids, state, now=now)),)


def _proposal_id(env: Env, ids: tuple[str, str]) -> str:
    return env.ids.derived("mpr", env.keys.keyed(f"merge {ids[0]} {ids[1]}"))
