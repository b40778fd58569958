"""What a service has to say about the things that cells ask each other about."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from libs.border_keys import BorderKeys
from libs.cross_checks.domain import Finding
from libs.env import Env
from libs.store.keyed_locks import KeyedLocks


class Form(NamedTuple):
    """A value by which two cells may know the same thing. label: which value it is, in capitals. value: in the form in
    which it is compared."""

    label: str
    value: str


class Subjects(Protocol):
    """The documents that other cells may ask about, and those about which this cell asks. Every method may raise
    StoreUnavailable."""

    async def indexed(self, env: Env[Any], id: str) -> tuple[Form, ...]:
        """By which values a question of another cell finds this document now; none if it must not."""
        ...

    async def asked(self, env: Env[Any], id: str) -> tuple[Form, ...]:
        """By which values to ask the other cells about this document now; none if there is nothing to ask."""
        ...

    async def found(self, env: Env[Any], matched: Mapping[str, frozenset[str]]) -> tuple[Finding, ...] | None:
        """What to tell about the documents that a question matched; None for no hit. matched: by id, the labels of the
        values that agree."""
        ...

    async def page(self, env: Env[Any], cursor: str) -> tuple[Sequence[str], str]:
        """The ids of the next documents of this cell that may be asked about, and the next cursor, empty at the end."""
        ...


class CheckPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The field `checks` of the settings of a service that asks other cells. keys: those that the cells share;
    without any nothing is asked or answered. per_day: how many questions a cell may ask another in a day. locks: by
    which calls of this process wait for each other."""

    keys: BorderKeys = msgspec.field(default_factory=BorderKeys)
    per_day: int = 1_000
    locks: KeyedLocks = msgspec.field(default_factory=KeyedLocks)
