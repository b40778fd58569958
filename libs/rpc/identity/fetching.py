"""Fetches the keys that an issuer publishes (RFC 7517), within limits of time and size. It blocks: call it in a
thread."""

import ssl
from functools import partial
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

import jwt
import msgspec
from jwt import PyJWK

from libs.clock import monotonic
from libs.rpc.identity.issuer import Issuer, may_be_fetched

FETCH_SECONDS = 5.0
MAX_BYTES = 256 * 1024
MAX_KEYS = 100

_DISCOVERY = "/.well-known/openid-configuration"
_CHUNK_BYTES = 16 * 1024
_CURVES = {"Ed25519": "EdDSA", "P-256": "ES256"}

Keys = dict[tuple[str, str], PyJWK]
T = TypeVar("T")


class FetchFailed(Exception):
    """The keys of the issuer could not be fetched; the message has the cause, for the log."""


class _Configuration(msgspec.Struct):
    """The fields of a discovery document (OpenID Connect Discovery 1.0) that are needed here."""

    issuer: str
    jwks_uri: str


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


def fetch_keys(issuer: Issuer, *, within_seconds: float = FETCH_SECONDS) -> Keys:
    """The keys of an issuer by key id and algorithm, only for its configured algorithms; FetchFailed, also if it
    publishes none of them."""
    until = monotonic() + within_seconds
    url = issuer.jwks_url or _discover(issuer, until)
    published = read_json(_asking(url), _KeySet, until).keys[:MAX_KEYS]
    found: Keys = {}
    for data in published:
        key = _usable(data)
        if key is not None and key.key_id and key.algorithm_name in issuer.algorithms:
            found[key.key_id, key.algorithm_name] = key
    if not found:
        raise FetchFailed(f"{url} publishes no key for {', '.join(issuer.algorithms)}")
    return found


def _discover(issuer: Issuer, until: float) -> str:
    address = issuer.issuer.rstrip("/") + _DISCOVERY
    found = read_json(_asking(address), _Configuration, until)
    if found.issuer != issuer.issuer:
        raise FetchFailed(f"{address} is the configuration of {found.issuer}, not of {issuer.issuer}")
    if not may_be_fetched(found.jwks_uri):
        raise FetchFailed(f"{address} says that the keys are at {found.jwks_uri}, which is not https")
    return found.jwks_uri


def _asking(url: str) -> Request:
    return Request(url, headers={"accept": "application/json"})


def _usable(data: dict[str, Any]) -> PyJWK | None:
    """The public key for signatures with a supported algorithm; None for any other key, which a set may also have."""
    kind, curve = data.get("kty"), data.get("crv")
    algorithm = "RS256" if kind == "RSA" else _CURVES.get(curve) if isinstance(curve, str) else None
    meant = data.get("alg", algorithm)
    if algorithm is None or meant not in (algorithm, curve) or data.get("use", "sig") != "sig" or "d" in data:
        return None
    try:
        return PyJWK(data, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


def read_json(request: Request, kind: type[T], until: float) -> T:
    """The JSON that a request is answered with; FetchFailed. until: as `monotonic` counts."""
    url = request.full_url
    try:
        return msgspec.json.decode(_fetch(request, until), type=kind)
    except HTTPError as err:
        with err:  # closes the answer and its connection
            raise FetchFailed(f"{url}: {err}") from err
    except (URLError, HTTPException, OSError, ValueError) as err:
        raise FetchFailed(f"{url}: {err}") from err
    except (msgspec.MsgspecError, RecursionError) as err:
        raise FetchFailed(f"{url} answers something else: {err}") from err


def _fetch(request: Request, until: float) -> bytes:
    url = request.full_url
    parts: list[bytes] = []
    with _opener(url).open(request, timeout=max(0.1, until - monotonic())) as answer:
        for part in iter(partial(answer.read1, _CHUNK_BYTES), b""):
            parts.append(part)
            if sum(map(len, parts)) > MAX_BYTES:
                raise FetchFailed(f"{url} answers more than {MAX_BYTES} bytes")
            if monotonic() > until:
                raise FetchFailed(f"{url} takes too long to answer")
    return b"".join(parts)


def _opener(url: str) -> OpenerDirector:
    """An opener that follows no redirect, which could lead anywhere, and uses the operator's proxy except for http://,
    which stays on this machine."""
    handlers: list[Any] = [_NoRedirect(), HTTPSHandler(context=ssl.create_default_context())]
    if url.startswith("http://"):
        handlers.append(ProxyHandler({}))
    return build_opener(*handlers)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **named: Any) -> None:
        """None, so that urllib raises an HTTPError for the redirect."""
