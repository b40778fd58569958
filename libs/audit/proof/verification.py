"""Verifies a proof with nothing but its bytes and the cell's public keys.

Every line proves itself: an entry by its place in the tree, a statement and a checkpoint by a signature. The signed end
covers all bytes before it. Then the parts are compared with one another (rules.py).
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from ..findings import MOST_FINDINGS
from ..lines import Unreadable
from ..signatures import COMPLIANCE, Trusted, is_signed_by
from ..tree import leaf_hash, verify_consistency, verify_inclusion
from .contents import (
    Answer,
    End,
    Erased,
    Package,
    Purge,
    Step,
    answer_of,
    end_of,
    erased_of,
    package_of,
    purge_of,
    step_of,
)
from .lines import END, MAX_LINE_BYTES, STATEMENTS, Checkpoint, Entry, Header, Line, Said, parse
from .rules import Parts, broken

LINES_AT_MOST = 100_000

_ORDER = ("header", "before", "entry", *STATEMENTS, "after", END)

T = TypeVar("T")
R = TypeVar("R")


class Report(NamedTuple):
    """The result of a check. findings: one sentence per fault. The rest is what the proof says, None and empty if it
    could not be read."""

    findings: tuple[str, ...]
    end: End | None
    steps: tuple[Step, ...] = ()
    answers: tuple[Answer, ...] = ()
    packages: tuple[Package, ...] = ()
    erasures: tuple[Erased, ...] = ()
    purges: tuple[Purge, ...] = ()
    before: Checkpoint | None = None
    after: Checkpoint | None = None

    @property
    def sound(self) -> bool:
        """Whether there are no findings."""
        return not self.findings


class _Read(NamedTuple):
    """The lines of the file with their numbers from 1. sha256: of all bytes before the last line."""

    lines: list[tuple[int, Line]]
    findings: list[str]
    sha256: str


def verify_file(path: Path, trusted: Trusted) -> Report:
    """See `verify`; OSError."""
    with path.open("rb") as file:
        return verify(file, trusted)


def verify(file: BinaryIO, trusted: Trusted) -> Report:
    """The report about a proof. trusted: the public keys of the cell, from a source you trust and not from the sender
    of the file.

    A proof is about the time of its last checkpoint. That a later step is missing, nobody can see in it.
    """
    read = _read(file)
    findings = [*read.findings, *_order(read.lines)]
    checkpoints = {one.after: (number, one) for number, one in read.lines if isinstance(one, Checkpoint)}
    findings += _checkpoints(checkpoints, trusted)
    entries = [(number, one) for number, one in read.lines if isinstance(one, Entry)]
    findings += _entries(entries, checkpoints)
    said = [(number, one) for number, one in read.lines if isinstance(one, Said)]
    findings += _signatures(said, trusted)
    if findings:
        return Report(tuple(findings[:MOST_FINDINGS]), None)
    return _compared(read, entries, said, {after: one for after, (_, one) in checkpoints.items()}, trusted)


def _compared(
    read: _Read,
    entries: Sequence[tuple[int, Entry]],
    said: Sequence[tuple[int, Said]],
    checkpoints: dict[bool, Checkpoint],
    trusted: Trusted,
) -> Report:
    """The report about a proof of which every line is genuine."""
    findings: list[str] = []

    def each(kind: str, of: Callable[[Said], T]) -> list[T]:
        return _readable(((number, one) for number, one in said if one.kind == kind), of, findings)

    (end,) = each(END, lambda one: end_of(one.fields)) or (None,)
    steps = _readable(entries, step_of, findings)
    answers = each("answer", lambda one: answer_of(one.fields))
    packages = each("package", lambda one: package_of(one.fields))
    erasures = each("erasure", lambda one: erased_of(one.fields))
    purges = each("purge", lambda one: purge_of(one.fields))
    findings += _reports(purges, trusted)
    if end is not None and not findings:
        findings += _counted(read, end, checkpoints)
        findings += broken(Parts(end, steps, answers, packages, erasures, purges))
    return Report(
        findings=tuple(findings[:MOST_FINDINGS]),
        end=end,
        steps=tuple(steps),
        answers=tuple(answers),
        packages=tuple(packages),
        erasures=tuple(erasures),
        purges=tuple(purges),
        before=checkpoints.get(False),
        after=checkpoints.get(True),
    )


def _read(file: BinaryIO) -> _Read:
    lines, findings, digest, last = list[tuple[int, Line]](), list[str](), hashlib.sha256(), b""
    for number in range(1, LINES_AT_MOST + 2):
        raw = file.readline(MAX_LINE_BYTES)
        if not raw:
            break
        digest.update(last)
        last = raw
        if number > LINES_AT_MOST or not raw.endswith(b"\n"):
            findings.append(f"CUT_OFF: line {number}: is not whole, or one too many")
            break
        try:
            lines.append((number, parse(raw)))
        except Unreadable as err:
            findings.append(f"CHANGED: line {number}: {err}")
    return _Read(lines, findings, digest.hexdigest())


def _order(lines: Sequence[tuple[int, Line]]) -> Iterator[str]:
    """Findings about the kinds of the lines: each in its place, and those that are there once."""
    places = [(number, _ORDER.index(_kind(one))) for number, one in lines]
    for (_, before), (number, place) in pairwise(places):
        if place < before:
            yield f"REORDERED: line {number}: a line of kind {_ORDER[place]} after one of kind {_ORDER[before]}"
    counted = Counter(_ORDER[place] for _, place in places)
    for kind in ("header", "after", END):
        if not counted[kind]:
            yield f"CUT_OFF: there is no line of kind {kind}"
    for kind in ("header", "before", "after", END):
        if counted[kind] > 1:
            yield f"INSERTED: {counted[kind]} lines of kind {kind}"


def _kind(line: Line) -> str:
    match line:
        case Header():
            return "header"
        case Checkpoint():
            return "after" if line.after else "before"
        case Entry():
            return "entry"
        case Said():
            return line.kind


def _checkpoints(found: dict[bool, tuple[int, Checkpoint]], trusted: Trusted) -> Iterator[str]:
    for number, one in found.values():
        text, said = one.signed.statement.text(one.signed.purpose), one.signed.statement
        if not is_signed_by(COMPLIANCE, text, bytes.fromhex(one.signed.signature), trusted, at=said.time):
            yield f"FORGED: line {number}: the checkpoint of size {said.tree_size} is not signed with this key"
    if True not in found:
        return
    number, after = found[True]
    if False not in found:
        if after.hashes:
            yield f"INSERTED: line {number}: hashes that prove nothing"
        return
    first, second = found[False][1].signed.statement, after.signed.statement
    roots = {"first_root": bytes.fromhex(first.root_hash), "second_root": bytes.fromhex(second.root_hash)}
    if not verify_consistency(first.tree_size, second.tree_size, after.hashes, **roots):
        yield f"CHANGED: line {number}: the later checkpoint does not begin with the earlier one"


def _entries(found: Sequence[tuple[int, Entry]], checkpoints: dict[bool, tuple[int, Checkpoint]]) -> Iterator[str]:
    """Findings about entries that are not what was hashed, not in the tree, not in order, or before the first
    checkpoint."""
    last = checkpoints[False][1].signed.statement.tree_size - 1 if False in checkpoints else -1
    for number, one in found:
        if leaf_hash(one.leaf) != one.leaf_hash:
            yield f"CHANGED: line {number}: entry {one.leaf_index} is not what its hash is of"
        elif True in checkpoints:
            tree = checkpoints[True][1].signed.statement
            root = bytes.fromhex(tree.root_hash)
            if not verify_inclusion(one.leaf_hash, one.leaf_index, tree.tree_size, one.hashes, root):
                yield f"CHANGED: line {number}: entry {one.leaf_index} is not in the trail"
        if one.leaf_index <= last:
            yield f"REORDERED: line {number}: entry {one.leaf_index} is not in its place"
        last = max(last, one.leaf_index)


def _signatures(said: Sequence[tuple[int, Said]], trusted: Trusted) -> Iterator[str]:
    forged = [(number, one) for number, one in said if not _is_true(one, trusted)]
    if forged and len(forged) == len(said):
        yield f"FORGED: none of the {len(said)} statements is signed with this key: another key, or all are forged"
        return
    for number, one in forged:
        yield f"FORGED: line {number}: the {one.kind} statement is not signed with this key"


def _is_true(said: Said, trusted: Trusted) -> bool:
    """Whether the service signed what it answered, or the compliance service what it states."""
    by = str(said.fields.get("service")) if said.kind == "answer" else COMPLIANCE
    return is_signed_by(by, said.text, said.signature, trusted)


def _reports(purges: Iterable[Purge], trusted: Trusted) -> Iterator[str]:
    """Findings about the reports of purges, which compliance only passes on."""
    for one in purges:
        if not is_signed_by(one.service, one.text, one.signature, trusted, at=one.time):
            yield f"FORGED: the report on the purge {one.run_id} is not signed with the key of {one.service}"


def _readable(found: Iterable[tuple[int, T]], of: Callable[[T], R], findings: list[str]) -> list[R]:
    """The result of `of` for each; what it cannot read becomes a finding."""
    read = []
    for number, one in found:
        try:
            read.append(of(one))
        except Unreadable as err:
            findings.append(f"UNREADABLE: line {number}: {err}")
    return read


def _counted(read: _Read, end: End, checkpoints: dict[bool, Checkpoint]) -> Iterator[str]:
    """Findings from what the end counts, and from the header and the checkpoints of another cell."""
    counted = Counter(_kind(one) for _, one in read.lines)
    for kind, lines in end.lines:
        if counted[kind] != lines:
            yield f"MISSING: {lines} lines of kind {kind} were signed, here are {counted[kind]}"
    header = next(one for _, one in read.lines if isinstance(one, Header))
    if header != (end.cell, end.case_id) or any(one.signed.statement.cell != end.cell for one in checkpoints.values()):
        yield "CHANGED: line 1: the header or a checkpoint is of another cell or request than the end"
    if read.sha256 != end.sha256:
        yield "CHANGED: the lines before the end are not those that were signed"
