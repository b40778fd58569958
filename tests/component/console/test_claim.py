"""A claim, from a partner's form to the vendor's decision, through pages alone."""

from datetime import date

from starlette.applications import Starlette

from libs.ids import parse
from libs.runtime.cell import RunningCell
from services.demo.people import partners_apply, partners_are_approved
from services.demo.scenario import SERVICES, ScenarioClient
from tests.component.console.browsing import Browser, browsing


async def two_partners(cell: RunningCell) -> dict[str, str]:
    async with cell.client() as client:
        scenario = ScenarioClient(dict.fromkeys(SERVICES, client), run="pages", today=date(2026, 1, 1))
        await partners_apply(scenario)
        await partners_are_approved(scenario)
    await cell.settled()
    return scenario.held


async def test_a_partner_claims_a_customer_and_the_vendor_approves_it(
    cell: RunningCell, app: Starlette, browser: Browser
) -> None:
    north = (await two_partners(cell))["north"]
    async with browsing(app) as partner:
        await partner.sign_in("partner_sales", partner_id=north, subject="seller")
        made = await partner.act(
            "deals.CreateRegistration",
            customer__legal_name="Zweiradwerk Müller",
            customer__country="DE",
            customer__domain="zweiradwerk.example",
            lines_0__sku="RTR-100",
            lines_0__quantity="12",
            lines_0__expected_amount="4320.50",
            lines_0__expected_amount__currency_code="EUR",
        )
        assert made.status == 200, made.text
        assert "Create registration: done." in made.text
        assert "€4,320.50" in made.text
        claim = made.path.rpartition("/")[2]
        assert parse(claim)
        assert "Submit registration" in made.text
        sent = await partner.act("deals.SubmitRegistration", claim)
        assert "Submitted" in sent.text
    cockpit = await browser.sign_in("channel_manager")
    assert cockpit.path == "/cockpits/channel"
    assert "Zweiradwerk Müller" in cockpit.text
    assert claim in cockpit.html
    offered = (await browser.get(f"/documents/{claim}")).text
    assert "Start review" in offered
    assert "Approve registration" not in offered  # only what the state of the claim allows
    reviewed = (await browser.act("deals.StartReview", claim)).text
    assert "Under review" in reviewed
    assert "Approve registration" in reviewed
    done = await browser.act("deals.ApproveRegistration", claim, decision_note="Sold before.")
    assert "Approved" in done.text
