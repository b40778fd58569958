"""Checks a proof without the rest of the system: `python -m audit.proof proof.jsonl --key HEX`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..signatures import NotAKey, keys_given
from .contents import EXPORTED, LOCATED, Step
from .verification import Report, verify_file

SOUND, BROKEN, NOT_CHECKED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the proof that the arguments name; exit code 0: sound, 1: findings, 2: it could not be checked."""
    parser = argparse.ArgumentParser(prog="audit.proof", description="Check the proof of a data subject's request.")
    parser.add_argument("file", type=Path, help="the proof")
    parser.add_argument("--key", required=True, help="file of the cell's public keys, or one key in hex or PEM")
    given = parser.parse_args(arguments)
    return check(given.file, given.key)


def check(file: Path, key: str) -> int:
    """Check a proof and print the report; the exit code. key: a file of the cell's public keys, or one key in hex
    or PEM."""
    try:
        report = verify_file(file, keys_given(key))
    except (NotAKey, OSError) as err:
        sys.stderr.write(f"not checked: {err}\n")
        return NOT_CHECKED
    sys.stdout.write("".join(f"{line}\n" for line in told(report)))
    return SOUND if report.sound else BROKEN


def told(report: Report) -> Iterator[str]:
    """The lines of output for a report."""
    end = report.end
    if end is None or not report.sound:
        yield from report.findings
        yield f"NOT SOUND: {len(report.findings)} findings"
        return
    yield f"sound: {end.case_id} of cell {end.cell}, {end.state}, as of {end.time}"
    before, after = (one.signed.statement.tree_size if one else 0 for one in (report.before, report.after))
    yield f"entries of the trail: {len(report.steps)}, between the checkpoints of size {before} and {after}"
    yield from (f"  {_shown(one)}" for one in report.steps if one.event)
    looks = sum(not one.event for one in report.steps)
    yield f"  and {looks} calls that read or were refused"
    if end.missing:
        yield f"NOT ANSWERED YET: {', '.join(end.missing)}"
    for one in report.erasures:
        part = ", rows were withheld" if one.withheld else ""
        yield f"erased, with the answers of services: {one.erasure_case_id}, {one.time}{part}"
        yield f"  certificate {one.sha256}"
    for purge in report.purges:
        yield f"purged by {purge.service} until {purge.time}: {purge.rows} rows, {purge.frozen} frozen, {purge.run_id}"
    for package in report.packages:
        partial = f", PARTIAL, without {', '.join(package.missing)}" if package.missing else ""
        yield f"package {package.sha256}{partial}: {package.row_count} rows, {package.downloads} downloads"
        yield from (f"  {one.service}: {_counts(one.rows)}, signed for round {one.round}" for one in package.answers)
        yield from (f"  withheld: {one}" for one in package.withheld)


def _counts(rows: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in rows) or "holds no kind of row with persons"


def _shown(step: Step) -> str:
    where = f" {step.resource_id.rpartition(':')[2]}" if step.event == LOCATED else ""
    who = f" by {step.actor}" if step.event == EXPORTED else ""
    return f"{step.time} {step.service} {step.event}{where}{who}"


if __name__ == "__main__":
    sys.exit(main())
