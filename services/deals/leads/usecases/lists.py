"""Shows leads, the pool, rounds, figures and versions of the rules, and publishes a version."""

from datetime import date, datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.errors import InvalidInput, Violation
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.leads.documents import LEAD_ACCOUNTS, LEADS, SCORINGS
from services.deals.leads.domain.accounts import LeadAccount, summed
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.scoring import LeadBand, LeadScoreRule, LeadScoring, publish, withdraw
from services.deals.leads.domain.states import LeadSource, LeadState
from services.deals.leads.events import LeadScoringPublished, LeadScoringWithdrawn
from services.deals.leads.reads.comparing import last_scoring
from services.deals.settings import Env

MONTHS = 12
MONTHS_PER_YEAR = 12


class GetLead(ResourceCommand, frozen=True, kw_only=True):
    """Show a lead."""


class ListLeads(ListCommand, frozen=True, kw_only=True):
    """List leads; empty filters filter nothing."""

    partner_id: str = ""
    state: LeadState | None = None
    source: LeadSource | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class ListLeadScorings(ListCommand, frozen=True, kw_only=True):
    """List the versions of the rules."""


class GetLeadStatistics(Command, frozen=True, kw_only=True):
    """Show what a partner made of leads in the last months; 0: of twelve."""

    partner_id: str = ""
    months: int = 0


class PublishLeadScoring(Command, frozen=True, kw_only=True):
    """Publish a version of the rules."""

    effective_date: date
    rules: tuple[LeadScoreRule, ...]
    qualify_from: int = 0
    bands: tuple[LeadBand, ...] = ()


class WithdrawLeadScoring(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a version that does not apply yet."""


class ShownLead(NamedTuple):
    """A lead, with the order that its claim became."""

    lead: Lead
    order_id: str


class LeadStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner made of leads; `prm.deals.v1.LeadStatistics` describes each figure."""

    partner_id: str
    offered: int = 0
    accepted: int = 0
    declined: int = 0
    lapsed: int = 0
    picked: int = 0
    converted: int = 0
    disqualified: int = 0
    given_back: int = 0
    answered: int = 0
    reply_seconds: int = 0
    reply_count: int = 0
    open_leads: int = 0


async def get_lead(env: Env, cmd: GetLead) -> ShownLead:
    """The lead and its order, if the caller may see the claim: that may have gone to another partner since."""
    lead = await env.show(LEADS, cmd.id, call=cmd.call)
    claim = await get(env.store, REGISTRATIONS, lead.registration_id) if lead.registration_id else None
    seen = claim is not None and await env.scope.sees(cmd.call.caller, REGISTRATIONS, claim.value)
    return ShownLead(lead, claim.value.order_id if claim and seen else "")


async def list_leads(env: Env, cmd: ListLeads) -> Page[Lead]:
    """By id, or by the last change."""
    filters = filters_of(cmd, "partner_id", "state", "source")
    return await env.listing(LEADS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def list_lead_scorings(env: Env, cmd: ListLeadScorings) -> Page[LeadScoring]:
    """The versions, in the order of their publication."""
    return await env.listing(SCORINGS, {}, call=cmd.call, **paged(cmd))


async def get_lead_statistics(env: Env, cmd: GetLeadStatistics) -> LeadStatistics:
    """The figures; NotFound for a partner whose rows the caller may not see."""
    partner_id = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    if not partner_id:
        raise InvalidInput([Violation("partner_id", "name the partner", "REQUIRED")])
    held = await get(env.store, LEAD_ACCOUNTS, partner_id)
    account = held.value if held else LeadAccount(id=partner_id)
    counts = summed(account.months, since=_months_back(env.today(), (cmd.months or MONTHS) - 1))
    answered = counts["accepted"] + counts["declined"] + counts["lapsed"]
    return LeadStatistics(partner_id=partner_id, open_leads=account.open_leads, answered=answered, **counts)


async def publish_lead_scoring(env: Env, cmd: PublishLeadScoring) -> LeadScoring:
    """The new version. VersionNotLater."""
    version = LeadScoring(
        id=env.ids.derived("lsc", env.keys.keyed(f"lead scoring {cmd.effective_date}")),
        effective_date=cmd.effective_date,
        rules=cmd.rules,
        qualify_from=cmd.qualify_from,
        bands=cmd.bands,
        create_time=env.clock.now(),
    )
    published = publish(version, await last_scoring(env), today=env.today())
    held = await get(env.store, SCORINGS, published.id)  # one for the same day, which was withdrawn
    put = held.put(replace(published, version=held.value.version)) if held else create(SCORINGS, published)
    event = LeadScoringPublished(scoring_id=published.id, effective_date=published.effective_date)
    return await env.commit(put, events=[event], call=cmd.call)


async def withdraw_lead_scoring(env: Env, cmd: WithdrawLeadScoring) -> LeadScoring:
    """The version, WITHDRAWN. WrongState, VersionInForce."""
    loaded = await env.load(SCORINGS, cmd.id, call=cmd.call, etag=cmd.etag)
    version = withdraw(loaded.value, today=env.today())
    event = LeadScoringWithdrawn(scoring_id=version.id, effective_date=version.effective_date)
    return await env.commit(loaded.put(version), events=[event], call=cmd.call)


def _months_back(day: date, count: int) -> date:
    """The first day of the month so many months before that of the day."""
    years, month = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 - count, MONTHS_PER_YEAR)
    return date(years, month + 1, 1)
