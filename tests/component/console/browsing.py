"""A console in this process, on a real cell or on none, and a browser without scripts: an HTTP client with cookies."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from libs.clock import Clock, SystemClock
from libs.config import Settings
from libs.country import Directory
from libs.rpc.client import Client
from libs.rpc.identity.opening import open_admission
from libs.rpc.policy import permissions_of, read_policy
from libs.runtime.platform import directory_of
from services.console.app import application, templates
from services.console.book import PAGES
from services.console.language import Languages, read_catalogues
from services.console.logins import Logins
from services.console.pages import Book
from services.console.provider import Development, OpenIdConnect
from services.console.server import Console
from services.console.sessions import Sessions
from services.console.settings import ConsoleSettings
from tests.issuers import FakeIssuer

ORIGIN = "http://127.0.0.1:7490"
SECONDS = 30.0

_catalogues = cache(read_catalogues)

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_TAG = re.compile(r"<[^>]+>")


def console_of(
    folder: Path, address: str, *, clock: Clock | None = None, origin: str = ORIGIN, issuer: FakeIssuer | None = None
) -> Starlette:
    """The application of a console of the cell at `address`, with the development issuer of `folder` or with another.
    clock: of the sessions; with another issuer, of its tokens too, and `state.admission` has to work."""
    own = ConsoleSettings(issuer=issuer.url if issuer else "", client_id="console")
    settings = Settings(data_dir=folder, issuers_file=issuer.write_file(folder) if issuer else None)
    directory: Directory = directory_of(settings)
    admission = open_admission(settings, directory, read_policy(settings.policy_file, permissions_of([])))
    machine = SystemClock()
    development = admission.development
    app = application(
        Console(
            origin=origin,
            cell=directory.here,
            client=Client(address),
            clock=clock or machine,
            tokens=admission.tokens,
            provider=Development(development, machine) if development else OpenIdConnect(own, clock or machine),
            sessions=Sessions(clock or machine, at_most=own.max_sessions, idle=own.idle, life=own.life),
            logins=Logins(clock or machine),
            languages=Languages(directory.here.time_zone, _catalogues()),
            templates=templates(),
            book=Book(PAGES),
        )
    )
    app.state.admission = admission
    return app


class Page:
    """An answer of the console."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.html = answer.text
        self.path = answer.url.path

    @property
    def text(self) -> str:
        """What a person reads."""
        return " ".join(unescape(_TAG.sub(" ", self.html.partition("<main")[2])).split())

    def hidden(self, *, within: str = "") -> dict[str, str]:
        """The hidden inputs of the form to this address."""
        form = self.html.partition(f'action="{within}"')[2].partition("</form>")[0]
        return {unescape(name): unescape(value) for name, value in _HIDDEN.findall(form)}

    def shown(self, *, within: str) -> dict[str, str]:
        """What a browser would send of the form to this address as it is shown."""
        form = _Inputs()
        form.feed(self.html.partition(f'action="{within}"')[2].partition("</form>")[0])
        return form.found


class _Inputs(HTMLParser):
    """Reads the inputs of a form."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        name = said.get("name", "")
        if tag == "input" and name and (said.get("type") != "checkbox" or "checked" in said):
            self.found[name] = said.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in said:
            self.found[self._select] = said["value"]
        elif tag == "textarea":
            self._area, self.found[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


class Browser:
    """A person with a browser that runs no scripts and follows redirects."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> Page:
        """Open a page."""
        return Page(await self.client.get(path, headers=headers))

    async def post(self, path: str, data: Mapping[str, Any], **headers: str) -> Page:
        """Send a form."""
        return Page(await self.client.post(path, data=dict(data), headers=headers))

    async def sign_in(self, *roles: str, partner_id: str = "", subject: str = "local", back: str = "/") -> Page:
        """Sign in at the development issuer; the page that follows."""
        page = await self.get(f"/sign-in?back={back}")
        return await self.choose(page, *roles, partner_id=partner_id, subject=subject)

    async def choose(self, page: Page, *roles: str, partner_id: str = "", subject: str = "local") -> Page:
        """Choose roles on the page of the development issuer."""
        path = "/sign-in/development"
        return await self.post(
            path, {**page.hidden(within=path), "role": roles, "partner": partner_id, "subject": subject}
        )

    async def act(self, key: str, document: str = "", **typed: Any) -> Page:
        """Open the form of a method, fill it and send it; typed: by path, with `__` for a dot."""
        path = f"/acts/{key}"
        form = await self.get(f"{path}?document={document}")
        assert form.status == 200, form.text
        return await self.post(path, {**form.hidden(within=path), **dotted(typed)})


def dotted(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The names of inputs from names of arguments: `customer__legal_name`, `lines_0__sku`."""
    return {re.sub(r"_(\d+)\.", r"[\1].", name.replace("__", ".")): value for name, value in typed.items()}


@asynccontextmanager
async def browsing(app: Starlette, *, origin: str = ORIGIN) -> AsyncIterator[Browser]:
    """A browser of its own for this console."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=origin, follow_redirects=True, timeout=SECONDS
    ) as client:
        yield Browser(client)
