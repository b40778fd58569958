"""The key-encryption key of a service, which wraps the service's key (vault/): a keyset in a file, or a key of a key
management service, which the file `kms` names.

A line of `kms` is a URI and a number; the first line wraps, the others open what they wrapped. A new number with the
same URI has the key of the service wrapped anew, after the key management service has rotated its key. If the first
line is `wrapping.json`, the file wraps again, and all other lines open.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import tink
from tink import aead, cleartext_keyset_handle
from tink.proto import tink_pb2

from libs.privacy.keysets import KeysDamaged, keyset_of, read_keyset, read_text, register, write_keyset, write_text
from libs.privacy.kms import is_uri, open_kms

WRAPPING, KMS, KMS_CREDENTIALS = "wrapping.json", "kms", "kms-credentials"
KMS_FORMER_CREDENTIALS = "kms-credentials-former"
WRAPPING_KEPT = 2

OpenAead = Callable[[], aead.Aead]


class Wrapping:
    """The key that wraps now, and those that wrapped before and still open. name: of the key that wraps now; it changes
    with a rotation. ring: all of them by name."""

    def __init__(self, name: str, ring: Mapping[str, OpenAead]) -> None:
        self.name = name
        self._ring = ring

    def current(self) -> aead.Aead:
        """The key that wraps now."""
        return self._ring[self.name]()

    def named(self, name: str) -> aead.Aead | None:
        """The key of this name; None if it is not kept any more, or was never one of this service."""
        found = self._ring.get(name)
        return found() if found else None


OpenWrapping = Callable[[], Wrapping]
"""Opens the key-encryption key of a service as it is now, because a command may have rotated it. KeysMissing,
KeysDamaged."""


def open_wrapping(folder: Path, service: str) -> Wrapping:
    """The key-encryption key of a service. KeysMissing, KeysDamaged.

    A folder of an earlier release has one file for all services. It wraps until the service has a file of its own, and
    opens as long as it is there."""
    own, remote = folder / service / WRAPPING, _remote(folder, service)
    by_file = not remote or _is_back(folder, service)
    paths = [path for path in (own, folder / WRAPPING) if path.exists()]
    keysets = [read_keyset(path, folder, _opened) for path in paths or ([own] if by_file else [])]
    ring = {name: opened for _, named in reversed(keysets) for name, opened in named.items()}
    return Wrapping(keysets[0][0] if by_file else next(iter(remote)), ring | remote)


def create_wrapping(folder: Path, service: str) -> None:
    """Create the file of a service if there is none and no key management service is named. OSError."""
    path = folder / service / WRAPPING
    if not path.exists() and not (folder / service / KMS).exists():
        write_keyset(path, _fresh())


def wrap_with(folder: Path, service: str, uri: str, credentials: str | None = None) -> None:
    """Let a key of a key management service wrap from now on; running processes take it within minutes. The former keys
    open until then. uri: `is_uri`. credentials: with which to sign in there, if they are others than before; the former
    ones are kept for the former keys. KeysDamaged, OSError."""
    now, former = folder / service / KMS_CREDENTIALS, folder / service / KMS_FORMER_CREDENTIALS
    if credentials is not None and (before := now.read_text() if now.exists() else None) != credentials:
        if before is not None:
            write_text(former, before)
        write_text(now, credentials)
    _name_first(folder, service, uri)


def wrap_with_file(folder: Path, service: str) -> None:
    """Let a new key in the file of a service wrap from now on, in place of a key management service; running processes
    take it within minutes. The keys there open until then. KeysDamaged, OSError."""
    register()
    if remote := _remote(folder, service):
        write_text(folder / service / KMS, "".join(f"{line}\n" for line in (WRAPPING, *remote)))
    if (folder / service / WRAPPING).exists():
        _rotate_file(folder, service)
    else:
        write_keyset(folder / service / WRAPPING, _fresh())


def rotate_wrapping(folder: Path, service: str) -> None:
    """Add a new key-encryption key for a service, which wraps from now on; running processes take it within minutes.
    The file keeps the former WRAPPING_KEPT keys, for processes that have not taken the new one yet. With a key
    management service, wrap anew with the newest version of its key. KeysMissing, KeysDamaged, OSError."""
    register()
    if (named := _remote(folder, service)) and not _is_back(folder, service):
        _name_first(folder, service, next(iter(named)).partition(" ")[0])
        return
    _rotate_file(folder, service)


def _rotate_file(folder: Path, service: str) -> None:
    path = folder / service / WRAPPING
    former, fresh = read_keyset(path, folder, keyset_of), keyset_of(_fresh())
    keys = [*former.key, *fresh.key][-1 - WRAPPING_KEPT :]
    rotated = tink_pb2.Keyset(primary_key_id=fresh.primary_key_id, key=keys)
    write_keyset(path, cleartext_keyset_handle.from_keyset(rotated))


def _name_first(folder: Path, service: str, uri: str) -> None:
    """Name a key before those that the file names already, with a number that none of them has."""
    former = list(_remote(folder, service))
    number = 1 + max((int(line.rpartition(" ")[2]) for line in former), default=0)
    lines = [f"{uri} {number}", *former[:WRAPPING_KEPT]]
    write_text(folder / service / KMS, "".join(f"{line}\n" for line in lines))


def _remote(folder: Path, service: str) -> dict[str, OpenAead]:
    """The keys in key management services, by their line in the file; empty without a file. KeysDamaged."""
    path = folder / service / KMS
    if not path.exists():
        return {}
    lines = read_text(path, folder).splitlines()
    if lines[:1] == [WRAPPING]:
        del lines[0]
    for line in lines:
        uri, _, number = line.partition(" ")
        if not (is_uri(uri) and number.isdecimal()):
            raise KeysDamaged(path, f"it has a line that is not the URI of a key, a blank and a number: {line[:80]!r}")
    if not lines:
        raise KeysDamaged(path, "it is empty")
    uris = [line.partition(" ")[0] for line in lines]
    return {
        line: partial(_open, folder / service, uri, former=uri != uris[0])
        for line, uri in zip(lines, uris, strict=True)
    }


def _open(own: Path, uri: str, *, former: bool) -> aead.Aead:
    """A key in a key management service; a former one with the credentials of before, if there are any."""
    before = own / KMS_FORMER_CREDENTIALS
    return open_kms(uri, before if former and before.exists() else own / KMS_CREDENTIALS)


def _is_back(folder: Path, service: str) -> bool:
    """Whether the file wraps again, although a key management service is named."""
    path = folder / service / KMS
    return path.exists() and read_text(path, folder).splitlines()[:1] == [WRAPPING]


def _fresh() -> tink.KeysetHandle:
    return tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)


def _opened(handle: tink.KeysetHandle) -> tuple[str, dict[str, OpenAead]]:
    """The name of the key that wraps, and every key of the keyset by its name."""
    info, primitive = handle.keyset_info(), handle.primitive(aead.Aead)
    return str(info.primary_key_id), {str(one.key_id): partial(_same, primitive) for one in info.key_info}


def _same(primitive: aead.Aead) -> aead.Aead:
    return primitive
