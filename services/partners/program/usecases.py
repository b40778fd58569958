"""Drafts, publishes, withdraws and shows versions of programmes."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import InvalidInput
from libs.exchange import first_day_for
from libs.rates_projection import tables_between
from libs.store.listing import every_row, everything
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, Query, create
from libs.versions import RuleState, withdrawn
from services.partners.certification.documents import TRACKS
from services.partners.program.documents import PROGRAMS
from services.partners.program.domain import program as domain
from services.partners.program.domain.program import (
    VERSIONS_AT_MOST,
    Program,
    ProgramContent,
    ProgramLevel,
    ProgramsFull,
    PromotionMode,
    RateBasis,
    ReviewPeriod,
)
from services.partners.program.domain.rules import content_violations, publication_violations
from services.partners.program.events import ProgramWithdrawn
from services.partners.program.reads import MEASURES
from services.partners.settings import Env

_LOCK = "programs"
_RECENT = timedelta(days=31)  # in which a source that is in use has rates


class DraftProgram(Command, frozen=True, kw_only=True):
    """Draft the next version of a programme, or replace its draft; the fields are those of ProgramContent."""

    code: str
    name: str = ""
    levels: tuple[ProgramLevel, ...] = ()
    review_every: ReviewPeriod
    promotion: PromotionMode
    demotion_notice_days: int = 0
    demotion_grace_days: int = 0
    rate_source: str = ""
    rate_basis: RateBasis | None = None
    plan_rate_day: date | None = None
    notice_days: int = 0
    effective_day: date

    @property
    def content(self) -> ProgramContent:
        """What the author says."""
        return ProgramContent(**{name: getattr(self, name) for name in ProgramContent.__struct_fields__})


class PublishProgram(ResourceCommand, frozen=True, kw_only=True):
    """Publish a draft."""


class WithdrawProgram(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a version that is not in force yet."""


class GetProgram(Command, frozen=True, kw_only=True):
    """Show one version."""

    id: str


class ListPrograms(ListCommand, frozen=True, kw_only=True):
    """List versions; an empty filter matches all of them."""

    code: str = ""
    state: RuleState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def draft_program(env: Env, cmd: DraftProgram) -> Program:
    """The draft; the newest version, unchanged, if it has this content and is not withdrawn. InvalidInput,
    ProgramsFull."""
    content = cmd.content
    await _refuse_wrong(env, content)
    async with env.settings.locks.of(_LOCK):
        rows = await every_row(env.store, PROGRAMS, {"code": cmd.code})
        now = env.clock.now()
        newest = max(rows, key=lambda one: one.value.number, default=None)
        if newest is not None and newest.value.state is not RuleState.WITHDRAWN:
            program = replace(domain.with_content(newest.value, content), update_time=now)
            if same_content(newest.value, program):
                return await env.unchanged(newest, call=cmd.call)
            if newest.value.state is RuleState.DRAFT:
                return await env.commit(newest.put(program), events=[domain.drafted(program)], call=cmd.call)
        if await _count(env) >= VERSIONS_AT_MOST:
            raise ProgramsFull
        number = newest.value.number + 1 if newest else 1
        program = _new(env, content, number)
        return await env.commit(create(PROGRAMS, program), events=[domain.drafted(program)], call=cmd.call)


async def publish_program(env: Env, cmd: PublishProgram) -> Program:
    """The version in PUBLISHED; WrongState, InvalidInput."""
    async with env.settings.locks.of(_LOCK):
        loaded = await env.load(PROGRAMS, cmd.id, call=cmd.call, etag=cmd.etag)
        program, event = domain.publish(loaded.value, now=env.clock.now())
        await _refuse_wrong(env, program)
        others = await everything(env.store, PROGRAMS, {"code": program.code, "state": RuleState.PUBLISHED})
        previous = max(others, key=lambda one: one.effective_day, default=None)
        quoted = await _quoted(env, program)
        if wrong := [*publication_violations(program, previous=previous, today=env.today(), quoted=quoted)]:
            raise InvalidInput(wrong)
        return await env.commit(loaded.put(program), events=[event], call=cmd.call)


async def withdraw_program(env: Env, cmd: WithdrawProgram) -> Program:
    """The version in WITHDRAWN. WrongState, VersionInForce."""
    async with env.settings.locks.of(_LOCK):
        loaded = await env.load(PROGRAMS, cmd.id, call=cmd.call, etag=cmd.etag)
        program = withdrawn(loaded.value, name=PROGRAMS.name, today=env.today(), now=env.clock.now())
        event = ProgramWithdrawn(program_id=program.id, code=program.code, number=program.number)
        return await env.commit(loaded.put(program), events=[event], call=cmd.call)


async def get_program(env: Env, cmd: GetProgram) -> Program:
    """The version as it is now; NotFound."""
    return await env.show(PROGRAMS, cmd.id, call=cmd.call)


async def list_programs(env: Env, cmd: ListPrograms) -> Page[Program]:
    """One page of versions, by id unless the caller asks for another order."""
    return await env.listing(PROGRAMS, filters_of(cmd, "code", "state"), call=cmd.call, **paged(cmd, UPDATED))


async def _refuse_wrong(env: Env, content: ProgramContent | Program) -> None:
    tracks = {one.code for one in await everything(env.store, TRACKS, {})}
    if wrong := [*content_violations(content, measures=MEASURES, tracks=tracks)]:
        raise InvalidInput(wrong)


async def _quoted(env: Env, program: Program) -> Collection[str]:
    """The currencies of which the source has a rate: for the plan's day, or lately."""
    if not program.rate_source:
        return ()
    last = program.plan_rate_day or env.today()
    first = first_day_for(last) if program.plan_rate_day else last - _RECENT
    tables = await tables_between(env.store, program.rate_source, first=first, last=last)
    return {one.base_currency for one in tables} | {quote.currency for one in tables for quote in one.quotes}


async def _count(env: Env) -> int:
    """How many versions the cell has."""
    page = await env.store.find(Query(kind=PROGRAMS, limit=1, count_up_to=VERSIONS_AT_MOST))
    return page.total


def _new(env: Env, content: ProgramContent, number: int) -> Program:
    now = env.clock.now()
    bare = Program(
        id=env.ids.new("prg"),
        code=content.code,
        number=number,
        review_every=content.review_every,
        promotion=content.promotion,
        effective_day=content.effective_day,
        create_time=now,
        update_time=now,
    )
    return domain.with_content(bare, content)
