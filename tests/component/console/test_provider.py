"""Sign-in at an OpenID Connect issuer: code flow with PKCE, renewed tokens, and answers to another sign-in."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from starlette.applications import Starlette

from libs.clock import ShiftedClock
from libs.lifetime import alongside, together
from services.console.provider import challenge
from tests.component.console.browsing import ORIGIN, Browser, Page, browsing, console_of
from tests.issuers import DISCOVERY, REALM, FakeIssuer, fake_issuer

NOWHERE = "127.0.0.1:9"
TOKENS = f"{REALM}/protocol/openid-connect/token"
FORM = "/acts/deals.CreateRegistration"


@pytest.fixture
def issuer() -> Iterator[FakeIssuer]:
    with fake_issuer() as found:
        yield found


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
async def app(tmp_path: Path, issuer: FakeIssuer, clock: ShiftedClock) -> AsyncIterator[Starlette]:
    found = console_of(tmp_path, NOWHERE, clock=clock, issuer=issuer)
    async with alongside(together(found.state.admission.work())):
        yield found
    await found.state.console.client.close()


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[Browser]:
    async with browsing(app) as found:
        yield found


def grants(issuer: FakeIssuer, *roles: str, **more: Any) -> None:
    """The issuer answers the next requests for tokens with one for these roles."""
    said = {"access_token": issuer.token(*roles), "expires_in": 300, "refresh_token": "next", **more}
    issuer.answers[TOKENS] = 200, {"content-type": "application/json"}, msgspec.json.encode(said)


async def asked(browser: Browser) -> dict[str, str]:
    """Begin a sign-in; what the browser is sent to the issuer with."""
    answer = await browser.client.get(f"/sign-in?back={FORM}", follow_redirects=False)
    assert answer.status_code == 303
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def back(browser: Browser, state: str) -> Page:
    return await browser.get(f"/sign-in/done?state={state}&code=abc")


async def test_a_code_becomes_a_session_by_the_verifier_that_only_the_console_has(
    browser: Browser, issuer: FakeIssuer
) -> None:
    said = await asked(browser)
    assert said["code_challenge_method"] == "S256"
    assert said["redirect_uri"] == f"{ORIGIN}/sign-in/done"
    grants(issuer, "channel_manager")
    page = await back(browser, said["state"])
    assert (page.path, page.status) == (FORM, 200)
    posted = issuer.posted[-1]
    assert challenge(posted["code_verifier"]) == said["code_challenge"]
    assert posted["grant_type"] == "authorization_code"
    assert "staff:" in page.html


async def test_another_state_or_none_ends_the_sign_in(browser: Browser, issuer: FakeIssuer) -> None:
    said = await asked(browser)
    grants(issuer, "channel_manager")
    assert (await back(browser, "another")).status == 400
    assert (await back(browser, "")).status == 400
    assert issuer.posted == []
    assert (await back(browser, said["state"])).status == 200
    assert (await back(browser, said["state"])).status == 400


async def test_an_answer_to_another_sign_in_begins_no_session(
    app: Starlette, browser: Browser, issuer: FakeIssuer
) -> None:
    said = await asked(browser)
    grants(issuer, "channel_manager", id_token=issuer.token(nonce="of another"))
    assert (await back(browser, said["state"])).status == 400
    assert len(app.state.console.sessions) == 0


@pytest.mark.parametrize(
    "answer",
    [(400, {}, b"{}"), (200, {}, b"[]"), (200, {}, b"{}"), (302, {"location": "/"}, b""), (200, {}, b"<html>")],
)
async def test_an_issuer_that_gives_no_token_begins_no_session(
    app: Starlette, browser: Browser, issuer: FakeIssuer, answer: Any
) -> None:
    said = await asked(browser)
    issuer.answers[TOKENS] = answer
    assert (await back(browser, said["state"])).status == 400
    assert len(app.state.console.sessions) == 0


async def test_a_token_that_the_cell_would_refuse_begins_no_session(
    app: Starlette, browser: Browser, issuer: FakeIssuer
) -> None:
    said = await asked(browser)
    grants(issuer, access_token=issuer.token("channel_manager", aud="another"))
    assert (await back(browser, said["state"])).status == 400
    assert len(app.state.console.sessions) == 0


async def test_a_configuration_of_another_issuer_is_not_followed(browser: Browser, issuer: FakeIssuer) -> None:
    places = dict.fromkeys(("authorization_endpoint", "token_endpoint"), "http://evil.example/")
    body = msgspec.json.encode({"issuer": issuer.url, **places})
    issuer.answers[DISCOVERY] = 200, {"content-type": "application/json"}, body
    page = await browser.get("/sign-in")
    assert page.status == 503
    assert "The issuer cannot be reached." in page.text


async def test_a_token_is_renewed_in_its_last_moments_and_the_session_goes_on(
    app: Starlette, browser: Browser, issuer: FakeIssuer, clock: ShiftedClock
) -> None:
    said = await asked(browser)
    grants(issuer, "channel_manager")
    await back(browser, said["state"])
    clock.advance(timedelta(minutes=4, seconds=45))
    grants(issuer, "channel_manager", refresh_token="third")
    assert (await browser.get(FORM)).status == 200
    assert issuer.posted[-1] == {"grant_type": "refresh_token", "refresh_token": "next", "client_id": "console"}
    issuer.answers[TOKENS] = 400, {}, b"{}"
    clock.advance(timedelta(minutes=6))
    again = await browser.client.get(FORM, follow_redirects=False)
    assert again.headers["location"].startswith("/sign-in?")


async def test_there_is_no_development_page_beside_another_issuer(browser: Browser) -> None:
    assert (await browser.get("/sign-in/development?state=x")).status == 404
