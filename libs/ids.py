"""Identifiers with a kind prefix and a cell: `ptn_de_01jz8c...`. The only module that reads randomness.

The third part is a UUIDv7 (RFC 9562) in lower-case Crockford base32, so ids sort by time of creation.
"""

import os
import re
from random import random
from typing import NamedTuple

from libs.clock import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_RANDOM_BITS, _STEP_BITS = 74, 32
_FORM = re.compile(r"([a-z]{2,5})_([a-z0-9]{2,12})_([0-7][0-9a-hjkmnp-tv-z]{25})")

_MARK = "~"
_MARKED = re.compile(rf"([a-z0-9]{{2,12}}){_MARK}")


class Parts(NamedTuple):
    """The three parts of an id."""

    prefix: str
    cell: str
    unique: str


class Ids:
    """Makes the ids of one cell. Each sorts after all that this object made before, also within a millisecond."""

    def __init__(self, cell: str, clock: Clock) -> None:
        self._cell = cell
        self._clock = clock
        self._last = 0

    def new(self, prefix: str) -> str:
        """A new id with this kind prefix."""
        return f"{prefix}_{self._cell}_{self.bare()}"

    def derived(self, prefix: str, hashed: str) -> str:
        """The id that always belongs to a hash of 32 hex digits; it says nothing about a time."""
        return f"{prefix}_{self._cell}_{_base32(int(hashed, 16))}"

    def bare(self) -> str:
        """The third part of a new id alone, 26 characters, for names that are used only inside a cell."""
        fresh = int(self._clock.now().timestamp() * 1000) << _RANDOM_BITS | _random(_RANDOM_BITS)
        self._last = fresh if fresh > self._last else self._last + 1 + _random(_STEP_BITS)
        return _uuid7(self._last)


def parse(id: str) -> Parts | None:
    """The parts of an id, or None if the text does not have the form of an id."""
    found = _FORM.fullmatch(id)
    return Parts(*found.groups()) if found else None


def marked(token: str, cell: str) -> str:
    """An opaque token with the cell that gives it before it."""
    return f"{cell}{_MARK}{token}"


def unmarked(token: str) -> str:
    """A token as it was before `marked`. One without a cell, as earlier releases gave them, is returned as it is."""
    return token[found.end() :] if (found := _MARKED.match(token)) else token


def foreign_mark(token: str, here: str) -> str:
    """The cell that gave the token if it is not `here`; empty if it is, or if the token has no cell."""
    found = _MARKED.match(token)
    return found[1] if found and found[1] != here else ""


def unique() -> str:
    """128 random bits as 26 characters, for names that are used only inside a cell."""
    return _base32(_number(16))


def digits(count: int) -> str:
    """So many random decimal digits, for a code that a person types."""
    return f"{_number(16) % 10**count:0{count}}"


def secret(size_bytes: int) -> bytes:
    """Random bytes for keys and nonces."""
    return os.urandom(size_bytes)


def chance(ratio: float) -> bool:
    """True with this probability (0 to 1)."""
    return random() < ratio


def jittered(seconds: float) -> float:
    """A random time between half of `seconds` and all of it, so that callers refused together do not retry together."""
    return seconds * (1 + random()) / 2


def _random(bits: int) -> int:
    return _number(10) & ((1 << bits) - 1)


def _number(count_bytes: int) -> int:
    return int.from_bytes(os.urandom(count_bytes), "big")


def _uuid7(value: int) -> str:
    """Milliseconds and 74 random bits, with version and variant set between them."""
    millis, bits = value >> _RANDOM_BITS, value & ((1 << _RANDOM_BITS) - 1)
    high = 0x7000 | bits >> 62
    low = 0b10 << 62 | bits & ((1 << 62) - 1)
    return _base32(millis << 80 | high << 64 | low)


def _base32(value: int) -> str:
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])
