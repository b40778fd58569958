"""What cells ask each other waits for the hub and for a cell that is away; nothing is lost, and nothing has its effect
twice."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from libs.cross_checks.documents import ASKED_OF_DAY
from libs.runtime.cell import RunningCell
from libs.store.port import get
from services.demo.scenario import ScenarioClient
from services.demo.world import COMPLIANCE, PARTNERS, register
from tests.system.border import HERE, THERE, Border, a_border, scenario
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("system")

DEALS = "deals"
SERVICES = (PARTNERS, DEALS, COMPLIANCE)
CROSSED_SECONDS = 120.0
COUNTRIES = {HERE: "DE", THERE: "CN"}


class Side:
    """A running cell, and its client."""

    def __init__(self, code: str, cell: RunningCell, told: ScenarioClient) -> None:
        self._code = code
        self.cell = cell
        self.told = told

    async def permitted(self) -> None:
        """The transfers are registered under which cells ask each other."""
        for flow in ("duplicate_check", "request_links"):
            await register(self.told, flow, categories=[])
        await self.cell.settled()

    async def claim(self, domain: str, *, approved: bool = False) -> str:
        """A claim of a new partner on a customer with this domain; its id."""
        country = COUNTRIES[self._code]
        partner = await self.told.ask(
            PARTNERS,
            "ApplyPartner",
            legal_name=f"Partner for {domain}",
            kind="PARTNER_KIND_RESELLER",
            country=country,
            registration_id=f"REG-{domain}",
            registration_id_type="REGISTRATION_ID_TYPE_OTHER",
        )
        await self.told.ask(PARTNERS, "StartVetting", id=partner.partner.id)
        await self.told.ask(PARTNERS, "ApprovePartner", id=partner.partner.id)
        made = await self.told.eventually(
            DEALS,
            "CreateRegistration",
            partner_id=partner.partner.id,
            customer={"legal_name": f"Customer of {domain}", "country": country, "domain": domain},
            lines=[{"sku": "RTR-1", "product_line": "ROUTERS", "quantity": 2}],
        )
        claim = str(made.registration.id)
        for method in ("SubmitRegistration", "StartReview", *(("ApproveRegistration",) if approved else ())):
            await self.told.ask(DEALS, method, id=claim)
        await self.cell.settled()
        return claim

    async def state(self, claim: str) -> str:
        """What the other cell answered about a claim."""
        found = await self.told.ask(DEALS, "GetRegistration", id=claim)
        [one] = found.cells
        name = one.DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[one.state].name
        return str(name).removeprefix("CHECK_STATE_")

    async def request(self, link: str = "") -> tuple[str, str]:
        """A linked request of somebody; its id, and that of the link."""
        content: dict[str, Any] = {
            "type": "REQUEST_TYPE_OPT_OUT",
            "country": COUNTRIES[self._code],
            "channel": "REQUEST_CHANNEL_EMAIL",
            "aliases": [{"field": "ALIAS_FIELD_EMAIL", "value": "ada@example.org"}],
        }
        made = (await self.told.ask(COMPLIANCE, "CreateRequest", **content)).request.id
        linked = await self.told.ask(COMPLIANCE, "LinkRequest", id=made, link_id=link)
        await self.cell.settled()
        return str(made), str(linked.link_id)

    async def linked(self, request: str) -> list[str]:
        """The states of the other cells for a request."""
        found = (await self.told.ask(COMPLIANCE, "GetRequest", id=request)).linked
        return [one.DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[one.state].name for one in found]

    async def answered(self, cell: str) -> int:
        """How many questions of a cell this one has had."""
        held = await get(self.cell.env(DEALS).store, ASKED_OF_DAY, f"by:{cell}")
        return held.value.count if held else 0


async def on(border: Border, code: str, work: Callable[[Side], Awaitable[None]], *, run: str) -> None:
    """Run a cell while `work` is done. run: part of every request id."""
    async with (
        border.cell(code, *SERVICES, sweep=False) as cell,
        cell.client() as client,
        cell.client(subject="other") as other,
    ):
        await work(Side(code, cell, scenario(client, other, run=run)))


async def test_a_question_waits_for_the_hub_and_is_answered_once(tmp_path: Path) -> None:
    async with a_border(tmp_path) as border:

        async def play(there: Side) -> None:
            async def ask(here: Side) -> None:
                await here.permitted()
                await there.claim("known.example", approved=True)
                await border.stop_hub()
                claims = [await here.claim(domain) for domain in ("known.example", "new.example")]
                request, link = await here.request()
                theirs, _ = await there.request(link)
                assert [await here.state(one) for one in claims] == ["PENDING", "PENDING"]
                assert (await here.linked(request), await there.linked(theirs)) == ([], [])
                await border.start_hub()

                async def complete() -> bool:
                    known = [await here.state(one) for one in claims] == ["HIT", "CLEAR"]
                    both = [await here.linked(request), await there.linked(theirs)] == [["LINKED_STATE_OPEN"]] * 2
                    return known and both

                await until(complete, within_seconds=CROSSED_SECONDS)
                assert await there.answered(HERE) == 2

            await there.permitted()
            await on(border, HERE, ask, run="here")

        await on(border, THERE, play, run="there")


async def test_a_question_waits_for_a_cell_that_is_away(tmp_path: Path) -> None:
    async with a_border(tmp_path) as border:

        async def know(there: Side) -> None:
            await there.permitted()
            await there.claim("known.example", approved=True)

        async def ask(here: Side) -> None:
            await here.permitted()
            claim = await here.claim("known.example")
            assert await here.state(claim) == "PENDING"

            async def answer(there: Side) -> None:
                async def known() -> bool:
                    return await here.state(claim) == "HIT"

                await until(known, within_seconds=CROSSED_SECONDS)
                assert await there.answered(HERE) == 1

            await on(border, THERE, answer, run="again")

        await on(border, THERE, know, run="there")
        await on(border, HERE, ask, run="here")
