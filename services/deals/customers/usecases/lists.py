"""Shows records, their history, and the notes on them."""

from datetime import date, datetime
from typing import NamedTuple

import msgspec

from libs.call import Command, ResourceCommand
from libs.company_name import name_form
from libs.errors import InvalidInput, Violation
from libs.organisation import web_domain
from libs.person import PersonalText
from libs.store.codec import attribute
from libs.store.listing import rows_per_page
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import D, Document, Kind, Page, Query, Scalar, create
from services.deals.claims.domain.registration import bare
from services.deals.customers.documents import CUSTOMERS, ENTRIES, NOTES, PROPOSALS
from services.deals.customers.domain.customers import EndCustomer, View, found_by
from services.deals.customers.domain.entries import DocumentType
from services.deals.customers.domain.notes import CompetitorNote
from services.deals.customers.domain.proposals import MergeProposal, MergeProposalState
from services.deals.customers.reads import registrations, tree
from services.deals.settings import Env


class GetCustomer(ResourceCommand, frozen=True, kw_only=True):
    """Show a record."""


class ListCustomers(ListCommand, frozen=True, kw_only=True):
    """List records; empty filters filter nothing."""

    partner_id: str = ""
    customer_name: str = ""
    customer_registration_id: str = ""
    customer_domain: str = ""


class ListMergeProposals(ListCommand, frozen=True, kw_only=True):
    """List proposals."""

    state: MergeProposalState | None = None


class ListOfCustomer(Command, frozen=True, kw_only=True):
    """List the history of a record, or the notes on it."""

    customer_id: str
    page_size: int = 0
    page_token: str = ""


class AddCompetitorNote(Command, frozen=True, kw_only=True):
    """Add a note on a competitor."""

    customer_id: str
    competitor: str
    product_line: str = ""
    note: PersonalText | None = None


class CustomerDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document of a history, in its present state."""

    document_id: str
    type: DocumentType | None
    partner_id: str
    customer_id: str
    parent_id: str
    time: datetime | None
    state: str
    won_date: date | None


class Rows(NamedTuple):
    """The rows of a page, and the token of the next one, empty on the last."""

    found: tuple[CustomerDocument, ...]
    next_page_token: str


class Notes(NamedTuple):
    """As Rows, of notes."""

    found: tuple[CompetitorNote, ...]
    next_page_token: str


async def get_customer(env: Env, cmd: GetCustomer) -> EndCustomer:
    """The record."""
    return await env.show(CUSTOMERS, cmd.id, call=cmd.call)


async def list_customers(env: Env, cmd: ListCustomers) -> Page[EndCustomer]:
    """Records of the vendor that stand for themselves, or those of a partner."""
    number, domain = bare(cmd.customer_registration_id), web_domain(cmd.customer_domain)
    name = name_form(cmd.customer_name)
    asked = (
        ("customer_registration_id", cmd.customer_registration_id, number, "TOO_SHORT"),
        ("customer_domain", cmd.customer_domain, domain, "NOT_A_DOMAIN"),
        ("customer_name", cmd.customer_name, name, "TOO_SHORT"),
    )
    if wrong := [Violation(at, "finds nobody", why) for at, given, form, why in asked if given and not form]:
        raise InvalidInput(wrong)
    of_partner = bool(cmd.partner_id or cmd.call.caller.partner_id)
    filters: dict[str, Scalar] = {
        "partner_id": cmd.partner_id,
        "view": View.PARTNER if of_partner else View.CELL,
        "registration_key": found_by("registration", number, env.keys.keyed),
        "domain_key": found_by("domain", domain, env.keys.keyed),
        "name_key": found_by("name", name, env.keys.keyed),
    }
    return await env.listing(CUSTOMERS, filters, call=cmd.call, **paged(cmd))


async def list_merge_proposals(env: Env, cmd: ListMergeProposals) -> Page[MergeProposal]:
    """Proposals, by id or time of change."""
    return await env.listing(PROPOSALS, filters_of(cmd, "state"), call=cmd.call, **paged(cmd))


async def get_customer_history(env: Env, cmd: ListOfCustomer) -> Rows:
    """A page of the documents, the newest first: all of a record of the vendor and of those merged into it, or those of
    the partner whose record it is. InvalidInput for a page token of another record."""
    row = await env.show(CUSTOMERS, cmd.customer_id, call=cmd.call)
    found, token = await _newest(env, ENTRIES, "customer_id", row, cmd)
    claims = await registrations(env, [one.id for one in found if one.type is DocumentType.CLAIM])
    hidden = bool(cmd.call.caller.partner_id)
    documents = (
        CustomerDocument(
            document_id=one.id,
            type=one.type,
            partner_id=one.partner_id,
            customer_id=row.id if hidden else one.customer_id,
            parent_id=one.parent_id,
            time=one.time,
            state=claims[one.id].review.name if one.id in claims else one.state,
            won_date=one.won_date,
        )
        for one in found
    )
    return Rows(tuple(documents), token)


async def list_competitor_notes(env: Env, cmd: ListOfCustomer) -> Notes:
    """A page of the notes, the newest first, as `get_customer_history`."""
    row = await env.show(CUSTOMERS, cmd.customer_id, call=cmd.call)
    found, token = await _newest(env, NOTES, "whole_id", row, cmd)
    return Notes(tuple(found), token)


async def add_competitor_note(env: Env, cmd: AddCompetitorNote) -> CompetitorNote:
    """The new note, of the caller's partner or of the vendor."""
    row = (await env.load(CUSTOMERS, cmd.customer_id, call=cmd.call)).value
    note = CompetitorNote(
        id=env.ids.new("cmn"),
        customer_id=row.id,
        whole_id=row.customer_id,
        partner_id=cmd.call.caller.partner_id,
        competitor=cmd.competitor,
        product_line=cmd.product_line,
        note=cmd.note,
        create_time=env.clock.now(),
    )
    return await env.commit(create(NOTES, note), call=cmd.call)


async def _newest(env: Env, kind: Kind[D], field: str, row: EndCustomer, cmd: ListOfCustomer) -> tuple[list[D], str]:
    """The next rows by descending `place`, over all records of a tree. A token is the place of the last row."""
    before = _before(cmd)
    size = rows_per_page(cmd.page_size)
    whose: dict[str, Scalar] = {"partner_id": row.partner_id} if row.view is View.PARTNER else {}
    members = (row.customer_id,) if row.view is View.PARTNER else await tree(env, row.id)
    found: list[D] = []
    more = False
    for member in members:
        equals = {field: member, **whose}
        query = Query(kind=kind, equals=equals, order="place", at_least="", below=before, descending=True, limit=size)
        page = await env.store.find(query)
        found += (loaded.value for loaded in page.rows)
        more = more or bool(page.next_cursor)
    found.sort(key=_place, reverse=True)
    more = more or len(found) > size
    found = found[:size]
    return found, f"{cmd.customer_id}.{_place(found[-1])}" if more else ""


def _place(row: Document) -> str:
    return str(attribute("place")(row))


def _before(cmd: ListOfCustomer) -> str | None:
    if not cmd.page_token:
        return None
    customer, _, place = cmd.page_token.partition(".")
    if customer != cmd.customer_id or not place:
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
    return place
