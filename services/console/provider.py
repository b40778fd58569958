"""Where people sign in: an OpenID Connect issuer (code flow with PKCE), or the development issuer on one machine."""

import asyncio
import base64
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import urlencode
from urllib.request import Request

import jwt
import msgspec

from libs.clock import Clock, monotonic
from libs.ids import unique
from libs.rpc.identity.development import DevelopmentIssuer
from libs.rpc.identity.fetching import FETCH_SECONDS, FetchFailed, read_json
from libs.rpc.identity.issuer import may_be_fetched
from services.console.settings import ConsoleSettings

CALLBACK = "/sign-in/done"
DEVELOPMENT_PAGE = "/sign-in/development"
RENEW_BEFORE = timedelta(seconds=30)
DEVELOPMENT_HOURS = 12.0

_DISCOVERY = "/.well-known/openid-configuration"
_MAX_CODES = 100
_UNSAID_SECONDS = 300

T = TypeVar("T")


class SignInFailed(Exception):
    """The issuer gave no token; the text is for the log."""


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What the issuer gave. until: the end of the access token. refresh_token: to get the next one; empty if there is
    none. id_token: for the sign-out at the issuer."""

    access_token: str
    until: datetime
    refresh_token: str = ""
    id_token: str = ""


class Provider(Protocol):
    """An issuer at which people sign in. Its calls take FETCH_SECONDS at most and raise SignInFailed."""

    async def address(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """The address of the issuer's sign-in page, which returns to `back` with a code."""
        ...

    async def redeem(self, code: str, *, verifier: str, nonce: str, back: str) -> Granted:
        """The tokens for a code."""
        ...

    async def renew(self, granted: Granted) -> Granted:
        """The next tokens."""
        ...

    async def leaving(self, granted: Granted) -> str:
        """The address of the issuer's sign-out page; empty if it has none."""
        ...


class _Configuration(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str = ""


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: float = _UNSAID_SECONDS
    refresh_token: str = ""
    id_token: str = ""


class OpenIdConnect:
    """The issuer in PRM_CONSOLE_ISSUER; its configuration is fetched at the first sign-in and kept."""

    def __init__(self, settings: ConsoleSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._configuration: _Configuration | None = None

    async def address(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """See Provider."""
        found = await self._configured()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "scope": self._settings.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        glue = "&" if "?" in found.authorization_endpoint else "?"
        return f"{found.authorization_endpoint}{glue}{urlencode(asked)}"

    async def redeem(self, code: str, *, verifier: str, nonce: str, back: str) -> Granted:
        """See Provider."""
        granted = await self._ask(
            {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        )
        if granted.id_token and _nonce_in(granted.id_token) != nonce:
            raise SignInFailed("the ID token is the answer to another sign-in")
        return granted

    async def renew(self, granted: Granted) -> Granted:
        """See Provider."""
        if not granted.refresh_token:
            raise SignInFailed("the issuer gave no refresh token")
        fresh = await self._ask({"grant_type": "refresh_token", "refresh_token": granted.refresh_token})
        return msgspec.structs.replace(
            fresh,
            refresh_token=fresh.refresh_token or granted.refresh_token,
            id_token=fresh.id_token or granted.id_token,
        )

    async def leaving(self, granted: Granted) -> str:
        """See Provider."""
        found = await self._configured()
        if not found.end_session_endpoint:
            return ""
        return f"{found.end_session_endpoint}?{urlencode({'id_token_hint': granted.id_token})}"

    async def _ask(self, fields: Mapping[str, str]) -> Granted:
        endpoint = (await self._configured()).token_endpoint
        form = {**fields, "client_id": self._settings.client_id}
        if self._settings.client_secret_file is not None:
            form["client_secret"] = await asyncio.to_thread(_secret, self._settings.client_secret_file)
        headers = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}
        found = await _read(Request(endpoint, urlencode(form).encode(), headers), _Answer)
        return Granted(
            access_token=found.access_token,
            until=self._clock.now() + timedelta(seconds=found.expires_in),
            refresh_token=found.refresh_token,
            id_token=found.id_token,
        )

    async def _configured(self) -> _Configuration:
        if self._configuration is None:
            issuer = self._settings.issuer
            found = await _read(Request(issuer.rstrip("/") + _DISCOVERY), _Configuration)
            places = (found.authorization_endpoint, found.token_endpoint, found.end_session_endpoint)
            if found.issuer != issuer or not all(may_be_fetched(one) for one in places if one):
                raise SignInFailed(f"the configuration at {issuer} is of another issuer, or names places without TLS")
            self._configuration = found
        return self._configuration


class Development:
    """The development issuer. Whoever reaches its page on loopback chooses roles: it is for one machine only."""

    def __init__(self, issuer: DevelopmentIssuer, clock: Clock) -> None:
        self._issuer, self._clock = issuer, clock
        self._codes: OrderedDict[str, tuple[str, str]] = OrderedDict()

    async def address(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """See Provider."""
        return f"{DEVELOPMENT_PAGE}?{urlencode({'state': state, 'code_challenge': challenge(verifier)})}"

    def grant(self, *, subject: str, roles: tuple[str, ...], partner_id: str, code_challenge: str) -> str:
        """A code for somebody who chose these roles; it can be redeemed once, by whoever has the verifier."""
        token = self._issuer.sign(
            roles, now=self._clock.now(), partner_id=partner_id, subject=subject, hours=DEVELOPMENT_HOURS
        )
        code = unique()
        self._codes[code] = (code_challenge, token)
        if len(self._codes) > _MAX_CODES:
            self._codes.popitem(last=False)
        return code

    async def redeem(self, code: str, *, verifier: str, nonce: str, back: str) -> Granted:
        """See Provider."""
        expected, token = self._codes.pop(code, ("", ""))
        if not token or not hmac.compare_digest(expected, challenge(verifier)):
            raise SignInFailed("the code is unknown, used, or of another browser")
        return Granted(access_token=token, until=self._clock.now() + timedelta(hours=DEVELOPMENT_HOURS))

    async def renew(self, granted: Granted) -> Granted:
        """See Provider; people sign in again."""
        raise SignInFailed("the development issuer renews no tokens")

    async def leaving(self, granted: Granted) -> str:
        """See Provider."""
        return ""


def challenge(verifier: str) -> str:
    """The code challenge of RFC 7636, method S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _nonce_in(id_token: str) -> str:
    """The nonce of an ID token that came from the token endpoint itself, whose signature adds nothing to its TLS."""
    try:
        return str(jwt.decode(id_token, options={"verify_signature": False}).get("nonce", ""))
    except jwt.PyJWTError as err:
        raise SignInFailed("the ID token cannot be read") from err


def _secret(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as err:
        raise SignInFailed(f"{path} cannot be read: {err.strerror}") from err


async def _read(request: Request, kind: type[T]) -> T:
    try:
        return await asyncio.to_thread(read_json, request, kind, monotonic() + FETCH_SECONDS)
    except FetchFailed as err:
        raise SignInFailed(str(err)) from err
