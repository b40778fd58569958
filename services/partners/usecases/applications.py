"""From application to the end of a partnership, and looking partners up."""

from typing import NamedTuple

from msgspec.structs import replace

from libs.call import Call, Command
from libs.country import country_violations
from libs.document import same_content
from libs.errors import Duplicate, InvalidInput, Violation
from libs.partner import PartnerStatus
from libs.privacy.aliases import alias_writes
from libs.store.listing import everything
from libs.store.port import Page, Write, create
from services.partners.documents import PARTNERS
from services.partners.domain import moves
from services.partners.domain.activity import PartnerActivity
from services.partners.domain.partner import Partner, persons
from services.partners.domain.profile import Profile, checked
from services.partners.domain.states import PartnerKind
from services.partners.usecases.activity import activity_of, downline_activity_of, moved_writes
from services.partners.usecases.hierarchy import HIERARCHY_TURN, entry_writes, move_writes
from services.partners.usecases.settings import Env

_PLACING = frozenset({"kind", "parent_partner_id"})


class ApplyPartner(Command, frozen=True, kw_only=True):
    """Ask to become a partner."""

    profile: Profile
    parent_partner_id: str = ""


class GetPartner(Command, frozen=True, kw_only=True):
    """Look one up."""

    id: str


class ListPartners(Command, frozen=True, kw_only=True):
    """Look many up; empty filters filter nothing."""

    page_size: int = 0
    page_token: str = ""
    status: PartnerStatus | None = None
    kind: PartnerKind | None = None
    country: str = ""
    tier: str = ""
    external_source: str = ""
    external_id: str = ""


class UpdatePartner(Command, frozen=True, kw_only=True):
    """Replace the fields in `changes`."""

    id: str
    etag: str = ""
    changes: dict[str, object]


class SeenPartner(NamedTuple):
    """A partner, and what the other services report of it and of everybody below it. downline_activity: None for its
    own people where their agreement does not open it to them."""

    partner: Partner
    activity: PartnerActivity
    downline_activity: PartnerActivity | None


async def apply_partner(env: Env, cmd: ApplyPartner) -> Partner:
    """A new partner in APPLIED."""
    if not country_violations(cmd.profile.country):  # what is no country is no other cell's either
        env.directory.require_country(cmd.profile.country)
    profile = checked(cmd.profile)
    async with env.settings.turns.of(HIERARCHY_TURN if cmd.parent_partner_id else ""):
        partner, event = moves.apply(
            env.ids.new("ptn"), profile, parent_partner_id=cmd.parent_partner_id, now=env.clock.now()
        )
        partner = personified(env, partner)
        await refuse_duplicate(env, partner, call=cmd.call)
        return await env.commit(
            create(PARTNERS, partner),
            *await entry_writes(env, partner, call=cmd.call),
            *person_writes(env, None, partner),
            events=[event],
            call=cmd.call,
        )


async def get_partner(env: Env, cmd: GetPartner) -> SeenPartner:
    """The partner as it is now."""
    partner = await env.show(PARTNERS, cmd.id, call=cmd.call)
    closed = cmd.call.caller.partner_id == partner.id and not partner.sees_downline
    below = None if closed else await downline_activity_of(env, cmd.id)
    return SeenPartner(partner, await activity_of(env, cmd.id), below)


async def list_partners(env: Env, cmd: ListPartners) -> Page[Partner]:
    """By id."""
    if cmd.external_id and not cmd.external_source:
        raise InvalidInput([Violation("external_source", "is needed with external_id", "REQUIRED_TOGETHER")])
    filters = {name: getattr(cmd, name) for name in ("status", "kind", "country", "tier", "external_source")}
    return await env.listing(
        PARTNERS,
        {**filters, "external_id": cmd.external_id},
        call=cmd.call,
        page_size=cmd.page_size,
        page_token=cmd.page_token,
    )


async def update_partner(env: Env, cmd: UpdatePartner) -> Partner:
    """The partner with some fields replaced. Its own people say nothing about its place among the others."""
    if cmd.call.caller.partner_id and (placing := sorted(_PLACING & cmd.changes.keys())):
        raise InvalidInput(
            Violation("update_mask", f"{name} is the vendor's to set", "VENDOR_ONLY") for name in placing
        )
    async with env.settings.turns.of(HIERARCHY_TURN if _PLACING & cmd.changes.keys() else ""):
        held = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
        if not cmd.changes:
            return held.value
        partner, event = moves.update(held.value, cmd.changes, now=env.clock.now())
        partner = personified(env, partner)
        if same_content(held.value, partner):
            return await env.unchanged(held.value, call=cmd.call)
        await refuse_duplicate(env, partner, call=cmd.call)
        return await env.commit(
            held.put(partner),
            *await move_writes(env, held.value, partner, call=cmd.call),
            *await moved_writes(env, held.value, partner),
            *person_writes(env, held.value, partner),
            events=[event],
            call=cmd.call,
        )


async def refuse_duplicate(env: Env, partner: Partner, *, call: Call) -> None:
    """DUPLICATE if another partner that has not ended has the registration id; only the vendor is told which."""
    if partner.registration_key is None:
        return
    for other in await everything(env.store, PARTNERS, {"registration_key": partner.registration_key}):
        if other.id != partner.id:
            raise Duplicate("partner", "registration id", "" if call.caller.partner_id else other.id)


def personified(env: Env, partner: Partner) -> Partner:
    """The partner with an id of the person it is, if it is one."""
    if not partner.sole_trader:
        return replace(partner, person_id="")
    return replace(partner, person_id=partner.person_id or env.ids.new("psn"))


def person_writes(env: Env, before: Partner | None, after: Partner) -> tuple[Write, ...]:
    """The alias rows of the persons in a partner."""
    return alias_writes(
        env.settings.keys, PARTNERS, after.id, before=persons(before) if before else (), after=persons(after)
    )
