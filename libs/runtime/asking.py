"""Calls a service of a cell for a command, and prints what it answers, or why it was refused."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator

from libs.rpc.client import CallFailed, Client
from libs.runtime.visit import NobodyAnswers, Visit

ANSWERED, REFUSED, NOT_CALLED = 0, 1, 2  # exit codes

Call = Callable[[Client], Awaitable[Iterator[str]]]  # returns the lines to print


def run(call: Call, service: str, *, to: str, role: str, subject: str) -> int:
    """Call a service of the cell and print the lines of the answer, or why it was refused; the exit code."""
    try:
        for line in asyncio.run(_answer(call, service, Visit(to, role=role, subject=subject))):
            sys.stdout.write(f"{line}\n")
    except NobodyAnswers as err:
        sys.stderr.write(f"not called: {err}\n")
        return NOT_CALLED
    except CallFailed as err:
        sys.stderr.write(f"refused: {err.code} {err.reason}: {err.message}\n")
        for one in err.violations:
            sys.stderr.write(f"  {one.field}: {one.description} ({one.reason})\n")
        return REFUSED
    return ANSWERED


async def _answer(call: Call, service: str, visit: Visit) -> Iterator[str]:
    async with visit.client() as client:
        await visit.reach(client, service)
        return await call(client)
