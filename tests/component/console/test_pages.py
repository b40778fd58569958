"""Pages on a real cell: what callers typed is shown as text, figures are those of the API, acts have one effect."""

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from libs.runtime.cell import RunningCell
from services.console.reading import csv_lines
from services.console.server import Visit
from services.demo.scenario import SERVICES, ScenarioClient, money
from tests.component.console.browsing import Browser, Page, browsing
from tests.component.console.test_claim import two_partners

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
FORMULA = "=cmd|' /C calc'!A0"
UPDATE = "/acts/deals.UpdateRegistration"


@pytest.fixture
async def held(cell: RunningCell) -> dict[str, str]:
    return await two_partners(cell)


async def claimed(cell: RunningCell, partner: str, name: str, *, run: str = "claim") -> str:
    """A claim of a partner in DRAFT; its id."""
    async with cell.client() as client:
        scenario = ScenarioClient(dict.fromkeys(SERVICES, client), run=run, today=cell.clock.now().date())
        made = await scenario.ask(
            "deals",
            "CreateRegistration",
            partner_id=partner,
            customer={"legal_name": name, "country": "DE", "domain": "evil.example"},
            customer_contact={"name": EVIL},
            description={"text": EVIL},
            lines=[{"sku": "RTR-100", "quantity": 2, "expected_amount": money(1200)}],
        )
        return str(made.registration.id)


async def read(cell: RunningCell, method: str, **fields: Any) -> Any:
    async with cell.client() as client:
        return await ScenarioClient(dict.fromkeys(SERVICES, client), run="read", today=cell.clock.now().date()).ask(
            "deals", method, **fields
        )


async def test_what_somebody_typed_is_shown_as_text_and_never_run(
    cell: RunningCell, browser: Browser, held: Mapping[str, str]
) -> None:
    claim = await claimed(cell, held["north"], EVIL)
    await browser.sign_in("channel_manager")
    for path in (
        f"/documents/{claim}",
        "/lists/claims",
        f"{UPDATE}?document={claim}",
        f"/lists/claims?partner_id={EVIL}",
    ):
        page = await browser.get(path)
        assert "<script>alert" not in page.html, path
        assert "<img src=x" not in page.html, path
        assert "&lt;script&gt;" in page.html, path


async def test_a_list_downloads_as_texts_that_no_spreadsheet_computes_and_says_if_rows_are_missing(
    cell: RunningCell, app: Starlette, browser: Browser, held: Mapping[str, str]
) -> None:
    await claimed(cell, held["north"], FORMULA)
    await claimed(cell, held["north"], "Second", run="second")
    await browser.sign_in("channel_manager")
    answer = (await browser.get("/lists/claims.csv")).answer
    assert answer.headers["content-disposition"] == 'attachment; filename="claims.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")  # so that Excel reads it as UTF-8
    assert f"'{FORMULA}" in answer.text
    assert f",{FORMULA}" not in answer.text
    cookie = f"prm_session={browser.client.cookies['prm_session']}".encode()
    scope = {"type": "http", "app": app, "headers": [(b"cookie", cookie)], "query_string": b"", "path": "/"}
    visit = Visit(Request(scope))
    one = visit.console.book.lists["claims"]
    rows = await visit.read(one.method, {}, page_size=10)
    one_row, both = [[line async for line in csv_lines(visit, one, {}, rows, most)] for most in (1, 2)]
    assert len(one_row) == len(both) == 3
    assert one_row[-1].startswith("More rows follow: a file has 1 at most.")
    assert "More rows" not in "".join(both)


async def test_a_form_that_is_sent_twice_has_one_effect(
    cell: RunningCell, browser: Browser, held: Mapping[str, str]
) -> None:
    path = "/acts/deals.CreateRegistration"
    await browser.sign_in("channel_manager", back=path)
    typed = {
        **(await browser.get(path)).hidden(within=path),
        "partner_id": held["north"],
        "customer.legal_name": "Zweiradwerk",
        "customer.country": "DE",
    }
    first, second = await browser.post(path, typed), await browser.post(path, typed)
    assert first.path == second.path
    assert len((await read(cell, "ListRegistrations")).registrations) == 1


async def test_a_form_that_was_changed_after_it_was_sent_can_be_sent_once_more(
    cell: RunningCell, browser: Browser, held: Mapping[str, str]
) -> None:
    path = "/acts/deals.CreateRegistration"
    await browser.sign_in("channel_manager", back=path)
    typed = {"partner_id": held["north"], "customer.legal_name": "Zweiradwerk", "customer.country": "DE"}
    hidden = (await browser.get(path)).hidden(within=path)
    await browser.post(path, {**hidden, **typed})
    changed = {**typed, "customer.legal_name": "Dreiradwerk"}
    refused = await browser.post(path, {**hidden, **changed})
    assert refused.status == 409
    assert "REQUEST_ID_REUSED" in refused.text
    assert len((await read(cell, "ListRegistrations")).registrations) == 1
    await browser.post(path, {**refused.hidden(within=path), **changed})
    names = {one.customer.legal_name for one in (await read(cell, "ListRegistrations")).registrations}
    assert names == {"Zweiradwerk", "Dreiradwerk"}


