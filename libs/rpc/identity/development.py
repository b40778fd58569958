"""The development issuer, for one machine: whoever can read the key file in the data folder can sign any token.

Only a process that listens on loopback and has no issuers configured trusts it.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt import PyJWK
from jwt.algorithms import OKPAlgorithm

from libs.config import ConfigError
from libs.ids import unique
from libs.rpc.identity.issuer import Algorithm, Issuer, Trusted
from libs.rpc.identity.port import TokenInvalid

ALGORITHM: Algorithm = "EdDSA"
ISSUER = Issuer(name="dev", issuer="urn:prm:development", audience="prm", algorithms=(ALGORITHM,))
MAX_HOURS = 24.0 * 7

_FILE = "development_issuer.pem"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600


class DevelopmentIssuer:
    """Signs tokens, and is the source of the key that verifies them."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._kid = sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
        self._public = PyJWK({**OKPAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": self._kid}, ALGORITHM)

    @property
    def trusted(self) -> Trusted:
        """This issuer with its key, for the authenticator."""
        return Trusted(ISSUER, self)

    async def find(self, kid: str, algorithm: str) -> PyJWK:
        """See KeySource."""
        if (kid, algorithm) != (self._kid, ALGORITHM):
            raise TokenInvalid("the token is from another cell's development issuer: sign one with `prm token`")
        return self._public

    def sign(
        self, roles: Sequence[str], *, now: datetime, partner_id: str = "", subject: str = "local", hours: float = 12.0
    ) -> str:
        """A token for `subject` with these roles, valid for so many hours from `now`."""
        claims: dict[str, Any] = {
            "iss": ISSUER.issuer,
            "sub": subject,
            "aud": ISSUER.audience,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(hours=hours)).timestamp()),
            "jti": unique(),
            ISSUER.roles_claim: list(roles),
        }
        if partner_id:
            claims[ISSUER.partner_claim] = partner_id
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._kid})


def development_issuer(data_dir: Path, cell: str) -> DevelopmentIssuer:
    """The development issuer of a cell; creates its key if there is none. ConfigError if the key cannot be read."""
    path = key_file(data_dir, cell)
    if not path.exists():
        _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as err:
        raise ConfigError(f"{path} is not a key that can be read; remove it, and the next start makes one") from err
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{path} is not an Ed25519 key; remove it, and the next start makes one")
    return DevelopmentIssuer(key)


def share_key(data_dir: Path, other: Path, cell: str) -> None:
    """Copy the key to a second data folder of the cell, so that a token is valid with both."""
    development_issuer(data_dir, cell)
    path = key_file(other, cell)
    path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    shutil.copy(key_file(data_dir, cell), path)


def key_file(data_dir: Path, cell: str) -> Path:
    """The path of the private key."""
    return data_dir / cell / "keys" / _FILE


def _make(path: Path) -> None:
    """Create the key file. Several processes may do so at once: the first complete file is kept, and no process reads a
    partial one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    part = path.with_name(f"{_FILE}.{unique()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(part)
    part.unlink()
