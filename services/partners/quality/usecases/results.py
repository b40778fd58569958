"""Shows scores and findings, dismisses findings, and sums them up."""

from datetime import date, datetime, timedelta

from libs.call import Command, ResourceCommand
from libs.errors import InvalidInput, Violation
from libs.store.listing import everything
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, Query, Scalar, get
from services.partners.quality.documents import QUALITY_BOOKS, QUALITY_FINDINGS, QUALITY_RECORDS, QUALITY_TALLIES
from services.partners.quality.domain import findings
from services.partners.quality.domain.counts import counts_of, tally_id
from services.partners.quality.domain.findings import Actor, QualityFinding, QualityRecord
from services.partners.quality.domain.rules import QualityDimension, QualityRule
from services.partners.quality.domain.shown import Quality, quality_of
from services.partners.quality.domain.states import QualityDismissal, QualityFindingState
from services.partners.quality.domain.summary import QualitySummary, summary_of
from services.partners.quality.domain.tallies import BOOK, QualityBook
from services.partners.quality.reads import checks_of_partner
from services.partners.quality.usecases.counting import counted
from services.partners.record.documents import PARTNERS
from services.partners.scorecard.reads import own_or_asked
from services.partners.settings import Env

CONTACTS_SHOWN = 100
_DAY = timedelta(days=1)


class GetQuality(Command, frozen=True, kw_only=True):
    """Show how a partner's record stands to every rule now."""

    partner_id: str


class ListQualityRecords(ListCommand, frozen=True, kw_only=True):
    """List scores: of one partner and its contacts, or of all partners."""

    partner_id: str = ""


class ListQualityFindings(ListCommand, frozen=True, kw_only=True):
    """List findings; an empty filter matches all of them."""

    partner_id: str = ""
    dimension: QualityDimension | None = None
    rule: QualityRule | None = None
    state: QualityFindingState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class DismissQualityFinding(ResourceCommand, frozen=True, kw_only=True):
    """Dismiss a finding."""

    dismissal: QualityDismissal


class DeleteClosedFinding(Command, frozen=True, kw_only=True):
    """Delete a finding that was closed long ago."""

    id: str


class GetQualitySummary(Command, frozen=True, kw_only=True):
    """Sum up the findings of the cell."""

    first_day: date
    last_day: date


async def get_quality(env: Env, cmd: GetQuality) -> Quality:
    """The record as it is now, with what is stored about each rule. NotFound; for a partner's people also if it is
    another partner."""
    partner_id = own_or_asked(cmd.call.caller, cmd.partner_id)
    partner = await env.show(PARTNERS, partner_id, call=cmd.call)
    held, now = await get(env.store, QUALITY_RECORDS, partner_id), env.clock.now()
    record = (
        held.value if held else QualityRecord(id=partner_id, partner_id=partner_id, create_time=now, update_time=now)
    )
    checks = await checks_of_partner(env, partner, confirmed_on=record.confirmed_on)
    query = Query(
        kind=QUALITY_RECORDS,
        equals={"partner_id": partner_id, "of_partner": False},
        order="score_basis_points",
        limit=CONTACTS_SHOWN,
    )
    contacts = tuple(row.value for row in (await env.store.find(query)).rows)
    return quality_of(record, checks, contacts, to_partner=bool(cmd.call.caller.partner_id))


async def list_quality_records(env: Env, cmd: ListQualityRecords) -> Page[QualityRecord]:
    """One page of scores, the lowest first unless the caller asks for another order."""
    field, _, direction = cmd.order_by.partition(" ")
    filters: dict[str, Scalar] = {"partner_id": cmd.partner_id} if cmd.partner_id else {"of_partner": True}
    return await env.listing(
        QUALITY_RECORDS,
        filters,
        call=cmd.call,
        page_size=cmd.page_size,
        page_token=cmd.page_token,
        order="" if field == "id" else "score_basis_points",
        descending=bool(direction),
        counted=cmd.include_total_size,
    )


async def list_quality_findings(env: Env, cmd: ListQualityFindings) -> Page[QualityFinding]:
    """One page of findings, the heaviest first unless the caller asks for another order."""
    partner_id, page = own_or_asked(cmd.call.caller, cmd.partner_id), paged(cmd, UPDATED)
    if not cmd.order_by and not page.get("order"):
        page["order"] = "urgency"
    filters = {**filters_of(cmd, "dimension", "rule", "state"), "partner_id": partner_id}
    if cmd.call.caller.partner_id:
        filters["shared"] = True
    return await env.listing(QUALITY_FINDINGS, filters, call=cmd.call, **page)


async def dismiss_quality_finding(env: Env, cmd: DismissQualityFinding) -> QualityFinding:
    """The finding in DISMISSED; unchanged if it is for that reason already. NotFound, WrongState."""
    loaded = await env.load(QUALITY_FINDINGS, cmd.id, call=cmd.call, etag=cmd.etag)
    findings.require_live(loaded.value)
    record = await env.load(QUALITY_RECORDS, loaded.value.record_id, call=cmd.call)
    by = Actor(subject=cmd.call.caller.subject, on_behalf_of=cmd.call.caller.on_behalf_of)
    after, scored = findings.dismiss(loaded.value, record.value, cmd.dismissal, by=by, now=env.clock.now())
    event = findings.told(loaded.value, after)
    if event is None:
        return await env.unchanged(loaded, call=cmd.call)
    put = loaded.put(after)
    async with counted(env, [put]) as tallies:
        return await env.commit(put, record.put(scored), *tallies, events=[event], call=cmd.call)


async def delete_closed_finding(env: Env, cmd: DeleteClosedFinding) -> QualityFinding:
    """The finding, deleted; unchanged if it is not closed. NotFound."""
    loaded = await env.load(QUALITY_FINDINGS, cmd.id, call=cmd.call)
    if loaded.value.close_time is None:
        return loaded.value
    async with counted(env, [loaded.delete()]) as tallies:
        return await env.remove(loaded, *tallies, call=cmd.call)


async def get_quality_summary(env: Env, cmd: GetQualitySummary) -> QualitySummary:
    """The findings by rule and dimension, and the mean score of the last walk. InvalidInput."""
    if cmd.last_day < cmd.first_day:
        raise InvalidInput([Violation("last_day", f"is before {cmd.first_day}", "DATES_OUT_OF_ORDER")])
    now = await env.store.get_many(QUALITY_TALLIES, [tally_id(rule, None) for rule in QualityRule])
    first, below = cmd.first_day.replace(day=1), cmd.last_day + _DAY
    tallies = await everything(env.store, QUALITY_TALLIES, {}, order="month", at_least=first, below=below)
    counts = counts_of([*(one.value for one in now.values()), *tallies], cmd.first_day, cmd.last_day)
    held = await get(env.store, QUALITY_BOOKS, BOOK)
    certain = all(one.value.counted_on for one in now.values()) and len(now) == len(QualityRule)
    return summary_of(counts, held.value if held else QualityBook(id=BOOK), certain=certain)
