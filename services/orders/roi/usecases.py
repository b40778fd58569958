"""Puts, shows and lists statements."""

from datetime import datetime

from msgspec.structs import replace

from libs.call import Command
from libs.document import same_content
from libs.errors import InvalidInput
from libs.store.listing import every_row
from libs.store.paging import UPDATED, ListCommand, paged
from libs.store.port import Page, create
from services.orders.roi.documents import ROI_STATEMENTS
from services.orders.roi.domain.statement import RoiStatement, currencies_of, return_violations
from services.orders.roi.domain.terms import BenefitKind, RoiTerms, terms_violations
from services.orders.roi.events import RoiStatementPut
from services.orders.roi.reads import facts_of, rates_of
from services.orders.settings import Env


class PutRoiStatement(Command, frozen=True, kw_only=True):
    """Put a statement by the code of its terms."""

    terms: RoiTerms


class GetRoiStatement(Command, frozen=True, kw_only=True):
    """Show one statement. off: the benefits that the reader does not count."""

    id: str
    off: tuple[BenefitKind, ...] = ()


class ListRoiStatements(ListCommand, frozen=True, kw_only=True):
    """List statements."""

    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def put_roi_statement(env: Env, cmd: PutRoiStatement) -> RoiStatement:
    """The statement with its facts as they are now; unchanged if both were so already. InvalidInput, RateUnknown,
    TooManyEntries."""
    if wrong := [*terms_violations(cmd.terms)]:
        raise InvalidInput(wrong)
    facts, now = await facts_of(env, cmd.terms), env.clock.now()
    rates = await rates_of(env, cmd.terms, currencies_of(cmd.terms, facts))
    held = await every_row(env.store, ROI_STATEMENTS, {"terms.code": cmd.terms.code})
    before = (
        held[0].value
        if held
        else RoiStatement(id=env.ids.new("roi"), terms=cmd.terms, facts=(), create_time=now, update_time=now)
    )
    statement = replace(before, terms=cmd.terms, facts=facts, rates=rates, update_time=now)
    if wrong := [*return_violations(statement)]:
        raise InvalidInput(wrong)
    if held and same_content(before, statement):
        return await env.unchanged(held[0], call=cmd.call)
    put = held[0].put(statement) if held else create(ROI_STATEMENTS, statement)
    told = RoiStatementPut(roi_statement_id=statement.id, code=cmd.terms.code)
    return await env.commit(put, events=[told], call=cmd.call)


async def get_roi_statement(env: Env, cmd: GetRoiStatement) -> RoiStatement:
    """The statement as it is now; NotFound."""
    return await env.show(ROI_STATEMENTS, cmd.id, call=cmd.call)


async def list_roi_statements(env: Env, cmd: ListRoiStatements) -> Page[RoiStatement]:
    """One page of statements, by id unless the caller asks for another order."""
    return await env.listing(ROI_STATEMENTS, {}, call=cmd.call, **paged(cmd, UPDATED))
