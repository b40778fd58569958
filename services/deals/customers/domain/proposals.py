"""Which records may be of one customer, and what a person decided about it."""

from datetime import datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import require_state
from libs.matching import Verdict
from services.deals.claims.domain.registration import Customer
from services.deals.conflicts.domain.differences import differences
from services.deals.conflicts.domain.keys import MatchKey, key_of, keys_of
from services.deals.conflicts.domain.matching import (
    AGAINST,
    FURTHER_KEY,
    SCORE_LEAST,
    SCORE_LIMIT,
    SCORES,
    MatchReason,
)
from services.deals.conflicts.domain.matching import Likeness as Near
from services.deals.customers.domain.customers import EndCustomer, Keyed
from services.deals.matching.domain.comparing import NearPart
from services.deals.matching.domain.judging import PairVerdict

PROPOSED_AT_MOST = 50  # for one record at a time
REVIEWED = 50  # points of a similar name that is near enough for a review and no conflict


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
    probability_basis_points: int = 0
    parts: tuple[NearPart, ...] = ()


class MergeProposal(Document, frozen=True, kw_only=True):
    """Two records of the vendor that may be of one customer; the id belongs to the pair. probability_basis_points,
    parts: how the customers compare, if their names are not the same and an open claim was compared."""

    one_id: str
    other_id: str
    score: int = 0
    reasons: tuple[MatchReason, ...] = ()
    contradictions: tuple[MatchReason, ...] = ()
    probability_basis_points: int = 0
    parts: tuple[NearPart, ...] = ()
    state: MergeProposalState
    create_time: datetime
    update_time: datetime


def likeness(
    one: Customer, other: Customer, keyed: Keyed, *, near: Near | None = None, said: PairVerdict | None = None
) -> Likeness | None:
    """What the conflict check would say of claims on these customers; None if they share neither number nor domain nor
    name, are not written in a similar way, and nobody said that they are one. near: how they compare, if they were
    compared. said: the judgement of a person, which outweighs everything else."""
    shared = {key_of(key) for key in {*keys_of(one, keyed)} & {*keys_of(other, keyed)}}
    told = near if near and near.verdict is not Verdict.APART and MatchKey.NAME not in shared else None
    shared |= {MatchKey.NEAR} if told else set()
    shared |= {MatchKey.JUDGED} if said is PairVerdict.SAME else set()
    if not shared - {MatchKey.PHONE}:
        return None
    points = {key: REVIEWED if told and key is MatchKey.NEAR and _unsure(told) else SCORES[key] for key in shared}
    reasons = tuple(MatchReason(key, points[key]) for key in sorted(shared, key=lambda key: (-points[key], key.value)))
    against = tuple(MatchReason(key, AGAINST[key]) for key in (() if said else differences(one, other)))
    together = min(SCORE_LIMIT, max(points.values()) + FURTHER_KEY * (len(points) - 1))
    return Likeness(
        score=max(SCORE_LEAST, together - sum(reason.score for reason in against)),
        reasons=reasons,
        contradictions=against,
        probability_basis_points=told.probability_basis_points if told else 0,
        parts=told.parts if told else (),
    )


def _unsure(near: Near) -> bool:
    return near.verdict is Verdict.REVIEW


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
        probability_basis_points=found.probability_basis_points,
        parts=found.parts,
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
