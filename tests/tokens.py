"""Tokens for tests of a cell with the development issuer: valid ones by role, and one of each invalid kind."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from jwt.api_jws import PyJWS

from libs.clock import SystemClock
from libs.rpc.client import bearer
from libs.rpc.identity.development import development_issuer, key_file

CELL = "local"
ADMINISTRATOR = "administrator"

Payload = Mapping[str, Any]


def token(folder: Path, *roles: str, partner_id: str = "", subject: str = "tester", cell: str = CELL) -> str:
    """A token for somebody with these roles, by default an administrator, at the cell with this data folder."""
    issuer = development_issuer(folder, cell)
    return issuer.sign(roles or (ADMINISTRATOR,), now=SystemClock().now(), partner_id=partner_id, subject=subject)


def headers(
    folder: Path, *roles: str, partner_id: str = "", subject: str = "tester", cell: str = CELL
) -> dict[str, str]:
    """The headers that carry a token with these roles."""
    return bearer(token(folder, *roles, partner_id=partner_id, subject=subject, cell=cell))


def altered(folder: Path, *roles: str, cell: str = CELL, **claims: Any) -> str:
    """A correctly signed token whose claims differ from those of `token`; a claim of None is left out."""
    head, payload = _parts(token(folder, *roles, cell=cell))
    said = {name: value for name, value in {**payload, **claims}.items() if value is not None}
    signed = PyJWS().encode(  # which, other than jwt.encode, minds no claim's type
        msgspec.json.encode(said), _key(folder, cell), algorithm=head["alg"], headers={"kid": head["kid"]}
    )
    return str(signed)


def expired(folder: Path, *roles: str, cell: str = CELL) -> str:
    """A token that expired a minute ago."""
    return altered(folder, *roles, cell=cell, exp=int((SystemClock().now() - timedelta(minutes=1)).timestamp()))


def wrong_audience(folder: Path, *roles: str, cell: str = CELL) -> str:
    """A token for another audience."""
    return altered(folder, *roles, cell=cell, aud="another-system")


def wrong_algorithm(folder: Path, *roles: str, cell: str = CELL) -> str:
    """A token signed by HMAC with a secret that everybody knows: the public key of the issuer."""
    head, payload = _parts(token(folder, *roles, cell=cell))
    public = _key(folder, cell).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return jwt.encode(dict(payload), public, algorithm="HS256", headers={"kid": head["kid"]})


def other_algorithm(folder: Path, *roles: str, cell: str = CELL) -> str:
    """A token signed with a valid algorithm that this issuer does not use."""
    head, payload = _parts(token(folder, *roles, cell=cell))
    key = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(dict(payload), key, algorithm="ES256", headers={"kid": head["kid"]})


def unsigned(folder: Path, *roles: str, cell: str = CELL) -> str:
    """A token with `alg: none`, which has no signature."""
    head, payload = _parts(token(folder, *roles, cell=cell))
    return f"{_segment({**head, 'alg': 'none'})}.{_segment(payload)}."


def foreign_key(folder: Path, *roles: str, cell: str = CELL) -> str:
    """A token with the name of this cell's issuer, signed with another key."""
    head, payload = _parts(token(folder, *roles, cell=cell))
    return jwt.encode(dict(payload), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": head["kid"]})


def foreign_issuer(folder: Path, *roles: str, cell: str = CELL) -> str:
    """A token of an unknown issuer."""
    return altered(folder, *roles, cell=cell, iss="https://accounts.example.com")


def not_yet(folder: Path, *roles: str, cell: str = CELL) -> str:
    """A token that is valid only from an hour on."""
    return altered(folder, *roles, cell=cell, nbf=int((SystemClock().now() + timedelta(hours=1)).timestamp()))


def garbage(folder: Path, *roles: str, cell: str = CELL) -> str:
    """A text that is not a token."""
    return "a.b.c"


# The reason with which each invalid token is refused.
BAD: Mapping[Callable[..., str], str] = {
    expired: "TOKEN_EXPIRED",
    wrong_audience: "TOKEN_INVALID",
    wrong_algorithm: "TOKEN_INVALID",
    other_algorithm: "TOKEN_INVALID",
    unsigned: "TOKEN_INVALID",
    foreign_key: "TOKEN_INVALID",
    foreign_issuer: "TOKEN_INVALID",
    not_yet: "TOKEN_INVALID",
    garbage: "TOKEN_INVALID",
}


def _parts(signed: str) -> tuple[dict[str, str], dict[str, Any]]:
    complete = jwt.decode_complete(signed, options={"verify_signature": False})
    return complete["header"], complete["payload"]


def _segment(value: Any) -> str:
    return urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


def _key(folder: Path, cell: str) -> Ed25519PrivateKey:
    key = load_pem_private_key(key_file(folder, cell).read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key
