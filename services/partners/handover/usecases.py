"""The use cases of handovers: open, confirm, cancel, read, record what a service states."""

from datetime import datetime

from libs.call import Call, Command, ResourceCommand
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.errors import InvalidInput
from libs.handover import sealed_users, taking_part
from libs.handover_row import HandoverOutcome
from libs.partner import NOT_YET_ACTIVE, PartnerNotActive, PartnerNotYetActive, PartnerStatus
from libs.store.listing import every_row
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, create, get_all
from services.partners.handover import domain
from services.partners.handover.documents import HANDOVERS, ITEMS
from services.partners.handover.domain import Handover, HandoverItem, HandoverPart, HandoverState, Stated
from services.partners.handover.events import HandoverAsked, HandoverCanceled, HandoverConfirmed
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env


class OpenHandover(Command, frozen=True, kw_only=True):
    """Ask every service what is open with a partner or a person."""

    leaving_partner_id: str = ""
    target_partner_id: str = ""
    leaving_user: str = ""
    target_user: str = ""


class ConfirmHandover(ResourceCommand, frozen=True, kw_only=True):
    """Have every service move what is open."""


class CancelHandover(ResourceCommand, frozen=True, kw_only=True):
    """Give a handover up before it is confirmed."""


class GetHandover(Command, frozen=True, kw_only=True):
    """Show one handover."""

    id: str


class ListHandovers(ListCommand, frozen=True, kw_only=True):
    """List handovers; an empty filter matches all of them."""

    leaving_partner_id: str = ""
    state: HandoverState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class ListHandoverItems(ListCommand, frozen=True, kw_only=True):
    """List the documents of a handover; an empty filter matches all of them."""

    handover_id: str
    service: str = ""
    outcome: HandoverOutcome | None = None


class RecordStatement(Command, frozen=True, kw_only=True):
    """Record what a service states."""

    handover_id: str
    told: Stated


async def open_handover(env: Env, cmd: OpenHandover) -> Handover:
    """The handover, ASKED. InvalidInput with every violation, NotFound, PartnerNotActive, HandoverOpen,
    TargetLeaves."""
    given = {name: getattr(cmd, name) for name in ("leaving_partner_id", "target_partner_id")}
    users = {name: getattr(cmd, name) for name in ("leaving_user", "target_user")}
    if wrong := [*domain.violations(**given, **users)]:
        raise InvalidInput(wrong)
    if cmd.leaving_partner_id:
        await env.load(PARTNERS, cmd.leaving_partner_id, call=cmd.call)
        await _require_active(env, cmd.target_partner_id, call=cmd.call)
    key = _open_key(env, cmd.leaving_partner_id, cmd.leaving_user)
    for held in await every_row(env.store, HANDOVERS, {"open_key": key}):
        raise domain.HandoverOpen(held.value.id)
    await _require_staying(env, cmd.target_partner_id, cmd.target_user)
    now, new = env.clock.now(), env.ids.new
    handover_id = new("hov")
    handover = Handover(
        id=handover_id,
        **given,
        **users,
        leaving_user_person_id=new("psn") if cmd.leaving_user else "",
        target_user_person_id=new("psn") if cmd.target_user else "",
        object_name=f"handover/{handover_id}" if cmd.leaving_user else "",
        open_key=key,
        parts=tuple(HandoverPart(service=one) for one in taking_part()),
        create_time=now,
        update_time=now,
    )
    if name := handover.object_name:
        await env.objects.put(name, sealed_users(env.keys, name, leaving=cmd.leaving_user, target=cmd.target_user))
    asked = HandoverAsked(handover_id=handover_id, **given, object_name=name)
    return await env.commit(create(HANDOVERS, handover), events=[asked], call=cmd.call)


