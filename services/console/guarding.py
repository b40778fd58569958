"""What stands before every page: the host, the origin of a form, the size of a body, and the headers of an answer."""

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.forms import Data

MAX_BODY_BYTES = 256 * 1024
MAX_FIELDS = 2_000
BODY_SECONDS = 30.0
NOT_HERE, TOO_LARGE, TOO_SLOW, FOREIGN = 421, 413, 408, 403

# No inline script or style, nothing from elsewhere, in no frame. A form goes to this console only.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_TLS_ONLY = {"strict-transport-security": "max-age=31536000"}


def headers_of(origin: str) -> Mapping[str, str]:
    """The headers of every answer, beside `cache-control`."""
    return {**HEADERS, **(_TLS_ONLY if origin.startswith("https://") else {})}


class Guard:
    """An ASGI layer: a request of another host, or a form of another origin, reaches no page."""

    def __init__(self, app: ASGIApp, *, origin: str) -> None:
        self._app, self._origin = app, origin
        self._host = urlsplit(origin).netloc
        self._headers = headers_of(origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                own = [(name.encode(), value.encode()) for name, value in self._headers.items()]
                if b"cache-control" not in given:
                    own.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *own]
            await send(message)

        request = Request(scope)
        if request.headers.get("host", "") != self._host:
            await _refuse(with_headers, NOT_HERE, f"this console is reached at {self._origin} only")
        elif request.method not in ("GET", "HEAD") and self._is_foreign(request):
            await _refuse(with_headers, FOREIGN, "this form comes from another site")
        else:
            await self._app(scope, receive, with_headers)

    def _is_foreign(self, request: Request) -> bool:
        """Whether a browser says that the form comes from elsewhere; older ones say nothing, and the token decides."""
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
        return (origin is not None and origin != self._origin) or site not in ("same-origin", "none")


async def posted(request: Request) -> Data:
    """The fields of a form; 413 for one that is too large, 408 for one that takes more than BODY_SECONDS, 400 for what
    is no form."""
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY_BYTES:
                    raise HTTPException(TOO_LARGE)
    except TimeoutError as err:
        raise HTTPException(TOO_SLOW, headers={"connection": "close"}) from err
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as err:
        raise HTTPException(400) from err
    found: Data = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found


async def _refuse(send: Send, status: int, said: str) -> None:
    head: Message = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", b"text/plain; charset=utf-8")],
    }
    await send(head)
    await send({"type": "http.response.body", "body": said.encode()})
