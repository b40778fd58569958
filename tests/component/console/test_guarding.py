"""What stands before the pages: sessions, forms of other sites, foreign hosts, and people of another role. The cell is
away in these tests, which they do not need."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.clock import ShiftedClock
from libs.config import Settings
from services.console.command import serving
from services.console.csvs import line_of
from services.console.logins import LOGIN_LIFE, MAX_KEPT, Logins
from services.console.server import safe_path
from services.console.settings import ConsoleSettings
from tests.builders import an_id
from tests.component.console.browsing import ORIGIN, SECONDS, Browser, Page, browsing, console_of

NOWHERE = "127.0.0.1:9"
COOKIE = "prm_session"


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
async def app(tmp_path: Path, clock: ShiftedClock) -> AsyncIterator[Starlette]:
    found = console_of(tmp_path, NOWHERE, clock=clock)
    yield found
    await found.state.console.client.close()


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[Browser]:
    async with browsing(app) as found:
        yield found


async def filled(browser: Browser, **more: str) -> Page:
    """A claim that is sent while the cell is away."""
    path = "/acts/deals.CreateRegistration"
    form = await browser.get(path)
    data = {**form.hidden(within=path), "customer.legal_name": "Zweiradwerk", "partner_id": an_id("ptn"), **more}
    return await browser.post(path, data)


async def test_a_page_says_that_the_cell_is_away_and_keeps_the_session(browser: Browser) -> None:
    page = await browser.sign_in("channel_manager", back="/lists/claims")
    assert page.status == 503
    assert "The cell cannot be reached." in page.text
    assert 'href="/lists/claims"' in page.html
    assert (await browser.get("/acts/deals.CreateRegistration")).status == 200


async def test_a_form_keeps_all_that_was_typed_while_the_cell_is_away(browser: Browser) -> None:
    await browser.sign_in("channel_manager", back="/acts/deals.CreateRegistration")
    page = await filled(browser)
    assert page.status == 503
    assert 'value="Zweiradwerk"' in page.html
    path = "/acts/deals.CreateRegistration"
    again = await browser.post(path, {**page.hidden(within=path), "customer.legal_name": "Zweiradwerk"})
    assert again.hidden(within=path)["request_id"] == page.hidden(within=path)["request_id"]


async def test_a_form_sent_after_the_session_expired_comes_back_as_it_was_filled(
    browser: Browser, clock: ShiftedClock
) -> None:
    path = "/acts/deals.CreateRegistration"
    await browser.sign_in("channel_manager", back=path)
    form = await browser.get(path)
    hidden = form.hidden(within=path)
    clock.advance(timedelta(minutes=31))
    page = await browser.post(path, {**hidden, "customer.legal_name": "<b>Zweirad</b>"})
    assert page.status == 401
    assert "nothing was sent" in page.text
    sign_in = page.html.partition('class="act" href="')[2].partition('"')[0].replace("&amp;", "&")
    back = await browser.choose(await browser.get(sign_in), "channel_manager")
    assert back.path == path
    assert "&lt;b&gt;Zweirad&lt;/b&gt;" in back.html
    assert back.hidden(within=path)["request_id"] == hidden["request_id"]


async def test_a_form_is_not_shown_to_another_person_who_signs_in_after_its_session_expired(
    browser: Browser, clock: ShiftedClock
) -> None:
    path = "/acts/deals.CreateRegistration"
    await browser.sign_in("channel_manager", back=path, subject="first")
    hidden = (await browser.get(path)).hidden(within=path)
    clock.advance(timedelta(minutes=31))
    await browser.post(path, {**hidden, "customer.legal_name": "Zweirad"})
    back = await browser.choose(await browser.get("/sign-in?again=yes"), "channel_manager", subject="second")
    assert back.path == path
    assert "Zweirad" not in back.html


async def test_a_form_of_nobody_that_is_large_is_not_kept(app: Starlette, browser: Browser) -> None:
    page = await browser.post("/acts/deals.CreateRegistration", {"description": "x" * 40_000})
    assert page.status == 401
    assert "comes back" not in page.text
    page = await browser.post("/acts/deals.CreateRegistration", {"description": "x"})
    assert "comes back" in page.text


async def test_a_form_without_the_token_of_its_session_is_refused(browser: Browser) -> None:
    await browser.sign_in("channel_manager", back="/acts/deals.CreateRegistration")
    forged = await filled(browser, csrf="another")
    assert forged.status == 403
    assert 'value="Zweiradwerk"' in forged.html
    assert (await filled(browser, csrf="")).status == 403
    assert (await filled(browser)).status == 503


async def test_a_form_of_another_site_reaches_no_page(browser: Browser) -> None:
    await browser.sign_in("channel_manager")
    path = "/sign-out"
    csrf = (await browser.get("/acts/deals.CreateRegistration")).hidden(within=path)
    assert (await browser.post(path, csrf, origin="https://evil.example")).status == 403
    assert (await browser.post(path, csrf, **{"sec-fetch-site": "cross-site"})).status == 403
    assert (await browser.post(path, csrf, origin=ORIGIN)).status == 200


async def test_a_request_under_another_host_reaches_no_page(browser: Browser) -> None:
    page = await browser.get("/sign-in", host="evil.example")
    assert page.status == 421
    assert page.html == f"this console is reached at {ORIGIN} only"


async def test_a_session_given_to_a_browser_before_the_sign_in_is_not_the_one_after_it(
    app: Starlette, browser: Browser
) -> None:
    browser.client.cookies.set(COOKIE, "fixed", domain="127.0.0.1")
    await browser.sign_in("channel_manager", back="/acts/deals.CreateRegistration")
    mine = [one.value for one in browser.client.cookies.jar if one.name == COOKIE]
    assert "fixed" not in {one for one in mine if app.state.console.sessions.find(str(one))}
    async with browsing(app) as thief:
        thief.client.cookies.set(COOKIE, "fixed", domain="127.0.0.1")
        assert (await thief.get("/acts/deals.CreateRegistration")).path == "/sign-in/development"


async def test_a_sign_in_ends_the_former_session_of_the_browser(app: Starlette, browser: Browser) -> None:
    await browser.sign_in("channel_manager")
    before = browser.client.cookies[COOKIE]
    await browser.sign_in("finance")
    assert browser.client.cookies[COOKIE] != before
    assert app.state.console.sessions.find(before) is None


async def test_a_signed_out_session_is_worth_nothing(app: Starlette, browser: Browser) -> None:
    await browser.sign_in("channel_manager", back="/acts/deals.CreateRegistration")
    stolen = browser.client.cookies[COOKIE]
    form = await browser.get("/acts/deals.CreateRegistration")
    assert (await browser.post("/sign-out", form.hidden(within="/sign-out"))).status == 200
    async with browsing(app) as thief:
        thief.client.cookies.set(COOKIE, stolen, domain="127.0.0.1")
        assert (await thief.get("/acts/deals.CreateRegistration")).path == "/sign-in/development"


async def test_a_sign_in_begun_in_one_browser_cannot_be_ended_in_another(app: Starlette, browser: Browser) -> None:
    page = await browser.get("/sign-in")
    path = "/sign-in/development"
    async with browsing(app) as other:
        hidden = page.hidden(within=path)
        assert (await other.post(path, {**hidden, "role": "administrator"})).status == 400
        assert (await other.get(f"/sign-in/done?state={hidden['state']}&code=x")).status == 400


async def test_a_sign_in_that_has_begun_survives_all_others(app: Starlette, browser: Browser) -> None:
    page = await browser.get("/sign-in?back=/acts/deals.CreateRegistration")
    for _ in range(MAX_KEPT + 1):
        app.state.console.logins.start("/", {})
    done = await browser.choose(page, "channel_manager")
    assert (done.status, done.path) == (200, "/acts/deals.CreateRegistration")


async def test_the_cookie_of_a_sign_in_that_somebody_wrote_or_changed_is_worth_nothing(
    app: Starlette, browser: Browser, clock: ShiftedClock
) -> None:
    logins = app.state.console.logins
    login = logins.start("/")
    written, state = logins.cookie(login), logins.state(login)
    assert logins.answered(written, state) == login
    content, _, mark = written.partition(".")
    for forged in ("", ".", content, f"{content}.", f"{content}A.{mark}", f"{content}.{mark[:-1]}", f"\xff.{mark}"):
        assert logins.read(forged) is None, forged
    assert Logins(clock).read(written) is None
    assert logins.verifier(login) not in written
    clock.advance(LOGIN_LIFE)
    assert logins.read(written) is None


async def test_a_form_of_a_known_person_is_kept_before_those_of_nobody(app: Starlette) -> None:
    logins = app.state.console.logins
    mine = logins.start("/", {"a": ["b"]}, person="me")
    others = [logins.start("/", {}) for _ in range(MAX_KEPT)]
    assert logins.taken(mine) is not None
    assert logins.taken(mine) is None
    assert logins.taken(others[0]) is None
    assert logins.taken(others[-1]) is not None


async def test_a_code_is_worth_nothing_twice(app: Starlette, browser: Browser) -> None:
    provider = app.state.console.provider
    code = provider.grant(subject="a", roles=("finance",), partner_id="", code_challenge="c")
    page = await browser.get("/sign-in")
    state = page.hidden(within="/sign-in/development")["state"]
    assert (await browser.get(f"/sign-in/done?state={state}&code={code}")).status == 400
    assert len(app.state.console.sessions) == 0


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/\tx", ""]
)
def test_nothing_leads_to_another_site(back: str) -> None:
    assert safe_path(back) == "/"
    assert safe_path("/lists/claims?review=REVIEW_DRAFT") == "/lists/claims?review=REVIEW_DRAFT"


async def test_every_answer_forbids_scripts_styles_and_frames_of_others(browser: Browser) -> None:
    for path in ("/sign-in", "/static/console.css", "/nowhere", "/static/..%2fapp.py"):
        answer = (await browser.get(path)).answer
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await browser.get("/static/..%2fapp.py")).status == 404
    assert (await browser.get("/static/%2e%2e/app.py")).status == 404
    slash = await browser.get("/sign-in/")
    assert slash.status == 404
    assert not slash.answer.history


async def test_the_page_of_a_fault_has_the_headers_of_all_others(app: Starlette, browser: Browser) -> None:
    async def fault(request: Request) -> Response:
        raise RuntimeError("a secret")

    app.router.routes.append(Route("/fault", fault))
    page, other = await browser.get("/fault"), await browser.get("/nowhere")
    assert page.status == 500
    assert "a secret" not in page.html
    assert not {*other.answer.headers} - {*page.answer.headers}
    assert page.answer.headers["cache-control"] == "no-store"


async def test_the_browser_gets_an_opaque_cookie_and_no_token(app: Starlette, browser: Browser) -> None:
    page = await browser.sign_in("channel_manager", back="/acts/deals.CreateRegistration")
    session = app.state.console.sessions.find(browser.client.cookies[COOKIE])
    assert session is not None
    token = session.granted.access_token
    seen = [str(answer.headers) + answer.text for answer in (*page.answer.history, page.answer)]
    assert not any(token in text or token.split(".")[1] in text for text in seen)
    cookies = [one for answer in page.answer.history for one in answer.headers.get_list("set-cookie")]
    assert cookies
    assert all("HttpOnly" in one and "samesite=lax" in one.lower() for one in cookies)


async def test_behind_tls_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    origin = "https://console.example"
    app = console_of(tmp_path, NOWHERE, origin=origin)
    async with browsing(app, origin=origin) as browser:
        page = await browser.sign_in("channel_manager")
        cookies = [one for answer in page.answer.history for one in answer.headers.get_list("set-cookie")]
        assert any(one.startswith("__Host-prm_session=") and "Secure" in one for one in cookies)
        assert "max-age" in page.answer.headers["strict-transport-security"]
    await app.state.console.client.close()


async def test_the_wrong_role_sees_nothing_of_a_cockpit(app: Starlette, browser: Browser) -> None:
    await browser.sign_in("support_agent")
    for name, cockpit in app.state.console.book.cockpits.items():
        page = await browser.get(f"/cockpits/{name}")
        if name == "support":
            continue
        assert page.status == 404
        assert cockpit.title not in page.text
    assert (await browser.get("/lists/requests")).status == 404
    assert (await browser.get("/lists/requests.csv")).status == 404
    assert (await browser.get(f"/documents/{an_id('dsr')}")).status == 404
    assert (await browser.get("/acts/compliance.CreateRequest")).status == 404
    assert (await browser.get("/acts/deals.ListRegistrations")).status == 404


async def test_too_large_a_form_is_refused(browser: Browser) -> None:
    await browser.sign_in("channel_manager", back="/acts/deals.CreateRegistration")
    assert (await filled(browser, description="x" * 300_000)).status == 413
    answer = await browser.client.post("/sign-out", content=b"\xff=%zz", headers={"content-type": "text/plain"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: " + b"x" * 17_000, b"431"),
        (b"POST /sign-out HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", b"400"),
        (b"GET http://evil.example/ HTTP/1.1\r\nhost: x\r\n\r\n", b"400"),
    ],
)
async def test_a_connection_is_bounded_before_any_page(tmp_path: Path, sent: bytes, status: bytes) -> None:
    own = ConsoleSettings(listen="127.0.0.1:0", cell=NOWHERE)
    async with asyncio.timeout(SECONDS), serving(Settings(data_dir=tmp_path), own) as address:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
        writer.write(sent)
        found = await reader.read()
        writer.close()
    assert found.split()[1] == status


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "%0A=1"])
def test_a_spreadsheet_computes_no_text(text: str) -> None:
    cell = line_of([text]).strip('"\r\n').replace('""', '"')
    assert cell.startswith("'")
    assert f";{line_of([text]).strip()}".replace('"', "") in line_of([f"Zweirad;{text}"]).replace('"', "")
    assert line_of(["-5.00", "1,250", "Zweirad"]) == '-5.00,"1,250",Zweirad\r\n'
