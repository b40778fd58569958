"""The ASGI application: its routes, who may use them, and its error pages."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from libs.ids import unique
from libs.rpc.client import CallFailed
from services.console import signing
from services.console.acting import act, act_form, again
from services.console.failing import is_away, is_signed_out, said_of, status_of
from services.console.forms import Data
from services.console.guarding import FOREIGN, Guard, headers_of, posted
from services.console.packages import package
from services.console.reading import cockpit_page, document_page, first_page, list_csv, list_page
from services.console.server import Console, Unreadable, Visit

FOLDER = Path(__file__).parent
STATIC = {"console.css": "text/css", "console.js": "text/javascript"}
ASSET_SECONDS = 300

Reads = Callable[[Visit], Awaitable[Response]]
Writes = Callable[[Visit, Data], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger()


def application(console: Console) -> Starlette:
    """The application of a console."""
    app = Starlette(
        routes=[
            Route("/", _signed(first_page)),
            Route("/cockpits/{name}", _signed(cockpit_page)),
            Route("/lists/{name}.csv", _signed(list_csv)),
            Route("/lists/{name}", _signed(list_page)),
            Route("/documents/{id}", _signed(document_page)),
            Route("/documents/{id}/package", _form(package), methods=["POST"]),
            Route("/acts/{key}", _signed(act_form), methods=["GET"]),
            Route("/acts/{key}", _form(act), methods=["POST"]),
            Route("/sign-in", _open(signing.sign_in)),
            Route("/sign-in/done", _open(signing.signed_in)),
            Route("/sign-in/development", _open(signing.development_page), methods=["GET"]),
            Route("/sign-in/development", _open_form(signing.development_signed), methods=["POST"]),
            Route("/sign-out", _form(signing.sign_out), methods=["POST"]),
            Route("/language", _open(signing.choose_language)),
            Route("/static/{name}", _asset),
            Route("/healthz", _health),
        ],
        middleware=[Middleware(Guard, origin=console.origin)],
        exception_handlers={
            HTTPException: _not_found,
            CallFailed: _call_failed,
            Unreadable: _unreadable,
            Exception: _bug,
        },
    )
    app.router.redirect_slashes = False  # it would lead to http from behind a gateway
    app.state.console = console
    return app


def templates() -> Environment:
    """The templates; every value is escaped, and a name that is missing is an error."""
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _open(page: Reads) -> Endpoint:
    """A page for everybody."""

    async def endpoint(request: Request) -> Response:
        return await page(Visit(request))

    return endpoint


def _open_form(page: Writes) -> Endpoint:
    """A form before the sign-in, whose page checks what it comes with."""

    async def endpoint(request: Request) -> Response:
        return await page(Visit(request), await posted(request))

    return endpoint


def _signed(page: Reads) -> Endpoint:
    """A page for whoever is signed in; anybody else signs in first."""

    async def endpoint(request: Request) -> Response:
        visit = Visit(request)
        if visit.session is None or not await signing.renewed(visit.console, visit.session):
            return await signing.expired(visit)
        response = await page(visit)
        if response.status_code < 300 and response.media_type == "text/html":
            visit.session.notice = ""
        return response

    return endpoint


def _form(page: Writes) -> Endpoint:
    """A form of whoever is signed in; it must bring the token of the session."""

    async def endpoint(request: Request) -> Response:
        visit, data = Visit(request), await posted(request)
        if visit.session is None or not await signing.renewed(visit.console, visit.session):
            return await signing.expired(visit, data)
        if not visit.session.is_own(next(iter(data.get("csrf", ())), "")):
            said = visit.speech.text("This form is not of your session. Check it and send it again.")
            if page is act:
                return await again(visit, data, said=said, status=FOREIGN)
            return visit.page("refused.html", FOREIGN, said=said)
        try:
            return await page(visit, data)
        except CallFailed as err:
            if not is_signed_out(err):
                raise
            visit.console.sessions.end(visit.session.id)
            visit.session = None
            return await signing.expired(visit, data)

    return endpoint


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    headers = {"cache-control": f"public, max-age={ASSET_SECONDS}"}
    return FileResponse(FOLDER / "static" / name, media_type=STATIC[name], headers=headers)


async def _health(request: Request) -> Response:
    return Response("serving", media_type="text/plain")


async def _not_found(request: Request, err: Exception) -> Response:
    assert isinstance(err, HTTPException)
    visit = Visit(request)
    missing = visit.speech.text("There is no such page for you.")
    said = missing if err.status_code == 404 else visit.speech.text("The request is refused.")
    page = visit.page("refused.html", err.status_code, said=said)
    page.headers.update(err.headers or {})
    return page


async def _call_failed(request: Request, err: Exception) -> Response:
    """A page that could not be read. If the cell is away, the page says so and offers to try again."""
    assert isinstance(err, CallFailed)
    visit = Visit(request)
    if is_signed_out(err):
        if visit.session is not None:
            visit.console.sessions.end(visit.session.id)
        return await signing.expired(visit)
    if is_away(err):
        log.warning("cell_away", code=err.code, reason=err.reason)
        page = visit.page("away.html", status_of(err))
        page.headers["retry-after"] = "5"
        return page
    return visit.page("refused.html", status_of(err), said=said_of(err) or err.code, reason=err.reason or err.code)


async def _unreadable(request: Request, err: Exception) -> Response:
    return Visit(request).page("refused.html", 422, said=str(err))


async def _bug(request: Request, err: Exception) -> Response:
    incident = unique()
    log.error("page_failed", incident=incident, path=request.url.path, cause=err)
    visit = Visit(request)
    said = visit.speech.text("The console has a fault. The operator finds it under %(incident)s.", incident=incident)
    page = visit.page("refused.html", 500, said=said)
    page.headers.update({**headers_of(visit.console.origin), "cache-control": "no-store"})  # Starlette is outside Guard
    return page
