"""Finds what is open with a partner in partners, and gives a partner another distributor."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TypeVar

from libs.call import SYSTEM, Call
from libs.document import Document
from libs.errors import AppError, StoreUnavailable
from libs.handover import Leaving, MoveRow
from libs.handover_row import HandoverStay
from libs.partner import PartnerStatus
from libs.store.port import Scalar, get
from services.partners.facts.reads import moved_writes
from services.partners.hierarchy.reads import HIERARCHY_TURN, move_writes
from services.partners.leaving import domain
from services.partners.plan.domain.states import MAY_CHANGE_INITIATIVE
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.relations.domain.review import BusinessReview
from services.partners.settings import Env
from services.partners.territories.domain import TerritoryGrant

S = TypeVar("S", bound=Enum)
FoundBy = Callable[[Env, Leaving], Sequence[Mapping[str, Scalar]]]

_LOOKING = Call(caller=SYSTEM, method="partners__hand_over")


def buyers_found_by(env: Env, leaving: Leaving) -> Sequence[Mapping[str, Scalar]]:
    """The partners that buy from the one that leaves."""
    return [{"parent_partner_id": leaving.partner_id}] if leaving.partner_id else ()


def in_states(states: frozenset[S]) -> FoundBy:
    """What finds the rows of the partner in these states; of a person there are none."""
    ordered = sorted(states, key=lambda one: one.name)

    def found_by(env: Env, leaving: Leaving) -> Sequence[Mapping[str, Scalar]]:
        return [{"partner_id": leaving.partner_id, "state": one} for one in ordered] if leaving.partner_id else ()

    return found_by


def of_partner(env: Env, leaving: Leaving) -> Sequence[Mapping[str, Scalar]]:
    """All rows of the partner; of a person there are none."""
    return [{"partner_id": leaving.partner_id}] if leaving.partner_id else ()


def is_running(env: Env, partner: Partner) -> bool:
    """Whether a partner is not terminated or rejected."""
    return not partner.ended


def is_granted(env: Env, grant: TerritoryGrant) -> bool:
    """Whether a territory has not ended."""
    return env.today() <= grant.ends


def has_open_decision(env: Env, review: BusinessReview) -> bool:
    """Whether something that was decided is neither done nor given up."""
    return any(one.state in MAY_CHANGE_INITIATIVE for one in review.decisions)


async def of_contract(env: Env, row: Document, leaving: Leaving) -> HandoverStay:
    """Contracts, rights and money stay with the partner that has them."""
    return HandoverStay.CONTRACT_OF_PARTNER


async def about_partner(env: Env, row: Document, leaving: Leaving) -> HandoverStay:
    """What is about the partner itself stays with it."""
    return HandoverStay.ABOUT_PARTNER


async def stays(env: Env, partner: Partner, leaving: Leaving) -> HandoverStay | None:
    """Why a partner keeps its distributor; None if it gets another one. StoreUnavailable."""
    target = await get(env.store, PARTNERS, leaving.target_partner_id)
    if target is None or target.value.status is not PartnerStatus.ACTIVE:
        return HandoverStay.TARGET_NOT_ACTIVE
    after, _ = domain.hand_over(partner, target.value.id, handover_id=leaving.handover_id, now=env.clock.now())
    try:
        await move_writes(env, partner, after, call=_LOOKING)
    except StoreUnavailable:
        raise
    except AppError:  # no distributor, a cycle, too many levels
        return HandoverStay.TARGET_CANNOT_SUPPLY
    return None


async def hand_over_partner(env: Env, cmd: MoveRow) -> Partner:
    """The partner with its new distributor; unchanged if it does not buy from the one that leaves, has ended, or
    stays."""
    leaving = cmd.leaving
    async with env.settings.locks.of(HIERARCHY_TURN):
        loaded = await env.load(PARTNERS, cmd.id, call=cmd.call)
        before = loaded.value
        if before.parent_partner_id != leaving.partner_id or before.ended:
            return before
        if await stays(env, before, leaving) is not None:
            return before
        after, event = domain.hand_over(
            before, leaving.target_partner_id, handover_id=leaving.handover_id, now=env.clock.now()
        )
        return await env.commit(
            loaded.put(after),
            *await move_writes(env, before, after, call=cmd.call),
            *await moved_writes(env, before, after),
            cmd.receipt,
            events=[event],
            call=cmd.call,
        )
