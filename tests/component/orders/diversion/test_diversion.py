"""Where pieces are seen against where they were sold to, on a real store."""

import asyncio
from datetime import date, timedelta

import pytest

from libs.errors import InvalidInput, NotFound
from libs.messaging.envelope import Envelope
from libs.pb.prm.orders import v1 as pb
from libs.pb.prm.tickets import v1 as tickets_pb
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.orders.diversion.api import Api
from services.orders.diversion.consumers import on_ticket
from services.orders.diversion.documents import SIGHTINGS
from services.orders.diversion.domain.custody import CustodyKind
from services.orders.diversion.domain.sighting import SightingCircumstance, SightingOutcome, SightingSource
from services.orders.diversion.domain.states import DiversionCaseState
from services.orders.diversion.events import DiversionViolationFound
from services.orders.diversion.usecases import cases
from tests.builders import NOW, a_call, a_call_of, an_id
from tests.component.orders.diversion.acts import CELL, OTHER, all_cases, decided, in_network, kept, seen, sold
from tests.component.orders.harness import PARTNER, Harness

INSIDE, OUTSIDE, LAWFUL = SightingOutcome.INSIDE, SightingOutcome.OUTSIDE, SightingOutcome.LAWFUL
EXPLAINED = SightingOutcome.EXPLAINED
RESALE = SightingCircumstance.OFFERED_FOR_RESALE


@pytest.fixture
async def harness(store: Store, keys: Keys) -> Harness:
    """A cell of the EEA with two partners."""
    made = Harness(store, keys, directory=CELL)
    await made.partner()
    await made.partner(id=OTHER, country="US")
    return made


async def test_pieces_seen_outside_make_one_case_with_their_chains_and_both_partners(harness: Harness) -> None:
    shipment = await sold(harness, "SN-1", "SN-2")
    harness.events()
    first = await seen(harness, "SN-1", "US", seen_at_partner_id=OTHER)
    assert harness.names() == ["SightingReported", "DiversionCaseOpened"]
    again = await seen(harness, "SN-1", "US", seen_at_partner_id=OTHER)
    assert harness.names() == ["SightingReported"]
    second = await seen(harness, "SN-2", "US", seen_at_partner_id=OTHER)
    assert harness.names() == ["SightingReported", "DiversionCaseExtended"]
    [case] = await all_cases(harness)
    assert {one.diversion_case_id for one in (first, again, second)} == {case.id}
    assert (case.holder_id, case.seen_at_partner_id, case.sold_in, case.seen_in) == (PARTNER, OTHER, "DE", "US")
    assert [one.serial for one in case.pieces] == ["SN-1", "SN-2"]
    assert [[step.document_id for step in one.chain] for one in case.pieces] == [[shipment]] * 2


async def test_two_replicas_that_see_pieces_at_once_make_one_case(harness: Harness, store: Store, keys: Keys) -> None:
    await sold(harness, "SN-1", "SN-2", "SN-3", "SN-4")
    other = Harness(store, keys, directory=CELL)
    each = [seen(one, f"SN-{number}", "US") for number, one in enumerate((harness, other) * 2, start=1)]
    found = await asyncio.gather(*each)
    [case] = await all_cases(harness)
    assert {one.diversion_case_id for one in found} == {case.id}
    assert {one.serial for one in case.pieces} == {"SN-1", "SN-2", "SN-3", "SN-4"}


async def test_a_case_shows_quantity_and_value_and_a_list_leaves_its_pieces_off(harness: Harness) -> None:
    await sold(harness, "SN-1")
    id = (await seen(harness, "SN-1", "US")).diversion_case_id
    api = Api(harness.env)
    shown = (await api.GetDiversionCase(pb.GetDiversionCaseRequest(id=id), a_call())).diversion_case
    listed = (await api.ListDiversionCases(pb.ListDiversionCasesRequest(holder_id=PARTNER), a_call())).diversion_cases
    assert (shown.quantity, len(shown.pieces), len(shown.sha256)) == (1, 1, 64)
    assert [(one.units, one.currency_code) for one in shown.values] == [(120, "EUR")]
    assert [(one.id, one.quantity, len(one.pieces)) for one in listed] == [(id, 1, 0)]


