"""A card: the score of a partner for a quarter, and its revisions. Each revision is a row of its own."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, require_state
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import PartnerKind
from services.partners.scorecard.domain.model import PeerKey, ScorecardModel
from services.partners.scorecard.domain.run import ScorecardRun
from services.partners.scorecard.domain.scoring import (
    ScorecardLine,
    Standing,
    Tally,
    score_of,
    shared,
    standing,
    tallied,
)
from services.partners.scorecard.events import ScorecardClosed, ScorecardPublished


class ScorecardState(Enum):
    """SCORED: computed and not ranked yet, so nobody but the vendor sees it."""

    SCORED = "SCORED"
    CLOSED = "CLOSED"


class ScorecardPeerGroup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the partners of a group have in common; empty where the model does not ask for it."""

    country: str = ""
    kind: PartnerKind | None = None
    tier: str = ""


class ScorecardDifference(msgspec.Struct, frozen=True, kw_only=True):
    """What a revision changed. score_change: in hundredths of a point; None if one of both has no score.
    changed_dimensions: the codes of the lines that differ."""

    score_change: int | None = None
    changed_dimensions: tuple[str, ...] = ()


class Scorecard(Document, frozen=True, kw_only=True):
    """One revision of a card. first_id: of the first revision. previous_scorecard_id, superseded_by_id: its neighbours.
    latest: whether it is the last one. parent_partner_id: from whom the partner bought when the card was closed. score:
    in hundredths of a point; None if no line has data. closing_score: that of the first revision."""

    partner_id: str
    run_id: str
    model_id: str
    model_code: str
    model_number: int
    quarter: date
    revision: int = 1
    first_id: str
    previous_scorecard_id: str = ""
    superseded_by_id: str = ""
    latest: bool = True
    state: ScorecardState = ScorecardState.SCORED
    parent_partner_id: str = ""
    peer_group: ScorecardPeerGroup = ScorecardPeerGroup()
    lines: tuple[ScorecardLine, ...]
    score: int | None = None
    closing_score: int | None = None
    standing: Standing | None = None
    difference: ScorecardDifference | None = None
    as_of: datetime
    close_time: datetime | None = None
    publish_time: datetime | None = None
    create_time: datetime
    update_time: datetime


class PeerScores(Document, frozen=True, kw_only=True):
    """The scores of a peer group of a run as they were when the quarter was closed; the id is `peers_id`. Cards that
    are revised later are compared with these."""

    tallies: tuple[Tally, ...] = ()


class CardSuperseded(AppError):
    """The card has a later revision."""

    code, reason = Code.FAILED_PRECONDITION, "SCORECARD_SUPERSEDED"

    def __init__(self, card: Scorecard) -> None:
        super().__init__(
            f"{card.id} was revised; the next revision is {card.superseded_by_id}",
            id=card.id,
            superseded_by_id=card.superseded_by_id,
        )


class Revised(NamedTuple):
    """A card that late facts changed, and what it was before, marked as superseded."""

    before: Scorecard
    after: Scorecard


def peer_group_of(model: ScorecardModel, partner: Partner) -> ScorecardPeerGroup:
    """With whom a partner is compared by a model."""
    keys = set(model.peer_keys)
    return ScorecardPeerGroup(
        country=partner.country if PeerKey.COUNTRY in keys else "",
        kind=partner.kind if PeerKey.KIND in keys else None,
        tier=partner.tier if PeerKey.TIER in keys else "",
    )


def peers_id(run_id: str, group: ScorecardPeerGroup) -> str:
    """The id of the scores of a peer group."""
    return f"{run_id}:{group.country}:{group.kind.name if group.kind else ''}:{group.tier}"


def scored(
    id: str,
    model: ScorecardModel,
    partner: Partner,
    lines: Sequence[ScorecardLine],
    *,
    run: ScorecardRun,
    as_of: datetime,
    now: datetime,
) -> Scorecard:
    """The first revision of a card, before it is ranked."""
    final = shared(lines)
    score = score_of(final)
    return Scorecard(
        id=id,
        first_id=id,
        partner_id=partner.id,
        run_id=run.id,
        model_id=model.id,
        model_code=model.code,
        model_number=model.number,
        quarter=run.quarter,
        parent_partner_id=partner.parent_partner_id,
        peer_group=peer_group_of(model, partner),
        lines=final,
        score=score,
        closing_score=score,
        as_of=as_of,
        create_time=now,
        update_time=now,
    )


def close(card: Scorecard, tallies: Sequence[Tally], *, published: bool, now: datetime) -> Scorecard:
    """The card with its place in its peer group, whose tallies include its score."""
    place = standing(tallies, card.score) if card.score is not None else None
    return replace(
        card,
        state=ScorecardState.CLOSED,
        standing=place,
        close_time=now,
        publish_time=now if published else None,
        update_time=now,
    )


def revise(
    card: Scorecard,
    lines: Sequence[ScorecardLine],
    tallies: Sequence[Tally],
    id: str,
    *,
    as_of: datetime,
    now: datetime,
) -> Revised | None:
    """The next revision of a closed card; None if no line differs. tallies: of its peer group at the closing; the new
    score takes the place of that of the first revision among them."""
    final = shared(lines)
    if final == card.lines:
        return None
    score = score_of(final)
    others = tallied(tallies, card.closing_score, by=-1) if card.closing_score is not None else tuple(tallies)
    both = score is not None and card.score is not None
    changed = [new.dimension.code for old, new in zip(card.lines, final, strict=True) if old != new]
    after = replace(
        card,
        id=id,
        version=0,
        revision=card.revision + 1,
        previous_scorecard_id=card.id,
        lines=final,
        score=score,
        standing=standing(tallied(others, score), score) if score is not None else None,
        difference=ScorecardDifference(
            score_change=(score or 0) - (card.score or 0) if both else None, changed_dimensions=tuple(changed)
        ),
        as_of=as_of,
        close_time=now,
        publish_time=now if card.publish_time else None,
        create_time=now,
        update_time=now,
    )
    return Revised(replace(card, latest=False, superseded_by_id=id, update_time=now), after)


def publish(card: Scorecard, *, now: datetime) -> Scorecard:
    """The card, shown to the partner; the same if it was. WrongState, CardSuperseded."""
    require_state("scorecard", card.id, card.state, action="publish", allowed={ScorecardState.CLOSED})
    if not card.latest:
        raise CardSuperseded(card)
    return card if card.publish_time else replace(card, publish_time=now, update_time=now)


def closed_event(card: Scorecard) -> ScorecardClosed:
    """The event of a new revision."""
    return ScorecardClosed(
        scorecard_id=card.id,
        partner_id=card.partner_id,
        model_code=card.model_code,
        quarter=card.quarter,
        revision=card.revision,
        previous_scorecard_id=card.previous_scorecard_id,
        scored=card.score is not None,
        score=card.score or 0,
    )


def published_event(card: Scorecard) -> ScorecardPublished:
    """The event of a card that the partner may see."""
    return ScorecardPublished(scorecard_id=card.id, partner_id=card.partner_id, quarter=card.quarter)
