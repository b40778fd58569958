"""Shows the side of a partner, takes its appeal, and adds facts to its ledger."""

from datetime import datetime

from libs.call import Command, ResourceCommand
from libs.errors import NotFound, require_state
from libs.person import PersonalText
from libs.store.paging import UPDATED, ListCommand, paged
from libs.store.port import Page, get
from services.deals.adjudication.documents import ADJUDICATION_SIDES, ADJUDICATIONS
from services.deals.adjudication.domain import cases as domain
from services.deals.adjudication.domain.sides import AdjudicationFactKind, AdjudicationSide, invited, observed
from services.deals.adjudication.domain.states import MAY_RECORD
from services.deals.adjudication.events import AdjudicationAppealed, AdjudicationFactRecorded
from services.deals.claims.documents import REGISTRATIONS
from services.deals.settings import Env


class GetAdjudicationSide(Command, frozen=True, kw_only=True):
    """Show a side."""

    id: str


class ListAdjudicationSides(ListCommand, frozen=True, kw_only=True):
    """List sides; an empty filter matches all that the caller may see."""

    partner_id: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class AppealAdjudication(ResourceCommand, frozen=True, kw_only=True):
    """The partner of a claim that lost appeals."""

    statement: PersonalText


class RecordInvitation(ResourceCommand, frozen=True, kw_only=True):
    """Record that the customer has invited the partner."""

    reference: str


class ObserveClaim(Command, frozen=True, kw_only=True):
    """Look at the claim of an open side again."""

    id: str
    registration_id: str


async def get_adjudication_side(env: Env, cmd: GetAdjudicationSide) -> AdjudicationSide:
    """The side; NotFound, for a partner's people also if it is not of their own partner."""
    side = await env.show(ADJUDICATION_SIDES, cmd.id, call=cmd.call)
    if cmd.call.caller.partner_id not in ("", side.partner_id):
        raise NotFound(ADJUDICATION_SIDES.name, cmd.id)
    return side


async def list_adjudication_sides(env: Env, cmd: ListAdjudicationSides) -> Page[AdjudicationSide]:
    """One page of sides, by id unless the caller asks for another order. NotFound for a partner's people if they ask
    for another partner."""
    own = cmd.call.caller.partner_id
    if own and cmd.partner_id not in ("", own):
        raise NotFound("partner", cmd.partner_id)
    filters = {"partner_id": own or cmd.partner_id}
    return await env.listing(ADJUDICATION_SIDES, filters, call=cmd.call, **paged(cmd, UPDATED))


async def appeal_adjudication(env: Env, cmd: AppealAdjudication) -> AdjudicationSide:
    """The side with the appeal. WrongState, AlreadyAppealed, AppealTooLate, InvalidInput."""
    seen = await env.load(ADJUDICATION_SIDES, cmd.id, call=cmd.call)
    async with env.settings.locks.of(seen.value.adjudication_id):
        loaded = await env.load(ADJUDICATION_SIDES, cmd.id, call=cmd.call, etag=cmd.etag)
        case = await get(env.store, ADJUDICATIONS, loaded.value.adjudication_id)
        assert case is not None, "a side and its case are written together"
        changed, side = domain.appeal(case.value, loaded.value, cmd.statement, now=env.clock.now())
        event = AdjudicationAppealed(
            adjudication_side_id=side.id, registration_id=side.registration_id, partner_id=side.partner_id
        )
        return await env.commit(loaded.put(side), case.put(changed), events=[event], call=cmd.call)


async def record_invitation(env: Env, cmd: RecordInvitation) -> AdjudicationSide:
    """The side with the invitation; unchanged if the document is there already. WrongState, TooMuchEvidence."""
    loaded = await env.load(ADJUDICATION_SIDES, cmd.id, call=cmd.call, etag=cmd.etag)
    case = await env.load(ADJUDICATIONS, loaded.value.adjudication_id, call=cmd.call)
    require_state("adjudication", case.value.id, case.value.state, action="record", allowed=MAY_RECORD)
    side = invited(loaded.value, cmd.reference, now=env.clock.now())
    if side is loaded.value:
        return await env.unchanged(loaded, call=cmd.call)
    event = _recorded(side, AdjudicationFactKind.INVITED)
    # The case is written too, so that of a fact and a decision at the same moment one is tried again.
    return await env.commit(loaded.put(side), case.put(case.value), events=[event], call=cmd.call)


async def observe_claim(env: Env, cmd: ObserveClaim) -> AdjudicationSide:
    """The side after a look at its claim; unchanged if it knows everything."""
    loaded = await env.load(ADJUDICATION_SIDES, cmd.id, call=cmd.call)
    reg = await env.load(REGISTRATIONS, cmd.registration_id, call=cmd.call)
    if loaded.value.open_registration_id is None:
        return loaded.value
    side = observed(loaded.value, reg.value, now=env.clock.now())
    if side is loaded.value:
        return side
    events = [_recorded(side, one.kind) for one in side.facts[len(loaded.value.facts) :]]
    return await env.commit(loaded.put(side), events=events, call=cmd.call)


def _recorded(side: AdjudicationSide, kind: AdjudicationFactKind) -> AdjudicationFactRecorded:
    return AdjudicationFactRecorded(
        adjudication_side_id=side.id, registration_id=side.registration_id, partner_id=side.partner_id, kind=kind
    )
