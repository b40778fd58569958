"""Merges records of the vendor, and undoes merges."""

from libs.call import ResourceCommand
from libs.store.port import Put, create, get
from services.deals.customers.documents import PROPOSALS
from services.deals.customers.domain import merging, proposals
from services.deals.customers.domain.customers import EndCustomer, View
from services.deals.customers.domain.proposals import MergeProposal, MergeProposalState
from services.deals.customers.reads import Book, of_the_vendor, proposal_id, tree, with_last_win
from services.deals.customers.usecases.wins import about, tell
from services.deals.settings import Env


class MergeCustomers(ResourceCommand, frozen=True, kw_only=True):
    """Merge a record into another one."""

    into_id: str


class UndoMerge(ResourceCommand, frozen=True, kw_only=True):
    """Separate a record from the one into which it was merged."""


async def merge_customers(env: Env, cmd: MergeCustomers) -> EndCustomer:
    """The merged record; unchanged if it was merged into that one already."""
    source = await of_the_vendor(env, cmd, cmd.id, etag=cmd.etag)
    target = await of_the_vendor(env, cmd, cmd.into_id)
    if source.value.view is View.MERGED and source.value.merged_into_id == cmd.into_id:
        return await env.unchanged(source, call=cmd.call)
    members = (*await tree(env, cmd.id), *await tree(env, cmd.into_id))
    merging.refuse_merge(source.value, target.value, together=len(members))
    merged, event = merging.merge(source.value, target.value, now=env.clock.now())
    book = Book(env)
    told = await tell(book, target.value.id, members)
    put = source.put(merged)
    more = [
        target.put(await with_last_win(book, target.value, members)),
        *book.writes(""),
        *await _judgement(env, merged, MergeProposalState.MERGED),
    ]
    return await env.commit(put, *more, events=[event, *about(told, more)], call=cmd.call)


async def undo_merge(env: Env, cmd: UndoMerge) -> EndCustomer:
    """The record that stands for itself again, with everything that was merged into it before."""
    loaded = await of_the_vendor(env, cmd, cmd.id, etag=cmd.etag)
    apart, event = merging.undo(loaded.value, now=env.clock.now())
    book = Book(env)
    root = await book.root(loaded.value)
    below = await tree(env, cmd.id)
    rest = [one for one in await tree(env, root.id) if one not in below]
    told = {**await tell(book, cmd.id, below), **await tell(book, root.id, rest)}
    book.keep_customer(await with_last_win(book, root, rest))
    apart = await with_last_win(book, apart, below)
    more = [
        *book.writes(""),
        *await _judgement(env, loaded.value, MergeProposalState.DISMISSED),
    ]
    return await env.commit(loaded.put(apart), *more, events=[event, *about(told, more)], call=cmd.call)


async def _judgement(env: Env, merged: EndCustomer, state: MergeProposalState) -> tuple[Put[MergeProposal], ...]:
    """The write of what a person decided about a record and the one into which it is merged. A merge that nobody
    proposed leaves none."""
    ids = proposals.pair(merged.id, merged.merged_into_id)
    key, now = proposal_id(env, ids), env.clock.now()
    held = await get(env.store, PROPOSALS, key)
    if held is not None:
        after = proposals.decided(held.value, state, now=now)
        return () if after is held.value else (held.put(after),)
    if state is MergeProposalState.MERGED:
        return ()
    return (create(PROPOSALS, proposals.judged(key, ids, state, now=now)),)
