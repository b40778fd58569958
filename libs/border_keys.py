"""The keys that the cells share, and that the hub does not know: with them a cell asks the others about something
without naming it.

The file has one or two lines, `<name> <64 hex digits>`. A cell asks with the first key and answers questions with any,
so a key is replaced without a gap: add the new one as the second line in every cell, then make it the first in every
cell, then remove the former one.
"""

import hashlib
import hmac
import re
from pathlib import Path
from typing import NamedTuple

import structlog

from libs.config import ConfigError
from libs.ids import secret
from libs.logs import Secret

KEYS_AT_MOST = 2
KEY_BYTES = 32

_BYTES = 4096
_HASH_BYTES = 16
NAME = re.compile("[a-z0-9]{1,20}")
_LINE = re.compile(f"({NAME.pattern}) ([0-9a-f]{{64}})")

log = structlog.get_logger()


class BorderKey(NamedTuple):
    """A key that the cells share."""

    name: str
    key: Secret[bytes]

    def hashed(self, text: str) -> str:
        """The keyed hash of a text, 32 hex digits; every cell with the key computes the same."""
        return hmac.digest(self.key.reveal(), text.encode(), hashlib.sha256)[:_HASH_BYTES].hex()


class BorderKeys:
    """The keys in a file that may be replaced at any time. path: None for a cell that asks and answers nothing."""

    def __init__(self, path: Path | None = None) -> None:
        """ConfigError if the file cannot be read or has another form."""
        self._path = path
        self._last = self._read()

    def current(self) -> tuple[BorderKey, ...]:
        """The keys in the file, the one to ask with first; the last ones that were read if it is wrong now."""
        try:
            self._last = self._read()
        except ConfigError as err:
            log.warning("border_keys_kept", cause=err)
        return self._last

    def __repr__(self) -> str:
        return f"BorderKeys({self._path})"

    def _read(self) -> tuple[BorderKey, ...]:
        if self._path is None:
            return ()
        try:
            text = self._path.read_bytes()[:_BYTES].decode()
        except (OSError, ValueError) as err:
            raise ConfigError(f"PRM_BORDER_KEYS_FILE: {self._path} cannot be read") from err
        found = [_LINE.fullmatch(line) for line in text.splitlines() if line]
        keys = tuple(BorderKey(one[1], Secret(bytes.fromhex(one[2]))) for one in found if one)
        if not 1 <= len(found) <= KEYS_AT_MOST or len({one.name for one in keys}) < len(found):
            raise ConfigError(
                f"PRM_BORDER_KEYS_FILE: {self._path} must have one or two lines `<name> <64 hex digits>`, of different "
                "names of lower case letters and digits"
            )
        return keys


def new_line(name: str) -> str:
    """A line with a new random key. name: of the form NAME."""
    return f"{name} {secret(KEY_BYTES).hex()}\n"
