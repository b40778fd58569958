"""Opens, shows, lists and counts cases."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import ROWS_PER_PAGE, Page, Query, create
from services.deals.adjudication.documents import ADJUDICATION_RULES, ADJUDICATION_SIDES, ADJUDICATIONS
from services.deals.adjudication.domain.cases import Adjudication, AdjudicationParty
from services.deals.adjudication.domain.proposals import AdjudicationProposal, propose
from services.deals.adjudication.domain.sides import AdjudicationSide
from services.deals.adjudication.domain.states import AdjudicationState
from services.deals.adjudication.domain.statistics import CASES_COUNTED, AdjudicationCount, TooManyCases, counted
from services.deals.adjudication.events import AdjudicationOpened
from services.deals.adjudication.reads import customers_of, facts_of, sides_of
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration, refuse_disputed
from services.deals.claims.domain.viewing import IN_EARNEST
from services.deals.conflicts.reads.near import near_of
from services.deals.conflicts.reads.slots import CONFLICTS_AT_MOST, conflicts_of, slots_of
from services.deals.settings import Env
from services.deals.versions.reads import rule_in_force

PERIOD_DAYS = 366


class OpenAdjudication(Command, frozen=True, kw_only=True):
    """Open a case about these claims."""

    registration_ids: tuple[str, ...]


class GetAdjudication(Command, frozen=True, kw_only=True):
    """Show a case."""

    id: str


class ListAdjudications(ListCommand, frozen=True, kw_only=True):
    """List cases; an empty filter matches all of them."""

    state: AdjudicationState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class GetAdjudicationStatistics(Command, frozen=True, kw_only=True):
    """Count the cases that were settled from the first day to the last one."""

    first_day: date
    last_day: date


class WholeCase(NamedTuple):
    """A case, its sides, and what its rule proposes on the facts as they are."""

    case: Adjudication
    sides: tuple[AdjudicationSide, ...]
    proposal: AdjudicationProposal


class Statistics(NamedTuple):
    """All settled cases, and those with each reason."""

    total: AdjudicationCount
    by_reason: tuple[AdjudicationCount, ...]


async def open_adjudication(env: Env, cmd: OpenAdjudication) -> Adjudication:
    """The new case, OPEN; the same commit marks its claims. NotFound, InvalidInput, ClaimDisputed."""
    loaded = await env.load_many(REGISTRATIONS, cmd.registration_ids, call=cmd.call)
    regs = [one.value for one in loaded]
    if wrong := [*_violations(regs), *await _strangers(env, regs)]:
        raise InvalidInput(wrong)
    for reg in regs:
        refuse_disputed(reg, viewer=cmd.call.caller.partner_id)
    now, case_id = env.clock.now(), env.ids.new("adj")
    rule, customers = await rule_in_force(env, ADJUDICATION_RULES), await customers_of(env, regs)
    sides = [
        AdjudicationSide(
            id=env.ids.new("ads"),
            adjudication_id=case_id,
            registration_id=reg.id,
            partner_id=reg.partner_id,
            open_registration_id=reg.id,
            facts=await facts_of(env, reg, customers, now),
            create_time=now,
            update_time=now,
        )
        for reg in regs
    ]
    case = Adjudication(
        id=case_id,
        country=regs[0].customer.country,
        parties=tuple(AdjudicationParty(registration_id=one.registration_id, side_id=one.id) for one in sides),
        rule_number=rule.number if rule else 0,
        criteria=rule.criteria if rule else (),
        create_time=now,
        update_time=now,
    )
    return await env.commit(
        create(ADJUDICATIONS, case),
        *(create(ADJUDICATION_SIDES, one) for one in sides),
        *(one.put(replace(one.value, dispute_id=case_id, update_time=now)) for one in loaded),
        events=[AdjudicationOpened(adjudication_id=case_id, registration_ids=cmd.registration_ids)],
        call=cmd.call,
    )


async def get_adjudication(env: Env, cmd: GetAdjudication) -> WholeCase:
    """The case; NotFound."""
    case = await env.show(ADJUDICATIONS, cmd.id, call=cmd.call)
    sides = await sides_of(env, case)
    return WholeCase(case, sides, propose(case.criteria, sides))


async def list_adjudications(env: Env, cmd: ListAdjudications) -> Page[Adjudication]:
    """One page of cases, by id unless the caller asks for another order."""
    return await env.listing(ADJUDICATIONS, filters_of(cmd, "state"), call=cmd.call, **paged(cmd, UPDATED))


async def get_adjudication_statistics(env: Env, cmd: GetAdjudicationStatistics) -> Statistics:
    """The counts. InvalidInput, TooManyCases."""
    if not timedelta() <= cmd.last_day - cmd.first_day <= timedelta(days=PERIOD_DAYS):
        said = f"is not within {PERIOD_DAYS} days from first_day on"
        raise InvalidInput([Violation("last_day", said, "BAD_PERIOD")])
    query = Query(
        kind=ADJUDICATIONS,
        order="settle_time",
        at_least=_begin(env, cmd.first_day),
        below=None if cmd.last_day == date.max else _begin(env, cmd.last_day + timedelta(days=1)),
        limit=ROWS_PER_PAGE,
    )
    found: list[Adjudication] = []
    while True:
        page = await env.store.find(query)
        found += (row.value for row in page.rows)
        if len(found) > CASES_COUNTED:
            raise TooManyCases
        if not page.next_cursor:
            return Statistics(*counted(found))
        query = replace(query, cursor=page.next_cursor)


def _violations(regs: Sequence[Registration]) -> Iterator[Violation]:
    partners: set[str] = set()
    for place, reg in enumerate(regs):
        at = f"registration_ids[{place}]"
        if reg.review not in IN_EARNEST:
            yield Violation(at, f"{reg.id} is {reg.review.name}: neither in review nor approved", "NOT_IN_REVIEW")
        if reg.partner_id in partners:
            yield Violation(at, f"{reg.id} is of the same partner as a claim before it", "PARTNER_REPEATED")
        partners.add(reg.partner_id)


async def _strangers(env: Env, regs: Sequence[Registration]) -> list[Violation]:
    """NOT_IN_CONFLICT for each claim that has no conflict with the first one."""
    first = regs[0]
    found = await conflicts_of(
        env, first, await slots_of(env, first.keys), await near_of(env, first), at_most=CONFLICTS_AT_MOST
    )
    rivals = {one.registration_id for one in found}
    return [
        Violation(f"registration_ids[{place}]", f"{reg.id} has no conflict with {first.id}", "NOT_IN_CONFLICT")
        for place, reg in enumerate(regs)
        if place and reg.id not in rivals
    ]


def _begin(env: Env, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(env.directory.here.time_zone))
