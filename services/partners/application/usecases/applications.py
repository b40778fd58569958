"""Partners apply, are updated and listed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from libs.call import Command, ResourceCommand
from libs.company_name import name_form
from libs.country import country_violations
from libs.document import same_content
from libs.errors import InvalidInput, Violation
from libs.organisation import web_domain
from libs.partner import PartnerStatus
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, Write, create
from services.partners.application import domain
from services.partners.application.domain import PartnerChanges
from services.partners.facts.reads import moved_writes
from services.partners.hierarchy.reads import HIERARCHY_TURN, entry_writes, move_writes
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import NAME_START, Partner, trader
from services.partners.record.domain.profile import Profile, checked
from services.partners.record.domain.states import PartnerKind
from services.partners.record.reads import completed, refuse_duplicate, with_facts
from services.partners.settings import Env

_PLACING = frozenset({"kind", "parent_partner_id"})


class ApplyPartner(Command, frozen=True, kw_only=True):
    """Apply to become a partner."""

    profile: Profile
    parent_partner_id: str = ""


class ListPartners(ListCommand, frozen=True, kw_only=True):
    """List partners; an empty filter matches all of them. name: the beginning of the legal name."""

    status: PartnerStatus | None = None
    kind: PartnerKind | None = None
    country: str = ""
    tier: str = ""
    external_source: str = ""
    external_id: str = ""
    name: str = ""
    registration_id: str = ""
    domain: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class UpdatePartner(ResourceCommand, frozen=True, kw_only=True):
    """Replace the fields that `changes` sets. refuse_erased: whether the values come from a file."""

    changes: PartnerChanges
    refuse_erased: bool = False


async def apply_partner(env: Env, cmd: ApplyPartner) -> Partner:
    """A new partner in APPLIED."""
    if not country_violations(cmd.profile.country):  # an unknown country belongs to no cell; `checked` refuses it
        env.directory.require_country(cmd.profile.country)
    profile = checked(cmd.profile)
    async with env.settings.locks.of(HIERARCHY_TURN if cmd.parent_partner_id else ""):
        partner, event = domain.apply(
            env.ids.new("ptn"), profile, parent_partner_id=cmd.parent_partner_id, now=env.clock.now()
        )
        partner = completed(env, partner)
        await refuse_duplicate(env, partner, call=cmd.call)
        return await env.commit(
            create(PARTNERS, partner),
            *await entry_writes(env, partner, call=cmd.call),
            events=[event],
            call=cmd.call,
        )


async def list_partners(env: Env, cmd: ListPartners) -> Page[Partner]:
    """One page of partners, by id unless the caller asks for another order."""
    form = name_form(cmd.name, cmd.country)
    if wrong := tuple(_filter_violations(cmd, form)):
        raise InvalidInput(wrong)
    filters = filters_of(cmd, "status", "kind", "country", "tier", "external_source", "external_id")
    page = paged(cmd, UPDATED)
    domain = web_domain(cmd.domain) if cmd.domain else ""
    number = cmd.registration_id
    sieve = with_facts(env, name=form, registration_id=number, domain=domain, by_id=not page["order"])
    return await env.listing(PARTNERS, filters, call=cmd.call, sieve=sieve, **page)


async def update_partner(env: Env, cmd: UpdatePartner) -> Partner:
    """The partner with some fields replaced. Users of the partner may change neither its kind nor its parent.
    PersonErased."""
    given = cmd.changes.given()
    async with env.settings.locks.of(HIERARCHY_TURN if _PLACING & given.keys() else ""):
        loaded = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
        if not given:
            return await env.unchanged(loaded, call=cmd.call)
        if cmd.call.caller.partner_id:
            _refuse_placing(loaded.value, given)
        partner, event = domain.update(loaded.value, cmd.changes, now=env.clock.now())
        partner = completed(env, partner)
        if same_content(loaded.value, partner):
            return await env.unchanged(loaded, call=cmd.call)
        await refuse_duplicate(env, partner, call=cmd.call)
        return await env.commit(
            loaded.put(partner),
            *await move_writes(env, loaded.value, partner, call=cmd.call),
            *await moved_writes(env, loaded.value, partner),
            *(await _gate(env, partner) if cmd.refuse_erased else ()),
            events=[event],
            call=cmd.call,
        )


async def _gate(env: Env, partner: Partner) -> Sequence[Write]:
    """The writes of the erasure gate for values that come from a file; PersonErased."""
    return await env.erasure_gate.pass_through(trader(partner), country=partner.country)


def _filter_violations(cmd: ListPartners, form: str) -> Iterator[Violation]:
    if cmd.external_id and not cmd.external_source:
        yield Violation("external_source", "is needed with external_id", "REQUIRED_TOGETHER")
    if cmd.name and len(form) < NAME_START:
        yield Violation("name", f"needs {NAME_START} letters or digits beside the legal form", "TOO_SHORT")
    if cmd.domain and not web_domain(cmd.domain):
        yield Violation("domain", "names no domain that can be registered", "NOT_A_DOMAIN")


def _refuse_placing(partner: Partner, given: Mapping[str, Any]) -> None:
    """InvalidInput if users of the partner change its kind or parent; they may send the present values."""
    placing = sorted(name for name in _PLACING & given.keys() if given[name] != getattr(partner, name))
    if placing:
        raise InvalidInput(
            Violation("update_mask", f"{name} is the vendor's to set", "VENDOR_ONLY") for name in placing
        )
