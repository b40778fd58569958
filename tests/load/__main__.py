"""`make bench`: the rows of the performance targets, one JSON line each; exit code 1 if one is not what it must be."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from libs import logs
from tests.load.calls import call_rows
from tests.load.campaigns import campaign_rows
from tests.load.closing import closing_rows
from tests.load.console import console_rows
from tests.load.deciding import deciding_rows
from tests.load.erasing import erasing_rows
from tests.load.export import export_rows
from tests.load.faces import face_rows
from tests.load.facts import fact_rows
from tests.load.flows import flow_rows
from tests.load.growth import growth_rows
from tests.load.hooks import hook_rows
from tests.load.importing import import_rows
from tests.load.killing import kill_rows
from tests.load.leads import lead_rows
from tests.load.locating import locating_rows
from tests.load.near import near_rows
from tests.load.numbering import numbering_rows
from tests.load.orders import order_rows
from tests.load.pairs import Pace
from tests.load.process import placement
from tests.load.progress import progress_rows
from tests.load.report import Row, Skipped, machine
from tests.load.sealing import sealing_rows
from tests.load.start import start_rows
from tests.load.stock import stock_rows

Rows = Callable[[Path, Pace], AsyncIterator[Row] | AsyncIterator[Row | Skipped]]
ROWS: dict[str, Rows] = {
    "calls": call_rows,
    "orders": order_rows,
    "faces": face_rows,
    "console": console_rows,
    "flows": flow_rows,
    "facts": fact_rows,
    "progress": progress_rows,
    "closing": closing_rows,
    "leads": lead_rows,
    "hooks": hook_rows,
    "deciding": deciding_rows,
    "stock": stock_rows,
    "campaigns": campaign_rows,
    "numbering": numbering_rows,
    "sealing": sealing_rows,
    "near": near_rows,
    "import": import_rows,
    "locate": locating_rows,
    "export": export_rows,
    "erasure": erasing_rows,
    "start": start_rows,
    "kills": kill_rows,
    "growth": growth_rows,
}
BEHIND_A_FLAG = {"growth"}  # fills a million documents first: minutes, and 2 GB of disk


async def main() -> int:
    """Run the rows that were asked for. What the rows that run in this process log goes to stderr."""
    logs.configure("warning")
    arguments = argparse.ArgumentParser(prog="make bench")
    arguments.add_argument("groups", nargs="*", choices=[*ROWS, []], help="default: all but growth")
    usual = Pace()
    arguments.add_argument("--slice-seconds", type=float, default=usual.slice_seconds, help="how long a side has")
    arguments.add_argument("--pairs", type=int, default=usual.pairs, help="how many slices of each side")
    arguments.add_argument("--full", action="store_true", help="large stores at the size of their target: minutes")
    arguments.add_argument("--rows", type=int, default=0, help="of the import, and persons of locate")
    given = arguments.parse_args()
    pace = Pace(slice_seconds=given.slice_seconds, pairs=given.pairs, full=given.full, rows=given.rows)
    _print({**machine(), "placement": placement(), **msgspec.structs.asdict(pace)})
    met = True
    for name in given.groups or [name for name in ROWS if name not in BEHIND_A_FLAG]:
        with tempfile.TemporaryDirectory(prefix="prm-bench-") as folder:
            async for one in ROWS[name](Path(folder), pace):
                _print(one)
                met &= isinstance(one, Skipped) or one.met
    return 0 if met else 1


def _print(line: Row | Skipped | dict[str, object]) -> None:
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
