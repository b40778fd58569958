"""Looks for records that may be of one customer, by equal keys and by similar names, and dismisses proposals."""

from collections.abc import Sequence

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.store.port import ROWS_PER_PAGE, Query, Write, create, get_all
from services.deals.conflicts.domain.matching import Likeness as Near
from services.deals.conflicts.reads.near import near_matches
from services.deals.customers.documents import CUSTOMERS, ENTRIES, PROPOSALS
from services.deals.customers.domain import proposals
from services.deals.customers.domain.customers import EndCustomer, View
from services.deals.customers.domain.proposals import PROPOSED_AT_MOST, Likeness, MergeProposal, likeness
from services.deals.customers.reads import Book, of_the_vendor, proposal_id, proposals_of
from services.deals.matching.domain.comparing import comparable, compared
from services.deals.matching.domain.judging import JudgedPair, PairVerdict, holds_for
from services.deals.matching.reads.filing import as_written
from services.deals.matching.reads.search import Asked, asked_of, judgements, search
from services.deals.settings import Env

_KEYS = ("registration_key", "domain_key", "name_key")


class ProposeMerges(Command, frozen=True, kw_only=True):
    """Look for the duplicates of a record."""

    customer_id: str


class DismissProposal(ResourceCommand, frozen=True, kw_only=True):
    """Judge that two records are of two customers."""


async def propose_merges(env: Env, cmd: ProposeMerges) -> EndCustomer:
    """The record, after its duplicates were looked for; `proposals_of` has them. Unchanged if there is nothing new."""
    loaded = await of_the_vendor(env, cmd, cmd.customer_id)
    row = await Book(env).root(loaded.value)
    known = {(one.one_id, one.other_id) for one in await proposals_of(env, row.id)}
    now, made = env.clock.now(), list[Write]()
    for other, found in await _alike(env, loaded.value, row.id):
        ids = proposals.pair(row.id, other)
        if ids not in known and len(known) < PROPOSED_AT_MOST:
            known.add(ids)
            made.append(create(PROPOSALS, proposals.proposed(proposal_id(env, ids), ids, found, now=now)))
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


async def _alike(env: Env, row: EndCustomer, root_id: str) -> list[tuple[str, Likeness]]:
    """The tops of other trees with a record that shares a key with this one, or has an open claim on a customer who is
    written in a similar way; the most certain first. A tree is left out if a person said of one of its records that it
    is of another customer."""
    asked = asked_of(env, compared(row.customer), row.described_by) if comparable(row.customer) else None
    judged = await judgements(env, asked.key) if asked else ()
    near = await _near(env, asked) if asked else {}
    others = {one.id: one for one in await _equal(env, row)}
    others |= {key: held.value for key, held in (await get_all(env.store, CUSTOMERS, near)).items()}
    best: dict[str, Likeness] = {}
    apart, book = set[str](), Book(env)
    for other in others.values():
        top, found = (await book.root(other)).id, near.get(other.id)
        said = found.judged if found and found.judged else _said(env, asked, other, judged)
        if said is PairVerdict.DIFFERENT:
            apart.add(top)
        like = likeness(row.customer, other.customer, env.keys.keyed, near=found, said=said)
        if like is not None and (top not in best or best[top].score < like.score):
            best[top] = like
    left = [(top, like) for top, like in best.items() if top not in {root_id, *apart}]
    return sorted(left, key=lambda one: (-one[1].score, one[0]))


async def _equal(env: Env, row: EndCustomer) -> list[EndCustomer]:
    """The records of the vendor that share a key with this one; of each key the first 200, merged or not."""
    found: list[EndCustomer] = []
    for key in _KEYS:
        value: str | None = getattr(row, key)
        for view in (View.CELL, View.MERGED) if value else ():
            query = Query(kind=CUSTOMERS, equals={key: value, "view": view}, limit=ROWS_PER_PAGE)
            found += (loaded.value for loaded in (await env.store.find(query)).rows)
    return found


async def _near(env: Env, asked: Asked) -> dict[str, Near]:
    """How open claims on customers who are written in a similar way compare, by the id of the record that has the
    claim; of each record the most probable one. A claim that is not filed yet is missing: its own record is looked at
    once it is."""
    told = near_matches((await search(env, asked)).found)
    filed = await get_all(env.store, ENTRIES, told)
    found: dict[str, Near] = {}
    for claim_id, one in told.items():
        if claim_id in filed and (customer := filed[claim_id].value.customer_id):
            found.setdefault(customer, one)
    return found


def _said(env: Env, asked: Asked | None, other: EndCustomer, judged: Sequence[JudgedPair]) -> PairVerdict | None:
    """What a person said of the customers of two records."""
    if asked is None or not judged or not comparable(other.customer):
        return None
    key, ids = as_written(env, compared(other.customer)), frozenset({asked.registration_id, other.described_by})
    return next((pair.verdict for pair in judged if holds_for(pair, asked.key, key, ids)), None)