async def test_lawful_trade_is_information_and_opens_nothing(harness: Harness) -> None:
    await sold(harness, "SN-1")
    harness.events()
    found = await seen(harness, "SN-1", "FR", circumstance=RESALE)
    assert (found.outcome, bool(found.law)) == (LAWFUL, True)
    assert harness.names() == ["SightingReported"]
    assert await all_cases(harness) == []


async def test_innocent_pieces_open_nothing(harness: Harness) -> None:
    await sold(harness, "SN-1", "SN-2", "SN-3", "SN-4", "SN-5")
    await kept(harness, "SN-1", CustodyKind.TRANSFER, "US", holder_id=OTHER)
    await kept(harness, "SN-2", CustodyKind.DEMO, "US")
    await kept(harness, "SN-3", CustodyKind.MOVE, "US")
    found = [await seen(harness, f"SN-{number}", "US") for number in (1, 2, 3)]
    found.append(await seen(harness, "SN-4", "US", circumstance=SightingCircumstance.OWNER_MOVED))
    assert [one.outcome for one in found] == [INSIDE, INSIDE, INSIDE, EXPLAINED]
    assert await all_cases(harness) == []


async def test_a_piece_that_comes_back_opens_nothing(harness: Harness) -> None:
    order = await harness.confirmed()
    await harness.deliver(await harness.ship(order, 1, "SN-1"))
    rma = await harness.authorize(order, 1, "SN-1")
    assert (await seen(harness, "SN-1", "US")).outcome is EXPLAINED
    await harness.inspect(await harness.receive(rma, 1, "SN-1"), 1, "SN-1")
    assert (await seen(harness, "SN-1", "US")).outcome is EXPLAINED


async def test_what_was_seen_before_the_sale_says_nothing_about_it(harness: Harness) -> None:
    await sold(harness, "SN-1")
    found = await seen(harness, "SN-1", "US", seen_on=harness.today - timedelta(days=1))
    assert (found.outcome, found.holder_id) == (SightingOutcome.NOT_SOLD_HERE, "")


async def test_a_piece_may_be_where_its_holder_has_a_territory(harness: Harness) -> None:
    await sold(harness, "SN-1")
    await harness.territory(country="CH", subdivision="CH-ZH", valid_until=harness.today)
    assert (await seen(harness, "SN-1", "CH")).outcome is INSIDE
    harness.days(1)
    assert (await seen(harness, "SN-1", "CH")).outcome is OUTSIDE


async def test_a_selective_network_of_a_contract_is_the_exception(harness: Harness) -> None:
    await sold(harness, "SN-1", "SN-2")
    await in_network(harness)
    assert (await seen(harness, "SN-1", "FR")).outcome is LAWFUL
    assert (await seen(harness, "SN-1", "FR", circumstance=RESALE, seen_at_partner_id=OTHER)).outcome is OUTSIDE
    await in_network(harness, OTHER, 2)
    assert (await seen(harness, "SN-2", "FR", circumstance=RESALE, seen_at_partner_id=OTHER)).outcome is LAWFUL


async def test_a_violation_is_told_only_if_a_person_says_so(harness: Harness) -> None:
    await sold(harness, "SN-1")
    id = (await seen(harness, "SN-1", "US")).diversion_case_id
    harness.events()
    case = await decided(harness, id, DiversionCaseState.VIOLATION, rule_code="GREY")
    [_, (name, _, told)] = harness.events()
    assert name == DiversionViolationFound.__name__
    assert told == pb.DiversionViolationFound(
        diversion_case_id=id, holder_id=PARTNER, rule_code="GREY", sha256=case.sha256
    )
    later = await seen(harness, "SN-1", "US")
    assert later.diversion_case_id != id


async def test_an_explained_case_lets_its_pieces_be_there(harness: Harness) -> None:
    await sold(harness, "SN-1", "SN-2")
    for serial in ("SN-1", "SN-2"):
        id = (await seen(harness, serial, "US", seen_at_partner_id=OTHER)).diversion_case_id
    await decided(harness, id, DiversionCaseState.EXPLAINED, explanation=CustodyKind.TRANSFER)
    harness.events()
    found = await seen(harness, "SN-1", "US")
    assert (found.outcome, found.holder_id, found.sold_in) == (INSIDE, OTHER, "US")