async def confirm_handover(env: Env, cmd: ConfirmHandover) -> Handover:
    """The handover, CONFIRMED. WrongState, HandoverNotListed, PartnerNotActive, TargetLeaves: of two handovers in a
    circle that were opened at once, none can be confirmed before the other is canceled."""
    loaded = await env.load(HANDOVERS, cmd.id, call=cmd.call, etag=cmd.etag)
    handover = domain.confirm(loaded.value, now=env.clock.now())
    if handover.target_partner_id:
        await _require_active(env, handover.target_partner_id, call=cmd.call)
    await _require_staying(env, handover.target_partner_id, handover.target_user)
    told = HandoverConfirmed(handover_id=handover.id)
    return await env.commit(loaded.put(handover), events=[told], call=cmd.call)


async def cancel_handover(env: Env, cmd: CancelHandover) -> Handover:
    """The handover, CANCELED. WrongState."""
    loaded = await env.load(HANDOVERS, cmd.id, call=cmd.call, etag=cmd.etag)
    handover = domain.cancel(loaded.value, now=env.clock.now())
    told = HandoverCanceled(handover_id=handover.id)
    return await env.commit(loaded.put(handover), events=[told], call=cmd.call)


async def get_handover(env: Env, cmd: GetHandover) -> Handover:
    """The handover as it is now; NotFound."""
    return await env.show(HANDOVERS, cmd.id, call=cmd.call)


async def list_handovers(env: Env, cmd: ListHandovers) -> Page[Handover]:
    """One page of handovers, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "leaving_partner_id", "state")
    return await env.listing(HANDOVERS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def list_handover_items(env: Env, cmd: ListHandoverItems) -> Page[HandoverItem]:
    """One page of documents, by service and kind. NotFound: the handover."""
    await env.show(HANDOVERS, cmd.handover_id, call=cmd.call)
    filters = filters_of(cmd, "handover_id", "service", "outcome")
    return await env.listing(ITEMS, filters, call=cmd.call, **paged(cmd))


async def record_statement(env: Env, cmd: RecordStatement) -> Handover:
    """The handover with the statement; LISTED or COMPLETED with the last one. NotFound."""
    loaded = await env.load(HANDOVERS, cmd.handover_id, call=cmd.call)
    ids = [domain.item_id(cmd.handover_id, cmd.told.service, row) for row in cmd.told.rows]
    held = await get_all(env.store, ITEMS, ids)
    known = {place: one.value for place, one in held.items()}
    done = domain.stated(loaded.value, cmd.told, known, now=env.clock.now())
    if done.handover is loaded.value:
        return done.handover
    items = [held[one.id].put(one) if one.id in held else create(ITEMS, one) for one in done.items]
    events = [done.event] if done.event else []
    return await env.commit(loaded.put(done.handover), *items, events=events, call=cmd.call)


async def _require_active(env: Env, partner_id: str, *, call: Call) -> None:
    """NotFound, PartnerNotActive."""
    target = (await env.load(PARTNERS, partner_id, call=call)).value
    if target.status is not PartnerStatus.ACTIVE:
        refusal = PartnerNotYetActive if target.status in NOT_YET_ACTIVE else PartnerNotActive
        raise refusal(target.id, target.status)


async def _require_staying(env: Env, partner_id: str, user: str) -> None:
    """TargetLeaves if the partner or person has a handover that has not ended."""
    for held in await every_row(env.store, HANDOVERS, {"open_key": _open_key(env, partner_id, user)}):
        raise domain.TargetLeaves(held.value.id)


def _open_key(env: Env, partner_id: str, user: str) -> str:
    """By what the handover of a leaver is found that has not ended. user: empty for a partner."""
    return partner_id or env.keys.keyed(f"handover user:{user}")


def _summary(cmd: ConfirmHandover, handover: Handover) -> str:
    counts = [one for part in handover.parts for one in part.counts]
    rows, staying = sum(one.listed_rows for one in counts), sum(one.staying_rows for one in counts)
    return f"hand over {cmd.id}: {rows - staying} rows move, {staying} stay"


FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.partners.v1.HandoverService/ConfirmHandover",
        permission="partners.handover.confirm",
        kind=HANDOVERS,
        command=ConfirmHandover,
        use_case=confirm_handover,
        summary=_summary,
    )
)
