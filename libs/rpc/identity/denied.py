"""The deny list: persons and tokens that are refused although the tokens are valid. The operator maintains it in a
file, which is read again when it changes."""

import asyncio
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import structlog

from libs.call import Caller
from libs.config import ConfigError
from libs.rpc.identity.port import TokenRevoked
from libs.rpc.identity.spelling import spellings

VARIABLE = "PRM_DENY_FILE"
LOOK_SECONDS = 0.5
MAX_BYTES = 1024 * 1024

_LINE = re.compile(r"jti:\S{1,256}|sub:[a-z][a-z0-9-]{0,31}:[A-Za-z0-9._:|-]{1,128}|sha256:[0-9a-f]{64}")
_FORMS = "jti:<id of the token>, sub:<issuer's name>:<sub> or sha256:<64 hex digits, of the token>"

log = structlog.get_logger()


class DenyList:
    """The entries of a deny file; without a file nobody is denied. ConfigError if the file cannot be read or has a
    wrong line."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._text = b"" if path is None else _read(path)
        if path is not None and (wrong := list(_wrong(self._text))):
            raise ConfigError("\n  ".join([f"{VARIABLE}: {path} is wrong:", *wrong]))
        self._denied = _denied(self._text)

    def check(self, caller: Caller, *, token: str, jti: str) -> None:
        """TokenRevoked if the list has this token, its caller, or the person that the caller acts for."""
        if not self._denied:
            return
        names = [f"sub:{caller.subject}", f"sub:{caller.on_behalf_of}", f"jti:{jti}"]
        hashes = [f"sha256:{sha256(one.encode()).hexdigest()}" for one in spellings(token)]
        if not self._denied.isdisjoint([*names, *hashes]):
            raise TokenRevoked(caller)

    async def run(self, forget: Callable[[], None]) -> None:
        """Check the file twice a second; call `forget` when its content changes. While the file cannot be read, the
        last entries stay in force."""
        if self._path is None:
            return
        told = ""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                text = await asyncio.to_thread(_read, self._path)
            except ConfigError as err:
                if told != (told := str(err)):
                    log.error("deny_file_unreadable", cause=err)
                continue
            told = ""
            if text != self._text:
                self._text, self._denied = text, _denied(text)
                log.info("deny_file_read", entries=len(self._denied), wrong=list(_wrong(text)))
                forget()


def _read(path: Path) -> bytes:
    """The content of the file. A change is found by comparing it, because modification times may be wrong."""
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
    except OSError as err:
        raise ConfigError(f"{VARIABLE}: {path} cannot be read: {err.strerror}") from err
    if len(text) > MAX_BYTES:
        raise ConfigError(f"{VARIABLE}: {path} is longer than {MAX_BYTES} bytes: take out what has expired")
    return text


def _lines(text: bytes) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.decode(errors="replace").splitlines(), 1):
        if entry := line.partition("#")[0].strip():
            yield number, entry


def _denied(text: bytes) -> frozenset[str]:
    return frozenset(line for _, line in _lines(text) if _LINE.fullmatch(line))


def _wrong(text: bytes) -> Iterator[str]:
    return (f"line {number}: must be {_FORMS}" for number, line in _lines(text) if not _LINE.fullmatch(line))
