"""Shows, lists and decides cases, and finds patterns."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.errors import InvalidInput, Violation
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import ROWS_PER_PAGE, Page, Put, Query, create, get_all
from services.orders.balance.domain.statement import ENTRIES_PER_STATEMENT, TooManyEntries
from services.orders.diversion.documents import CUSTODIES, DIVERSION_CASES, SIGHTINGS
from services.orders.diversion.domain.case import DiversionCase, Ruling, decide, ruling_violations
from services.orders.diversion.domain.custody import Custody, CustodyKind
from services.orders.diversion.domain.sighting import MonthShare, Sighting, SightingOutcome, shares
from services.orders.diversion.domain.states import DiversionCaseState
from services.orders.record.domain.violations import refuse
from services.orders.settings import Env

_DAY = timedelta(days=1)


class GetDiversionCase(Command, frozen=True, kw_only=True):
    """Show one case."""

    id: str


class ListDiversionCases(ListCommand, frozen=True, kw_only=True):
    """List cases; empty filters filter nothing."""

    holder_id: str = ""
    state: DiversionCaseState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class DecideDiversionCase(ResourceCommand, frozen=True, kw_only=True):
    """Decide a case."""

    state: DiversionCaseState
    explanation: CustodyKind | None = None
    rule_code: str = ""


class GetDiversionPattern(Command, frozen=True, kw_only=True):
    """Show how many pieces of a partner were seen outside, by month."""

    holder_id: str
    first_day: date
    last_day: date


async def get_diversion_case(env: Env, cmd: GetDiversionCase) -> DiversionCase:
    """The case as it is now; NotFound."""
    return await env.show(DIVERSION_CASES, cmd.id, call=cmd.call)


async def list_diversion_cases(env: Env, cmd: ListDiversionCases) -> Page[DiversionCase]:
    """One page of cases, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "holder_id", "state")
    return await env.listing(DIVERSION_CASES, filters, call=cmd.call, **paged(cmd, UPDATED))


async def decide_diversion_case(env: Env, cmd: DecideDiversionCase) -> DiversionCase:
    """The case as it was decided. WrongState, InvalidInput."""
    loaded = await env.load(DIVERSION_CASES, cmd.id, call=cmd.call, etag=cmd.etag)
    ruling = Ruling(state=cmd.state, explanation=cmd.explanation, rule_code=cmd.rule_code)
    if wrong := [*ruling_violations(ruling)]:
        raise InvalidInput(wrong)
    case, told = decide(loaded.value, ruling, today=env.today(), now=env.clock.now())
    return await env.commit(loaded.put(case), *_custodies(env, case), events=told, call=cmd.call)


async def get_diversion_pattern(env: Env, cmd: GetDiversionPattern) -> tuple[MonthShare, ...]:
    """The months in which pieces were seen. InvalidInput, TooManyEntries."""
    if cmd.last_day < cmd.first_day:
        refuse(Violation("last_day", "is before the first day", "DATES_OUT_OF_ORDER"))
    found = list[Sighting]()
    cursor: str | None = None
    while cursor != "":
        page = await env.store.find(
            Query(
                kind=SIGHTINGS,
                equals={"holder_id": cmd.holder_id},
                order="seen_on",
                at_least=cmd.first_day,
                below=cmd.last_day + min(_DAY, date.max - cmd.last_day),
                limit=ROWS_PER_PAGE,
                cursor=cursor or "",
            )
        )
        found += (row.value for row in page.rows)
        cursor = page.next_cursor
        if len(found) > ENTRIES_PER_STATEMENT:
            raise TooManyEntries
    return shares(await _as_decided(env, found))


async def _as_decided(env: Env, sightings: Iterable[Sighting]) -> list[Sighting]:
    """The sightings; those of explained cases are explained."""
    told = [*sightings]
    cases = {one.diversion_case_id for one in told if one.diversion_case_id}
    held = await get_all(env.store, DIVERSION_CASES, sorted(cases))
    innocent = {key for key, one in held.items() if one.value.state is DiversionCaseState.EXPLAINED}
    explained = SightingOutcome.EXPLAINED
    return [replace(one, outcome=explained) if one.diversion_case_id in innocent else one for one in told]


def _custodies(env: Env, case: DiversionCase) -> list[Put[Custody]]:
    """How the pieces of an explained case came to where they were seen."""
    kind = case.explanation
    if kind is None:
        return []
    handed_on = kind is CustodyKind.TRANSFER and case.seen_at_partner_id
    return [
        create(
            CUSTODIES,
            Custody(
                id=env.ids.new("csy"),
                serial_id=one.serial_id,
                kind=kind,
                holder_id=case.seen_at_partner_id if handed_on else case.holder_id,
                country=case.seen_in,
                on=one.seen_on,
                diversion_case_id=case.id,
                create_time=env.clock.now(),
            ),
        )
        for one in case.pieces
    ]
