"""A caller that changed something in one service can use it in the next: with the position that the change returned,
and without it if an event that lifts the refusal arrives while the call waits."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.clock import SystemClock
from libs.config import Settings
from libs.pb.prm.orders import v1 as orders_pb
from libs.rpc.client import CallFailed, Session
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from services.demo.scenario import ScenarioClient, day, money, rpc_path
from tests.builders import an_id

TIMES = 10
COUNTRIES = ("AT", "BE", "CZ", "DK", "ES", "FI", "FR", "IT", "NL", "PL")
TODAY = SystemClock().now().date()
SINCE = day(TODAY - timedelta(days=1))


class Caller:
    """A caller of the vendor with a client of each service. carrying: whether the clients share positions."""

    def __init__(self, cell: RunningCell, *, carrying: bool) -> None:
        self.cell = cell
        self.session = Session()
        shared = self.session if carrying else None
        clients = {name: cell.client(session=shared) for name in cell.services}
        self.clients = set(clients.values())
        self.scenario = ScenarioClient(clients, run=f"{carrying}", today=TODAY)
        self._partners = 0

    async def applied(self, **fields: Any) -> str:
        """A partner that has applied and is being vetted."""
        self._partners += 1
        answer = await self.scenario.ask(
            "partners",
            "ApplyPartner",
            legal_name=f"Partner {self._partners}",
            country="DE",
            registration_id=f"HRB {self._partners}",
            registration_id_type="REGISTRATION_ID_TYPE_OTHER",
            **{"kind": "PARTNER_KIND_RESELLER", **fields},
        )
        await self.scenario.ask("partners", "StartVetting", id=answer.partner.id)
        return str(answer.partner.id)

    async def active(self, **fields: Any) -> str:
        """A partner that has just been approved."""
        partner = await self.applied(**fields)
        await self.scenario.ask("partners", "ApprovePartner", id=partner)
        return partner

    async def order(self, partner: str, **fields: Any) -> Any:
        """A new order of four routers."""
        line = {"kind": "LINE_KIND_PRODUCT", "sku": "RTR-1", "quantity": 4, "unit_price": money(100)}
        content = {"currency": "EUR", "ship_to_country": "DE", "lines": [line], **fields}
        return (await self.scenario.ask("orders", "CreateOrder", partner_id=partner, **content)).order

    async def ticket(self, partner: str, **fields: Any) -> Any:
        """A new ticket."""
        return (
            await self.scenario.ask(
                "tickets",
                "CreateTicket",
                partner_id=partner,
                requester={"name": "Ngozi"},
                subject={"text": "It does not start"},
                channel="CHANNEL_PORTAL",
                impact="IMPACT_HIGH",
                urgency="URGENCY_HIGH",
                **fields,
            )
        ).ticket

    async def claim(self, partner: str, country: str = "DE") -> Any:
        """A complete claim."""
        return (
            await self.scenario.ask(
                "deals",
                "CreateRegistration",
                partner_id=partner,
                customer={"legal_name": "Acme GmbH", "country": country, "domain": "acme.example"},
                lines=[{"sku": "RTR-1", "product_line": "ROUTERS", "quantity": 4, "expected_amount": money(400)}],
            )
        ).registration


@asynccontextmanager
async def cell_that_waits(folder: Path, *, seconds: float) -> AsyncIterator[RunningCell]:
    """A cell in which a call without a position waits so long for an event that lifts its refusal."""
    settings = Settings(data_dir=folder, listen="127.0.0.1:0", lift_seconds=seconds)
    async with running(builders("partners", "deals", "orders", "tickets"), settings, sweep=False) as found:
        yield found


@asynccontextmanager
async def caller_of(cell: RunningCell, *, carrying: bool) -> AsyncIterator[Caller]:
    caller = Caller(cell, carrying=carrying)
    yield caller
    for client in caller.clients:
        await client.close()


@pytest.fixture
async def cell(tmp_path: Path) -> AsyncIterator[RunningCell]:
    """A cell that waits long, because an event may come late on a busy machine."""
    async with cell_that_waits(tmp_path, seconds=10.0) as found:
        yield found


@pytest.fixture
async def carrying(cell: RunningCell) -> AsyncIterator[Caller]:
    async with caller_of(cell, carrying=True) as caller:
        yield caller


@pytest.fixture
async def forgetful(cell: RunningCell) -> AsyncIterator[Caller]:
    async with caller_of(cell, carrying=False) as caller:
        yield caller


@pytest.fixture
async def hurried(tmp_path: Path) -> AsyncIterator[Caller]:
    """A forgetful caller of a cell that hardly waits; for refusals that no event lifts."""
    async with cell_that_waits(tmp_path, seconds=0.01) as found, caller_of(found, carrying=False) as caller:
        yield caller


@pytest.fixture(params=["carrying", "forgetful"])
def anybody(request: pytest.FixtureRequest) -> Caller:
    found: Caller = request.getfixturevalue(request.param)
    return found


async def test_a_partner_that_was_approved_this_moment_orders_claims_and_files(anybody: Caller) -> None:
    for _ in range(TIMES):
        partner = await anybody.active()
        assert (await anybody.order(partner)).partner_id == partner
        assert (await anybody.claim(partner)).partner_id == partner
        assert (await anybody.ticket(partner)).partner_id == partner


async def test_a_partner_that_applied_this_moment_has_terms_aging_a_statement_and_a_report(anybody: Caller) -> None:
    for _ in range(TIMES):
        partner = await anybody.applied()
        asked = await anybody.scenario.ask("orders", "SetCreditTerms", partner_id=partner, limit=money(10))
        assert asked.decision.resource_id
        aging = await anybody.scenario.ask("orders", "GetAging", partner_id=partner)
        assert not aging.rows
        statement = await anybody.scenario.ask("orders", "GetStatement", partner_id=partner, currency="EUR")
        assert not statement.entries
        period = {"start_date": SINCE, "end_date": day(TODAY)}
        await anybody.scenario.ask("tickets", "GetSatisfactionReport", partner_id=partner, **period)


async def test_what_was_made_in_one_service_is_named_in_the_next(anybody: Caller) -> None:
    partner = await anybody.active()
    for _ in range(TIMES):
        claim = await anybody.claim(partner)
        order = await anybody.order(partner, registration_id=claim.id)
        assert order.registration_id == claim.id
        assert (await anybody.ticket(partner, order_id=order.id)).order_id == order.id


async def test_a_distributor_orders_at_once_for_the_deal_of_its_new_reseller(anybody: Caller) -> None:
    above = await anybody.active(kind="PARTNER_KIND_DISTRIBUTOR")
    for _ in range(TIMES):
        below = await anybody.active(parent_partner_id=above)
        claim = await anybody.claim(below)
        assert (await anybody.order(above, registration_id=claim.id)).registration_id == claim.id


async def test_a_partner_is_refused_from_its_suspension_on_and_no_longer_than_that(carrying: Caller) -> None:
    partner = await carrying.active()
    reason = {"status_reason": "STATUS_REASON_AGREEMENT_BREACH"}
    for _ in range(TIMES):
        await carrying.scenario.ask("partners", "SuspendPartner", id=partner, **reason)
        with pytest.raises(CallFailed) as refused:
            await carrying.order(partner)
        assert (refused.value.reason, refused.value.retry_after_seconds) == ("PARTNER_NOT_ACTIVE", None)
        await carrying.scenario.ask("partners", "ReinstatePartner", id=partner)
        assert (await carrying.order(partner)).partner_id == partner


async def test_the_tier_of_this_moment_decides_the_price(carrying: Caller) -> None:
    partner = await carrying.active()
    for number, tier in enumerate(["GOLD", "SILVER"] * (TIMES // 2)):
        if number < 2:
            item = {"sku": f"{tier}-1", "product_line": "ROUTERS", "description": "Router", "unit_price": money(7)}
            await carrying.scenario.ask(
                "orders",
                "PutPriceList",
                code=tier.lower(),
                currency="EUR",
                tiers=[tier],
                valid_from=SINCE,
                items=[item],
            )
        await carrying.scenario.ask("partners", "SetTier", id=partner, tier=tier, tier_rank=1)
        line = {"kind": "LINE_KIND_PRODUCT", "sku": f"{tier}-1", "quantity": 1}
        assert (await carrying.order(partner, lines=[line])).totals.total.units == 7


async def test_who_finds_done_what_another_did_this_moment_has_its_position(
    carrying: Caller, forgetful: Caller
) -> None:
    partner = await forgetful.active()
    for caller in (forgetful, carrying):
        await caller.scenario.ask("partners", "SetTier", id=partner, tier="GOLD", tier_rank=1)
    assert len(carrying.session.headers(rpc_path("orders", "CreateOrder"))) == 1
    assert (await carrying.order(partner)).partner_id == partner


async def test_an_exclusive_territory_of_this_moment_holds_an_order_and_refuses_a_claim(carrying: Caller) -> None:
    mine, other = await carrying.active(), await carrying.active()
    for country in COUNTRIES:
        granted = {"partner_id": other, "country": country, "exclusive": True, "valid_from": SINCE}
        order = await carrying.order(mine, ship_to_country=country)
        claim = await carrying.claim(mine, country)
        await carrying.scenario.ask("partners", "GrantTerritory", **granted)
        held = (await carrying.scenario.ask("orders", "SubmitOrder", id=order.id)).order
        assert "HOLD_REASON_TERRITORY" in _reasons(held)
        refused = await carrying.scenario.refused("deals", "SubmitRegistration", id=claim.id)
        assert refused.reason == "TERRITORY_EXCLUSIVE"


async def test_a_downline_is_open_and_closed_from_the_moment_on(carrying: Caller, cell: RunningCell) -> None:
    above = await carrying.active(kind="PARTNER_KIND_DISTRIBUTOR")
    below = await carrying.active(parent_partner_id=above)
    order = await carrying.order(below)
    async with cell.client("partner_sales", partner_id=above, session=carrying.session) as client:
        people = ScenarioClient(dict.fromkeys(cell.services, client), run="people", today=TODAY)
        for _ in range(TIMES):
            await carrying.scenario.ask("partners", "SetDownlineAccess", id=above, sees_downline=True)
            assert (await people.ask("orders", "GetOrder", id=order.id)).order.id == order.id
            await carrying.scenario.ask("partners", "SetDownlineAccess", id=above, sees_downline=False)
            assert (await people.refused("orders", "GetOrder", id=order.id)).code == "NOT_FOUND"


async def test_a_deal_that_was_won_this_moment_has_its_draft(carrying: Caller) -> None:
    partner = await carrying.active()
    for _ in range(TIMES):
        claim = await carrying.claim(partner)
        for step in ("SubmitRegistration", "StartReview", "ApproveRegistration", "ConvertRegistration"):
            await carrying.scenario.ask("deals", step, id=claim.id)
        found = await carrying.scenario.ask("orders", "ListOrders", registration_id=claim.id)
        assert [order.partner_id for order in found.orders] == [partner]


async def test_what_may_be_on_its_way_is_refused_with_a_reason_of_its_own_and_when_to_come_again(
    hurried: Caller,
) -> None:
    partner, applied = await hurried.active(), await hurried.applied()
    await hurried.cell.settled()
    waiting = (("PARTNER_NOT_YET_ACTIVE", "FAILED_PRECONDITION"), ("NOT_YET_KNOWN", "NOT_FOUND"))
    calls: list[tuple[Callable[[], Awaitable[Any]], tuple[str, str]]] = [
        (lambda: hurried.order(applied), waiting[0]),
        (lambda: hurried.claim(applied), waiting[0]),
        (lambda: hurried.ticket(applied), waiting[0]),
        (lambda: hurried.order(an_id("ptn", 9)), waiting[1]),
        (lambda: hurried.order(partner, registration_id=an_id("reg", 9)), waiting[1]),
        (lambda: hurried.ticket(partner, order_id=an_id("ord", 9)), waiting[1]),
        (lambda: hurried.scenario.ask("orders", "GetAging", partner_id=an_id("ptn", 9)), waiting[1]),
        (
            lambda: hurried.scenario.ask("orders", "GetStatement", partner_id=an_id("ptn", 9), currency="EUR"),
            waiting[1],
        ),
    ]
    for call, told in calls:
        with pytest.raises(CallFailed) as refused:
            await call()
        err = refused.value
        assert (err.reason, err.code, err.retry_after_seconds) == (*told, 1.0)


async def test_a_partners_people_cannot_tell_a_rivals_row_from_none(hurried: Caller) -> None:
    mine, rival = await hurried.active(), await hurried.active()
    await hurried.cell.settled()
    claim, order = await hurried.claim(rival), await hurried.order(rival)
    await hurried.cell.settled()
    refusals = set()
    async with hurried.cell.client("partner_sales", "partner_support", partner_id=mine) as client:
        people = ScenarioClient(dict.fromkeys(hurried.cell.services, client), run="people", today=TODAY)
        hurried.scenario, vendor = people, hurried.scenario
        for id in (claim.id, an_id("reg", 9)):
            with pytest.raises(CallFailed) as refused:
                await hurried.order(mine, registration_id=id)
            refusals.add((refused.value.code, refused.value.message.replace(id, ""), refused.value.retry_after_seconds))
        for id in (order.id, an_id("ord", 9)):
            with pytest.raises(CallFailed) as refused:
                await hurried.ticket(mine, order_id=id)
            refusals.add((refused.value.code, refused.value.message.replace(id, ""), refused.value.retry_after_seconds))
    assert refusals == {
        ("NOT_FOUND", "registration  is not known here, or not yet", 1.0),
        ("NOT_FOUND", "order  is not known here, or not yet", 1.0),
    }
    hurried.scenario = vendor
    for naming in (hurried.order(mine, registration_id=claim.id), hurried.ticket(mine, order_id=order.id)):
        with pytest.raises(CallFailed, match="FAILED_PRECONDITION"):
            await naming


async def test_a_position_whose_events_do_not_arrive_is_said_to_be_missing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0", relay=False)
    async with running(builders("partners", "orders"), settings, sweep=False) as cell, cell.client() as client:
        caller = ScenarioClient(dict.fromkeys(cell.services, client), run="away", today=TODAY)
        applying = {"kind": "PARTNER_KIND_RESELLER", "legal_name": "Acme GmbH", "country": "DE"}
        partner = (await caller.ask("partners", "ApplyPartner", **applying)).partner.id
        request = orders_pb.CreateOrderRequest(partner_id=partner, currency="EUR", ship_to_country="DE")
        said = []
        for _ in range(2):
            with pytest.raises(CallFailed) as refused:
                await client.call(rpc_path("orders", "CreateOrder"), request, timeout_seconds=2.0, attempts=1)
            said.append((refused.value.code, refused.value.reason, refused.value.retry_after_seconds))
    # The client does not wait again for a position that was not reached.
    assert said == [("UNAVAILABLE", "POSITION_NOT_REACHED", 1.0), ("NOT_FOUND", "NOT_YET_KNOWN", 1.0)]


def _reasons(order: Any) -> set[str]:
    names = order.DESCRIPTOR.file.pool.FindEnumTypeByName("prm.orders.v1.HoldReason").values_by_number
    return {names[one.reason].name for one in order.holds}
