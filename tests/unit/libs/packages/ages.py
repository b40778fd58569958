"""The age format read as its specification says (https://age-encryption.org/v1), with no code of the library that
writes it: X25519, HKDF, scrypt and ChaCha20-Poly1305 of `cryptography`."""

import base64
import hmac
import io
from collections.abc import Sequence
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from libs.packages.archive import Archive, Writer

CHUNK = 64 * 1024
_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


class _File(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def data(self) -> bytes: ...


def bech32(prefix: str, data: bytes) -> str:
    """BIP 173, as age uses it."""
    number = int.from_bytes(data)
    width = -(-len(data) * 8 // 5)
    number <<= width * 5 - len(data) * 8
    digits = [number >> (5 * (width - 1 - place)) & 31 for place in range(width)]
    spread = [ord(one) >> 5 for one in prefix] + [0] + [ord(one) & 31 for one in prefix]
    check = _polymod([*spread, *digits, *([0] * 6)]) ^ 1
    return f"{prefix}1" + "".join(_ALPHABET[one] for one in [*digits, *(check >> 5 * (5 - i) & 31 for i in range(6))])


def _polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> place & 1 else 0
    return check


SECRET = bytes(range(32))
KEY = X25519PrivateKey.from_private_bytes(SECRET)
RECIPIENT = bech32("age", KEY.public_key().public_bytes_raw())
IDENTITY = f"# created: today\n# public key: {RECIPIENT}\n{bech32('age-secret-key-', SECRET).upper()}\n"


def read(data: bytes, *, key: X25519PrivateKey = KEY, passphrase: str = "") -> bytes:
    """The content of an age file with one recipient; ValueError or InvalidTag if it is not what the format says."""
    head, _, rest = data.partition(b"\n--- ")
    mac, _, payload = rest.partition(b"\n")
    lines = head.decode().split("\n")
    if lines[0] != "age-encryption.org/v1":
        raise ValueError("no age file")
    stanzas = (one.split("\n") for one in "\n".join(lines[1:]).removeprefix("-> ").split("\n-> "))
    (kind, *arguments), body = next(  # others are for nobody, so that readers learn to pass them over
        (first.split(" "), _b64("".join(more))) for first, *more in stanzas if first.startswith(("X25519 ", "scrypt "))
    )
    wrapped = _passphrase_key(arguments, passphrase) if kind == "scrypt" else _shared_key(arguments, key)
    file_key = ChaCha20Poly1305(wrapped).decrypt(bytes(12), body, None)
    expected = hmac.digest(_hkdf(file_key, b"", b"header"), head + b"\n---", "sha256")
    if not hmac.compare_digest(expected, _b64(mac.decode())):
        raise ValueError("another header was signed")
    return _payload(_hkdf(file_key, payload[:16], b"payload"), payload[16:])


def _shared_key(arguments: Sequence[str], key: X25519PrivateKey) -> bytes:
    share = _b64(arguments[0])
    shared = key.exchange(X25519PublicKey.from_public_bytes(share))
    return _hkdf(shared, share + key.public_key().public_bytes_raw(), b"age-encryption.org/v1/X25519")


def _passphrase_key(arguments: Sequence[str], passphrase: str) -> bytes:
    salt = b"age-encryption.org/v1/scrypt" + _b64(arguments[0])
    return Scrypt(salt=salt, length=32, n=2 ** int(arguments[1]), r=8, p=1).derive(passphrase.encode())


def _payload(key: bytes, sealed: bytes) -> bytes:
    pieces = [sealed[start : start + CHUNK + 16] for start in range(0, len(sealed), CHUNK + 16)]
    opened = []
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        opened.append(ChaCha20Poly1305(key).decrypt(number.to_bytes(11) + bytes([last]), piece, None))
    return b"".join(opened)


def _hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def _b64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def archive_of(files: bytes | Sequence[_File]) -> Archive:
    """The package in the bytes of a zip file, or with these files."""
    stream = io.BytesIO(files if isinstance(files, bytes) else b"")
    if not isinstance(files, bytes):
        with Writer(stream) as writer:
            for one in files:
                writer.add(one.path, 0, one.data)
    return Archive(stream)
