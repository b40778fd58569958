"""The console in a real browser, on a cell where the life of a deal was played: every cockpit in three languages and
two widths, and a day's work in forms."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from libs.clock import ShiftedClock
from libs.config import Settings
from libs.runtime.cell import RunningCell, running
from services.__main__ import builders
from services.console.command import serving
from services.console.settings import ConsoleSettings
from services.demo.order import a_draft_appears
from services.demo.scenario import SERVICES, ScenarioClient
from services.demo.story import CHANNEL_STEPS, STEPS, TIMED_STEPS, play
from tests.system.browsers import NEEDS_CHROMIUM, TONGUES, WIDTHS, Watched, chromium, watched

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.thorough, NEEDS_CHROMIUM]

ROLES: Mapping[str, tuple[str, ...]] = {
    "channel_manager": ("/cockpits/channel", "/lists/claims"),
    "finance": ("/cockpits/finance", "/lists/invoices"),
    "support_agent": ("/cockpits/support", "/lists/tickets"),
    "compliance_officer": ("/cockpits/compliance", "/lists/trail"),
    "region_head": ("/cockpits/region", "/lists/forecast?group_by=FORECAST_GROUP_COUNTRY"),
    "marketing": ("/cockpits/marketing", "/lists/campaigns"),
}
UNTIL_THE_ORDER = STEPS[: STEPS.index(a_draft_appears) + 1]
ROUNDS = 20


class World:
    """A cell with a console. held: the ids of the story by name."""

    def __init__(self, cell: RunningCell, origin: str, held: Mapping[str, str]) -> None:
        self.cell, self.origin, self.held = cell, origin, held


@asynccontextmanager
async def world(folder: Path, *, whole: bool) -> AsyncIterator[World]:
    clock = ShiftedClock()
    settings = Settings(data_dir=folder, listen="127.0.0.1:0", log_level="error")
    async with running(builders(), settings, clock=clock, sweep=False) as cell:

        async def wait(time: timedelta) -> None:
            await cell.settled()
            clock.advance(time)
            await cell.run_jobs()
            await cell.settled()

        async with cell.client() as client, cell.client(subject="second") as second:
            story = ScenarioClient(
                dict.fromkeys(SERVICES, client),
                second=dict.fromkeys(SERVICES, second),
                run="story",
                today=clock.now().date(),
                wait=wait,
            )
            await play(story, (*STEPS, *TIMED_STEPS, *CHANNEL_STEPS) if whole else UNTIL_THE_ORDER)
        own = ConsoleSettings(listen="127.0.0.1:0", cell=cell.address)
        async with serving(settings, own) as origin:
            yield World(cell, origin, story.held)


async def test_every_cockpit_reads_well_in_each_language_and_width(tmp_path: Path) -> None:
    faults: list[str] = []
    async with world(tmp_path / "cell", whole=True) as found, chromium() as browser:
        for tongue in TONGUES:
            for width in WIDTHS:
                async with watched(browser, found.origin, tmp_path, tongue=tongue, width=width) as page:
                    faults += await _looked_at(page, found, f"{tongue}-{width}")
    assert faults == []


async def _looked_at(page: Watched, world: World, name: str) -> list[str]:
    faults: list[str] = []
    claim, partner = world.held["claim"], world.held["north"]
    for role, paths in ROLES.items():
        await page.sign_in(role)
        for path in paths:
            assert await page.open(path) == 200, (role, path, await page.text())
            faults += await page.faults()
            if path.startswith("/cockpits"):
                await page.picture(f"{path.rpartition('/')[2]}-{name}")
        if role == "channel_manager":
            for path in (f"/documents/{claim}", f"/documents/{partner}", "/acts/deals.CreateRegistration"):
                assert await page.open(path) == 200, (path, await page.text())
                faults += await page.faults()
                await page.picture(f"{path.split('/')[1]}-{path.rpartition('/')[2][:3]}-{name}")
    await _a_score_line(page)
    faults += await page.faults()
    await page.sign_in("partner_admin", partner_id=partner)
    faults += await page.faults()
    await page.picture(f"partner-{name}")
    return [*faults, *page.foreign(), *page.complaints]


async def _a_score_line(page: Watched) -> None:
    """A line of a scorecard leads to the documents that it is made of."""
    await page.sign_in("channel_manager")
    await page.open("/lists/scorecards")
    cards = await page.paths("tbody a[href^='/documents/scd_']")
    for card in cards:
        await page.open(card)
        for line in await page.paths("a[href^='/lists/evidence?']"):
            assert await page.open(line) == 200
            if await page.page.locator("tbody tr").count():
                return
    raise AssertionError(f"no line of {len(cards)} scorecards has a document")


async def test_a_days_work_is_done_in_forms(tmp_path: Path) -> None:
    async with (
        world(tmp_path / "cell", whole=False) as found,
        chromium() as browser,
        watched(browser, found.origin, tmp_path) as page,
    ):
        await _a_dispute(page, found)
        await _a_hold(page, found)
        await _a_ticket(page, found)
        await _a_request(page, found)
        assert [*page.foreign(), *page.complaints] == []


async def _claimed(page: Watched, found: World, key: str) -> str:
    """A claim of a partner on a customer of its own choice, submitted in forms; its id."""
    await page.sign_in("partner_admin", partner_id=found.held[key], subject=key)
    said = await page.act(
        "deals.CreateRegistration",
        **{
            "customer-legal_name": "Hafenkontor Nord",
            "customer-country": "DE",
            "customer-domain": "hafenkontor.example",
            "lines-0--sku": "RTR-100",
            "lines-0--quantity": "3",
            "lines-0--expected_amount": "1250.50",
        },
    )
    assert "€1,250.50" in said
    claim = page.page.url.rpartition("/")[2]
    assert "Submitted" in await page.act("deals.SubmitRegistration", claim)
    return claim


async def _a_dispute(page: Watched, found: World) -> None:
    """Claim, conflict, decision, appeal."""
    first, second = await _claimed(page, found, "north"), await _claimed(page, found, "south")
    await found.cell.settled()
    await page.sign_in("channel_manager", subject="manager")
    await page.act("deals.StartReview", first)
    await page.act("deals.StartReview", second)
    assert first in await page.page.content()  # the conflict beside the claim
    await page.picture("conflict")
    opened = await page.act("deals.OpenAdjudication", registration_ids=f"{first}\n{second}")
    assert "Open adjudication: done." in opened
    case = page.page.url.rpartition("/")[2]
    reason = "ADJUDICATION_REASON_FIRST_CLAIM"
    assert "done" in await page.act("deals.DecideAdjudication", case, winner_registration_id=first, reason=reason)
    await page.sign_in("partner_admin", partner_id=found.held["south"], subject="south")
    assert await page.open("/lists/my-disputes") == 200
    await page.page.click("tbody a")
    side = page.page.url.rpartition("/")[2]
    assert "done" in await page.act("deals.AppealAdjudication", side, statement="We were invited first.")
    await page.picture("appeal")


async def _a_hold(page: Watched, found: World) -> None:
    """An order exceeds the credit limit; finance asks to release it, and a second person confirms."""
    order = found.held["order"]
    await page.sign_in("partner_admin", partner_id=found.held["north"], subject="north")
    assert "done" in await page.act("orders.UpdateOrder", order, purchase_order_number="PO-2042")
    assert "Held" in await page.act("orders.SubmitOrder", order)
    await page.sign_in("finance", subject="clerk")
    await page.open("/cockpits/finance")
    assert order in await page.page.content()
    said = await page.act("orders.ReleaseHold", order, reason="HOLD_REASON_CREDIT", release_note="Guarantee received.")
    assert "A second person must confirm it." in said
    await page.picture("hold")
    await page.open("/lists/order-decisions")
    await page.page.click("text=Confirm decision")
    await page.page.click("form.act p.send button")
    assert "SECOND_PERSON_REQUIRED" in await page.text()
    await page.sign_in("finance", subject="chief")
    await page.open("/lists/order-decisions")
    await page.page.click("text=Confirm decision")
    await page.picture("second-person")
    await page.page.click("form.act p.send button")
    await page.open(f"/documents/{order}")
    assert "Confirmed" in await page.text()


async def _a_ticket(page: Watched, found: World) -> None:
    """A partner files a ticket; support sees its clocks and answers it."""
    await page.sign_in("partner_support", partner_id=found.held["north"], subject="technician")
    said = await page.act(
        "tickets.CreateTicket",
        subject="Router restarts every hour",
        channel="CHANNEL_PORTAL",
        country="DE",
        impact="IMPACT_HIGH",
        urgency="URGENCY_HIGH",
        **{"requester-name": "Jörg Müller", "requester-email": "jm@zweiradwerk.example"},
    )
    assert "Create ticket: done." in said, said
    ticket = page.page.url.rpartition("/")[2]
    await page.sign_in("support_agent", subject="agent")
    await page.open("/cockpits/support")
    assert ticket in await page.page.content()
    await page.act("tickets.AssignTicket", ticket, assignment_group="network", assignee="dev:agent")
    await page.act("tickets.AddComment", ticket, visibility="VISIBILITY_PARTNER", body="We look into it.")
    await page.open(f"/documents/{ticket}")
    assert "We look into it." in await page.text()
    await page.picture("ticket")


async def _a_request(page: Watched, found: World) -> None:
    """A person wants to be erased; the officer takes the request in and begins, and the certificate is on its page."""
    await page.sign_in("compliance_officer", subject="officer")
    said = await page.act(
        "compliance.CreateRequest",
        type="REQUEST_TYPE_ERASURE",
        country="DE",
        channel="REQUEST_CHANNEL_EMAIL",
        **{"aliases-0--field": "ALIAS_FIELD_EMAIL", "aliases-0--value": "eleni@nordlicht.example"},
        identity_proof="IDENTITY_PROOF_ACCOUNT",
    )
    assert "Create request: done." in said, said
    case = page.page.url.rpartition("/")[2]
    await found.cell.settled()
    assert "done" in await page.act("compliance.BeginErasure", case)
    for _ in range(ROUNDS):
        await found.cell.settled()
        await found.cell.run_jobs()
        await page.open(f"/documents/{case}")
        if "Certificate" in await page.text():
            break
    assert "Certificate" in await page.text()
    await page.picture("erasure")
