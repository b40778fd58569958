"""What the suites over all protos must know about a capability and cannot read from its protos.

A capability states it beside its component tests, as `CALLS` in `tests/component/<service>/<capability>/calls.py`, so
that a new capability changes no table of another one.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from services.demo.scenario import ScenarioClient

_TESTS = Path(__file__).parent

Fields = Callable[[Any], dict[str, Any]]
Asked = Callable[[ScenarioClient], dict[str, Any]]


async def _nothing(*_: Any) -> None:
    return None


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    """Everything by the name of the method.

    reads, changes: what a SCOPE_PARTNER method is asked about the rows of a partner, a `Loaded` of the world in
    `tests/component/scope`. own: reads that show nobody the rows of its downline. shown: the prefixes of the rows in
    the answer of a read. listed: of a listing that is asked without a partner, the prefix of the row in its answer.
    plant: gives a partner of that world its rows.
    new, refused: mutations of which each call makes something of its own, or of which the state refuses a second one;
    repeated: those that may be asked for again, each with its service and a request whose second call changes nothing
    (`tests/system/test_repeats.py`); stage: puts what only time makes into the stores of a running cell, given its
    `env` method and the story; prepare: makes what those requests are about, after the story of a deal. drive:
    calls every mutation after that story, for the trail.
    """

    reads: dict[str, Fields] = {}
    changes: dict[str, Fields] = {}
    own: frozenset[str] = frozenset()
    shown: dict[str, tuple[str, ...]] = {}
    listed: dict[str, str] = {}
    plant: Callable[[Any, Any], Awaitable[None]] = _nothing
    new: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    repeated: dict[str, tuple[str, Asked]] = {}
    stage: Callable[[Callable[[str], Any], ScenarioClient], Awaitable[None]] = _nothing
    prepare: Callable[[ScenarioClient], Awaitable[None]] = _nothing
    drive: Callable[[ScenarioClient], Awaitable[None]] = _nothing


@cache
def described() -> tuple[Calls, ...]:
    """The `CALLS` of every capability that has a `calls.py`."""
    found = sorted(_TESTS.glob("component/*/*/calls.py"))
    names = [".".join(("tests", *path.relative_to(_TESTS).with_suffix("").parts)) for path in found]
    return tuple(import_module(name).CALLS for name in names)
