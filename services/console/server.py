"""What the pages of one console share, and one person's visit to a page."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from google.protobuf.message import Message
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from libs.call import Caller
from libs.clock import Clock
from libs.country import Cell
from libs.errors import Violation
from libs.ids import parse
from libs.rpc.client import Client, bearer
from libs.rpc.identity.tokens import Tokens
from services.console.forms import Data
from services.console.language import LANGUAGES, Languages, Speech
from services.console.logins import Logins
from services.console.methods import METHODS, Method
from services.console.pages import Book, Cockpit
from services.console.provider import Provider
from services.console.sessions import Session, Sessions
from services.console.typed import Reader
from services.console.values import Writer

CALL_SECONDS = 10.0
LANGUAGE_COOKIE = "prm_language"


class Console(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a console. origin: as browsers see it. client: of the cell; every call brings the person's token."""

    origin: str
    cell: Cell
    client: Client
    clock: Clock
    tokens: Tokens
    provider: Provider
    sessions: Sessions
    logins: Logins
    languages: Languages
    templates: Environment
    book: Book

    @property
    def secure(self) -> bool:
        """Whether browsers reach the console by TLS, so that cookies may demand it."""
        return self.origin.startswith("https://")

    @property
    def session_cookie(self) -> str:
        """The name of the session's cookie; by its prefix a browser takes it from this host and by TLS only."""
        return "__Host-prm_session" if self.secure else "prm_session"

    @property
    def login_cookie(self) -> str:
        """The name of the cookie of a sign-in that has begun."""
        return "__Host-prm_login" if self.secure else "prm_login"

    def keep(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        """Set a cookie that no script reads and no other site sends."""
        response.set_cookie(name, value, max_age=seconds, httponly=True, secure=self.secure, samesite="lax", path="/")

    def drop(self, response: Response, name: str) -> None:
        """Remove a cookie."""
        response.delete_cookie(name, httponly=True, secure=self.secure, samesite="lax", path="/")


class Visit:
    """A request of one person, or of nobody yet. session: None before the sign-in."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.console: Console = request.app.state.console
        self.session: Session | None = self.console.sessions.find(request.cookies.get(self.console.session_cookie, ""))
        self.speech: Speech = self.console.languages.best(
            request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", "")
        )
        self.writer = Writer(self.speech, self.link)

    @property
    def caller(self) -> Caller:
        """The person; AssertionError before the sign-in."""
        assert self.session is not None
        return self.session.caller

    def may(self, key: str) -> bool:
        """Whether the person may call the method, as far as the policy tells; the cell decides."""
        return self.may_call(METHODS[key])

    def may_call(self, method: Method) -> bool:
        """The same for a method."""
        return method.permission in self.caller.permissions and (method.narrowed or not self.caller.partner_id)

    def sees(self, cockpit: Cockpit) -> bool:
        """Whether the cockpit is for this person."""
        is_partner = bool(self.caller.partner_id)
        return cockpit.partner is is_partner and cockpit.permission in self.caller.permissions

    def link(self, id: str) -> str:
        """The page of a document; empty if there is none for this person."""
        parts = parse(id)
        document = self.console.book.documents.get(parts.prefix) if parts else None
        if document is None or self.session is None or not self.may(document.method):
            return ""
        return f"/documents/{quote(id)}"

    async def call(self, method: Method, request: Message) -> Any:
        """Call the cell with the person's token; CallFailed."""
        assert self.session is not None
        return await self.console.client.call(
            method.path,
            request,
            timeout_seconds=CALL_SECONDS,
            headers=self._headers,
            session=self.session.positions,
        )

    def stream(self, method: Method, request: Message) -> AsyncIterator[Any]:
        """The answers of a method that streams, with the person's token; CallFailed."""
        return self.console.client.stream(method.path, request, headers=self._headers)

    @property
    def _headers(self) -> dict[str, str]:
        assert self.session is not None
        return {**bearer(self.session.granted.access_token), "accept-language": self.speech.tag}

    async def read(self, key: str, fields: Mapping[str, str], *, page_size: int = 0, page_token: str = "") -> Any:
        """Call a method that reads with these fields, as they would be typed; CallFailed, Unreadable."""
        method = METHODS[key]
        data = {name: [value] for name, value in fields.items()}
        message, violations = self.request_of(method, data)
        if violations:
            raise Unreadable(violations)
        if page_size and "page_size" in method.takes:
            message.page_size, message.page_token = page_size, page_token
        return await self.call(method, message)

    def request_of(self, method: Method, data: Data) -> tuple[Any, list[Violation]]:
        """The request of what was typed. What a partner's people send is about their partner if they name no other."""
        reader, message = Reader(self.speech, data), method.request()
        reader.fill(message)
        if self.caller.partner_id and "partner_id" in method.takes and not message.partner_id:
            message.partner_id = self.caller.partner_id
        if "order_by" in method.takes:
            message.order_by = next(iter(data.get("order_by", ())), "")
        return message, reader.violations

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page, in the person's language."""
        session = self.session
        cockpits = [one for one in self.console.book.cockpits.values() if session is not None and self.sees(one)]
        text = self.console.templates.get_template(template).render(
            visit=self,
            speech=self.speech,
            _=self.speech.text,
            ngettext=self.speech.plural,
            session=session,
            cockpits=cockpits,
            languages=LANGUAGES,
            here=self.here,
            status=status,
            **context,
        )
        response = HTMLResponse(text, status)
        response.headers["content-language"] = self.speech.tag
        return response

    @property
    def here(self) -> str:
        """The path of this page with its query."""
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path


class Unreadable(Exception):
    """The address of a page has fields that cannot be read."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__("; ".join(f"{one.field}: {one.description}" for one in violations))
        self.violations = violations


def address(path: str, **fields: str) -> str:
    """A path with the fields that are not empty as its query."""
    given = {name: value for name, value in fields.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def safe_path(path: str) -> str:
    """A path of this console to go to; the first page for anything that a browser may take for another place."""
    odd = not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(one) < ord("!") for one in path)
    return "/" if odd or "\\" in path else path