async def test_the_pattern_counts_what_was_outside_and_not_explained(harness: Harness) -> None:
    await sold(harness, "SN-1", "SN-2", "SN-3", "SN-4")
    await seen(harness, "SN-1", "US")
    id = (await seen(harness, "SN-2", "CN")).diversion_case_id
    await seen(harness, "SN-3", "FR")
    await seen(harness, "SN-4", "DE")
    await decided(harness, id, DiversionCaseState.EXPLAINED, explanation=CustodyKind.MOVE)
    asked = {"holder_id": PARTNER, "first_day": harness.today, "last_day": harness.today}
    [month] = await harness.look(cases.get_diversion_pattern, cases.GetDiversionPattern, **asked)
    assert (month.month, month.seen_count, month.outside_count, month.lawful_count) == (
        harness.today.replace(day=1),
        4,
        1,
        1,
    )
    assert month.outside_basis_points == 2_500


def ticket(serial: str, country: str, *, sku: str = "") -> Envelope:
    """A ticket was filed."""
    id = an_id("tkt")
    body = tickets_pb.TicketCreated(ticket_id=id, partner_id=OTHER, country=country, serial=serial, sku=sku)
    return Envelope(
        id="1",
        type=body.DESCRIPTOR.full_name,
        source="prm/local/tickets",
        about=id,
        version=1,
        subject="prm.local.tickets.ticket.created",
        time=NOW,
        body=body.SerializeToString(),
    )


async def test_a_ticket_about_a_piece_is_a_sighting(harness: Harness) -> None:
    await sold(harness, "SN-1")
    for told in (ticket("SN-1", "US", sku="RTR-1"), ticket("SN-9", "US", sku="RTR-1"), ticket("SN-1", "US")):
        await on_ticket(harness.env, told, a_call())
    [case] = await all_cases(harness)
    assert (case.seen_at_partner_id, case.seen_in) == (OTHER, "US")
    found = await harness.value(SIGHTINGS, case.pieces[0].sighting_id)
    assert (found.source, found.reference) == (SightingSource.TICKET, an_id("tkt"))


async def test_a_partner_is_told_what_it_reported_and_nothing_of_others(harness: Harness) -> None:
    await sold(harness, "SN-1")
    await seen(harness, "SN-1", "US")
    api, people = Api(harness.env), a_call_of(OTHER)
    on = {"year": harness.today.year, "month": harness.today.month, "day": harness.today.day}
    asked = pb.ReportSightingRequest(
        partner_id=OTHER,
        source=pb.SIGHTING_SOURCE_REPORT,
        sku="RTR-1",
        serial="SN-1",
        country="US",
        seen_on=on,
    )
    told = (await api.ReportSighting(asked, people)).sighting
    unsaid = (told.outcome, told.law, told.holder_id, told.sold_in, told.diversion_case_id, told.trace_id)
    assert unsaid == (0, "", "", "", "", "")
    [listed] = (await api.ListSightings(pb.ListSightingsRequest(), people)).sightings
    assert listed == told
    [whole] = (await api.ListSightings(pb.ListSightingsRequest(partner_id=OTHER), a_call())).sightings
    assert whole.holder_id == PARTNER
    asked.partner_id = PARTNER
    with pytest.raises(NotFound):
        await api.ReportSighting(asked, people)
    asked.partner_id = ""
    with pytest.raises(InvalidInput):
        await api.ReportSighting(asked, people)


async def test_bad_input_changes_nothing(harness: Harness) -> None:
    await sold(harness, "SN-1")
    harness.events()
    tomorrow, before = harness.today + timedelta(days=2), harness.today - timedelta(days=1)
    with pytest.raises(InvalidInput, match="future"):
        await seen(harness, "SN-1", "US", seen_on=tomorrow)
    with pytest.raises(InvalidInput, match="before"):
        await kept(harness, "SN-1", CustodyKind.DEMO, "US", on=before)
    with pytest.raises(NotFound):
        await kept(harness, "SN-9", CustodyKind.DEMO, "US")
    with pytest.raises(NotFound):
        await kept(harness, "SN-1", CustodyKind.DEMO, "US", holder_id=an_id("ptn", 9))
    asked = {"holder_id": PARTNER, "first_day": date.max, "last_day": before}
    with pytest.raises(InvalidInput):
        await harness.look(cases.get_diversion_pattern, cases.GetDiversionPattern, **asked)
    id = (await seen(harness, "SN-1", "US")).diversion_case_id
    with pytest.raises(InvalidInput):
        await decided(harness, id, DiversionCaseState.VIOLATION)
    assert [one.state for one in await all_cases(harness)] == [DiversionCaseState.OPEN]
