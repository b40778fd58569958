"""Which records may be of one customer, and what a person decided about it."""

from datetime import datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import require_state
from services.deals.claims.domain.registration import Customer
from services.deals.conflicts.domain.differences import differences
from services.deals.conflicts.domain.keys import MatchKey, key_of, keys_of
from services.deals.conflicts.domain.matching import AGAINST, SCORE_LEAST, SCORES, MatchReason, score_of
from services.deals.customers.domain.customers import EndCustomer, Keyed

PROPOSED_AT_MOST = 50  # for one record at a time


class MergeProposalState(Enum):
    """Whether somebody has decided."""

    OPEN = "OPEN"
    MERGED = "MERGED"
    DISMISSED = "DISMISSED"


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """How certain it is that two customers are one, 1 to 100, with what agrees and what differs."""

    score: int
    reasons: tuple[MatchReason, ...]
    contradictions: tuple[MatchReason, ...]


class MergeProposal(Document, frozen=True, kw_only=True):
    """Two records of the vendor that may be of one customer; the id belongs to the pair."""

    one_id: str
    other_id: str
    score: int = 0
    reasons: tuple[MatchReason, ...] = ()
    contradictions: tuple[MatchReason, ...] = ()
    state: MergeProposalState
    create_time: datetime
    update_time: datetime


def likeness(one: Customer, other: Customer, keyed: Keyed) -> Likeness | None:
    """What the conflict check would say of claims on these customers; None if they share neither number nor domain nor
    name. Matching by similar names is to be added here."""
    shared = {key_of(key) for key in {*keys_of(one, keyed)} & {*keys_of(other, keyed)}}
    if not shared - {MatchKey.PHONE}:
        return None
    reasons = tuple(MatchReason(key, SCORES[key]) for key in sorted(shared, key=lambda key: -SCORES[key]))
    against = tuple(MatchReason(key, AGAINST[key]) for key in differences(one, other))
    score = max(SCORE_LEAST, score_of(shared) - sum(reason.score for reason in against))
    return Likeness(score=score, reasons=reasons, contradictions=against)


def pair(one_id: str, other_id: str) -> tuple[str, str]:
    """Both ids in the order in which a proposal names them."""
    return (one_id, other_id) if one_id < other_id else (other_id, one_id)


def proposed(id: str, ids: tuple[str, str], found: Likeness, *, now: datetime) -> MergeProposal:
    """A new proposal."""
    return MergeProposal(
        id=id,
        one_id=ids[0],
        other_id=ids[1],
        score=found.score,
        reasons=found.reasons,
        contradictions=found.contradictions,
        state=MergeProposalState.OPEN,
        create_time=now,
        update_time=now,
    )


def judged(id: str, ids: tuple[str, str], state: MergeProposalState, *, now: datetime) -> MergeProposal:
    """What a person decided about a pair that was not proposed."""
    return MergeProposal(id=id, one_id=ids[0], other_id=ids[1], state=state, create_time=now, update_time=now)


def decided(proposal: MergeProposal, state: MergeProposalState, *, now: datetime) -> MergeProposal:
    """The proposal after a merge or its undo."""
    return replace(proposal, state=state, update_time=now) if proposal.state is not state else proposal


def looked_for(row: EndCustomer) -> EndCustomer:
    """The record after its duplicates were looked for."""
    return replace(row, propose_since=None)


def dismiss(proposal: MergeProposal, *, now: datetime) -> MergeProposal:
    """The proposal in DISMISSED; WrongState if the records were merged."""
    allowed = frozenset({MergeProposalState.OPEN, MergeProposalState.DISMISSED})
    require_state("merge_proposal", proposal.id, proposal.state, action="dismiss", allowed=allowed)
    return decided(proposal, MergeProposalState.DISMISSED, now=now)
