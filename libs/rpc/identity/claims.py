"""Reads the claims of a token strictly: a claim whose type differs from its standard is refused."""

import re
from typing import Any

import jwt
import msgspec

from libs.country import Directory
from libs.errors import AppError
from libs.ids import parse
from libs.rpc.identity.port import TokenInvalid

MAX_HEADER_CHARS = 8 * 1024

_SCHEME = "bearer "
_SUBJECT = re.compile(r"[A-Za-z0-9._:|-]{1,128}")
_ROLE = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_PARTNER = "ptn"


class Actor(msgspec.Struct, frozen=True):
    """The person who acts for the subject (RFC 8693, 4.1); nested earlier actors are ignored."""

    sub: str


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """The registered claims (RFC 7519); times are seconds since 1970."""

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: float
    nbf: float = 0
    jti: str = ""
    act: Actor | None = None

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences of the token."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud


class Head(msgspec.Struct, frozen=True):
    """The header of a token: signature algorithm and key id."""

    alg: str
    kid: str = ""


_CLAIMS = msgspec.json.Decoder(Claims)


def bearer(authorization: str) -> str:
    """The token in an `authorization` header; TokenInvalid if the header is too long or has no bearer token."""
    if len(authorization) > MAX_HEADER_CHARS:
        raise TokenInvalid(
            f"the authorization header has more than {MAX_HEADER_CHARS} characters: ask for fewer claims"
        )
    if authorization[: len(_SCHEME)].lower() != _SCHEME:
        raise TokenInvalid("the authorization header must be `Bearer <token>`")
    return authorization[len(_SCHEME) :].strip()


def read_unverified(token: str) -> tuple[Head, Claims]:
    """Header and claims of a token whose signature is not verified; TokenInvalid unless it is a signed JWT with `alg`,
    `iss`, `sub`, `aud` and `exp`."""
    try:
        complete = jwt.api_jws.PyJWS().decode_complete(token, options={"verify_signature": False})
        head = msgspec.convert(complete["header"], Head)
        return head, _CLAIMS.decode(complete["payload"])
    except msgspec.ValidationError as err:
        raise TokenInvalid(f"the token lacks what it must say, or says it in another form: {_place(err)}") from err
    except (jwt.PyJWTError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise TokenInvalid("the token is no JWT: three parts in base64url, joined by dots") from err


def subject(value: str) -> str:
    """The `sub`, if the audit trail may keep it for ever; TokenInvalid if it has other characters or length."""
    if not _SUBJECT.fullmatch(value):
        hint = "; an email address is no subject, the audit trail keeps subjects for ever" if "@" in value else ""
        raise TokenInvalid(f"the token's subject must be 1 to 128 characters of A-Z a-z 0-9 . _ : | -{hint}")
    return value


def roles(payload: dict[str, Any], claim: str) -> tuple[str, ...]:
    """The well-formed role names in a claim, sorted; empty if the claim is absent; TokenInvalid if it is not a list of
    strings."""
    found = _at(payload, claim)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise TokenInvalid(f"the token's claim {claim} must be a list of role names")
    return tuple(sorted({one for one in found if _ROLE.fullmatch(one)}))


def partner_id(payload: dict[str, Any], claim: str, directory: Directory) -> str:
    """The partner's id in a claim; empty if the claim is absent; TokenInvalid if it is not the id of a partner of this
    cell."""
    found = _at(payload, claim)
    if found is None or found == "":
        return ""
    parts = parse(found) if isinstance(found, str) else None
    if parts is None or parts.prefix != _PARTNER:
        raise TokenInvalid(f"the token's claim {claim} must be the id of one partner, `{_PARTNER}_...`")
    try:
        directory.require_home(str(found))
    except AppError as err:
        raise TokenInvalid(f"the token's claim {claim} names a partner of cell {parts.cell}: call that cell") from err
    return str(found)


def _at(payload: dict[str, Any], claim: str) -> Any:
    """The claim of exactly this name, else the value at the dotted path; None if there is neither."""
    if claim in payload:
        return payload[claim]
    found: Any = payload
    for name in claim.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _place(err: msgspec.ValidationError) -> str:
    """The message of msgspec, which names claims and types and no values."""
    return str(err)