async def test_violations_stand_beside_their_inputs_and_what_was_typed_stays(
    browser: Browser, held: Mapping[str, str]
) -> None:
    await browser.sign_in("channel_manager")
    page = await browser.act(
        "deals.CreateRegistration",
        partner_id=held["north"],
        customer__legal_name="Zweiradwerk",
        customer__country="Germany",
        lines_0__sku="RTR-100",
        lines_0__quantity="0",
        description="Replaces the network.",
    )
    assert page.status == 422
    assert 'id="f-customer-country-faults"' in page.html
    assert 'id="f-lines-0--quantity-faults"' in page.html
    assert 'value="Germany"' in page.html
    assert "Replaces the network." in page.html
    unread = await browser.act("deals.CreateRegistration", lines_0__expected_amount="a lot", lines_0__quantity="1,5,0")
    assert unread.status == 422
    assert 'value="a lot"' in unread.html
    assert "Nothing was sent." in unread.text


async def test_an_update_sends_only_what_was_changed(
    cell: RunningCell, browser: Browser, held: Mapping[str, str]
) -> None:
    claim = await claimed(cell, held["north"], "Zweiradwerk")
    before = (await read(cell, "GetRegistration", id=claim)).registration
    await browser.sign_in("channel_manager")
    form = await browser.get(f"{UPDATE}?document={claim}")
    assert 'value="Zweiradwerk"' in form.html
    assert before.customer_contact.person_id in form.html
    done = await changed(browser, form, description="New text.")
    assert "Update registration: done." in done.text
    after = (await read(cell, "GetRegistration", id=claim)).registration
    assert after.description.text == "New text."
    for one in (before, after):
        for name in ("description", "etag", "update_time"):
            one.ClearField(name)
    assert after == before


async def test_a_document_that_changed_meanwhile_is_not_overwritten(
    cell: RunningCell, browser: Browser, held: Mapping[str, str]
) -> None:
    claim = await claimed(cell, held["north"], "Zweiradwerk")
    await browser.sign_in("channel_manager")
    form = await browser.get(f"{UPDATE}?document={claim}")
    await changed(browser, await browser.get(f"{UPDATE}?document={claim}"), description="First.")
    late = await changed(browser, form, description="Second.")
    assert late.status == 409
    assert "ETAG_MISMATCH" in late.text
    assert "Second." in late.html
    assert "It is now: First." in late.text
    assert late.text.count("It is now:") == 1  # beside what differs, and nowhere else
    done = await changed(browser, late)
    assert "Update registration: done." in done.text
    assert (await read(cell, "GetRegistration", id=claim)).registration.description.text == "Second."


async def test_a_form_with_a_fault_is_still_one_about_the_document_that_it_showed(
    cell: RunningCell, browser: Browser, held: Mapping[str, str]
) -> None:
    claim = await claimed(cell, held["north"], "Zweiradwerk")
    await browser.sign_in("channel_manager")
    form = await browser.get(f"{UPDATE}?document={claim}")
    await changed(browser, await browser.get(f"{UPDATE}?document={claim}"), description="Of another person.")
    faulty = await changed(browser, form, **{"lines[0].quantity": "many"})
    assert faulty.status == 422
    late = await changed(browser, faulty, **{"lines[0].quantity": "3"})
    assert late.status == 409
    assert "ETAG_MISMATCH" in late.text
    assert (await read(cell, "GetRegistration", id=claim)).registration.description.text == "Of another person."


async def test_a_partner_sees_no_claim_of_another(cell: RunningCell, app: Starlette, held: Mapping[str, str]) -> None:
    claim = await claimed(cell, held["north"], "Zweiradwerk")
    async with browsing(app) as rival:
        cockpit = await rival.sign_in("partner_sales", partner_id=held["south"])
        assert cockpit.path == "/cockpits/partner"
        assert claim not in cockpit.html
        assert (await rival.get(f"/documents/{claim}")).status == 404
        assert "Zweiradwerk" not in (await rival.get(f"/lists/my-deals?partner_id={held['north']}")).html
        assert (await rival.get("/cockpits/channel")).status == 404


async def test_each_figure_of_a_chart_is_that_of_the_api(
    cell: RunningCell, browser: Browser, held: Mapping[str, str]
) -> None:
    claim = await claimed(cell, held["north"], "Zweiradwerk")
    async with cell.client() as client:
        scenario = ScenarioClient(dict.fromkeys(SERVICES, client), run="deal", today=cell.clock.now().date())
        await scenario.ask("deals", "SubmitRegistration", id=claim)
        await scenario.ask("deals", "StartReview", id=claim)
        await scenario.ask("deals", "ApproveRegistration", id=claim)
    await cell.settled()
    answer = await read(cell, "GetForecast", group_by="FORECAST_GROUP_COUNTRY")
    given = [f"€{one.pipeline_amount.units:,}.00" for one in answer.lines if one.pipeline_amount.units]
    assert given
    page = await browser.sign_in("region_head", back="/cockpits/region")
    chart = page.html.partition("Pipeline by country")[2].partition("</section>")[0]
    assert [one for one in given if one in chart] == given
    assert chart.count('<td class="number">') == len(given)
    assert chart.count("<rect") == len(given)


async def changed(browser: Browser, form: Page, **typed: str) -> Page:
    """Send a form as a browser does: everything that it shows, and what was typed."""
    return await browser.post(UPDATE, {**form.shown(within=UPDATE), **typed})
