"""Checks an export without the rest of the system: `python -m audit export.jsonl --key HEX`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from .findings import Report
from .lines import Unreadable
from .signatures import NotAKey, keys_given
from .verification import read_kept, verify_file

SOUND, BROKEN, NOT_CHECKED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the export that the arguments name; exit code 0: sound, 1: findings, 2: it could not be checked."""
    parser = argparse.ArgumentParser(prog="audit", description="Check an exported audit log.")
    parser.add_argument("file", type=Path, help="the export")
    parser.add_argument("--key", required=True, help="file of the cell's public keys, or one key in hex or PEM")
    parser.add_argument("--checkpoint", type=Path, help="a file whose last line is a checkpoint taken earlier")
    given = parser.parse_args(arguments)
    return check(given.file, given.key, given.checkpoint)


def check(file: Path, key: str, checkpoint: Path | None = None) -> int:
    """Check an export and print the report; the exit code. key: a file of the cell's public keys, or one key in hex
    or PEM. checkpoint: an earlier export."""
    try:
        report = verify_file(file, keys_given(key), read_kept(checkpoint) if checkpoint else None)
    except (NotAKey, Unreadable, OSError) as err:
        sys.stderr.write(f"not checked: {err}\n")
        return NOT_CHECKED
    sys.stdout.write("".join(f"{line}\n" for line in told(report)))
    return SOUND if report.sound else BROKEN


def told(report: Report) -> Iterator[str]:
    """The lines of output for a report."""
    yield from (str(finding) for finding in report.findings)
    if report.sound:
        yield f"sound: {report.entries} entries of cell {report.cell}, {report.checkpoints} signed checkpoints"
        yield f"tree size {report.tree_size}, root {report.root_hash}, signed {report.time}"
    else:
        yield f"NOT SOUND: {len(report.findings)} findings in {report.entries} entries"


if __name__ == "__main__":
    sys.exit(main())
