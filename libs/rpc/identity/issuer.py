"""The issuers of tokens that a cell trusts: their settings, their keys, and the file that lists them."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol
from urllib.parse import urlsplit

import msgspec
from jwt import PyJWK
from msgspec import Meta

from libs.config import ConfigError
from libs.tls import is_loopback

Algorithm = Literal["EdDSA", "ES256", "RS256"]
Text = Annotated[str, Meta(min_length=1, max_length=500)]

ALGORITHMS: tuple[Algorithm, ...] = ("EdDSA", "ES256", "RS256")
VARIABLE = "PRM_ISSUERS_FILE"

_TABLE = "issuers"


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """One table `[[issuers]]` of PRM_ISSUERS_FILE.

    name: our name for it; it is the first half of every subject in the trail, so it must never change. issuer: the
    `iss` of its tokens. audience: must be in their `aud`. jwks_url: the address of its keys; empty to find it by OpenID
    Connect Discovery. roles_claim, partner_claim: a claim, or a dotted path into one.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    issuer: Text
    audience: Text
    jwks_url: Annotated[str, Meta(max_length=500)] = ""
    algorithms: Annotated[tuple[Algorithm, ...], Meta(min_length=1)] = ALGORITHMS
    roles_claim: Text = "roles"
    partner_claim: Text = "prm_partner"


class KeySource(Protocol):
    """The public keys of one issuer."""

    async def find(self, kid: str, algorithm: str) -> PyJWK:
        """The key with this id for this algorithm; TokenInvalid if there is none, IssuerUnavailable if the keys cannot
        be fetched now."""
        ...


class Trusted(msgspec.Struct, frozen=True):
    """An issuer with its keys."""

    issuer: Issuer
    keys: KeySource


def read_issuers(path: Path) -> tuple[Issuer, ...]:
    """The issuers in a file, at least one; ConfigError with all faults of the file."""
    try:
        file = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as err:
        raise ConfigError(f"{VARIABLE}: {path}: {err}") from err
    faults = [f"{key}: there is no such key" for key in file if key != _TABLE]
    tables = file.get(_TABLE)
    if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
        faults.append("there is no table [[issuers]]: without one nobody can call this cell")
        tables = []
    found: list[Issuer] = []
    for number, table in enumerate(tables, 1):
        wrong = [f"issuer {number}: {fault}" for fault in _faults(table)]
        faults += wrong
        if not wrong:
            found.append(msgspec.convert(table, Issuer))
    faults += _repeated(found)
    if faults:
        raise ConfigError("\n  ".join([f"{VARIABLE}: {path} is wrong:", *faults]))
    return tuple(found)


def may_be_fetched(url: str) -> bool:
    """Whether answers of this address cannot be altered on the way: it is https, or http on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _faults(table: Mapping[str, Any]) -> Iterator[str]:
    known = {one.name: one for one in msgspec.structs.fields(Issuer)}
    yield from (f"{key}: there is no such key" for key in table if key not in known)
    for name, field in known.items():
        if name not in table:
            if field.required:
                yield f"{name}: is missing"
            continue
        try:
            msgspec.convert(table[name], field.type)
        except msgspec.ValidationError as err:
            yield f"{name}: {err}"
            continue
        if name in ("issuer", "jwks_url") and table[name] and not may_be_fetched(table[name]):
            yield f"{name}: must be https://... (http:// only on this machine): keys are trusted for where they lie"


def _repeated(found: list[Issuer]) -> Iterator[str]:
    for what in ("name", "issuer"):
        counted = Counter(getattr(one, what) for one in found)
        yield from (f"{what}: {value} stands there twice" for value, count in counted.items() if count > 1)
