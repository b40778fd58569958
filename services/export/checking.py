"""Verifies a package in a file and prints the findings."""

from collections.abc import Iterator
from pathlib import Path

import typer

from libs.audit.signatures import NotAKey, key_given
from libs.packages.archive import Archive
from libs.packages.manifest import Unreadable
from libs.packages.verification import Report, verify

SOUND, BROKEN, NOT_CHECKED = 0, 1, 2


def check(file: Path, key: str) -> int:
    """Verify the file and print the findings; returns the exit code."""
    try:
        with Archive(file) as archive:
            report = verify(archive, key_given(key))
    except (NotAKey, Unreadable, OSError) as err:
        typer.echo(f"not checked: {err}", err=True)
        return NOT_CHECKED
    for line in told(report):
        typer.echo(line)
    return SOUND if report.sound else BROKEN


def told(report: Report, *, proven: bool = True) -> Iterator[str]:
    """The lines to print about a report: its findings, or what the package has. proven: whether the key comes from
    another source than the cell."""
    held = report.manifest
    if held is None or not report.sound:
        yield from report.findings
        yield f"NOT SOUND: {len(report.findings)} findings"
        return
    verdict = "sound" if proven else "whole, its authenticity unproven"
    yield f"{verdict}: {held.case_id} of cell {held.cell}, searched in {held.rounds} rounds, done {held.create_time}"
    if held.complete_until is not None:
        yield f"everything that was committed before {held.complete_until} is in it"
    yield f"services asked, all answered: {', '.join(held.services)}"
    for answer in held.answers:
        counts = ", ".join(f"{one.kind} {one.rows}" for one in answer.counts)
        yield f"  {answer.service}: {counts or 'holds no kind of row with persons'}"
    yield f"{held.row_count} rows in {len(held.files)} files, SHA-256 of the manifest {report.sha256}"
    yield f"withheld: {len(held.withheld) or 'nothing'}"
    yield from (f"  {one}" for one in held.withheld)
    yield f"not searched: {len(held.not_searched) or 'nothing'}"
    for one in held.not_searched:
        count = f"{one.documents} or more" if one.more else one.documents
        yield f"  {one.service}, {one.kind} ({count}), {one.what}: {', '.join(one.fields)}"
