"""States the organisations of this cell, keeps what other cells state, and shows the directory."""

from datetime import datetime

from libs.call import Command
from libs.errors import NotFound
from libs.ids import parse
from libs.partner import PartnerStatus
from libs.store.paging import UPDATED, ListCommand, paged
from libs.store.port import Page, Scalar, create, get
from services.partners.directory.documents import ORGANISATIONS
from services.partners.directory.domain import Organisation, learned, statement_of
from services.partners.directory.events import OrganisationStated
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env


class State(Command, frozen=True, kw_only=True):
    """State what is new about a partner of this cell."""

    id: str


class Learn(Command, frozen=True, kw_only=True):
    """Keep what another cell states. cell: that which sent it. version: of the statement."""

    cell: str
    version: int
    statement: OrganisationStated


class LookupOrganisation(Command, frozen=True, kw_only=True):
    """Show an organisation of any cell."""

    organisation: str


class ListOrganisations(ListCommand, frozen=True, kw_only=True):
    """List organisations; an empty filter matches all of them."""

    cell: str = ""
    country: str = ""
    status: PartnerStatus | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def state(env: Env, cmd: State) -> None:
    """The row of this cell's own organisation and the statement to the others are one commit."""
    partner = await get(env.store, PARTNERS, cmd.id)
    if partner is None:
        return
    held = await get(env.store, ORGANISATIONS, cmd.id)
    before = held.value if held else None
    statement = statement_of(partner.value, before)
    if statement is None:
        return
    version = before.version + 1 if before else 1
    row = learned(statement, before, cell=env.directory.here.code, version=version, now=env.clock.now())
    await env.commit(held.put(row) if held else create(ORGANISATIONS, row), events=[statement], call=cmd.call)


async def learn(env: Env, cmd: Learn) -> None:
    """A statement that is older than the row, or about an organisation of another cell than its sender, changes
    nothing."""
    named = parse(cmd.statement.organisation_id)
    if named is None or named.cell != cmd.cell or cmd.cell == env.directory.here.code:
        return
    held = await get(env.store, ORGANISATIONS, cmd.statement.organisation_id)
    before = held.value if held else None
    if before is not None and before.stated >= cmd.version:
        return
    row = learned(cmd.statement, before, cell=cmd.cell, version=cmd.version, now=env.clock.now())
    await env.commit(held.put(row) if held else create(ORGANISATIONS, row), call=cmd.call)


async def lookup_organisation(env: Env, cmd: LookupOrganisation) -> Organisation:
    """An organisation that is in the directory. NotFound."""
    held = await get(env.store, ORGANISATIONS, cmd.organisation)
    if held is None or not held.value.listed:
        raise NotFound(ORGANISATIONS.name, cmd.organisation)
    return held.value


async def list_organisations(env: Env, cmd: ListOrganisations) -> Page[Organisation]:
    """One page of the directory, by id unless the caller asks for another order."""
    filters: dict[str, Scalar] = {"listed": True, "cell": cmd.cell, "country": cmd.country, "status": cmd.status or ""}
    return await env.listing(ORGANISATIONS, filters, call=cmd.call, **paged(cmd, UPDATED))
