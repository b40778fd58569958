"""Every case of the contract: a coroutine function that is given a fresh Site and fails on a store that errs."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction

from tests.contracts.store.cases import (
    documents,
    durability,
    keeping,
    lanes,
    model,
    paging,
    queries,
    races,
    reads,
    releases,
    schema,
    uniqueness,
    versions,
)
from tests.contracts.store.site import Site

Case = Callable[[Site], Awaitable[None]]

WITHIN_SECONDS = 60.0

MODULES = (
    documents,
    reads,
    versions,
    uniqueness,
    queries,
    paging,
    races,
    schema,
    releases,
    durability,
    keeping,
    lanes,
    model,
)
CASES: tuple[Case, ...] = tuple(
    found
    for module in MODULES
    for name, found in vars(module).items()
    if iscoroutinefunction(found) and found.__module__ == module.__name__ and not name.startswith("_")
)


async def check(case: Case, site: Site) -> None:
    """Run a case on a site of its own; a store that does not answer fails as well."""
    async with asyncio.timeout(WITHIN_SECONDS):
        await case(site)
