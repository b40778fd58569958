"""`make bench`: the rows of the performance targets, one JSON line each; exit code 1 if one is not what it must be."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec

from tests.load.calls import call_rows
from tests.load.flows import flow_rows
from tests.load.growth import growth_rows
from tests.load.killing import kill_rows
from tests.load.process import placement
from tests.load.report import Row, machine

ROWS = {"calls": call_rows, "flows": flow_rows, "kills": kill_rows, "growth": growth_rows}
BEHIND_A_FLAG = {"growth"}  # fills a million documents first: minutes, and 2 GB of disk


async def main() -> int:
    """Run the rows that were asked for."""
    arguments = argparse.ArgumentParser(prog="make bench")
    arguments.add_argument("rows", nargs="*", choices=[*ROWS, []], help="default: all but growth")
    given = arguments.parse_args()
    _print({**machine(), "placement": placement()})
    met = True
    for name in given.rows or [name for name in ROWS if name not in BEHIND_A_FLAG]:
        with tempfile.TemporaryDirectory(prefix="prm-bench-") as folder:
            async for one in ROWS[name](Path(folder)):
                _print(one)
                met &= one.met
    return 0 if met else 1


def _print(line: Row | dict[str, object]) -> None:
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
