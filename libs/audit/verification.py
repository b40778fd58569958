"""Verifies an export with nothing but its bytes and the cell's public keys.

Each entry is hashed again; the hashes, in the order of the entries' numbers, must give every signed root. So every
entry that was changed, dropped, moved, inserted or cut off is detected. If the numbers and hashes beside the entries
were not adapted, a finding names the entry; if they were, it names the range between two checkpoints that differs from
what was signed. Events that never came into the trail are found by their numbers (lanes.py).
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from .findings import MOST_FINDINGS, Finding, Report, Wrong, ranges
from .ledgers import ledger_findings
from .lines import MAX_LINE_BYTES, Unreadable, parse
from .reading import Contents, Leaf, Seen, read
from .signatures import COMPLIANCE, Trusted, is_signed_by
from .statements import Purpose, Signed
from .tree import Frontier


def verify_file(path: Path, trusted: Trusted, kept: Signed | None = None) -> Report:
    """See `verify`; OSError."""
    with path.open("rb") as file:
        return verify(file, trusted, kept)


def verify(file: BinaryIO, trusted: Trusted, kept: Signed | None = None) -> Report:
    """The report about an export. trusted: the public keys of the cell, from a source you trust and not from the sender
    of the file.

    kept: a checkpoint that was taken earlier and stored elsewhere; the log must still begin with the entries that it
    signs. Without it, an older export of the same cell, complete and correctly signed, passes for the newest.
    """
    contents = read(file)
    findings = [*_bounded(_frame(contents)), *contents.findings, *_bounded(_order(contents))]
    true, forged = _signatures(contents, trusted)
    findings += forged
    if not findings:
        findings += _bounded(_places(contents, true))
        findings += _bounded(ledger_findings(true, contents.ledgers, kept))
    end = contents.end if contents.end in true else None
    if kept is not None:
        findings += _check_kept(kept, contents, trusted)
        true = [*true, Seen(kept, 0, 0)]
    findings += _roots(contents, true)
    statement = end.signed.statement if end else None
    if statement is not None and not findings:  # otherwise a dropped entry would be reported twice
        findings += _bounded(_heads(contents, trusted))
        findings += _bounded(contents.lanes.findings(statement.time))
    return Report(
        cell=contents.header.cell if contents.header else "",
        entries=len(contents.leaves),
        checkpoints=len(contents.seen),
        tree_size=statement.tree_size if statement else 0,
        root_hash=statement.root_hash if statement else "",
        time=statement.time if statement else "",
        findings=tuple(sorted(findings, key=lambda one: one.line)[:MOST_FINDINGS]),
    )


def read_kept(path: Path) -> Signed:
    """The checkpoint or end in the last line of a file, such as an earlier export; Unreadable, OSError."""
    with path.open("rb") as file:
        file.seek(max(file.seek(0, SEEK_END) - 2 * MAX_LINE_BYTES, 0))
        last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    try:
        line = parse(last + b"\n")
    except Unreadable as err:
        raise Unreadable(f"the last line of {path} {err}") from err
    if not isinstance(line, Signed):
        raise Unreadable(f"the last line of {path} is no checkpoint")
    return line


def _frame(contents: Contents) -> Iterator[Finding]:
    """Findings about the first and the last line."""
    if contents.header is None:
        yield Finding(Wrong.UNREADABLE, 1, "the first line is not the header of an export")
    end = contents.end
    if end is None:
        yield Finding(Wrong.CUT_OFF, contents.last_line, "the file does not end with a signed end")
        return
    said = end.signed.statement
    if contents.header is not None and contents.header != (said.cell, said.tree_size):
        yield Finding(Wrong.CHANGED, 1, "the header names another cell or size than the end")
    for other in contents.seen:
        if other.signed.purpose is Purpose.END and other is not end:
            yield Finding(Wrong.INSERTED, other.line, "an end before the end")
    if end.line != contents.last_line or end.after != len(contents.leaves):
        yield Finding(Wrong.INSERTED, end.line + 1, "lines after the end")


def _order(contents: Contents) -> Iterator[Finding]:
    """Findings from the numbers of the entries: moved, inserted, dropped or cut off."""
    leaves = contents.leaves
    ordered = sorted(leaves, key=lambda leaf: leaf.number)
    moved = [there for there, right in zip(leaves, ordered, strict=True) if there.number != right.number]
    if moved:
        named = ranges(sorted({leaf.number for leaf in moved}))
        yield Finding(Wrong.REORDERED, moved[0].line, f"not in their places: entries {named}")
    end = contents.end
    size = end.signed.statement.tree_size if end else 0
    expected, unread = 0, contents.unread.copy()
    for position, leaf in enumerate(ordered):
        if leaf.number < expected:
            yield Finding(Wrong.INSERTED, leaf.line, f"another entry {leaf.number}")
        elif missing := _missing(expected, leaf.number, position, unread):
            yield Finding(Wrong.DROPPED, leaf.line, f"missing before this line: {missing}")
        if end and leaf.number >= size:
            yield Finding(Wrong.INSERTED, leaf.line, f"entry {leaf.number} comes after the signed end")
        expected = max(expected, leaf.number + 1)
    if end and (missing := _missing(expected, size, len(ordered), unread)):
        yield Finding(Wrong.CUT_OFF, end.line, f"missing before the end: {missing}")


def _missing(start: int, stop: int, position: int, unread: Counter[int]) -> str:
    """The entries of a gap that no unreadable line accounts for; empty if none is missing."""
    accounted = min(stop - start, unread[position])
    unread[position] -= accounted
    start += accounted
    if start >= stop:
        return ""
    return f"entry {start}" if stop - start == 1 else f"entries {start} to {stop - 1}"


def _bounded(findings: Iterator[Finding]) -> Iterator[Finding]:
    return islice(findings, MOST_FINDINGS)


def _signatures(contents: Contents, trusted: Trusted) -> tuple[list[Seen], list[Finding]]:
    """The checkpoints that are signed with this key, and findings about the others."""
    signed = [(one, _is_true(one.signed, trusted)) for one in contents.seen]
    true = [one for one, right in signed if right]
    if signed and not true:
        text = f"none of the {len(signed)} checkpoints is signed with this key: another key, or all are forged"
        return [], [Finding(Wrong.FORGED_CHECKPOINT, 0, text)]
    text = "the {} of size {} is not signed with this key"
    forged = [one for one, right in signed if not right]
    return true, [
        Finding(
            Wrong.FORGED_CHECKPOINT,
            one.line,
            text.format(one.signed.purpose.value, one.signed.statement.tree_size),
        )
        for one in forged[:MOST_FINDINGS]
    ]


def _is_true(signed: Signed, trusted: Trusted) -> bool:
    said, signature = signed.statement, bytes.fromhex(signed.signature)
    return is_signed_by(COMPLIANCE, said.text(signed.purpose), signature, trusted, at=said.time)


def _places(contents: Contents, true: list[Seen]) -> Iterator[Finding]:
    """Findings about signed checkpoints that are of another cell or in another place."""
    for one in true:
        if contents.header is not None and one.signed.statement.cell != contents.header.cell:
            yield Finding(Wrong.FORGED_CHECKPOINT, one.line, "a checkpoint of another cell")
        if (size := one.signed.statement.tree_size) != one.after:
            text = f"a checkpoint of size {size} stands after {one.after} entries"
            yield Finding(Wrong.FORGED_CHECKPOINT, one.line, text)


def _heads(contents: Contents, trusted: Trusted) -> Iterator[Finding]:
    """Give the lane heads to the lanes; a finding for each that is not signed with this key, or of another service than
    its entry."""
    cell = contents.header.cell if contents.header else ""
    for (service, statement, signature), line in contents.heads:
        whose = f"the head of lane {statement.lane} of {statement.service}"
        text, signed = statement.text(cell), bytes.fromhex(signature)
        if not is_signed_by(statement.service, text, signed, trusted, at=statement.time):
            yield Finding(Wrong.FORGED_HEAD, line, f"{whose} is not signed with this key")
        elif service != statement.service:
            yield Finding(Wrong.FORGED_HEAD, line, f"{whose} is in an event of {service}")
        elif not contents.lanes.state(statement):
            yield Finding(Wrong.CHANGED, line, f"{whose} says what none can say")


def _check_kept(kept: Signed, contents: Contents, trusted: Trusted) -> Iterator[Finding]:
    size = kept.statement.tree_size
    if not _is_true(kept, trusted):
        yield Finding(Wrong.FORGED_CHECKPOINT, 0, "the checkpoint that was kept is not signed with this key")
    elif contents.header is not None and kept.statement.cell != contents.header.cell:
        yield Finding(Wrong.FORGED_CHECKPOINT, 0, "the checkpoint that was kept is of another cell")
    elif size > len(contents.leaves):
        text = f"the checkpoint that was kept is of {size} entries, and the file has {len(contents.leaves)}"
        yield Finding(Wrong.CUT_OFF, 0, text)


def _roots(contents: Contents, true: list[Seen]) -> Iterator[Finding]:
    """A finding for the first range whose entries do not give the signed root. Roots after an entry that is missing or
    unreadable cannot be checked; that entry has a finding already."""
    due = sorted(true, key=lambda one: one.signed.statement.tree_size)
    frontier, sound_to = Frontier(), 0
    leaves = _gapless(contents)
    for one in due:
        statement = one.signed.statement
        while frontier.size < statement.tree_size and (leaf := next(leaves, None)) is not None:
            frontier = frontier.append(leaf.hash)
        if frontier.size < statement.tree_size:
            return
        if frontier.root.hex() != statement.root_hash:
            text = f"entries {sound_to} to {statement.tree_size - 1} are not those that were signed"
            yield Finding(Wrong.REWRITTEN, one.line, text)
            return
        sound_to = statement.tree_size


def _gapless(contents: Contents) -> Iterator[Leaf]:
    ordered = sorted(contents.leaves, key=lambda leaf: leaf.number)
    for expected, leaf in enumerate(ordered):
        if leaf.number != expected:
            return
        yield leaf
