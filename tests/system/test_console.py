"""The console in a real browser, on a cell where the life of a deal was played: every cockpit in three languages and
two widths, and a day's work in forms."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
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
    "region_head": ("/cockpits/region", "/cockpits/general", "/lists/forecast?group_by=FORECAST_GROUP_COUNTRY"),
    "marketing": ("/cockpits/marketing", "/lists/campaigns"),
    "administrator": ("/cockpits/operator", "/lists/price-corridors", "/lists/conduct-cases", "/lists/plans"),
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
                    faults += await _looked_at(page, found)
    assert faults == []


async def _looked_at(page: Watched, world: World) -> list[str]:
    faults: list[str] = []
    claim, partner = world.held["claim"], world.held["north"]
    for role, paths in ROLES.items():
        await page.sign_in(role)
        for path in paths:
            assert await page.open(path) == 200, (role, path, await page.text())
            faults += await page.faults()
            if path.startswith("/cockpits"):
                await page.picture(path.rpartition("/")[2])
        if role == "channel_manager":
            for path in (f"/documents/{claim}", f"/documents/{partner}", "/acts/deals.CreateRegistration"):
                assert await page.open(path) == 200, (path, await page.text())
                faults += await page.faults()
                await page.picture(f"{path.split('/')[1]}-{path.rpartition('/')[2][:3]}")
    await _a_score_line(page)
    faults += await page.faults()
    await _tier_progress(page, partner)
    faults += await page.faults()
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


async def _tier_progress(page: Watched, partner: str) -> None:
    """A partner sees what its next tier takes."""
    await page.sign_in("partner_admin", partner_id=partner)
    card = page.page.locator("section.card", has_text=page.speech.text("What the next tier takes"))
    assert await card.locator("dt").count(), await page.text()
    await page.picture("partner")


# Each flow, and each language with each width, at least once; all of them with all are slow.
CHOSEN: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("en", 1440, ("hold",)),
    ("ar", 390, ("dispute",)),
    ("zh-Hans", 390, ("dispute",)),
    ("en", 390, ("ticket",)),
    ("zh-Hans", 1440, ("ticket",)),
    ("ar", 1440, ("request",)),
)


async def test_a_days_work_is_done_in_forms(tmp_path: Path) -> None:
    await _worked(tmp_path, CHOSEN)


@pytest.mark.slow
@pytest.mark.parametrize("tongue", TONGUES)
@pytest.mark.parametrize("width", WIDTHS)
async def test_the_whole_day_is_worked_in_each_language_and_width(tmp_path: Path, tongue: str, width: int) -> None:
    await _worked(tmp_path, [(tongue, width, tuple(FLOWS))])


async def _worked(folder: Path, plays: Sequence[tuple[str, int, tuple[str, ...]]]) -> None:
    async with world(folder / "cell", whole=False) as found, chromium() as browser:
        for tongue, width, flows in plays:
            async with watched(browser, found.origin, folder, tongue=tongue, width=width) as page:
                for flow in flows:
                    await FLOWS[flow](page, found)
                assert [*page.foreign(), *page.complaints] == []


async def _claimed(page: Watched, found: World, key: str) -> str:
    """A claim of a partner on a customer of its own choice, submitted in forms; its id."""
    await page.sign_in("partner_admin", partner_id=found.held[key], subject=key)
    amount = Decimal("1250.50")
    said = await page.act(
        "deals.CreateRegistration",
        **{
            "customer-legal_name": f"Hafenkontor {page.name}",
            "customer-country": "DE",
            "customer-domain": f"hafenkontor-{page.name.lower()}.example",
            "lines-0--sku": "RTR-100",
            "lines-0--quantity": "3",
            "lines-0--expected_amount": page.speech.typed(amount),
        },
    )
    assert page.speech.money(amount, "EUR") in said, said
    claim = page.page.url.rpartition("/")[2]
    assert page.speech.text("Submitted") in await page.act("deals.SubmitRegistration", claim)
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
    assert page.done("OpenAdjudication") in opened
    case = page.page.url.rpartition("/")[2]
    reason = "ADJUDICATION_REASON_FIRST_CLAIM"
    decided = await page.act("deals.DecideAdjudication", case, winner_registration_id=first, reason=reason)
    assert page.done("DecideAdjudication") in decided, decided
    await page.sign_in("partner_admin", partner_id=found.held["south"], subject="south")
    assert await page.open("/lists/my-disputes") == 200
    [side] = [one for one in await page.paths("tbody a[href*='/ads_']") if await _is_about(page, one, second)]
    appealed = await page.act("deals.AppealAdjudication", side.rpartition("/")[2], statement="We were invited first.")
    assert page.done("AppealAdjudication") in appealed, appealed
    await page.picture("appeal")


async def _is_about(page: Watched, path: str, document: str) -> bool:
    await page.open(path)
    return document in await page.page.content()


async def _a_hold(page: Watched, found: World) -> None:
    """An order exceeds the credit limit; finance asks to release it, and a second person confirms."""
    order = found.held["order"]
    await page.sign_in("partner_admin", partner_id=found.held["north"], subject="north")
    assert page.done("UpdateOrder") in await page.act("orders.UpdateOrder", order, purchase_order_number="PO-2042")
    assert page.speech.text("Held") in await page.act("orders.SubmitOrder", order)
    await page.sign_in("finance", subject="clerk")
    await page.open("/cockpits/finance")
    assert order in await page.page.content()
    said = await page.act("orders.ReleaseHold", order, reason="HOLD_REASON_CREDIT", release_note="Guarantee received.")
    waits = "%(act)s: nothing has changed yet. A second person must confirm it."
    assert page.speech.text(waits, act=page.speech.act("ReleaseHold")) in said, said
    await page.picture("hold")
    await _confirmed(page)
    assert "SECOND_PERSON_REQUIRED" in await page.text()
    await page.sign_in("finance", subject="chief")
    await _confirmed(page)
    await page.open(f"/documents/{order}")
    assert page.speech.text("Confirmed") in await page.text()


async def _confirmed(page: Watched) -> None:
    await page.open("/lists/order-decisions")
    await page.follow(page.speech.act("ConfirmDecision"))
    await page.picture("second-person")
    await page.page.click("form.act p.send button")
    await page.page.wait_for_load_state()


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
    assert page.done("CreateTicket") in said, said
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
    assert page.done("CreateRequest") in said, said
    case = page.page.url.rpartition("/")[2]
    await found.cell.settled()
    assert page.done("BeginErasure") in await page.act("compliance.BeginErasure", case)
    certificate = page.speech.text("Certificate")
    for _ in range(ROUNDS):
        await found.cell.settled()
        await found.cell.run_jobs()
        await page.open(f"/documents/{case}")
        if certificate in await page.text():
            break
    assert certificate in await page.text()
    await page.picture("erasure")


FLOWS: Mapping[str, Callable[[Watched, World], Awaitable[None]]] = {
    "dispute": _a_dispute,
    "hold": _a_hold,
    "ticket": _a_ticket,
    "request": _a_request,
}
